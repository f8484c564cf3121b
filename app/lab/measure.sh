# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# iperf3 and ping runs of the lab. What they write are JSON files and lists of numbers that
# report.py reads. To be sourced after topology.sh.
#
# Each runs as a spawned process that is waited for in short steps, so that a signal to the script
# is answered at once and nothing is left behind.

LAB_IPERF_PORT=5201

lab_listening() { lab_in "$1" ss -Hltn "sport = :$2" | grep -q .; }

# lab_wait NAME SECONDS: until the spawned process has ended; ends it when it takes too long.
lab_wait() {
	local end=$((SECONDS + $2))
	while lab_pid "$1" >/dev/null; do
		if [ "$SECONDS" -ge "$end" ]; then
			lab_stop "$1" 1
			return 1
		fi
		sleep 0.1
	done
	rm -f "$LAB_STATE/$1.pid"
}

# lab_iperf_start NAME NS IPERF-OPTIONS...: a run from NS to the server, in the background. The
# server is new for each run: a client that died leaves none busy. LAB_MPTCP=1 makes both ends use
# MPTCP. LAB_OMIT: seconds left out at the start. LAB_TO: another server address.
lab_iperf_start() {
	local name=$1 ns=$2 port=$((LAB_IPERF_PORT++)) wrap=()
	shift 2
	[ -z "${LAB_MPTCP:-}" ] || wrap=(mptcpize run)
	lab_spawn "$name-server" server "${wrap[@]}" iperf3 -J -s -1 -p "$port"
	lab_until 5 lab_listening server "$port" || return 1
	lab_spawn "$name" "$ns" "${wrap[@]}" iperf3 -J -c "${LAB_TO:-$LAB_SERVER}" -p "$port" \
		-O "${LAB_OMIT:-2}" "$@"
}

# lab_iperf_end NAME SECONDS OUT: waits for it; the result goes to OUT. 1: no result.
lab_iperf_end() {
	lab_wait "$1" "$2" || true
	lab_stop "$1-server" 2 || true
	cp "$LAB_STATE/$1.log" "$3"
	jq -e '.error == null and .end != {}' "$3" >/dev/null 2>&1
}

# lab_iperf OUT NS SECONDS IPERF-OPTIONS...
lab_iperf() {
	local out=$1 ns=$2 seconds=$3
	shift 3
	lab_iperf_start iperf "$ns" -t "$seconds" "$@" &&
		lab_iperf_end iperf $((seconds + ${LAB_OMIT:-2} + 20)) "$out"
}

# lab_ping_start NAME NS SECONDS [INTERVAL]
lab_ping_start() {
	lab_spawn "$1" "$2" ping -n -i "${4:-0.1}" -w "$3" "$LAB_SERVER"
}

# lab_ping_end NAME SECONDS OUT: round trips in ms, one a line.
lab_ping_end() {
	lab_wait "$1" "$2" || true
	sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' "$LAB_STATE/$1.log" >"$3"
}

# lab_mbit FILE: whole Mbit/s that the receiver got in an iperf3 run, 0 when it failed.
lab_mbit() {
	jq -r '((.end.sum_received // .end.sum).bits_per_second // 0) / 1e6 | floor' "$1" \
		2>/dev/null || echo 0
}

# lab_udp_start MBIT SECONDS: a stream of UDP datagrams from the server to the client.
lab_udp_start() {
	local port=$((LAB_IPERF_PORT++))
	lab_spawn udp-server server python3 "$LAB_DIR/udp.py" serve "$port" "$1" "$2" 1300
	lab_until 5 lab_serving_udp "$port" || return 1
	lab_spawn udp client python3 "$LAB_DIR/udp.py" get "$LAB_SERVER" "$port" "$2"
}

# lab_udp_end SECONDS OUT: waits for it; what it saw goes to OUT. 1: nothing came.
lab_udp_end() {
	local rc=0
	lab_wait udp "$1" || rc=1
	lab_stop udp-server 2 || true
	cp "$LAB_STATE/udp.log" "$2"
	jq -e '.sent > 0' "$2" >/dev/null 2>&1 || rc=1
	return $rc
}

# lab_udp OUT MBIT SECONDS
lab_udp() { lab_udp_start "$2" "$3" && lab_udp_end $(($3 + 20)) "$1"; }
lab_serving_udp() { lab_in server ss -Hlun "sport = :$1" | grep -q .; }

# lab_pull LINK OUT BEFORE SECONDS IPERF-OPTIONS...: a run of the client during which LINK goes silent
# after BEFORE seconds, for SECONDS. When that was, in seconds of the run, and how many packets came
# out of the link meanwhile (null: asked too late to know) go to OUT-when.json, the run to OUT.json.
lab_pull() {
	local link=$1 out=$2 before=$3 silent=$4 began dead first last passed=null
	shift 4
	began=$EPOCHREALTIME
	LAB_OMIT=0 lab_iperf_start pull client -t $((before + silent + 6)) "$@" || return 1
	sleep "$before"
	lab_black_hole "$link" "$silent" || return 1
	dead=$EPOCHREALTIME
	sleep 1 # what was on its way comes out
	first=$(lab_link_passed "$link")
	sleep $((silent - 4))
	last=$(lab_link_passed "$link")
	if ((${EPOCHREALTIME/./} - ${dead/./} < silent * 1000000)); then
		passed=$((last - first))
	fi
	jq -n --arg name "$link" --argjson passed "$passed" --argjson dead $((${dead/./} - ${began/./})) \
		--argjson silent "$silent" \
		'($dead / 1e6) as $dead | {$name, $dead, healed: ($dead + $silent), $passed}' >"$out-when.json"
	lab_iperf_end pull $((silent + 40)) "$out.json"
}
