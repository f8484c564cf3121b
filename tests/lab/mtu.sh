#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What does not fit: DF packets are answered with the right size, TCP is told by its MSS, the rest
# is cut and put together; and a WAN with a smaller MTU changes the answer.
. "$(dirname "$0")/_init.sh"
test_up

ping_df() { lab_in client ping -n -q -M "do" -c 1 -W 2 -s "$1" "$LAB_SERVER" >/dev/null 2>&1; }
ping_cut() { lab_in client ping -n -q -M dont -c 1 -W 2 -s "$1" "$LAB_SERVER" >/dev/null 2>&1; }
pmtu() {
	lab_in client ip -o route get "$LAB_SERVER" | sed -n 's/.* mtu \([0-9]*\).*/\1/p'
}

step "DF packets of 1500 bytes"
lab_in client ping -n -M "do" -c 2 -W 2 -s 1472 "$LAB_SERVER" >"$OUT/df" 2>&1
cat "$OUT/df"
grep -qi 'frag needed\|message too long' "$OUT/df" || fail "no ICMP \"fragmentation needed\""
mtu=$(pmtu)
figure "inner MTU $mtu"
[[ -n $mtu && $mtu -ge 1280 && $mtu -lt 1500 ]] || fail "path MTU learned: '$mtu'"
eventually "the size that was told goes through" 10 ping_df $((mtu - 28))

step "packets that may be cut"
eventually "1500 bytes" 10 ping_cut 1472
eventually "4000 bytes" 10 ping_cut 4000

step "TCP's MSS is clamped"
lab_spawn sink server socat -u TCP-LISTEN:7000,fork,reuseaddr OPEN:/dev/null
eventually "sink listens" 5 lab_listening server 7000
# A route of its own that does not know the path MTU: only the clamp can tell.
lab_in client ip route flush cache
lab_spawn talker client socat -u EXEC:'sleep 20' "TCP:$LAB_SERVER:7000"
connected() { lab_in server ss -Hti state established "sport = :7000" | grep -q mss; }
eventually "connected" 10 connected
mss=$(lab_in server ss -Hti state established "sport = :7000" | grep -o ' mss:[0-9]*' | head -n 1 | cut -d: -f2)
figure "server's MSS $mss"
[ "$mss" -le $((mtu - 40)) ] || fail "the server may send segments of $mss bytes, MTU is $mtu"
lab_stop talker
lab_stop sink

step "a WAN with an MTU of 1400"
for end in "edge wan1" "emu a1" "emu b1" "isp1 cust"; do
	# shellcheck disable=SC2086 # namespace and interface
	set -- $end
	lab_in "$1" ip link set "$2" mtu 1400
done
check "edge restarts" lab_stop edge 10
lab_gateway_start edge
eventually "the tunnel is up" 20 lab_reaches
eventually "all paths are up" 20 lab_paths_up edge "$LAB_WANS"
lab_in client ip route flush cache
small() {
	lab_iperf "$OUT/small.json" client 3 -C cubic -R
	[ "$(lab_mbit "$OUT/small.json")" -gt 10 ]
}
measured "the download over the small WAN does not stand still" small
figure "with one WAN of 1400: $(lab_mbit "$OUT/small.json") Mbit/s"
