# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# iperf3 and ping runs of the lab; results are JSON files that report.py reads. To be sourced after
# topology.sh.

LAB_IPERF_PORT=5201

lab_listening() { lab_in "$1" ss -Hltn "sport = :$2" | grep -q .; }

# lab_iperf OUT NS IPERF-OPTIONS...: one run from NS to the server. The server is new for each run:
# a client that died leaves none busy. LAB_MPTCP=1 makes both ends use MPTCP.
# LAB_OMIT: seconds left out at the start. LAB_TO: another server address.
lab_iperf() {
	local out=$1 ns=$2 port=$((LAB_IPERF_PORT++)) wrap=() seconds=10 rc=0 i
	shift 2
	[ -z "${LAB_MPTCP:-}" ] || wrap=(mptcpize run)
	for ((i = 1; i < $#; i++)); do
		[ "${!i}" != -t ] || { i=$((i + 1)) && seconds=${!i}; }
	done
	lab_spawn "iperf-$port" server "${wrap[@]}" iperf3 -s -1 -p "$port"
	lab_until 5 lab_listening server "$port" || return 1
	lab_in "$ns" timeout $((seconds + 20)) "${wrap[@]}" iperf3 -J -c "${LAB_TO:-$LAB_SERVER}" \
		-p "$port" -O "${LAB_OMIT:-2}" "$@" >"$out" 2>&1 || rc=1
	lab_stop "iperf-$port" 2 || true
	return $rc
}

# lab_ping OUT NS SECONDS [INTERVAL]: round trips to the server, one number (ms) a line.
lab_ping() {
	lab_in "$2" ping -n -i "${4:-0.1}" -w "$3" "$LAB_SERVER" |
		sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' >"$1"
}

# lab_mbit FILE [sum_received]: whole Mbit/s of an iperf3 result, 0 when it failed.
lab_mbit() {
	jq -r "(.end.${2:-sum_received}.bits_per_second // 0) / 1e6 | floor" "$1" 2>/dev/null || echo 0
}
