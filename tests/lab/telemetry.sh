#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every telemetry command answers the stock dpdk-telemetry.py, and the figures hang together.
. "$(dirname "$0")/_init.sh"
LAB_WRAP="env RUNTIME_DIRECTORY=/run/dpdk" # as a unit with RuntimeDirectory=dpdk has it
test_up
check "some traffic" lab_iperf "$OUT/down.json" client 3 -C cubic -R

for which in edge hub; do
	step "$which: dpdk-telemetry.py"
	instance=$LAB_PREFIX$(lab_instance $which)
	for command in info tunnels paths ports flows drops workers; do
		echo "/wanbond/$command" | timeout 10 dpdk-telemetry.py -f "$instance" >"$OUT/text" 2>&1
		grep -q "\"/wanbond/$command\": {" "$OUT/text" || {
			cat "$OUT/text"
			fail "$which: /wanbond/$command"
		}
		lab_ask $which "/wanbond/$command" >"$OUT/$which-$command.json" || fail "$which: $command"
		jq -e 'length > 0' "$OUT/$which-$command.json" >/dev/null || fail "$which: $command is empty"
	done
	jq -c . "$OUT/$which-paths.json" | cut -c1-400
done

step "figures"
got=$(jq '.end.sum_received.bytes' "$OUT/down.json")
sent=$(jq '[.. | objects | .tx_bytes? | numbers] | add' "$OUT/hub-paths.json")
figure "hub sent $sent bytes on its paths, the client got $got"
[ "$sent" -gt "$got" ] || fail "the hub's paths sent less than the client received"
idle=$(jq '[.. | objects | select(.state? == "up") | .tx_bytes | select(. < 100000)] | length' "$OUT/hub-paths.json")
[ "$idle" = 0 ] || fail "$idle paths of the hub carried nothing"

step "an unknown object and silly parameters do no harm"
for command in /wanbond/paths,999 /wanbond/flows,99999,1 /wanbond/flows,-1 /wanbond/flows,x,y,z \
	/wanbond/tunnels,400; do
	lab_ask hub "$command" >/dev/null 2>&1
	check "hub lives after $command" alive hub
done
eventually "packets pass" 5 lab_reaches
