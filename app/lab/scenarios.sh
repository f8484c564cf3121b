# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Cases in which bonding once was worse than the best link alone, or nearly, with real kernel TCP: each is played by
# kernel MPTCP and by wanbond, whose gateways have just been started. To be sourced after measure.sh.
#
# scenario_NAME says what to play, in these variables:
#   title    what its table is about
#   seconds  of each measurement
#   spans    the table's columns: FROM-TO, in seconds of the measurement
#   flows    cubic, bbr: one download of that congestion control; cubic-up: an upload; udp-MBIT: a stream down, wanbond only
#   at, before, after   links change at that second: arguments of lab_emulate, such as "far both delay_ms=113"
#   beyond   ms from hub to server, each way: the scenario is played for each of them
# and scenario_links prints the links. A scenario that is measured otherwise has a play of its own (play_NAME).
# shellcheck disable=SC2034,SC2317 # play() reads what is said here, and calls what is made here

SCENARIOS="step spread beyond start hosts"

# two_links MS1 MS2: cable of 60 Mbit/s, and a quicker line that takes longer; queues of 100 ms.
two_links() {
	jq -n --argjson cable "$1" --argjson far "$2" '
		def line($mbit; $ms): {rate_mbit: $mbit, delay_ms: $ms, queue_bytes: ($mbit * 12500)};
		{links: [
			{name: "cable", down: line(60; $cable), up: line(20; $cable)},
			{name: "far", down: line(100; $far), up: line(20; $far)}]}'
}

scenario_step() {
	title="A line of 100 Mbit/s takes 113 ms instead of 33 one way from second 8 on, beside cable of 60 at 7 ms"
	seconds=30 spans="3-8 8-11 11-18 18-30" flows="cubic bbr udp-170"
	at=8 before="far both delay_ms=33" after="far both delay_ms=113"
	scenario_links() { two_links 7 33; }
}

scenario_spread() {
	title="60 Mbit/s at 7 ms and 100 at 113"
	seconds=30 spans="0-3 3-10 10-20 20-30" flows="cubic bbr udp-170"
	scenario_links() { two_links 7 113; }
}

scenario_beyond() {
	title="60 Mbit/s at 7 ms and 100 at 53, the server that far beyond the hub"
	seconds=13 spans="0-3 3-13" flows="bbr" beyond="0 10 30"
	scenario_links() { two_links 7 53; }
}

scenario_start() {
	title="Three links of 100/30 Mbit/s, the first 10 s"
	seconds=10 spans="0-1 1-2 2-10 0-10" flows="cubic bbr cubic-up"
	scenario_links() {
		jq -n 'def line($mbit): {rate_mbit: $mbit, delay_ms: 20};
			{links: [("one", "two", "three") | {name: ., down: line(100), up: line(30)}]}'
	}
}

scenario_hosts() {
	title="Another host of the LAN sends 115 Mbit/s of UDP with 10,000 ports over 90 Mbit/s of uplinks"
	seconds=12
	scenario_links() { cat "$LAB_DIR/links/default.json"; }
}

# seconds_of FILE: Mbit/s of each second at the receiver; FILE is iperf3's at that end, or udp.py's.
seconds_of() {
	jq -r '.seconds_mbit // [.intervals[].sum.bits_per_second / 1e6] | .[]' "$1" 2>/dev/null
}

# span FROM-TO: the mean of those seconds of what it reads.
span() {
	awk -v from="${1%-*}" -v to="${1#*-}" '
		NR > from && NR <= to { sum += $1; n++ }
		END { if (n) printf "%.0f\n", sum / n; else print "-" }'
}

# play_flow NS FLOW OUT: one measurement. What the receiver saw goes to OUT.
play_flow() {
	local ns=$1 flow=$2 out=$3 name=iperf limit=$((seconds + 20)) rc=0
	# shellcheck disable=SC2086 # arguments
	[ -z "$before" ] || { lab_emulate $before && sleep 1; } || return
	case $flow in
	udp-*) name=udp && lab_udp_start "${flow#udp-}" "$seconds" ;;
	*-up) LAB_OMIT=0 lab_iperf_start iperf "$ns" -t "$seconds" -C "${flow%-up}" ;;
	*) LAB_OMIT=0 lab_iperf_start iperf "$ns" -t "$seconds" -C "$flow" -R ;;
	esac || return
	if [ -n "$at" ]; then
		sleep "$at"
		# shellcheck disable=SC2086
		lab_emulate $after || rc=1
	fi
	if [ "$name" = udp ]; then
		lab_udp_end "$limit" "$out" || rc=1
	else
		lab_iperf_end iperf "$limit" "$out" || rc=1
	fi
	case $flow in *-up) cp "$LAB_STATE/iperf-server.log" "$out" ;; esac
	return $rc
}

