#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A provider that blocks the hub's port: the path says why it carries nothing, the log what was tried and what would
# help, once; and when the port is open again.
. "$(dirname "$0")/_init.sh"
test_hosts

name=$(lab_wan_name 3)
said() { grep -qE "$name: $1" "$LAB_STATE/edge.log"; }

step "provider 3 drops UDP to port 65500"
lab_in isp3 nft add table inet blocked
lab_in isp3 nft add chain inet blocked forward '{ type filter hook forward priority -10; }'
lab_in isp3 nft add rule inet blocked forward udp dport 65500 drop
lab_gateway_start hub
lab_gateway_start edge
eventually "the other paths are up" 20 lab_paths_up edge $((LAB_WANS - 1))
[ "$(path_value edge "$name" why_not)" = '"no answer yet"' ] ||
	fail "why_not of $name: $(path_value edge "$name" why_not)"
eventually "the log tells of it" 20 said "no answer from the hub at $LAB_HUB port 65500 .* has one.*may block UDP"
step "and it lets it through again"
lab_in isp3 nft delete table inet blocked
eventually "the path comes up" 10 lab_paths_up edge "$LAB_WANS"
eventually "the log tells of that" 10 said "the hub answers now"
told=$(grep -c "$name: no answer" "$LAB_STATE/edge.log")
[ "$told" = 1 ] || fail "told $told times"
lab_cli edge "set path $name state down"
is_down() { [ "$(path_value edge "$name" why_not)" = '"set down by the operator"' ]; }
eventually "why_not of a path set down" 5 is_down
