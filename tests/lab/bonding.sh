#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# One TCP flow over three unequal links is faster than the best of them alone, both ways, with
# nothing said about their rates.
#
# Runs alone: it compares rates.
. "$(dirname "$0")/_init.sh"
test_hosts

# best_alone DIRECTION [-R]: Mbit/s of the best link by plain kernel TCP.
best_alone() {
	local n best=0 got
	for ((n = 1; n <= LAB_WANS; n++)); do
		lab_iperf_start "plain$n" edge -t 4 -C cubic -B "192.168.10$n.2" ${2:+"$2"}
	done
	for ((n = 1; n <= LAB_WANS; n++)); do
		lab_iperf_end "plain$n" 30 "$OUT/plain$n.json" || fail "link $n alone carries no TCP"
		got=$(lab_mbit "$OUT/plain$n.json")
		[ "$got" -le "$best" ] || best=$got
	done
	echo "$best"
}

step "links alone"
down_alone=$(best_alone down -R) || exit 1
up_alone=$(best_alone up) || exit 1

step "bonded"
lab_gateways_start || fail "gateways"
# faster NAME ALONE OPTIONS...: a run of the client that beats the best link alone
faster() {
	local name=$1 alone=$2 got
	shift 2
	lab_iperf "$OUT/$name.json" client 5 -C cubic "$@"
	got=$(lab_mbit "$OUT/$name.json")
	figure "$name $got (best link alone $alone) Mbit/s"
	[ $((got * 100)) -gt $((alone * 115)) ]
}
measured "faster down than the best link alone" faster down "$down_alone" -R
measured "faster up than the best link alone" faster up "$up_alone"

step "UDP beyond what the best link carries"
udp() {
	lab_udp "$OUT/udp.json" 280 5
	figure "UDP at 280 Mbit/s: $(jq -c '{offered_mbit, received_mbit, lost_percent, twice, delay_ms}' "$OUT/udp.json")"
	jq -e '.lost_percent < 20' "$OUT/udp.json" >/dev/null
}
measured "UDP arrives" udp
[ "$(jq .twice "$OUT/udp.json")" = 0 ] || fail "datagrams arrived twice"

# 192.168.1.10 is another machine for the edge. Alone the upload had what "bonded up" tells.
step "another machine of the LAN sends UDP of 2000 flows, more than all links carry"
beside_a_crowd() {
	local got alone
	alone=$(lab_mbit "$OUT/up.json")
	lab_spawn crowd client python3 "$LAB_DIR/crowd.py" 192.168.1.10 "$LAB_SERVER" 2000 115
	lab_iperf "$OUT/beside.json" client 4 -C cubic
	lab_stop crowd 2 || true
	got=$(lab_mbit "$OUT/beside.json")
	figure "up beside it $got (without it $alone) Mbit/s"
	[ $((got * 100)) -gt $((alone * 25)) ]
}
measured "one machine leaves the other its share" beside_a_crowd
