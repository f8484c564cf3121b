#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# An edge with a wrong key, and one that expects another hub, get nothing; the right one then does. What a core dump of
# either would have shows no key, while a handshake is made nor later.
. "$(dirname "$0")/_init.sh"
test_hosts
lab_gateway_start hub
good_hub=$(cat "$LAB_STATE/hub.pub")

# no_tunnel WHY: for some seconds nothing goes through, and both processes live. There is no event to
# wait for, so this gives the tunnel time to come up wrongly.
no_tunnel() {
	! lab_until 3 lab_reaches || fail "packets pass: $1"
	check "edge lives: $1" alive edge
	check "hub lives: $1" alive hub
}

# keeps_secret WHICH KEY...: not in what a core dump of it would have.
keeps_secret() {
	local which=$1
	shift
	"$TEST_DIR/core_image.py" "$(pgrep -P "$(lab_pid "$which")" -x wanbond || lab_pid "$which")" \
		"${@/#/$LAB_STATE/}" || fail "a core dump of $which shows a key"
}

step "the edge's key is not known to the hub"
cp "$LAB_STATE/edge.key" "$LAB_STATE/right.key"
(umask 077 && "$LAB_WANBOND" genkey >"$LAB_STATE/edge.key")
lab_gateway_start edge
no_tunnel "unknown edge key"
check "edge stops" lab_stop edge

step "the hub is not the expected one"
cat "$LAB_STATE/right.key" >"$LAB_STATE/edge.key"
lab_keys other
lab_edge_config ".hub.public_key = \"$(cat "$LAB_STATE/other.pub")\"" >"$LAB_STATE/edge.json"
lab_gateway_start edge
no_tunnel "wrong hub key"
check "edge stops" lab_stop edge

step "pre-shared keys differ"
(umask 077 && "$LAB_WANBOND" genkey >"$LAB_STATE/psk.key")
lab_edge_config ".hub.public_key = \"$good_hub\" | .hub.psk_file = \"psk.key\"" >"$LAB_STATE/edge.json"
lab_gateway_start edge
no_tunnel "psk on one side only"
keeps_secret edge edge.key psk.key
check "edge stops" lab_stop edge

step "all right"
lab_edge_config . >"$LAB_STATE/edge.json"
lab_gateway_start edge
eventually "the tunnel comes up" 20 lab_reaches
eventually "all paths are up" 20 lab_paths_up edge "$LAB_WANS"
keeps_secret edge edge.key
keeps_secret hub hub.key
