#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A provider that blocks the hub's port: the path says why it carries nothing, the log what was tried and what would
# help, once; and when the port is open again. At the same time a VPS without its NAT, as after a reboot: both ends say
# that nothing comes back from behind the hub.
. "$(dirname "$0")/_init.sh"
test_hosts

name=$(lab_wan_name 3)
said() { grep -qE "$name: $1" "$LAB_STATE/edge.log"; }

step "provider 3 drops UDP to port 65500, and the hub has no NAT"
nat=$(lab_in hub nft list table inet wanbond_nat)
lab_in hub nft delete table inet wanbond_nat
lab_in isp3 nft add table inet blocked
lab_in isp3 nft add chain inet blocked forward '{ type filter hook forward priority -10; }'
lab_in isp3 nft add rule inet blocked forward udp dport 65500 drop
lab_gateway_start hub
lab_gateway_start edge
eventually "the other paths are up" 20 lab_paths_up edge $((LAB_WANS - 1))
[ "$(path_value edge "$name" why_not)" = '"no answer yet"' ] ||
	fail "why_not of $name: $(path_value edge "$name" why_not)"
lab_spawn ping client ping -q -i 0.2 "$LAB_SERVER"
eventually "the log tells of it" 20 said "no answer from the hub at $LAB_HUB port 65500 .* has one.*may block UDP"
says_of() { grep -qE "$2" "$LAB_STATE/$1.log"; }
eventually "the edge tells of the hub's way out" 20 says_of edge \
	"IPv4: the hub is reached, but nothing comes back from the Internet behind it"
eventually "the hub does, with what to look at" 20 says_of hub \
	"IPv4: nothing comes back from the Internet through the egress.*nftables.service"
for which in edge hub; do
	[ -n "$(tunnel_value "$which" way_out)" ] || fail "$which: way_out is empty"
done
step "the NAT is back"
lab_in hub nft -f - <<<"$nat"
for which in edge hub; do
	eventually "the $which tells of that" 20 says_of "$which" "something comes back from the Internet again"
	[ -z "$(tunnel_value "$which" way_out)" ] || fail "$which: way_out is $(tunnel_value "$which" way_out)"
	told=$(grep -c "nothing comes back" "$LAB_STATE/$which.log")
	[ "$told" = 1 ] || fail "$which told $told times"
done

step "and provider 3 lets it through again"
lab_in isp3 nft delete table inet blocked
eventually "the path comes up" 10 lab_paths_up edge "$LAB_WANS"
eventually "the log tells of that" 10 said "the hub answers now"
told=$(grep -c "$name: no answer" "$LAB_STATE/edge.log")
[ "$told" = 1 ] || fail "told $told times"
lab_cli edge "set path $name state down"
is_down() { [ "$(path_value edge "$name" why_not)" = '"set down by the operator"' ]; }
eventually "why_not of a path set down" 5 is_down
