#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Ports on drivers other than packet sockets: edge and hub joined by a memif, which has no kernel on
# its way but the TAPs that stand for it; a TAP as the LAN, with the edge's own programs behind it; and
# AF_XDP on every port; packet sockets of our own. No emulator: links are wires. On each of them the edge's
# kernel forwards what is not for the tunnel: between LANs, and to a WAN's own network.
LAB_DIRECT=1
LAB_PMD=net_af_packet # where nothing else is said: cards without offloads
. "$(dirname "$0")/_init.sh"
test_hosts

FLOOR=5 # Mbit/s: it flows. How fast is for people to compare.

# carries WHAT NS [IPERF-OPTIONS...]: TCP both ways at once between NS and the server.
carries() {
	local what=$1 ns=$2 up down
	shift 2
	check "$what: upload starts" lab_iperf_start up "$ns" -t 2 -C cubic "$@"
	check "$what: download starts" lab_iperf_start down "$ns" -t 2 -C cubic -R "$@"
	check "$what: upload" lab_iperf_end up 30 "$OUT/up.json"
	check "$what: download" lab_iperf_end down 30 "$OUT/down.json"
	up=$(lab_mbit "$OUT/up.json")
	down=$(lab_mbit "$OUT/down.json")
	figure "$what: at once up $up, down $down Mbit/s"
	check "$what: TCP flows" [ "$up" -ge $FLOOR ]
	check "$what: TCP flows back" [ "$down" -ge $FLOOR ]
}

# drivers edge|hub: devices as DPDK names them, counted by driver.
drivers() {
	local port
	for port in $(lab_ask "$1" /ethdev/list | jq '.[]'); do
		lab_ask "$1" "/ethdev/info,$port" | jq -r .name
	done | sed 's/[0-9]*$//' | sort | uniq -c | awk '{ print $1, $2 }' | paste -sd ,
}

gateways_stop() { check "$1: both ends stop on SIGTERM" lab_gateways_stop; }

no_link() { ! lab_in "$1" ip link show "$2" >/dev/null 2>&1; }
has_link() { ! no_link "$@"; }

# --- beside the tunnel ---------------------------------------------------------------------------
#            neighbour 192.168.43.1 (gateway .43.60)
#                |
#   client -- lan0 edge lan1 -- other 192.168.51.1, 2001:db8:51::1
lan_hosts() {
	lab_ns other || return
	lab_ns neighbour || return
	lab_wire other eth0 edge lan1
	lab_plain_nic other eth0
	lab_plain_nic edge lan1
	lab_in other ip addr add 192.168.51.1/24 dev eth0
	lab_in other ip addr add 2001:db8:51::1/64 dev eth0
	lab_in other ip route add default via 192.168.51.60
	lab_in other ip -6 route add default via 2001:db8:51::60
	lab_in edge ip addr add 192.168.51.60/24 dev lan1
	lab_in edge ip addr add 2001:db8:51::60/64 dev lan1
	# on the client's wire, in a network of its own: the edge is the way between them
	lab_in client ip link add link eth0 name eth1 netns "${LAB_PREFIX}neighbour" type macvlan mode private
	lab_in neighbour ip link set eth1 up
	lab_in neighbour ip addr add 192.168.43.1/24 dev eth1
	lab_in neighbour ip route add default via 192.168.43.60
	lab_in edge ip addr add 192.168.43.60/24 dev lan0
	# modems know no LAN: the file that a real edge takes
	lab_in edge nft -f "$LAB_ROOT/config/edge-nat.nft"
}

edge_config() {
	lab_edge_config ".ports += [{name: \"lan1\", use: \"lan\", dev: \"${LAB_LAN_PMD}9,iface=lan1\"}] | $1" \
		>"$LAB_STATE/edge.json"
}

# all_answered NS ADDRESS: each ping once, neither lost nor forwarded twice
all_answered() {
	lab_in "$1" ping -q -n -c 20 -i 0.01 -W 2 "$2" >"$OUT/ping"
	grep -q '20 received, 0% packet loss' "$OUT/ping" || {
		cat "$OUT/ping"
		return 1
	}
}

kernel_forwards() {
	check "$1: from LAN to LAN" all_answered client 192.168.51.1
	check "$1: from LAN to LAN, IPv6" all_answered other $LAB_CLIENT6
	check "$1: behind the LAN's router" all_answered other 192.168.1.10
	check "$1: back into the same LAN" all_answered neighbour $LAB_CLIENT
	check "$1: a modem's page" all_answered other "192.168.${2:-101}.1"
}

