# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What every lab test starts with. The hosts, links and processes are those of app/lab (drawing in
# app/lab/topology.sh), under a prefix of their own. A test ends with 0 (passed), 77 (skipped, with
# the reason) or anything else; whatever happens, its lab is taken down.
#
# Timing decides nothing here: conditions have generous deadlines (eventually), floors are loose and may be
# reached at the third measurement (measured), and figures are printed ("figure: ...") for people to read.
set -uo pipefail

LAB_PREFIX=${LAB_PREFIX:-wbt-}
LAB_OMIT=${LAB_OMIT:-1}
TEST_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../app/lab/lab.sh
. "$TEST_DIR/../../app/lab/lab.sh"
# shellcheck source=../../app/lab/topology.sh
. "$LAB_DIR/topology.sh"
# shellcheck source=../../app/lab/gateway.sh
. "$LAB_DIR/gateway.sh"
# shellcheck source=../../app/lab/measure.sh
. "$LAB_DIR/measure.sh"

step() { printf '%s\n' "== $* ($SECONDS s)"; }
figure() { printf 'figure: %s\n' "$*"; }
skip() {
	printf 'skip: %s\n' "$*"
	exit 77
}
fail() {
	local log
	printf 'FAIL: %s\n' "$*"
	for log in edge hub emu edge2; do
		[ -e "$LAB_STATE/$log.log" ] && lab_log "$log"
	done
	lab_ask edge /wanbond/paths 2>&1 | jq -c . 2>/dev/null
	exit 1
}

# check WHAT CMD...: fails when CMD does.
check() {
	local what=$1
	shift
	"$@" || fail "$what"
}

# eventually WHAT SECONDS CMD...: CMD must succeed before the deadline: SECONDS are many times what it takes
# on an idle machine, and three times that are given.
eventually() {
	local what=$1 seconds=$(($2 * 3))
	shift 2
	lab_until "$seconds" "$@" || fail "$what (not within $seconds s)"
}

# measured WHAT CMD...: CMD measures, prints its figure and judges. A machine that had no time for us spoils
# a measurement, not the product: up to three are made, one must do.
measured() {
	local what=$1 try
	shift
	for try in 1 2 3; do
		"$@" && return
		figure "not so: $what (measurement $try of 3)"
		sleep 1
	done
	fail "$what"
}

# says WHICH PATTERN COMMAND...: the command's output appears in the log of edge or hub.
says() {
	local which=$1 pattern=$2 from
	shift 2
	from=$(wc -c <"$LAB_STATE/$which.log")
	lab_cli "$which" "$@"
	seen() { tail -c "+$((from + 1))" "$LAB_STATE/$which.log" | grep -qiE -- "$pattern"; }
	eventually "'$*' says '$pattern'" 10 seen
}

# path_value WHICH NAME KEY: a figure of a path; the hub calls a path by its number.
path_value() {
	lab_ask "$1" /wanbond/paths | jq "[.. | objects | select(.name? == \"$2\") | .$3][0]"
}

# tunnel_value WHICH KEY: a figure of the only tunnel there.
tunnel_value() { lab_ask "$1" /wanbond/tunnels | jq -r ".[\"0\"].$2"; }

# A process that should live does.
alive() { lab_pid "$1" >/dev/null; }

test_finish() {
	local rc=$?
	trap - EXIT
	trap '' INT TERM
	lab_down
	exit "$rc"
}

test_begin() {
	[ "$(id -u)" -eq 0 ] || skip "needs root (network namespaces)"
	local program
	for program in "$LAB_WANBOND" "$LAB_EMU"; do
		[ -x "$program" ] || fail "build first: there is no $program"
	done
	lab_lock
	trap test_finish EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	lab_init
	OUT=$LAB_STATE/out
	mkdir -p "$OUT"
	LAB_WANS=$(jq '.links | length' "$LAB_LINKS")
}

# Hosts and emulated links.
test_hosts() {
	test_begin
	lab_up || fail "namespaces"
	[ -n "${LAB_DIRECT:-}" ] || lab_emulator_start || fail "emulator"
	lab_configure || fail "keys and configurations"
}

# All of it, with the tunnel up on every path.
test_up() {
	test_hosts
	lab_gateways_start || fail "gateways"
}

# A file on the server, and a download of it by the client: it must arrive whole.
test_serve() {
	mkdir -p "$LAB_STATE/www"
	head -c "$1" /dev/urandom >"$LAB_STATE/www/file"
	lab_spawn www server python3 -m http.server --bind :: --directory "$LAB_STATE/www" 8080
	lab_until 10 lab_listening server 8080 || fail "web server"
}
test_download_start() {
	lab_spawn download client curl -sS -m "${1:-120}" --limit-rate "${2:-1000M}" -o "$LAB_STATE/got" \
		"http://${LAB_TO:-$LAB_SERVER}:8080/file"
}
test_downloaded() { [ "$(stat -c %s "$LAB_STATE/got" 2>/dev/null || echo 0)" -gt "$1" ]; }
test_download_end() {
	lab_wait download "${1:-120}" || fail "the download did not end"
	cmp -s "$LAB_STATE/www/file" "$LAB_STATE/got" || {
		lab_log download
		fail "the download is not what the server sent"
	}
}
# Ends it before it is whole: what came must be the file's beginning.
test_download_stop() {
	local got
	alive download || cmp -s "$LAB_STATE/www/file" "$LAB_STATE/got" || {
		lab_log download
		fail "the download did not live"
	}
	lab_stop download
	got=$(stat -c %s "$LAB_STATE/got")
	cmp -s -n "$got" "$LAB_STATE/www/file" "$LAB_STATE/got" ||
		fail "the $got bytes that came are not what the server sent"
}
