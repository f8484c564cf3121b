# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What every lab run shares: its names, its processes, its lock, its end. To be sourced.
#
# All that a lab makes bears LAB_PREFIX: network namespaces (interfaces live inside them and go with
# them), EAL file prefixes, and one state folder with pid files, sockets, logs and configurations.
# Nothing else is ever removed, and only processes with a pid file of ours are ended.

LAB_PREFIX=${LAB_PREFIX:-wbl-}
LAB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # used by what sources this
LAB_DIR=$LAB_ROOT/app/lab
LAB_BUILD=${LAB_BUILD:-$LAB_ROOT/build}
LAB_STATE=/run/wanbond-lab/${LAB_PREFIX%-}
LAB_LOCK=${LAB_LOCK-/tmp/wanbond-lab.lock} # empty: no lock
LAB_LOCK_FD=

lab_say() { printf '%s\n' "$*"; }
lab_die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# One lab at a time on a machine: two would only measure each other.
lab_lock() {
	[ -n "$LAB_LOCK" ] || return 0
	exec {LAB_LOCK_FD}>>"$LAB_LOCK" || lab_die "cannot open the lock $LAB_LOCK"
	if ! flock -n "$LAB_LOCK_FD"; then
		lab_say "waiting for another lab run to end ($LAB_LOCK)"
		flock -w 1800 "$LAB_LOCK_FD" || lab_die "gave up waiting for $LAB_LOCK"
	fi
}

lab_unlock() {
	[ -n "$LAB_LOCK_FD" ] || return 0
	exec {LAB_LOCK_FD}>&-
	LAB_LOCK_FD=
}

# Runs CMD in namespace NS (without the prefix).
lab_in() {
	local ns=$1
	shift
	ip netns exec "$LAB_PREFIX$ns" "$@"
}

# lab_until SECONDS CMD...: repeats CMD until it succeeds; 1 when the time is over.
lab_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# Field 22 of /proc/PID/stat: with it a pid names one process for ever. None for a zombie, unless it
# has threads that are still on their way out, with its files and locks.
lab_start_time() {
	local stat threads
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	threads=("/proc/$1/task/"*)
	# shellcheck disable=SC2086 # split on purpose: fields after the command's closing bracket
	set -- ${stat##*) }
	[ "$1" != Z ] || [ ${#threads[@]} -gt 1 ] || return 1
	printf '%s\n' "${20}"
}

# lab_spawn NAME NS CMD...: starts CMD in the background in its own session (a Ctrl-C in the
# terminal reaches the script, which ends things in order). Output goes to NAME.log; input comes
# from LAB_STDIN, a FIFO opened for both directions so that it never ends, or from /dev/null.
lab_spawn() {
	local name=$1 ns=$2 pid
	shift 2
	(
		[ -z "$LAB_LOCK_FD" ] || exec {LAB_LOCK_FD}>&-
		trap - INT TERM EXIT
		if [ -n "${LAB_STDIN:-}" ]; then
			exec setsid ip netns exec "$LAB_PREFIX$ns" "$@" <>"$LAB_STDIN"
		fi
		exec setsid ip netns exec "$LAB_PREFIX$ns" "$@" </dev/null
	) >"$LAB_STATE/$name.log" 2>&1 &
	pid=$!
	disown "$pid" 2>/dev/null || true
	lab_adopt "$name" "$pid"
}

# lab_adopt NAME PID: a process of ours that was started in another way.
lab_adopt() { printf '%s %s\n' "$2" "$(lab_start_time "$2")" >"$LAB_STATE/$1.pid"; }

# Prints NAME's pid while that very process lives.
lab_pid() {
	local pid start
	read -r pid start 2>/dev/null <"$LAB_STATE/$1.pid" || return 1
	[ -n "$start" ] && [ "$(lab_start_time "$pid")" = "$start" ] && printf '%s\n' "$pid"
}

lab_gone() { ! lab_pid "$1" >/dev/null; }
lab_gone_or() {
	lab_gone "$1" || "${@:2}"
}

# lab_while NAME SECONDS CMD...: as lab_until, but gives up at once when process NAME has ended.
lab_while() { lab_until "$2" lab_gone_or "$1" "${@:3}" && ! lab_gone "$1"; }

# lab_stop NAME [SECONDS]: TERM, and KILL when that is not obeyed in time (returns 1 then).
lab_stop() {
	local pid rc=0
	if pid=$(lab_pid "$1"); then
		kill -TERM "$pid" 2>/dev/null
		if ! lab_until "${2:-5}" lab_gone "$1"; then
			kill -KILL "$pid" 2>/dev/null
			lab_until 5 lab_gone "$1"
			rc=1
		fi
	fi
	rm -f "$LAB_STATE/$1.pid"
	return $rc
}

lab_kill9() {
	local pid
	pid=$(lab_pid "$1") || return 1
	kill -KILL "$pid" && lab_until 5 lab_gone "$1"
	rm -f "$LAB_STATE/$1.pid"
}

lab_namespaces() { ip netns list | awk -v p="$LAB_PREFIX" 'index($1, p) == 1 { print $1 }'; }

# Ends and removes all that is ours, of this run or of one that was killed before.
lab_down() {
	local f ns
	for f in "$LAB_STATE"/*.pid; do
		[ -e "$f" ] || continue
		f=${f##*/}
		lab_stop "${f%.pid}" || lab_say "note: ${f%.pid} did not stop on SIGTERM and was killed"
	done
	for ns in $(lab_namespaces); do
		ip netns delete "$ns" 2>/dev/null
	done
	rm -rf "${LAB_STATE:?}" "/run/dpdk/${LAB_PREFIX}"* "/run/wanbond/${LAB_PREFIX}"*
	rmdir /run/wanbond-lab /run/wanbond 2>/dev/null || true
}

lab_init() {
	[ "$(id -u)" -eq 0 ] || lab_die "the lab makes network namespaces: run it as root"
	lab_down
	mkdir -p "$LAB_STATE"
	chmod 700 "$LAB_STATE"
}
