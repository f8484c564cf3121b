#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# One TCP flow over three unequal links is faster than the best of them alone, both ways, with
# nothing said about their rates.
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
check "download" lab_iperf "$OUT/down.json" client 6 -C cubic -R
check "upload" lab_iperf "$OUT/up.json" client 6 -C cubic
down=$(lab_mbit "$OUT/down.json")
up=$(lab_mbit "$OUT/up.json")
figure "down $down (best link alone $down_alone), up $up ($up_alone) Mbit/s"
[ $((down * 100)) -gt $((down_alone * 115)) ] || fail "download $down, best link alone $down_alone"
[ $((up * 100)) -gt $((up_alone * 115)) ] || fail "upload $up, best link alone $up_alone"

step "UDP beyond what the best link carries"
check "UDP" lab_udp "$OUT/udp.json" 280 6
lost=$(jq '.lost_percent' "$OUT/udp.json")
figure "UDP at 280 Mbit/s: $(jq -c '{offered_mbit, received_mbit, lost_percent, twice, delay_ms}' "$OUT/udp.json")"
jq -e '.lost_percent < 20' "$OUT/udp.json" >/dev/null || fail "UDP lost $lost %"
[ "$(jq .twice "$OUT/udp.json")" = 0 ] || fail "datagrams arrived twice"
