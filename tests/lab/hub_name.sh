#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The hub by a DNS name: found through the WANs, followed to another address while a download goes on, found again by
# the kept address when no DNS server answers, and the next of several addresses when one does not answer. No
# emulator: links are wires.
LAB_DIRECT=1
. "$(dirname "$0")/_init.sh"
test_hosts
NAME=vps.example.net
NEW=203.0.113.11
# what this machine sends goes into the tunnel: the questions must not
EDGE=".hub.address = \"$NAME\" | .hub.resolvers = [\"$LAB_SERVER\"] | .state_dir = \"$LAB_STATE/state\" |
	.kernel = {metric: 50}"
lab_edge_config "$EDGE" >"$LAB_STATE/edge.json"
test_serve 60000000

# zone ADDRESS...: what the name has from now on.
zone() { printf "$NAME %s 1\n" "$@" >"$LAB_STATE/zone.new" && mv "$LAB_STATE/zone.new" "$LAB_STATE/zone"; }
dns_start() {
	lab_spawn dns server python3 "$TEST_DIR/dns.py" "$LAB_STATE/zone"
	eventually "DNS server" 10 grep -q ready "$LAB_STATE/dns.log"
}
logged() { grep -qE -- "$1" "$LAB_STATE/edge.log"; }
goes_to() { [ "$(path_value edge starlink remote)" = "\"$1\"" ]; }

step "found by its name, through the WANs"
zone "$LAB_HUB"
dns_start
lab_gateways_start || fail "gateways"
logged "hub $NAME: $LAB_HUB \(TTL 1 s\)" || fail "the answer is not logged"
for isp in 100.64.{1,2,3}.2; do
	grep -q "^$isp asks for $NAME" "$LAB_STATE/dns.log" || fail "not asked through every WAN"
done
[ "$(tunnel_value edge hub_address)" = "$LAB_HUB" ] || fail "telemetry: no address"
says edge "$NAME: $LAB_HUB, resolved [0-9]+ s ago, TTL 1 s" show tunnel all

step "moves to another address, and nothing is lost"
test_download_start 60 4M
eventually "the download begins" 10 test_downloaded 1000000
lab_in hub ip addr add $NEW/24 dev eth0
zone $NEW
eventually "the edge moves" 7 goes_to $NEW
logged "hub: moved to $NEW \($NAME\), from $LAB_HUB" || fail "the move is not logged"
# The hub's NAT keeps the old address, for the connections inside.
lab_in internet nft -f - <<-NFT
	table ip lab_old {
		chain forward {
			type filter hook forward priority 0;
			ip daddr $LAB_HUB udp dport 65500 drop
		}
	}
NFT
got=$(stat -c %s "$LAB_STATE/got")
eventually "the download goes on" 10 test_downloaded $((got + 3000000))
test_download_stop
check "all paths are up" lab_paths_up edge "$LAB_WANS"
! grep -q "^$LAB_HUB asks\|^$NEW asks" "$LAB_STATE/dns.log" || fail "asked through the tunnel"

step "no DNS server at the start: the kept address"
lab_stop dns
lab_stop edge || fail "the edge does not stop"
lab_gateway_start edge
eventually "the tunnel is up" 20 lab_reaches
eventually "it says so" 20 logged "hub $NAME: no address from $LAB_SERVER on wan .*; going on with $NEW"

step "several addresses: the first one does not answer"
lab_stop edge || fail "the edge does not stop"
lab_edge_config "$EDGE | .hub.address = [\"203.0.113.77\", \"$NAME\"]" >"$LAB_STATE/edge.json"
lab_gateway_start edge
eventually "the tunnel is up" 20 lab_reaches
logged "hub: trying $NEW \($NAME\), after 203.0.113.77" || fail "it does not say so"

step "several addresses: no WAN has a route to the first one"
lab_stop edge || fail "the edge does not stop"
lab_in edge ip route show table all | sed -n 's/^default via \(.*\)/\1/p' | grep -v 'dev wb0' >"$LAB_STATE/defaults"
while read -r route; do
	# shellcheck disable=SC2086 # several words
	lab_in edge ip route del default via $route && lab_in edge ip route add $NEW via $route
done <"$LAB_STATE/defaults"
lab_gateway_start edge
eventually "the tunnel is up" 20 lab_reaches
