# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The hosts and wires of the lab. To be sourced after lab.sh.
#
#                     wan1 .101.2 == emu == isp1 (NAT 100.64.1.2) --+
#   client -- lan0 edge wan2 .102.2 == emu == isp2 (NAT 100.64.2.2) --+-- internet -- hub
#  .40.1   .40.60      wan3 .103.2 == emu == isp3 (NAT 100.64.3.2) --+      |        .10
#   192.168.40.0/24      192.168.10N.0/24                             203.0.113.0/24 server .20
#
# Behind the client lie 192.168.1.0/24 and 2001:db8:40::/64, the networks a home router would have.

LAB_WANS=3
LAB_HUB=203.0.113.10
LAB_SERVER=203.0.113.20
LAB_CLIENT=192.168.40.1
LAB_SERVER6=2001:db8:113::20
LAB_CLIENT6=2001:db8:40::1
LAB_BEYOND= # ms between hub and server, each way: the emulator has a link there too

lab_ns() {
	local ns=$1
	ip netns add "$LAB_PREFIX$ns" || return
	# Buffers for a few hundred Mbit/s over tens of milliseconds. (The congestion control is asked
	# for per connection, iperf3 -C: a namespace may not set any but the machine's default.)
	lab_in "$ns" sysctl -qw net.ipv4.tcp_rmem="4096 131072 33554432" \
		net.ipv4.tcp_wmem="4096 65536 33554432" \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.accept_ra=0 net.ipv4.tcp_no_metrics_save=1
	lab_in "$ns" ip link set lo up
}

# lab_wire NS1 IF1 NS2 IF2: a veth pair, both ends up.
lab_wire() {
	ip link add "$2" netns "$LAB_PREFIX$1" type veth peer name "$4" netns "$LAB_PREFIX$3" || return
	lab_in "$1" ip link set "$2" up
	lab_in "$3" ip link set "$4" up
}

# DPDK's packet socket sees what a NIC would put on the wire only with the offloads off; ours (LAB_PMD=packet)
# takes either. The hub's card keeps
# them, as a VPS's virtio one has them: what comes for its packet socket is UDP, one datagram at a time.
lab_plain_nic() {
	lab_in "$1" ethtool -K "$2" tx off rx off tso off gso off gro off sg off >/dev/null 2>&1
}

# lab_plain_wire NS1 IF1 NS2 IF2: a veth pair that the emulator has an end of.
lab_plain_wire() {
	lab_wire "$@" || return
	lab_plain_nic "$1" "$2"
	lab_plain_nic "$3" "$4"
}

lab_server_line() {
	if [ -n "$LAB_BEYOND" ]; then
		lab_plain_wire internet server0 emu sa && lab_plain_wire emu sb server eth0
	else
		lab_wire internet server0 server eth0
	fi
}

lab_hosts_up() {
	local ns
	for ns in client edge internet hub server; do
		lab_ns "$ns" || return
	done
	lab_wire client eth0 edge lan0
	lab_wire internet hub0 hub eth0
	lab_server_line || return
	if [ "$LAB_LAN_PMD" != packet ]; then
		lab_plain_nic client eth0
		lab_plain_nic edge lan0
	fi

	lab_in client ip addr add $LAB_CLIENT/24 dev eth0
	lab_in client ip addr add $LAB_CLIENT6/64 dev eth0
	lab_in client ip link add behind type bridge
	lab_in client ip link set behind up
	lab_in client ip addr add 192.168.1.10/24 dev behind
	lab_in client ip route add default via 192.168.40.60
	lab_in client ip -6 route add default via 2001:db8:40::60

	lab_in edge sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	lab_in edge ip addr add 192.168.40.60/24 dev lan0
	lab_in edge ip addr add 2001:db8:40::60/64 dev lan0
	lab_in edge ip route add 192.168.1.0/24 via $LAB_CLIENT

	lab_in internet sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	lab_in internet ip link add br0 type bridge
	lab_in internet ip link set hub0 master br0
	lab_in internet ip link set server0 master br0
	lab_in internet ip link set br0 up
	lab_in internet ip addr add 203.0.113.1/24 dev br0
	lab_in internet ip addr add 2001:db8:113::1/64 dev br0

	lab_in hub sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	lab_in hub ip addr add $LAB_HUB/24 dev eth0
	lab_in hub ip addr add 2001:db8:113::10/64 dev eth0
	lab_in hub ip route add default via 203.0.113.1
	# The VPS's NAT is the file that a real one takes: its interfaces and networks are ours too.
	lab_in hub nft -f "$LAB_ROOT/config/hub-nat.nft"

	lab_in server ip addr add $LAB_SERVER/24 dev eth0
	lab_in server ip addr add $LAB_SERVER6/64 dev eth0
	lab_in server ip route add default via 203.0.113.1
	# IPv6 is routed, not translated.
	lab_in server ip -6 route add 2001:db8:40::/48 via 2001:db8:113::10
}

