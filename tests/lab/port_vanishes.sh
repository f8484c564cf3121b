#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A WAN's interface is removed from under the edge: the others carry on, the process lives and still
# ends cleanly.
. "$(dirname "$0")/_init.sh"
test_up
test_serve 60000000
test_download_start 100 5M
eventually "the download starts" 20 test_downloaded 3000000

step "wan2 is deleted"
lab_in edge ip link delete wan2
before=$(stat -c %s "$LAB_STATE/got")
eventually "the download goes on" 20 test_downloaded $((before + 5000000))
eventually "the path leaves" 20 lab_paths_up edge 2
check "edge lives" alive edge
check "hub lives" alive hub
test_download_end 100

step "it still ends in order"
check "SIGTERM is obeyed" lab_stop edge 10