# table_line WHO FLOW NS [MS]: plays it and adds a line to the table.
table_line() {
	local who=$1 flow=$2 ns=$3 distance=${4:-} out=$LAB_STATE/out/flow.json line one what=failed
	line=${flow^^}
	line=${line/-UP/ up} line=${line/UDP-/UDP of }
	line="| $line${distance:+, $distance ms} | $who |"
	play_flow "$ns" "$flow" "$out" && what=
	for one in $spans; do
		line+=" ${what:-$(seconds_of "$out" | span "$one")} |"
	done
	rows+=$'\n'$line
	lab_say "$line"
}

# scenario_hosts_up: what the links file asks for, without gateways.
scenario_hosts_up() {
	lab_init
	mkdir -p "$LAB_STATE/out"
	LAB_LINKS=$LAB_STATE/links.json
	scenario_links >"$LAB_LINKS"
	LAB_WANS=$(jq '.links | length' "$LAB_LINKS")
	lab_up || lab_die "cannot make the hosts"
	lab_emulator_start || exit 1
	lab_configure || exit 1
}

# play_table: flow by flow, MPTCP and wanbond after each other.
play_table() {
	local flow one distance
	rows="| flow | by |"
	for one in $spans; do rows+=" second ${one/-/ to } |"; done
	rows+=$'\n|---|---|'
	for one in $spans; do rows+="---|"; done
	for distance in ${beyond:-""}; do
		LAB_BEYOND=${distance/#0/}
		scenario_hosts_up
		for flow in $flows; do
			if [ -z "$wanbond_only" ] && [[ $flow != udp-* ]]; then
				lab_mptcp_on
				LAB_MPTCP=1 table_line MPTCP "$flow" edge "$distance"
				lab_mptcp_off
			fi
			lab_gateways_start || exit 1
			table_line wanbond "$flow" client "$distance"
			lab_gateways_stop
		done
		lab_down
	done
	LAB_BEYOND=
}

# beside WHAT: a host's upload and its ping.
beside() {
	local out=$LAB_STATE/out lost
	lab_ping_start ping client "$seconds" 0.05
	LAB_OMIT=0 lab_iperf "$out/up.json" client "$seconds" -C cubic || true
	lab_ping_end ping 5 "$out/ping"
	lost=$(sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p' "$LAB_STATE/ping.log")
	rows+=$'\n'"| $1 | $(seconds_of "$LAB_STATE/iperf-server.log" | span "2-$seconds") | $(percentile "$out/ping" 0.5) / $(percentile "$out/ping" 0.99) | $lost % |"
	lab_say "${rows##*$'\n'}"
}

play_hosts() {
	rows=$'| beside the upload of one host | CUBIC up, Mbit/s | its ping, median / p99, ms | pings lost |\n|---|---|---|---|'
	scenario_hosts_up
	lab_gateways_start || exit 1
	lab_ping_start ping client 5 && lab_ping_end ping 8 "$LAB_STATE/out/ping"
	rows+=$'\n'"| (no host sends) | - | $(percentile "$LAB_STATE/out/ping" 0.5) / $(percentile "$LAB_STATE/out/ping" 0.99) | |"
	beside nothing
	lab_spawn crowd client python3 "$LAB_DIR/crowd.py" 192.168.1.10 "$LAB_SERVER" 10000 115
	sleep 2
	beside "the other one's UDP"
	lab_stop crowd 2 || true
	lab_down
}

# play SCENARIO: its table, in rows.
play() {
	local title='' seconds=10 spans='' flows='' at='' before='' after='' beyond=''
	"scenario_$1"
	lab_say "$1: $title"
	if declare -F "play_$1" >/dev/null; then "play_$1"; else play_table; fi
	rows=$title$'.\n\n'$rows
}
