#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The emulator by itself: outages by order and by the clock, offloads, bad configurations and orders, a clean end.
. "$(dirname "$0")/_emulator.sh"

test_configurations() {
	local good='{"name": "x", "a": "net_a", "b": "net_b"}' row text want
	while IFS='|' read -r text want; do
		printf '%s\n' "$text" >"$LAB_STATE/bad.json"
		row=$("$LAB_EMU" --check -c "$LAB_STATE/bad.json" 2>&1)
		[ $? -eq 2 ] || fail "taken: $text"
		[[ $row == *"$want"* ]] || fail "$text: \"$want\" is not in: $row"
	done <<-EOT
		{|bad.json:2
		{}|links: missing
		{"links": []}|1 to 8 links
		{"link": []}|link: unknown key; known here: name, eal,
		{"links": [{"name": "a b"}]}|links[0].name: "a b" is not allowed here
		{"links": [{"name": "x", "a": "net_a"}]}|links[0].b: missing
		{"links": [$good, $good]}|a name of its own
		{"links": [$(jq -c '.a_to_b.rate_mbit = -1' <<<"$good")]}|links[0].a_to_b.rate_mbit: -1 is not allowed here: 0 or a number from 0.001 to 100000
		{"links": [$(jq -c '.b_to_a.delay = 1' <<<"$good")]}|links[0].b_to_a.delay: unknown key; known here: rate_mbit, delay_ms
		{"links": [$(jq -c '.a_to_b.reorder = 1' <<<"$good")]}|true or false
		{"links": [$(jq -c '.a_to_b.gilbert_elliott.enter_percent = 1' <<<"$good")]}|leave_percent
		{"links": [$(jq -c '.a_to_b = {rate_mbit: 1, trace: "t"}' <<<"$good")]}|either rate_mbit or trace
		{"links": [$(jq -c '.outages = [{at: 1, for: 1, kind: "dead"}]' <<<"$good")]}|outages[0].kind: "dead" is not allowed here: "black_hole" or "link_down"
	EOT
	# Right in form, but nothing to work with.
	emu_config '{"a_to_b": {"trace": "/nonexistent"}}'
	row=$(lab_in emu "$LAB_EMU" -c "$LAB_STATE/emu.json" 2>&1) && fail "taken: no such trace"
	[[ $row == *"trace /nonexistent: No such file"* ]] || fail "trace: $row"
	emu_config '{}'
	sed -i 's/iface=a1/iface=nix9/' "$LAB_STATE/emu.json"
	row=$(lab_in emu "$LAB_EMU" -c "$LAB_STATE/emu.json" 2>&1) && fail "taken: no such interface"
	[[ $row == *"link1: net_af_packet0,iface=nix9: cannot make this port"* ]] || fail "device: $row"
}

# So many outages have begun, and all are over: nobody needs to look while they last.
outages_over() { lab_ask emu "/emu/link,$1" | jq -e ".outages == $2 and .state == \"up\"" >/dev/null; }
# Each fall of the carrier counts, however short it is.
carrier_falls() { [ "$(lab_in left cat "/sys/class/net/$1/carrier_down_count")" -ge "$2" ]; }

test_outages() {
	local answer falls
	check "reaches" reaches 1
	check "black hole" lab_emulator_order /emu/outage,link1,black_hole
	check "state" is_state link1 black_hole
	check "nothing comes through" reaches_not 1
	check "the carrier stays" carrier wan1 1
	check "other links go on" reaches 2
	check "ended by hand" lab_emulator_order /emu/outage,link1,none
	eventually "heals" 5 reaches 1
	check "a black hole that ends" lab_emulator_order /emu/outage,link1,black_hole,0.3
	eventually "ends by itself" 5 outages_over link1 2
	eventually "heals by itself" 5 reaches 1

	check "one direction" lab_emulator_order /emu/outage,link1,black_hole,1000,b_to_a
	check "no answer comes back" reaches_not 1
	lab_ask emu /emu/link,link1 | jq -e '.b_to_a.drop_outage > 0' >/dev/null || fail "not counted"
	check "ended by hand" lab_emulator_order /emu/outage,link1,none
	eventually "heals" 5 reaches 1

	check "link down" lab_emulator_order /emu/outage,link1,link_down
	eventually "the carrier goes" 5 carrier wan1 0
	check "nothing comes through" reaches_not 1
	check "ended by hand" lab_emulator_order /emu/outage,link1,none
	eventually "the carrier comes back" 5 carrier wan1 1
	eventually "and so does the link" 5 reaches 1
	falls=$(lab_in left cat /sys/class/net/wan1/carrier_down_count)
	check "a link down that ends" lab_emulator_order /emu/outage,link1,link_down,0.3
	eventually "ends by itself" 5 outages_over link1 5
	eventually "the carrier went" 5 carrier_falls wan1 $((falls + 1))
	eventually "and comes back" 5 carrier wan1 1

	for answer in "/emu/outage,nix,black_hole" "/emu/outage,link1,dead" "/emu/outage,link1,black_hole,x" \
		"/emu/set,link1,up,rate=1" "/emu/set,link1,up,rate_mbit=-1" "/emu/set,link1,left,rate_mbit=1"; do
		lab_ask emu "$answer" | jq -e '.error | contains("is not allowed here")' >/dev/null ||
			fail "not refused: $answer"
	done
}

# What a packet socket gets of an interface with offloads is no proper frame: it must be said.
test_offloads() {
	emu_start '{}'
	lab_in left ethtool -K wan1 tx on >/dev/null 2>&1
	lab_in left curl -s -m 2 telnet://10.77.1.2:9 >/dev/null </dev/null || true # one SYN is enough
	eventually "a word about the checksums" 5 grep -q 'link1: a1: frames arrive with wrong checksums' \
		"$LAB_STATE/emu.log"
	lab_in left ethtool -K wan1 tx off >/dev/null 2>&1
}

test_scheduled() {
	local falls
	falls=$(lab_in left cat /sys/class/net/wan1/carrier_down_count)
	emu_start '{"outages": [{"at": 0.5, "for": 1, "kind": "black_hole"},
		{"at": 2, "for": 1, "kind": "link_down"}]}' '{"outages": [{"at": 1, "for": 1000, "kind": "black_hole"}]}'
	eventually "black hole by the clock" 10 is_state link2 black_hole
	eventually "both over" 10 outages_over link1 2
	eventually "link down by the clock" 5 carrier_falls wan1 $((falls + 1))
	eventually "over" 5 carrier wan1 1
	check "another of the same name is refused" second_refused
	# Ended while a link is down: the interface comes back up.
	check "link down" lab_emulator_order /emu/outage,link1,link_down
	eventually "the carrier goes" 5 carrier wan1 0
	emu_stop
	check "the carrier comes back" lab_until 5 carrier wan1 1
	[ ! -e "$(lab_runtime emu)" ] || fail "left behind: $(lab_runtime emu)"
}

second_refused() {
	local out
	out=$(lab_in emu timeout 20 "$LAB_EMU" -c "$LAB_STATE/emu.json" 2>&1) && return 1
	[[ $out == *"another emulator of this name runs"* ]]
}

test_begin
wires || fail "namespaces"
step "configurations"
test_configurations
step "outages"
emu_start '{}' '{}'
test_outages
emu_stop
step "offloads"
test_offloads
emu_stop
step "scheduled outages"
test_scheduled
