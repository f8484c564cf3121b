#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Rules that give flows a class (port range, network, DSCP): what they match is counted in that class,
# what they do not match goes by its DSCP or its behaviour.
. "$(dirname "$0")/_init.sh"
test_hosts
lab_edge_config '.classes = [
	{class: "realtime", protocol: "udp", port: 7000, last_port: 7009},
	{class: "default", network: "203.0.113.10/32"},
	{class: "bulk", network: "203.0.113.0/30"},
	{class: "bulk", dscp: 12}]' >"$LAB_STATE/edge.json"
lab_gateways_start || fail "gateways"

counts() { lab_ask edge /wanbond/tunnels | jq -c '.["0"] | [.realtime_packets, .default_packets, .bulk_packets]'; }
differ() { jq -nc --argjson a "$1" --argjson b "$(counts)" '[range(3) | $b[.] - $a[.]]'; }

# goes WHAT CLASS CMD...: 30 packets of the command are counted in the class, and in no other.
goes() {
	local what=$1 class=$2 before got
	shift 2
	before=$(counts)
	"$@" >"$OUT/send" 2>&1 || fail "$what: $(cat "$OUT/send")"
	arrived() {
		got=$(differ "$before")
		jq -e --arg c "$class" '{realtime: .[0], default: .[1], bulk: .[2]} | .[$c] >= 30 and add < 45' <<<"$got" >/dev/null
	}
	lab_until 5 arrived || fail "$what: [realtime, default, bulk] grew by $got, not $class by 30"
	printf '  %-44s %-9s %s\n' "$what" "$class" "$got"
}

# Pings that their behaviour would not make a call: large ones, at once.
pings() { lab_in client ping -q -n -c 30 -i 0.002 -W 2 -s 1000 "$@"; }
# udp PORT [SOCAT-OPTIONS]: 30 datagrams of 1000 bytes
udp() {
	local n
	for ((n = 0; n < 30; n++)); do
		head -c 1000 /dev/zero
		sleep 0.002
	done | lab_in client socat -u -b 1000 - "UDP-SENDTO:$LAB_SERVER:$1${2:-}"
}

step "rules"
goes "no rule" default pings "$LAB_SERVER"
goes "UDP port at the range's begin" realtime udp 7000
goes "UDP port at its end" realtime udp 7009
goes "UDP port behind it" default udp 7010
goes "network" bulk pings 203.0.113.1
goes "the first rule that fits" default pings "$LAB_HUB"
goes "DSCP 12" bulk pings -Q $((12 << 2)) "$LAB_SERVER"

step "no rule"
goes "EF" realtime pings -Q $((46 << 2)) "$LAB_SERVER"
goes "CS1" bulk pings -Q $((8 << 2)) "$LAB_SERVER"
# A call: small packets, paced, of a flow that has sent no others. The first ones are not known as such.
before=$(counts)
lab_in client ping -q -n -c 60 -i 0.02 -s 100 -I 192.168.1.10 "$LAB_SERVER" >/dev/null
jq -e '.[0] >= 30' <<<"$(differ "$before")" >/dev/null || fail "a call is not recognised: $(differ "$before")"

step "what is shown"
says edge '^  packets +[0-9]+ +[1-9]' show tunnel hub
lab_spawn call client ping -n -i 0.02 -w 3 -s 100 -I 192.168.1.10 "$LAB_SERVER"
says edge ' realtime ' show flow
lab_stop call
lab_ask edge /wanbond/paths | jq -e '[.. | .tx_realtime? | numbers] | map(select(. > 0)) | length >= 2' >/dev/null ||
	fail "realtime packets took one path only"