# --- memif ---------------------------------------------------------------------------------------
# Its socket is a file: an abstract one is seen in one network namespace only.
memif_config() {
	local dev="net_memif0,id=0,socket=$LAB_STATE/memif.sock,socket-abstract=no"
	lab_hub_config ".ports = [{name: \"memhub\", use: \"uplink\", dev: \"$dev,role=server\",
		address: \"10.99.0.1/30\"}]" >"$LAB_STATE/hub.json" &&
		edge_config ".hub.address = \"10.99.0.1\" | .ports = [.ports[0], .ports[-1],
			{name: \"memwan\", use: \"wan\", dev: \"$dev,role=client\",
			address: \"10.99.0.2/30\", gateway: \"10.99.0.1\"}]"
}

# A TAP is up once its port runs.
is_up() { lab_in "$1" ip -o link show "$2" 2>/dev/null | grep -q '[<,]UP[,>]'; }

# The server first: DPDK's memif client calls once, when it starts. The kernels answer each other's
# ARP on the memif by the addresses of their TAPs.
memif_start() {
	lab_gateway_start hub
	eventually "the hub's TAP for its memif" 20 is_up hub memhub
	lab_in hub ip addr add 10.99.0.1/30 dev memhub
	lab_gateway_start edge
	eventually "the edge's TAP for its memif" 20 is_up edge memwan
	lab_in edge ip addr add 10.99.0.2/30 dev memwan
	lab_in hub ip addr add fd00:99::1/64 dev memhub
	lab_in edge ip addr add fd00:99::2/64 dev memwan
}

test_memif() {
	step "memif between edge and hub"
	check "configurations" memif_config
	memif_start
	eventually "the path over the memif is up" 20 lab_paths_up edge 1
	eventually "the client reaches the server over it" 20 lab_reaches
	figure "edge: $(drivers edge); hub: $(drivers hub)"
	eventually "the kernels reach each other beside the tunnel" 10 lab_reaches 10.99.0.1 edge
	eventually "by IPv6 too, which is found by multicast" 10 lab_reaches fd00:99::1 edge
	carries "memif" client
	kernel_forwards "memif"
	gateways_stop "memif"
}

has_carrier() { [[ $(lab_in "$1" ip -o link show "$2") == *LOWER_UP* ]]; }
no_carrier() { ! has_carrier "$@"; }
has_address() { [[ $(lab_in "$1" ip -o addr show dev "$2") == *" $3 "* ]]; }

# An address that a DHCP client got, and the routes that go with it, must not vanish with each restart.
test_mirror_stays() {
	step "the TAPs outlive the gateways"
	eventually "the edge's has no carrier now" 10 no_carrier edge memwan
	lab_gateway_start hub
	eventually "the hub's has one again" 20 has_carrier hub memhub
	check "and its address" has_address hub memhub 10.99.0.1/30
	lab_gateway_start edge
	eventually "the path over the memif is up again" 20 lab_paths_up edge 1
	check "over the address that it had" has_address edge memwan 10.99.0.2/30
	eventually "the client reaches the server" 20 lab_reaches
	lab_kill9 edge || fail "no edge to kill"
	check "a killed one's stays too" has_address edge memwan 10.99.0.2/30
	check "the hub stops" lab_stop hub
}

# --- TAP -----------------------------------------------------------------------------------------
LAN_TAP=192.168.50.1 # the kernel's address on the TAP
LAN_TAP_PORT=192.168.50.254

tap_config() {
	lab_edge_config ".ports[0] |= (.dev = \"net_tap0,iface=lantap\" |
		.address = \"$LAN_TAP_PORT/24\")" >"$LAB_STATE/edge.json" &&
		lab_hub_config ".edges[0].networks += [\"192.168.50.0/24\"]" >"$LAB_STATE/hub.json"
}

# What the edge's own programs send from the TAP's address takes the TAP. It has one peer: no ARP.
tap_network() {
	eventually "the LAN's TAP" 20 has_link edge lantap
	check "that of a port which is not configured any more is gone" no_link edge memwan
	lab_in edge ip link set lantap arp off up
	lab_in edge ip addr add $LAN_TAP/24 dev lantap
	lab_in edge ip route add default dev lantap table 50
	lab_in edge ip rule add from $LAN_TAP table 50 priority 50
}

tap_reaches() { lab_in edge ping -q -c 1 -W 1 -I $LAN_TAP "$LAB_SERVER" >/dev/null 2>&1; }

test_tap() {
	step "a TAP as LAN"
	check "configurations" tap_config
	lab_gateway_start hub
	lab_gateway_start edge
	tap_network
	eventually "all paths are up" 20 lab_paths_up edge "$LAB_WANS"
	eventually "a program of the edge reaches the server" 20 tap_reaches
	figure "edge: $(drivers edge); hub: $(drivers hub)"
	carries "TAP" edge -B $LAN_TAP
	gateways_stop "TAP"
	check "the TAP is gone" no_link edge lantap
	lab_in edge ip rule del priority 50
}

# --- packet sockets of our own -------------------------------------------------------------------
# offloads on|off: of all cards but the hub's, which has them on.
offloads() {
	local n
	for n in "client eth0" "edge lan0"; do
		# shellcheck disable=SC2086 # namespace and interface
		lab_in ${n% *} ethtool -K ${n#* } sg "$1" tx "$1" tso "$1" gso "$1" >/dev/null 2>&1
	done
	for ((n = 1; n <= LAB_WANS; n++)); do
		lab_in edge ethtool -K "wan$n" sg "$1" tx "$1" tso "$1" gso "$1" >/dev/null 2>&1
		lab_in "isp$n" ethtool -K cust sg "$1" tx "$1" tso "$1" gso "$1" >/dev/null 2>&1
	done
}

# next_hop_is N ADDRESS: where the WAN number N sends its datagrams.
next_hop_is() {
	lab_ask edge /wanbond/ports 2>/dev/null | jq -e --arg name "$(lab_wan_name "$1")" --arg hop "$2" \
		'[.[] | objects | select(.name == $name)][0] | .usable == 1 and .next_hop == $hop' >/dev/null
}

test_packet() {
	step "packet sockets of our own on every port"
	LAB_PMD=packet
	# shellcheck disable=SC2034 # app/lab/gateway.sh
	LAB_LAN_PMD=packet
	edge_config .
	lab_hub_config . >"$LAB_STATE/hub.json"
	# a WAN whose default route stands only where an "ip rule" leads to
	lab_in edge ip route del default dev wan2
	lab_gateway_start edge
	eventually "the edge's ports are usable" 20 next_hop_is 2 192.168.102.1
	kernel_forwards "packet sockets, no session" 102
	lab_gateway_start hub
	eventually "all paths are up" 20 lab_paths_up edge "$LAB_WANS"
	kernel_forwards "packet sockets" 102
	lab_in isp2 sysctl -qw net.ipv4.conf.all.promote_secondaries=1 # else the second address goes with the first
	lab_in isp2 ip addr add 192.168.102.9/24 dev cust
	lab_in edge ip route replace default via 192.168.102.9 dev wan2 table 102
	lab_in isp2 ip addr del 192.168.102.1/24 dev cust
	eventually "another gateway in that table" 20 next_hop_is 2 192.168.102.9
	eventually "the path lives on" 20 lab_paths_up edge "$LAB_WANS"
	check "the uplink is one" jq -e '.["0"].device == "packet"' <<<"$(lab_ask hub /wanbond/ports)"
	carries "packet sockets, cards without offloads" client
	offloads on
	carries "packet sockets, cards with offloads" client
	offloads off
	gateways_stop "packet sockets"
}

# --- AF_XDP --------------------------------------------------------------------------------------
xdp_on() { lab_in "$1" ip link show "$2" | grep -q 'prog/xdp'; }

test_af_xdp() {
	local n
	step "AF_XDP on every port"
	LAB_PMD=net_af_xdp
	# shellcheck disable=SC2034 # app/lab/gateway.sh
	LAB_LAN_PMD=net_af_xdp
	edge_config .
	lab_hub_config . >"$LAB_STATE/hub.json"
	lab_gateways_start || fail "gateways on AF_XDP"
	figure "edge: $(drivers edge); hub: $(drivers hub)"
	check "an XDP program on lan0" xdp_on edge lan0
	check "an XDP program on the uplink" xdp_on hub eth0
	for ((n = 1; n <= LAB_WANS; n++)); do
		check "an XDP program on wan$n" xdp_on edge "wan$n"
	done
	carries "AF_XDP" client
	kernel_forwards "AF_XDP"
	gateways_stop "AF_XDP"
	for ((n = 1; n <= LAB_WANS; n++)); do
		! xdp_on edge "wan$n" || fail "the XDP program stays on wan$n"
	done
}

check "the edge's other LAN" lan_hosts
test_memif
test_mirror_stays
test_tap
test_packet
test_af_xdp
