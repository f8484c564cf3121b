#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# An end that does not run for a while (a suspended machine, a hypervisor that stops it for a snapshot): when
# it wakes, its clock has jumped. The inner connection goes on, and all paths come back.
. "$(dirname "$0")/_init.sh"
test_up
test_serve 250000000
test_download_start 100 4M
eventually "the download starts" 20 test_downloaded 3000000

# What was on its way was lost: a path may count as lossy until others' packets tell better.
all_carry() { [ $(($(lab_paths_in "$1" up) + $(lab_paths_in "$1" degraded))) -eq "$LAB_WANS" ]; }
signal() { kill "-$1" "$(lab_pid "$2")"; }
# asleep SECONDS END...: these stand still; then the download goes on.
asleep() {
	local seconds=$1 end before began
	shift
	for end; do
		signal STOP "$end"
	done
	sleep "$seconds" # this is the jump itself
	before=$(stat -c %s "$LAB_STATE/got")
	began=$(date +%s%N)
	for end; do
		signal CONT "$end"
	done
	eventually "the download goes on" 30 test_downloaded $((before + 2000000))
	figure "$* asleep for $seconds s: 2 MB more after $((($(date +%s%N) - began) / 1000000)) ms"
	eventually "all paths carry at the edge" 20 all_carry edge
	eventually "all paths carry at the hub" 20 all_carry hub
}

step "the edge"
asleep 3 edge
step "the hub"
asleep 3 hub
step "both"
asleep 12 edge hub
test_download_stop
