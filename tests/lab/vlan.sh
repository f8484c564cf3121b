#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# VLANs on a trunk. The edge has one cable: its LAN and three WANs come over it with tags, which a switch puts on and
# takes off. This kernel need not know VLANs (8021q). Then a trunk that DPDK owns: a memif between edge and hub, with
# two WANs in one subnet.
#
#   client -- lan0 +--------+ t0 --- eth1 [edge: starlink 10, ... 20, ... 30, lan 40]
#   isp1 --- wan1  | switch |
#   isp2, isp3 --- +--------+
LAB_DIRECT=1
. "$(dirname "$0")/_init.sh"
# shellcheck disable=SC2034 # app/lab/topology.sh
LAB_PMD=packet
LAB_LAN_PMD=packet
SWITCH=$LAB_BUILD/tests/lab/vlan_switch.bpf.o
FLOOR=20 # Mbit/s
test_begin
lab_up || fail "namespaces"
lab_configure || fail "keys"

# access DEVICE VLAN: a port of the switch, which was the edge's.
access() {
	local sw="ip netns exec ${LAB_PREFIX}switch"
	lab_in edge ip link set "$1" netns "${LAB_PREFIX}switch"
	$sw ip link set "$1" up
	$sw tc qdisc add dev "$1" clsact
	$sw tc filter add dev "$1" ingress bpf obj "$SWITCH" sec "classifier/push$2" \
		action mirred egress redirect dev t0
	$sw tc filter add dev t0 ingress bpf obj "$SWITCH" sec "classifier/pop$2" \
		action mirred egress redirect dev "$1"
}

switch_up() {
	local n
	lab_ns switch && lab_wire switch t0 edge eth1 || return
	lab_in switch tc qdisc add dev t0 clsact || return
	access lan0 40 || return
	for ((n = 1; n <= LAB_WANS; n++)); do
		access "wan$n" "${n}0" || return
	done
}

is_up() { lab_in "$1" ip -o link show "$2" 2>/dev/null | grep -q '[<,]UP[,>]'; }

# The TAPs get what a DHCP client would give them.
addresses() {
	local n name
	eventually "the LAN's TAP" 20 is_up edge lan
	lab_in edge ip addr add 192.168.40.60/24 dev lan
	lab_in edge ip addr add 2001:db8:40::60/64 dev lan
	for ((n = 1; n <= LAB_WANS; n++)); do
		name=$(lab_wan_name "$n")
		eventually "the TAP of $name" 20 is_up edge "$name"
		lab_in edge ip addr add "192.168.10$n.2/24" dev "$name"
		lab_in edge ip route add default via "192.168.10$n.1" dev "$name" metric "10$n"
		lab_in edge ip route add default via "192.168.10$n.1" dev "$name" table "10$n"
	done
}

drops() { lab_ask edge /wanbond/drops | jq ".$1"; }
drops_more() { [ "$(drops "$1")" -gt "$2" ]; }

# tcp WAY...: floor reached?
tcp() {
	local mbit
	lab_iperf "$OUT/tcp.json" client 1 -C cubic "$@"
	mbit=$(lab_mbit "$OUT/tcp.json")
	figure "TCP ${*:-up}: $mbit Mbit/s"
	[ "$mbit" -ge $FLOOR ]
}

# The modem's page, from the LAN: the edge's kernel forwards from one VLAN to another.
modem() { lab_in client ping -q -n -c 1 -W 1 192.168.101.1 >/dev/null 2>&1; }

step "the trunk is a kernel interface"
check "the switch" switch_up
# shellcheck disable=SC2016 # jq's
on_trunk='.ports = [{name: "trunk", use: "trunk", dev: "packet0,iface=eth1"}] +
	([.ports[] | del(.dev)] | to_entries | map(.value + {on: "trunk", vlan: (if .key == 0 then 40 else .key * 10 end)}))'