# lab_wan_line N: the line between the edge and the provider N, with both ends' addresses. Between
# them lies the emulator's namespace, or (LAB_DIRECT=1) nothing.
lab_wan_line() {
	local n=$1 isp=isp$1
	if [ -n "${LAB_DIRECT:-}" ]; then
		lab_wire edge "wan$n" "$isp" cust
	else
		lab_wire edge "wan$n" emu "a$n"
		lab_wire emu "b$n" "$isp" cust
		lab_plain_nic emu "a$n"
		lab_plain_nic emu "b$n"
	fi
	if [ "$LAB_PMD" != packet ] || [ -z "${LAB_DIRECT:-}" ]; then
		lab_plain_nic edge "wan$n"
		lab_plain_nic "$isp" cust
	fi
	lab_in "$isp" ip addr add "192.168.10$n.1/24" dev cust
	# The edge: an address from the "modem", a default route each, chosen by source for the rest.
	lab_in edge ip addr add "192.168.10$n.2/24" dev "wan$n"
	lab_in edge ip route add default via "192.168.10$n.1" dev "wan$n" metric "10$n"
	lab_in edge ip route add default via "192.168.10$n.1" dev "wan$n" table "10$n"
}

# lab_wan_up N: the provider N, its NAT, and the line to it.
lab_wan_up() {
	local n=$1 isp=isp$1
	lab_ns "$isp" || return
	lab_wan_line "$n"
	lab_wire "$isp" net0 internet "isp$n"
	lab_in "$isp" sysctl -qw net.ipv4.ip_forward=1
	lab_in "$isp" ip addr add "100.64.$n.2/24" dev net0
	lab_in "$isp" ip route add default via "100.64.$n.1"
	# Carrier-grade: source ports are new ones too.
	lab_in "$isp" nft -f - <<-NFT
		table ip lab_cgnat {
			chain post {
				type nat hook postrouting priority srcnat;
				oifname "net0" masquerade fully-random
			}
		}
	NFT
	lab_in internet ip addr add "100.64.$n.1/24" dev "isp$n"
	lab_in edge ip rule add from "192.168.10$n.2" table "10$n" priority "10$n"
}

# lab_up: everything but the processes.
lab_up() {
	local n
	[ -n "${LAB_DIRECT:-}" ] || lab_ns emu || return
	lab_hosts_up || return
	for ((n = 1; n <= LAB_WANS; n++)); do
		lab_wan_up "$n" || return
	done
}

# Kernel MPTCP between the edge's own three addresses and the server: the comparison.
lab_mptcp_on() {
	local n
	lab_in edge sysctl -qw net.mptcp.enabled=1
	lab_in server sysctl -qw net.mptcp.enabled=1
	lab_in edge ip mptcp limits set subflows 8 add_addr_accepted 8
	lab_in server ip mptcp limits set subflows 8 add_addr_accepted 8
	lab_in edge ip mptcp endpoint flush
	for ((n = 2; n <= LAB_WANS; n++)); do
		lab_in edge ip mptcp endpoint add "192.168.10$n.2" dev "wan$n" subflow
	done
}

lab_mptcp_off() { lab_in edge ip mptcp endpoint flush; }
