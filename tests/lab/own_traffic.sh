#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The edge itself on the tunnel: its LAN addresses answer the other side, and what it sends itself takes the
# bond, by its LAN address always, by default with "kernel.metric", while a path is up. A run that is killed
# leaves no rule that the next one does not remove. Two of the WANs are modems of one make, with one network and
# one gateway. No emulator: links are wires.
LAB_DIRECT=1
. "$(dirname "$0")/_init.sh"
test_hosts
# as on many a distribution; the stricter of the two would drop what comes out of the tunnel
lab_in edge sysctl -qw net.ipv4.conf.all.rp_filter=1
lab_in isp2 ip addr flush dev cust
lab_in isp2 ip addr add 192.168.101.1/24 dev cust
lab_in edge ip addr flush dev wan2
lab_in edge ip addr add 192.168.101.3/24 dev wan2
lab_in edge ip route add default via 192.168.101.1 dev wan2 metric 102
# what it sends itself needs no forwarding; that it does not forward is told
lab_in edge sysctl -qw net.ipv4.ip_forward=0
lab_edge_config '.kernel = {metric: 50}' >"$LAB_STATE/edge.json"
test_serve 3000000
EDGE_LAN=192.168.40.60
EDGE_LAN6=2001:db8:40::60

# rules_are ADDRESS N: so many rules are for packets from it.
rules_are() { [ "$(lab_in edge ip rule show | grep -c "from $1 ")" -eq "$2" ]; }
default_is() { lab_in edge ip "$1" route get "$2" 2>/dev/null | grep -q " dev $3 "; }
# fetch [CURL-OPTIONS...]: the edge gets the server's file, and the server sees it come from the hub.
fetch() {
	lab_in edge curl -sS -m 20 "$@" -o "$LAB_STATE/got" "http://$LAB_SERVER:8080/file" &&
		cmp -s "$LAB_STATE/www/file" "$LAB_STATE/got" && tail -n 5 "$LAB_STATE/www.log" | grep -q "$LAB_HUB"
}

step "up"
lab_gateways_start || fail "gateways"

grep -q 'net.ipv4.ip_forward is 0' "$LAB_STATE/edge.log" || fail "no warning that nothing is forwarded"

step "modems of one make"
grep -q 'tmobile: its gateway has the address of port starlink.*conf.wan2.rp_filter=2' "$LAB_STATE/edge.log" ||
	fail "no warning that the kernel does not answer on the second one's network"
lab_in edge sysctl -qw net.ipv4.conf.wan1.rp_filter=2 net.ipv4.conf.wan2.rp_filter=2
lab_in isp2 ip neigh flush dev cust
# whatever the answer to a ping takes for its way
modem_finds_edge() {
	lab_reaches 192.168.101.3 isp2 || true
	lab_in isp2 ip neigh show 192.168.101.3 dev cust | grep -q lladdr
}
eventually "the second one's modem finds the edge" 10 modem_finds_edge

step "the other side reaches the edge's LAN address"
check "ping from the hub" lab_reaches $EDGE_LAN hub
check "ping from the hub, IPv6" lab_reaches $EDGE_LAN6 hub
lab_spawn ssh edge socat TCP-LISTEN:22,fork,reuseaddr EXEC:'echo edge-says-hello'
eventually "listening" 10 lab_listening edge 22
lab_in hub nft add rule inet wanbond_nat prerouting iifname eth0 tcp dport 2222 dnat ip to $EDGE_LAN:22
[ "$(lab_in server timeout 5 socat -u "TCP:$LAB_HUB:2222" - 2>/dev/null)" = edge-says-hello ] ||
	fail "the hub's port forward does not reach the edge"
check "ping from the LAN" lab_reaches $EDGE_LAN client
check "the LAN still goes out" lab_reaches

step "what the edge sends itself"
check "from its LAN address" fetch --interface $EDGE_LAN
eventually "a default route into the tunnel" 10 default_is -4 "$LAB_SERVER" wb0
eventually "and one of IPv6" 10 default_is -6 $LAB_SERVER6 wb0
check "by default" fetch
check "by default, IPv6" lab_reaches $LAB_SERVER6 edge
check "TCP by default" lab_iperf "$OUT/own.json" edge 1 -C cubic -R
figure "the edge's own TCP, down: $(lab_mbit "$OUT/own.json") Mbit/s"
check "a WAN's own network stays direct" default_is -4 192.168.103.1 wan3
# our datagrams do not follow the default route, or nothing would arrive any more
check "all paths are up" lab_paths_up edge "$LAB_WANS"

step "somebody removes a rule; an address comes and goes"
check "three rules" rules_are $EDGE_LAN 3
lab_in edge ip rule del priority 6500
eventually "the rule is back" 10 rules_are $EDGE_LAN 3
lab_in edge ip addr add 192.168.40.61/24 dev lan0
eventually "rules of the new address" 10 rules_are 192.168.40.61 3
lab_in edge ip addr del 192.168.40.61/24 dev lan0
eventually "none once it is gone" 10 rules_are 192.168.40.61 0

step "without a path the edge's own traffic goes as without us"
lab_stop hub || fail "the hub does not stop"
eventually "the default route is a WAN's again" 20 default_is -4 "$LAB_SERVER" wan1
! default_is -6 $LAB_SERVER6 wb0 || fail "the IPv6 default route stays"

step "killed and started again"
lab_kill9 edge
check "the kill leaves rules" rules_are $EDGE_LAN 3
# the next run has another address: what is left is not its own
lab_in edge ip addr del $EDGE_LAN/24 dev lan0
lab_in edge ip addr add 192.168.40.62/24 dev lan0
lab_edge_config '.kernel = {metric: 500}' >"$LAB_STATE/edge.json"
lab_gateway_start edge
eventually "rules of the new address" 20 rules_are 192.168.40.62 3
check "none of the killed run" rules_are $EDGE_LAN 0
grep -q 'kernel.metric is 500, but the default route through wan[0-9] has 10' "$LAB_STATE/edge.log" ||
	fail "no warning that the metric is too high"
lab_stop edge || fail "the edge does not stop"
check "none after the end" rules_are 192.168.40.62 0

step "another's interface of that name is refused"
lab_in edge ip link add wb0 type bridge || fail "a bridge"
lab_gateway_start edge
eventually "the edge ends" 20 lab_gone edge
grep -q 'interface "wb0" exists already and is not ours' "$LAB_STATE/edge.log" || fail "it does not say why"
lab_in edge ip link show wb0 >/dev/null || fail "the interface has gone"
