#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The emulator by itself: does a link do what its configuration says? Delay, rate, trace, loss, jitter,
# outages, bad configurations, a clean end.
#
#        wan1 -- a1        b1 -- lan1
#   left wan2 -- a2   emu  b2 -- lan2 right        10.77.N.1 and .2
#        wan3 -- a3        b3 -- lan3
#
# Runs alone: it measures rates and delays.
LAB_PREFIX=wbe-
. "$(dirname "$0")/_init.sh"
LAB_WANBOND=$LAB_EMU # no gateway takes part
LINKS=3

wires() {
	local n ns
	for ns in left emu right; do
		lab_ns $ns || return
	done
	lab_in emu sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	for ((n = 1; n <= LINKS; n++)); do
		lab_wire left "wan$n" emu "a$n" && lab_wire emu "b$n" right "lan$n" || return
		lab_plain_nic left "wan$n"
		lab_plain_nic emu "a$n"
		lab_plain_nic emu "b$n"
		lab_plain_nic right "lan$n"
		lab_in left ip addr add "10.77.$n.1/24" dev "wan$n"
		lab_in right ip addr add "10.77.$n.2/24" dev "lan$n"
	done
}

# emu_config LINK-JSON...: the N-th is what a_to_b, b_to_a and outages of link N shall be.
emu_config() {
	printf '%s\n' "$@" | jq -s --arg name "${LAB_PREFIX}emu" '{name: $name, seed: 1,
		links: [to_entries[] | (.key + 1) as $n | {name: "link\($n)",
			a: "net_af_packet\(2 * $n - 2),iface=a\($n)",
			b: "net_af_packet\(2 * $n - 1),iface=b\($n)"} + .value]}' >"$LAB_STATE/emu.json"
}

emu_start() {
	emu_config "$@"
	lab_spawn emu emu "$LAB_EMU" -c "$LAB_STATE/emu.json"
	lab_while emu 20 grep -q ': ready,' "$LAB_STATE/emu.log" || fail "the emulator does not start"
}

emu_stop() { lab_stop emu || fail "no end on SIGTERM"; }

set_link() { check "set $*" lab_emulate "$@"; }
link_state() { lab_ask emu "/emu/link,$1" | jq -r .state; }
is_state() { [ "$(link_state "$1")" = "$2" ]; }
reaches() { lab_in left ping -q -c 1 -W 1 "10.77.$1.2" >/dev/null 2>&1; }
reaches_not() { ! reaches "$1"; }
carrier() { [ "$(lab_in left cat "/sys/class/net/$1/carrier" 2>/dev/null)" = "$2" ]; }

# owd LINK COUNT INTERVAL_MS: one-way delay from left to right, as JSON.
owd() {
	check "reaches" lab_until 5 reaches "$1" # and knows its neighbour
	python3 "$TEST_DIR/owd.py" "${LAB_PREFIX}left" "${LAB_PREFIX}right" "10.77.$1.2" "$2" "$3"
}

# expect JSON FILTER WHAT
expect() { jq -e "$2" <<<"$1" >/dev/null || fail "$3: $1"; }

# udp_start NAME LINK MBIT SECONDS: iperf3 from left to right in the background.
udp_start() {
	local port=$((LAB_IPERF_PORT++))
	lab_spawn "$1-server" right iperf3 -s -1 -p "$port"
	lab_until 5 lab_listening right "$port" || fail "iperf3 does not listen"
	lab_spawn "$1" left iperf3 -J -c "10.77.$2.2" -p "$port" -u -l 1400 -b "$3M" -t "$4" -O 1
}

# udp_end NAME: Mbit/s of IP packets that arrived.
udp_end() {
	lab_wait "$1" 60 || fail "iperf3 does not end"
	lab_stop "$1-server" 2 || true
	jq -e '(.end.sum_received // .end.sum).bits_per_second * 1428 / 1400 / 1e6' \
		"$LAB_STATE/$1.log" || fail "iperf3: $(head -c 300 "$LAB_STATE/$1.log")"
}

