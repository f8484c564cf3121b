#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The emulator by itself: does a link do what its configuration says? Delay, rate, trace, loss, jitter.
#
# Runs alone: it measures rates and delays.
. "$(dirname "$0")/_emulator.sh"

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

test_begin
wires || fail "namespaces"
# One packet of 1500 bytes a millisecond is 12 Mbit/s.
seq 1 100 >"$LAB_STATE/steady.trace"
emu_start '{"a_to_b": {"rate_mbit": 30, "delay_ms": 20}, "b_to_a": {"rate_mbit": 30, "delay_ms": 20}}' \
	'{"a_to_b": {"delay_ms": 10}, "b_to_a": {"delay_ms": 10}}' \
	'{"a_to_b": {"trace": "steady.trace", "queue_bytes": 60000}}'
step "delay"
test_delay
step "rate on two links; loss and jitter on the third"
(
	test_loss
	test_jitter
) &
lossy=$!
test_rate
wait $lossy || exit
emu_stop

step "330 Mbit/s on three links"
emu_start '{"a_to_b": {"rate_mbit": 110, "delay_ms": 20}, "b_to_a": {"rate_mbit": 30, "delay_ms": 20}}' \
	'{"a_to_b": {"rate_mbit": 160, "delay_ms": 30}, "b_to_a": {"rate_mbit": 40, "delay_ms": 30}}' \
	'{"a_to_b": {"rate_mbit": 90, "delay_ms": 8}, "b_to_a": {"rate_mbit": 20, "delay_ms": 8}}'
test_load
emu_stop
