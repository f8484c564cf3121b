#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A flood of well-formed handshakes from forged addresses, and one from the edge's own CGNAT address: the running
# tunnel loses no packet and renews its keys inside its session, an edge that begins anew is in at once.
. "$(dirname "$0")/_init.sh"
FLOOD=${LAB_FLOOD:-$LAB_BUILD/tests/lab/flood}
test_begin
[ -x "$FLOOD" ] || fail "build first: there is no $FLOOD"
lab_up || fail "namespaces"
lab_emulator_start || fail "emulator"
lab_configure || fail "keys and configurations"
lab_gateways_start || fail "gateways"
key=$(cat "$LAB_STATE/hub.pub")
flood_start() { lab_spawn flood "$1" "$FLOOD" "$LAB_HUB" 65500 "$key" "$2" 60 "$3"; }
received() { lab_in hub cat /sys/class/net/eth0/statistics/rx_packets; }
# pings COUNT: per cent that got lost
pings() { lab_in client ping -q -i 0.02 -c "$1" -W 2 "$LAB_SERVER" | grep -oP '[0-9.]+(?=% packet loss)'; }

# begin_anew: ms until a packet passes from the moment that an edge with no session starts its handshake
begin_anew() {
	local from
	lab_cli edge stop
	no_session() { [ "$(tunnel_value edge session)" = stopped ]; }
	lab_until 20 no_session || fail "the edge does not stop"
	from=$(date +%s%N)
	lab_cli edge start
	lab_while edge 20 lab_reaches || fail "no session under the flood"
	echo $((($(date +%s%N) - from) / 1000000))
}
quick() {
	local ms
	ms=$(begin_anew)
	figure "a new session took $ms ms under $1"
	[ "$ms" -lt "${2:-2000}" ]
}

for kind in "internet 50000 forged" "isp1 500 own"; do
	read -r from rate how <<<"$kind"
	step "$rate INITs a second from $from, $how addresses"
	flood_start "$from" "$rate" "$how"
	before=$(received)
	arrives() { [ $(($(received) - before)) -gt "$rate" ]; }
	eventually "the flood arrives at the hub" 10 arrives
	before=$(received)
	from_ns=$(date +%s%N)
	lost=$(pings 200)
	figure "$lost % of 200 pings lost, $(($(received) - before)) datagrams at the hub in $((($(date +%s%N) - from_ns) / 1000000)) ms"
	[ "$lost" = 0 ] || fail "the tunnel lost packets"
	measured "a new session within 2 s" quick "$rate a second, $how"
	lab_stop flood
done
check "hub lives" alive hub
eventually "packets pass" 5 lab_reaches
lab_ask hub /wanbond/drops | jq -c .
