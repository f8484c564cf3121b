#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# SIGTERM and `quit` leave nothing behind and give exit code 0; SIGKILL leaves things that the next
# start recognises, removes or takes over.
. "$(dirname "$0")/_init.sh"
test_hosts

# All that a gateway may make in the kernel, at edge and hub, and on the machine.
state_of() {
	local ns link
	for ns in edge hub; do
		echo "-- $ns"
		lab_in "$ns" ip -o link show | sed 's/^[0-9]*: //; s/ qlen [0-9]*//; s/state [A-Z]*//'
		lab_in "$ns" ip route show table all | sed 's/ *$//' | sort
		lab_in "$ns" ip -6 route show table all | grep -v '^multicast' | sed 's/ *$//' | sort
		lab_in "$ns" ip rule show
		lab_in "$ns" nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//'
		lab_in "$ns" tc qdisc show
		for link in wan1 wan2 wan3 lan0 eth0; do
			lab_in "$ns" tc filter show dev $link ingress 2>/dev/null
		done
	done
	echo "-- machine"
	find /run/dpdk /run/wanbond /dev/hugepages -mindepth 1 -maxdepth 1 -name "${LAB_PREFIX}*" \
		! -name "${LAB_PREFIX}emu*" 2>/dev/null
	find /sys/fs/bpf -mindepth 1 -name '*wanbond*' 2>/dev/null
}
same_as_before() {
	state_of >"$OUT/after"
	diff "$OUT/before" "$OUT/after" >"$OUT/diff"
}
nothing_left() {
	lab_until 5 same_as_before || {
		cat "$OUT/diff"
		fail "left behind after $1 (above: '>' is new, '<' is gone)"
	}
}

# start NAME: as lab_gateway_start, with the exit code in NAME.code.
start() {
	local which=$1 fifo=$LAB_STATE/$1.cli
	[ -p "$fifo" ] || mkfifo -m 600 "$fifo"
	rm -f "$OUT/$which.code" "$OUT/$which.pid"
	# shellcheck disable=SC2016 # expanded by the inner shell
	LAB_STDIN=$fifo lab_spawn "$which" "$which" bash -c '
		"$1" -c "$2" -i <"/dev/fd/0" &
		trap "kill -TERM $!; wait $!" TERM
		echo $! >"$3"
		wait $!
		echo $? >"$4"' - "$LAB_WANBOND" "$LAB_STATE/$which.json" "$OUT/$which.pid" "$OUT/$which.code"
}
ended() { [ -s "$OUT/$1.code" ]; }
ended_well() {
	eventually "$1 ends" 10 ended "$1"
	[ "$(cat "$OUT/$1.code")" = 0 ] || fail "$1: exit code $(cat "$OUT/$1.code")"
}
up() {
	start hub
	start edge
	eventually "the tunnel comes up" 20 lab_reaches
	eventually "all paths are up" 20 lab_paths_up edge "$LAB_WANS"
}

lab_reaches "192.168.40.60" # neighbours known from here on
state_of >"$OUT/before"

step "SIGTERM"
up
told_from=$(lab_ask hub /wanbond/tunnels)
kill -TERM "$(cat "$OUT/edge.pid")"
ended_well edge
# The other end was told: the hub does not wait for a silence to see it.
eventually "the hub sees the edge leave (before: $told_from)" 10 lab_paths_up hub 0
kill -TERM "$(cat "$OUT/hub.pid")"
ended_well hub
nothing_left SIGTERM

step "quit at the prompt"
up
lab_cli edge quit
ended_well edge
lab_cli hub quit
ended_well hub
nothing_left quit

step "SIGKILL, then a new start and SIGTERM"
up
for which in edge hub; do
	kill -KILL "$(cat "$OUT/$which.pid")"
	eventually "$which is gone" 10 ended "$which"
done
up
for which in edge hub; do
	kill -TERM "$(cat "$OUT/$which.pid")"
	ended_well "$which"
done
nothing_left "SIGKILL, restart and SIGTERM"