# rate_is LINK MBIT OFFERED WHAT: within 3 %, in one of three tries (a starved sender is no fault).
rate_is() {
	local try got
	for try in 1 2 3; do
		udp_start udp "$1" "$3" 3
		got=$(udp_end udp) || exit 1
		figure "$4: $2 Mbit/s wanted, $(printf %.2f "$got") measured"
		jq -ne "$got > $2 * 0.97 and $got < $2 * 1.03" >/dev/null && return
	done
	fail "$4: rate off after $try tries"
}

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

test_delay() {
	local d
	d=$(owd 1 1500 2) || exit 1
	figure "delay 20 ms, idle: $(jq -c '[.p1, .p50, .p99, .p999, .max]' <<<"$d") us (p1 p50 p99 p99.9 max)"
	expect "$d" '.received == .sent and .overtaken == 0' "a link without loss or jitter"
	expect "$d" '.p50 > 19000 and .p50 < 21000' "median of the delay"
	set_link link1 both delay_ms=5
	d=$(owd 1 500 2) || exit 1
	expect "$d" '.p50 > 4000 and .p50 < 6000' "median of the delay after a change"
	set_link link1 both delay_ms=20
}

test_rate() {
	rate_is 1 30 45 "a_to_b"
	set_link link1 up rate_mbit=100
	rate_is 1 100 130 "after a change"
	lab_spawn tcp-server right iperf3 -s -1 -p 5299
	lab_until 5 lab_listening right 5299 || fail "iperf3 does not listen"
	lab_in left iperf3 -J -c 10.77.1.2 -p 5299 -t 4 -O 1 -C cubic >"$OUT/tcp.json"
	figure "one CUBIC flow over 100 Mbit/s, 20 ms, 250 kB: $(lab_mbit "$OUT/tcp.json") Mbit/s"
	[ "$(lab_mbit "$OUT/tcp.json")" -ge 60 ] || fail "TCP gets too little"
	[ "$(lab_mbit "$OUT/tcp.json")" -le 100 ] || fail "TCP gets more than the link has"
	rate_is 3 12 20 "by trace"
}

test_loss() {
	local d
	set_link link2 up loss_percent=5
	d=$(owd 2 4000 1) || exit 1
	# 200 of 4000, deviation 13.8; six of them.
	expect "$d" '.sent - .received > 117 and .sent - .received < 283' "loss of 5 %"
	figure "loss of 5 %: $(jq '(.sent - .received) / 40' <<<"$d") %"
	# Bad for 10 packets on average, one in eleven of the time: about 9 % in few runs.
	set_link link2 up loss_percent=0,ge_enter_percent=1,ge_leave_percent=10
	d=$(owd 2 4000 1) || exit 1
	figure "bursts: $(jq -c '[.sent - .received, .runs]' <<<"$d") (lost, in runs) of 4000"
	expect "$d" '.sent - .received > 120 and .sent - .received < 700 and .sent - .received > 4 * .runs' \
		"bursty loss"
	set_link link2 up ge_enter_percent=0
}

test_jitter() {
	local d
	set_link link2 up delay_ms=30,jitter_ms=5,reorder=true
	d=$(owd 2 3000 1) || exit 1
	figure "jitter 5 ms: deviation $(jq '.deviation / 1000' <<<"$d") ms, median $(jq '.p50 / 1000' \
		<<<"$d") ms, $(jq .overtaken <<<"$d") of 3000 overtaken"
	expect "$d" '.deviation > 4400 and .deviation < 5800' "deviation"
	expect "$d" '.overtaken > 600 and .p50 > 29000 and .p50 < 31000' "jitter with reordering"
	set_link link2 up reorder=false
	d=$(owd 2 2000 1) || exit 1
	expect "$d" '.overtaken == 0 and .received == .sent and .deviation > 1000' "jitter in order"
	set_link link2 up delay_ms=10,jitter_ms=0
}