lab_edge_config "$on_trunk" >"$LAB_STATE/edge.json"
check "--check" lab_in edge "$LAB_WANBOND" --check -c "$LAB_STATE/edge.json"
lab_in edge ip addr add 10.9.9.1/24 dev eth1
lab_in switch ip addr add 10.9.9.2/24 dev t0
lab_gateway_start hub
lab_gateway_start edge
addresses
eventually "all paths are up" 20 lab_paths_up edge "$LAB_WANS"
eventually "the client reaches the server" 10 lab_reaches
eventually "and the edge" 5 lab_reaches 192.168.40.60
eventually "by IPv6 too, which is found by multicast" 5 lab_reaches 2001:db8:40::60
eventually "the edge reaches a modem" 5 lab_reaches 192.168.102.1 edge
lab_in edge nft 'table ip modems { chain post { type nat hook postrouting priority srcnat; oifname != "lan" masquerade; }; }'
eventually "so does the client" 5 modem
eventually "frames without a tag are the kernel's" 5 lab_reaches 10.9.9.2 edge
measured "TCP" tcp
measured "TCP back" tcp -R

step "what is said of it"
name=$(lab_wan_name 1)
# shellcheck disable=SC2016 # jq's
check "the trunk's name, the tag, packets counted" jq -e --arg wan "$name" '[.[] | objects | {(.name): .}] | add |
	.[$wan].trunk == "trunk" and .[$wan].vlan == 10 and .[$wan].tx_packets > 0 and .lan.rx_packets > 100' \
	<<<"$(lab_ask edge /wanbond/ports)" >/dev/null
says edge 'trunk:40' show port lan
before=$(drops unknown_vlan)
lab_in switch python3 -c 'import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("t0", 0))
s.send(b"\xff" * 6 + b"\2\0\0\0\0\1" + b"\x81\0\0\x63" + b"\x08\x06" + bytes(46))'
eventually "a VLAN that no port has" 5 drops_more unknown_vlan "$before"

step "the cable is out, and in again"
no_path() { lab_paths_up edge 0; }
lab_in switch ip link set t0 down
eventually "no WAN can be used" 10 no_path
lab_in switch ip link set t0 up
eventually "all paths are up again" 20 lab_paths_up edge "$LAB_WANS"
eventually "the client reaches the server again" 10 lab_reaches
check "both ends stop" lab_gateways_stop
check "no filter stays" [ -z "$(lab_in edge tc filter show dev eth1 ingress)" ]

step "the trunk is DPDK's"
dev="net_memif0,id=0,socket=$LAB_STATE/memif.sock,socket-abstract=no"
lab_hub_config ".ports = [{name: \"trunk\", use: \"trunk\", dev: \"$dev,role=server\"}] +
	[10, 20 | {name: \"up\(.)\", use: \"uplink\", on: \"trunk\", vlan: ., address: \"10.99.0.1/24\"}]" \
	>"$LAB_STATE/hub.json"
lab_edge_config ".hub.address = \"10.99.0.1\" | .ports = [
	{name: \"mem\", use: \"trunk\", dev: \"$dev,role=client\"},
	{name: \"cable\", use: \"trunk\", dev: \"packet1,iface=eth1\"},
	{name: \"lan\", use: \"lan\", on: \"cable\", vlan: 40}] +
	[10, 20 | {name: \"w\(.)\", use: \"wan\", on: \"mem\", vlan: .,
		address: \"10.99.0.\(.)/24\", gateway: \"10.99.0.1\"}]" >"$LAB_STATE/edge.json"
lab_gateway_start hub
for n in 10 20; do
	eventually "the hub's TAP" 20 is_up hub up$n
	lab_in hub ip addr add 10.99.0.1/24 dev up$n
done
lab_gateway_start edge
for n in 10 20; do
	eventually "the edge's TAP" 20 is_up edge w$n
	lab_in edge ip addr add 10.99.0.$n/24 dev w$n
done
check "the LAN's TAP has its address still" grep -q 192.168.40.60 <<<"$(lab_in edge ip addr show lan)"
check "that of a WAN which is not configured any more is gone" [ ! -e "/sys/class/net/$name" ]
eventually "both paths are up" 20 lab_paths_up edge 2
eventually "the client reaches the server" 10 lab_reaches
measured "TCP back" tcp -R
check "both ends stop" lab_gateways_stop
