# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of the emulator by itself start with.
#
#        wan1 -- a1        b1 -- lan1
#   left wan2 -- a2   emu  b2 -- lan2 right        10.77.N.1 and .2
#        wan3 -- a3        b3 -- lan3
LAB_PREFIX=wbe-
# shellcheck source=_init.sh
. "$(dirname "${BASH_SOURCE[0]}")/_init.sh"
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