test_outages() {
	local answer
	check "reaches" reaches 1
	check "black hole" lab_emulator_order /emu/outage,link1,black_hole,1.5
	check "nothing comes through" reaches_not 1
	check "the carrier stays" carrier wan1 1
	check "other links go on" reaches 2
	eventually "heals by itself" 10 reaches 1
	check "state" is_state link1 up

	check "one direction" lab_emulator_order /emu/outage,link1,black_hole,100,b_to_a
	check "no answer comes back" reaches_not 1
	lab_ask emu /emu/link,link1 | jq -e '.b_to_a.drop_outage > 0' >/dev/null || fail "not counted"
	check "ended by hand" lab_emulator_order /emu/outage,link1,none
	eventually "heals" 5 reaches 1

	check "link down" lab_emulator_order /emu/outage,link1,link_down,2
	eventually "the carrier goes" 5 carrier wan1 0
	check "nothing comes through" reaches_not 1
	eventually "the carrier comes back" 10 carrier wan1 1
	eventually "and so does the link" 5 reaches 1

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

# The delay is measured against the stream: the other way, where no queue of the link adds to it.
test_load() {
	local n d l began=$SECONDS
	lab_ask emu /emu/lateness,clear >/dev/null
	udp_start load1 1 98 6
	udp_start load2 2 147 6
	udp_start load3 3 78 6
	sleep 2 # the load is up; the next seconds are what is measured
	d=$(python3 "$TEST_DIR/owd.py" "${LAB_PREFIX}right" "${LAB_PREFIX}left" 10.77.1.1 1750 2) || exit 1
	l=$(lab_ask emu /emu/lateness) || fail "no answer"
	n=0
	for n in 1 2 3; do
		figure "under load, link$n: $(printf %.1f "$(udp_end load$n)") Mbit/s"
	done
	figure "under load: delay of 20 ms off by $(jq -c '[.p1, .p50, .p99, .p999, .max | . - 20000]' \
		<<<"$d") us (p1 p50 p99 p99.9 max) of $(jq .received <<<"$d"), load $(cut -d' ' -f1 /proc/loadavg)"
	figure "under load: released $(jq -c '[.release_p50_us, .release_p99_us, .release_p999_us,
		.release_max_us]' <<<"$l") us late, looks $(jq -c '[.gap_p50_us, .gap_p99_us,
		.gap_p999_us]' <<<"$l") us apart (p50 p99 p99.9), in $((SECONDS - began)) s"
	expect "$d" '.p50 > 19000 and .p50 < 21000' "median of the delay under load"
}

test_scheduled() {
	emu_start '{"outages": [{"at": 1, "for": 1, "kind": "black_hole"},
		{"at": 3, "for": 1, "kind": "link_down"}]}'
	eventually "black hole by the clock" 10 is_state link1 black_hole
	eventually "over" 10 is_state link1 up
	eventually "link down by the clock" 10 carrier wan1 0
	eventually "over" 10 carrier wan1 1
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

# One packet of 1500 bytes a millisecond is 12 Mbit/s.
seq 1 100 >"$LAB_STATE/steady.trace"
emu_start '{"a_to_b": {"rate_mbit": 30, "delay_ms": 20}, "b_to_a": {"rate_mbit": 30, "delay_ms": 20}}' \
	'{"a_to_b": {"delay_ms": 10}, "b_to_a": {"delay_ms": 10}}' \
	'{"a_to_b": {"trace": "steady.trace", "queue_bytes": 60000}}'
step "delay"
test_delay
step "rate"
test_rate
step "loss"
test_loss
step "jitter"
test_jitter
step "outages"
test_outages
emu_stop

step "330 Mbit/s on three links"
emu_start '{"a_to_b": {"rate_mbit": 110, "delay_ms": 20}, "b_to_a": {"rate_mbit": 30, "delay_ms": 20}}' \
	'{"a_to_b": {"rate_mbit": 160, "delay_ms": 30}, "b_to_a": {"rate_mbit": 40, "delay_ms": 30}}' \
	'{"a_to_b": {"rate_mbit": 90, "delay_ms": 8}, "b_to_a": {"rate_mbit": 20, "delay_ms": 8}}'
test_load
emu_stop
step "offloads"
test_offloads
emu_stop

step "scheduled outages"
test_scheduled
