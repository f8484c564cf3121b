#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two homes on one hub, each with its key and networks: both work at once, do not see each other
# (config/hub-nat.nft) unless the hub's owner allows it, and one of them leaving does not disturb the
# other.
. "$(dirname "$0")/_init.sh"
test_hosts

step "a second home behind providers 1 and 2"
check "namespace" lab_ns edge2
check "namespace" lab_ns client2
lab_wire client2 eth0 edge2 lan0
lab_plain_nic client2 eth0
lab_plain_nic edge2 lan0
lab_in client2 ip addr add 192.168.50.1/24 dev eth0
lab_in client2 ip route add default via 192.168.50.60
lab_in edge2 ip addr add 192.168.50.60/24 dev lan0
for n in 1 2; do
	lab_wire edge2 "wan$n" "isp$n" cust2
	lab_plain_nic edge2 "wan$n"
	lab_plain_nic "isp$n" cust2
	lab_in "isp$n" ip addr add "192.168.11$n.1/24" dev cust2
	lab_in edge2 ip addr add "192.168.11$n.2/24" dev "wan$n"
	lab_in edge2 ip route add default via "192.168.11$n.1" dev "wan$n" metric "10$n"
done
lab_keys edge2 || fail "keys"
lab_edge_config ".name = \"${LAB_PREFIX}home2\" | .private_key_file = \"edge2.key\" | .ports |= .[0:3]" \
	>"$LAB_STATE/edge2.json"
lab_hub_config ".edges += [{name: \"home2\", public_key: \"$(cat "$LAB_STATE/edge2.pub")\",
	networks: [\"192.168.50.0/24\"]}]" >"$LAB_STATE/hub.json"

step "both up"
lab_gateways_start || fail "gateways"
lab_gateway_start edge2
eventually "the second home reaches the server" 20 lab_reaches "$LAB_SERVER" client2
eventually "the first one still does" 5 lab_reaches
count=$(lab_ask hub /wanbond/tunnels | jq '[.. | objects | select(.name? | strings | startswith("home"))] | length')
[ "$count" = 2 ] || fail "the hub shows $count tunnels, not 2: $(lab_ask hub /wanbond/tunnels)"

step "both download at once"
lab_iperf_start one client -t 3 -C cubic -R
lab_iperf_start two client2 -t 3 -C cubic -R
lab_iperf_end one 30 "$OUT/one.json" || fail "first home's download"
lab_iperf_end two 30 "$OUT/two.json" || fail "second home's download"
figure "together $(lab_mbit "$OUT/one.json") + $(lab_mbit "$OUT/two.json") Mbit/s"

step "from home to home: not by default, and when the hub's rules allow it"
! lab_reaches 192.168.50.1 client || fail "the homes see each other"
lab_in hub nft insert rule inet wanbond_nat forward iifname wb0 oifname wb0 accept
eventually "client to client2" 10 lab_reaches 192.168.50.1 client

step "the second one leaves"
check "edge2 stops cleanly" lab_stop edge2 10
eventually "the first home goes on" 5 lab_reaches

step "both with one key: said at the hub, with name and addresses"
edge2=$(jq '.private_key_file = "edge.key"' "$LAB_STATE/edge2.json")
printf '%s\n' "$edge2" >"$LAB_STATE/edge2.json"
lab_gateway_start edge2
eventually "the hub says that two boxes have one key" 20 \
	grep -qE 'home: two boxes have one key, at [0-9.]+:[0-9]+ and [0-9.]+:[0-9]+' "$LAB_STATE/hub.log"
