#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The edge starts while the hub cannot be reached, waits for it without fuss, and connects when it
# appears. Prints start-up time, memory and idle CPU.
. "$(dirname "$0")/_init.sh"
test_hosts

step "no hub"
lab_gateway_start edge
! lab_until 3 lab_reaches || fail "packets pass without a hub"
check "edge lives" alive edge

step "the hub appears"
lab_gateway_start hub
eventually "the tunnel comes up" 30 lab_reaches

step "start to first packet"
check "edge stops" lab_stop edge 10
lab_spawn pings client ping -n -i 0.02 -w 20 "$LAB_SERVER"
began=$(date +%s%N)
lab_gateway_start edge
answered() { grep -q 'time=' "$LAB_STATE/pings.log"; }
eventually "a packet goes through" 20 answered
figure "edge's start to first answered ping $((($(date +%s%N) - began) / 1000000)) ms"
lab_stop pings
eventually "all paths are up" 20 lab_paths_up edge "$LAB_WANS"

step "memory and idle CPU"
cpu() { awk '{ print $14 + $15 }' "/proc/$(lab_pid "$1")/stat"; }
edge=$(cpu edge) hub=$(cpu hub)
sleep 4
edge=$(($(cpu edge) - edge)) hub=$(($(cpu hub) - hub))
for which in edge hub; do
	pid=$(lab_pid $which)
	rss=$(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$pid/status")
	huge=$(awk '/^HugetlbPages/ { print int($2 / 1024) }' "/proc/$pid/status")
	figure "$which: $rss + $huge MiB, idle $((${!which} / 4)) % of a core"
	[ $((rss + huge)) -lt 300 ] || fail "$which takes $((rss + huge)) MiB"
done
