#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A WAN whose interface has no Ethernet header (ppp0 of PPPoE, a modem in raw-IP mode, the TUN of a CLAT):
# point to point, no gateway, MTU 1492. It carries, comes back, and what cannot carry it is refused.
LAB_DIRECT=1
. "$(dirname "$0")/_init.sh"
LAB_PMD=packet
LAB_LAN_PMD=packet
LOCAL=10.64.64.2 PEER=10.64.64.1
test_hosts

lab_in edge ip link delete wan1
lab_in edge ip rule add from $LOCAL table 101 priority 90

# ppp_up TYPE: the line, as pppd leaves it.
ppp_up() {
	lab_spawn ppp edge python3 "$TEST_DIR/tun.py" "${LAB_PREFIX}edge" wan1 "${LAB_PREFIX}isp1" cust "$1"
	lab_until 10 lab_in isp1 ip link show cust >/dev/null 2>&1 || fail "no TUN devices"
	lab_in isp1 ip addr add $PEER peer $LOCAL dev cust
	lab_in isp1 ip link set cust mtu 1492 up
	lab_in edge ip addr add $LOCAL peer $PEER dev wan1
	lab_in edge ip link set wan1 mtu 1492 up
	lab_in edge ip route add default dev wan1 metric 101
	lab_in edge ip route add default dev wan1 table 101
}
checked() { lab_in edge "$LAB_WANBOND" --check -c "$LAB_STATE/$1.json" >"$OUT/$1" 2>&1; }
is_raw_ip() { [[ $(lab_in edge ip -o link show wan1) == *link/"[519]"* ]]; }
says_there() { [ "$(grep -c "port $first: interface wan1 has appeared" "$LAB_STATE/edge.log")" = 3 ]; }

step "drivers that want Ethernet are refused, with the line that mends it"
ppp_up 512
first=$(lab_wan_name 1)
for dev in net_af_packet1 net_af_xdp1; do
	lab_edge_config ".ports[1].dev = \"$dev,iface=wan1\"" >"$LAB_STATE/bad.json"
	! checked bad || fail "--check calls $dev on wan1 good"
	check "it names the port" grep -q "ports\[1\]" "$OUT/bad"
	check "and what to write" grep -qF '"packet1,iface=wan1"' "$OUT/bad"
done
lab_edge_config '.ports[0].dev = "packet0,iface=wan1" | .ports[1].dev = "packet1,iface=lan0"' \
	>"$LAB_STATE/bad.json"
! checked bad || fail "--check calls a LAN without Ethernet good"
check "it says why" grep -q "no Ethernet header" "$OUT/bad"
lab_edge_config . >"$LAB_STATE/edge.json"
check "packet sockets are good" checked edge

step "it carries, alone"
lab_gateways_start || fail "gateways"
for ((n = 2; n <= LAB_WANS; n++)); do
	lab_cli edge set path "$(lab_wan_name $n)" state down
done
eventually "only $first is left" 10 lab_paths_up edge 1
check "a small packet" lab_reaches
check "one that fills it, in pieces" lab_in client ping -q -c 1 -W 5 -s 4000 $LAB_SERVER >/dev/null
check "upload" lab_iperf "$OUT/up.json" client 1 -C cubic
check "download" lab_iperf "$OUT/down.json" client 1 -C cubic -R
figure "up $(lab_mbit "$OUT/up.json"), down $(lab_mbit "$OUT/down.json") Mbit/s"
check "TCP flows" [ "$(lab_mbit "$OUT/up.json")" -ge 5 ]
check "TCP flows back" [ "$(lab_mbit "$OUT/down.json")" -ge 5 ]
check "its MTU is kept" [ "$(path_value edge "$first" mtu)" -le 1492 ]
taken() { lab_in edge tc -s qdisc show dev wan1 clsact | grep -q 'dropped [1-9]'; }
check "the kernel does not see what is ours" taken

step "the line falls and comes back, as another interface"
lab_stop ppp
eventually "the path leaves" 20 lab_paths_up edge 0
ppp_up 65534
eventually "the path is back" 20 lab_paths_up edge 1
eventually "it carries" 10 lab_reaches

step "a modem goes over to Ethernet, on an interface of that name, and back"
lab_stop ppp
eventually "the path leaves" 20 lab_paths_up edge 0
lab_wan_line 1
eventually "the path is back over Ethernet" 20 lab_paths_up edge 1
eventually "it carries" 10 lab_reaches
lab_in edge ip link delete wan1

step "a modem that begins as Ethernet goes over to raw IP (ModemManager), the interface staying"
ppp_up 1,519
eventually "it is taken for Ethernet" 20 says_there
lab_in edge ip link set wan1 down
kill -USR1 "$(lab_pid ppp)"
eventually "it is raw IP now" 10 is_raw_ip
lab_in edge ip link set wan1 up
eventually "the path is back over raw IP" 20 lab_paths_up edge 1
eventually "it carries" 10 lab_reaches

step "a kernel that takes nothing on the interface is told of"
lab_in edge nft -f - <<-NFT
	table netdev lab_refuses {
		chain out {
			type filter hook egress device wan1 priority 0; policy drop;
		}
	}
NFT
eventually "the log says so" 20 grep -q "port $first: the kernel refuses all packets" "$LAB_STATE/edge.log"
check "edge ends in order" lab_stop edge 10
