#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A WAN's interface is removed from under the edge (a USB modem is pulled out): the others carry on.
# One of its name appears (it is plugged in again): it is used. All that twice, and the process still
# ends cleanly.
. "$(dirname "$0")/_init.sh"
LAB_DIRECT=1 # the emulator's interface would go with the other end of the pair
test_hosts

step "the edge starts without wan2 (a modem that is not plugged in)"
lab_in edge ip link delete wan2
lab_gateway_start hub
lab_gateway_start edge
eventually "it carries" 20 lab_reaches
eventually "over the two others" 10 lab_paths_up edge 2
lab_wan_line 2
eventually "wan2 is used once it is there" 20 lab_paths_up edge 3
test_serve 60000000
test_download_start 100 5M
eventually "the download starts" 20 test_downloaded 3000000

for round in 1 2; do
	step "wan2 is deleted ($round)"
	lab_in edge ip link delete wan2
	before=$(stat -c %s "$LAB_STATE/got")
	eventually "the download goes on" 20 test_downloaded $((before + 5000000))
	eventually "the path leaves" 20 lab_paths_up edge 2
	check "edge lives" alive edge
	step "and comes back ($round)"
	sent() { lab_ask edge /wanbond/ports | jq '[.. | objects | select(.name? == "tmobile") | .tx_packets] | add'; }
	lab_wan_line 2
	began=$EPOCHREALTIME
	eventually "the path is back" 20 lab_paths_up edge 3
	figure "used again $(((${EPOCHREALTIME/./} - ${began/./}) / 1000)) ms after the interface came"
	check "frames go out on it" [ "$(sent)" -gt 0 ]
done
check "hub lives" alive hub
test_download_stop

step "it still ends in order"
check "SIGTERM is obeyed" lab_stop edge 10
