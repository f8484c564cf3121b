#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A flood of well-formed handshakes from forged addresses, and one from the edge's own CGNAT address: the running
# tunnel loses no packet, and an edge that begins anew is in at once, each time.
LAB_DIRECT=1
. "$(dirname "$0")/_init.sh"
FLOOD=${LAB_FLOOD:-$LAB_BUILD/tests/lab/flood}
test_begin
[ -x "$FLOOD" ] || fail "build first: there is no $FLOOD"
LAB_WANS=1 # the flood shares the address of all that the edge has
lab_up || fail "namespaces"
lab_configure || fail "keys and configurations"
lab_gateways_start || fail "gateways"
key=$(cat "$LAB_STATE/hub.pub")
received() { lab_in hub cat /sys/class/net/eth0/statistics/rx_packets; }
ms() { echo $(($(date +%s%N) / 1000000)); }
# pings COUNT: per cent that got lost
pings() { lab_in client ping -q -i 0.02 -c "$1" -W 2 "$LAB_SERVER" | grep -oP '[0-9.]+(?=% packet loss)'; }

# The provider gives the edge another port: the hub cannot know it there.
new_port() {
	lab_in isp1 ip link set net0 down # the NAT forgets
	lab_in isp1 ip link set net0 up
	lab_in isp1 ip route add default via 100.64.1.1
	eventually "the provider is back" 10 lab_in isp1 ping -q -c 1 -W 1 "$LAB_HUB" >/dev/null
}
# begin_anew known|strange: ms until a packet passes, from the moment that an edge without a session starts its handshake
begin_anew() {
	local from
	lab_cli edge stop
	no_session() { [ "$(tunnel_value edge session)" = stopped ]; }
	lab_until 20 no_session || fail "the edge does not stop"
	[ "$1" = known ] || new_port
	from=$(ms)
	lab_cli edge start
	lab_while edge 20 lab_reaches || fail "no session under the flood"
	echo $(($(ms) - from))
}
# each_time LIMIT: four new sessions, none takes longer
each_time() {
	local n took all=""
	for n in known strange strange strange; do
		took=$(begin_anew $n) || exit 1
		all+=" $took"
		[ "$took" -lt "$1" ] || break
	done
	figure "new sessions took$all ms"
	[ "$took" -lt "$1" ]
}

for kind in "internet 50000 forged" "isp1 500 own"; do
	read -r where rate how <<<"$kind"
	step "$rate INITs a second from $where, $how addresses"
	before=$(received)
	lab_spawn flood "$where" "$FLOOD" "$LAB_HUB" 65500 "$key" "$rate" 60 "$how"
	arrives() { [ $(($(received) - before)) -gt "$rate" ]; }
	eventually "the flood arrives at the hub" 10 arrives
	before=$(received) from=$(ms)
	lost=$(pings 100)
	figure "$lost % of 100 pings lost, $((($(received) - before) * 1000 / ($(ms) - from))) datagrams a second at the hub"
	[ "$lost" = 0 ] || fail "the tunnel lost packets"
	measured "each new session within a second" each_time 1000
	lab_stop flood
done
check "hub lives" alive hub
eventually "packets pass" 5 lab_reaches
lab_ask hub /wanbond/drops | jq -c .
