#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# WANs that cost something: a backup and a metered one stay silent while the free one has room, help when
# it is full, and carry all when it is gone. What the metered one carried is counted over restarts.
#
# Runs alone: it compares rates.
. "$(dirname "$0")/_init.sh"
test_hosts
mkdir "$LAB_STATE/state"
lab_edge_config ".state_dir = \"$LAB_STATE/state\" | .ports[2].backup = true |
	.ports[3].budget = {gigabytes: 50}" >"$LAB_STATE/edge.json"
usage=$LAB_STATE/state/${LAB_PREFIX}home.usage
lab_gateways_start || fail "gateways"

# All the hub has sent as data on the free WAN, and on the two others. It calls a path by its number.
free=home/$(path_value edge starlink id)
given() {
	lab_ask hub /wanbond/paths | jq -r --arg free "$free" '[.[] | objects] |
		"\(map(select(.name == $free) | .tx_data) | add) \(map(select(.name != $free) | .tx_data) | add)"'
}
# on_others BEFORE: percent of what it has sent since then, on the WANs that cost
on_others() {
	# shellcheck disable=SC2046,SC2086 # pairs
	set -- $1 $(given)
	echo $((100 * ($4 - $2) / ($3 + $4 - $1 - $2 + 1)))
}

# given_by MIN MAX IPERF-OPTIONS...: a download faster than MIN Mbit/s, at most MAX % of it on the others
given_by() {
	local before min=$1 most=$2 mbit share
	shift 2
	before=$(given)
	lab_iperf "$OUT/run.json" client 3 -C cubic -R "$@"
	mbit=$(lab_mbit "$OUT/run.json")
	share=$(on_others "$before")
	figure "$mbit Mbit/s, $share % of the packets on the WANs that cost"
	[ "$mbit" -gt "$min" ] && [ "$share" -le "$most" ]
}

step "room on the free WAN: the others stay silent"
measured "they are silent" given_by 20 2 -b 40M

step "it is full: they help"
measured "the others help" given_by 130 100

step "it is gone: they carry all"
lab_black_hole starlink on
eventually "packets pass" 20 lab_reaches
measured "the others carry all" given_by 40 100
lab_black_hole starlink off

step "what the metered WAN carried outlives a restart"
used() { path_value edge cable budget_used; }
counted() { [ "$(used)" -gt 10000000 ]; }
eventually "it is counted" 5 counted
used=$(used)
says edge "carried 0\.[0-9]* GB since .*, of a budget of 50.000 GB" show path cable
check "edge stops" lab_stop edge 10
cat "$usage"
grep -qE "^cable [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]+$" "$usage" || fail "$usage is not as described"
lab_gateway_start edge
eventually "the tunnel is up" 20 lab_paths_up edge "$LAB_WANS"
figure "$used bytes before the restart, $(used) after it"
[ "$(used)" -ge "$used" ] || fail "forgotten"
[ "$(used)" -lt $((used + 10000000)) ] || fail "counted twice"

step "a damaged file is told, with its line"
check "edge stops" lab_stop edge 10
echo "cable a-lot-of bytes" >>"$usage"
line=$(wc -l <"$usage")
lab_gateway_start edge
eventually "the tunnel is up" 20 lab_reaches
grep -F "$usage:$line: \"cable a-lot-of bytes\" is not NAME YYYY-MM-DD BYTES" "$LAB_STATE/edge.log" ||
	fail "no message"
[ "$(used)" -ge "$used" ] || fail "the good line is not taken"
