#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Wrong configurations: each is refused with file, line, key and what is allowed; nothing crashes.
. "$(dirname "$0")/_init.sh"
test_hosts

# refused WHAT FILE PATTERN...: `--check` and a start both end with an error that says PATTERN.
refused() {
	local what=$1 file=$2 rc pattern
	shift 2
	for how in --check ""; do
		# shellcheck disable=SC2086 # "--check" or nothing
		lab_in edge timeout 20 "$LAB_WANBOND" $how -c "$file" </dev/null >"$OUT/text" 2>&1
		rc=$?
		[[ $rc -gt 0 && $rc -lt 124 ]] || {
			cat "$OUT/text"
			fail "$what${how:+ with $how}: exit code $rc"
		}
		for pattern in "$@"; do
			grep -qiE -- "$pattern" "$OUT/text" || {
				cat "$OUT/text"
				fail "$what${how:+ with $how}: the message does not say '$pattern'"
			}
		done
	done
	printf '  %-28s %s\n' "$what" "$(grep -iE -- "$1" "$OUT/text" | head -n 1)"
}
bad=$LAB_STATE/bad.json

step "what --check refuses"
refused "no such file" "$LAB_STATE/none.json" none.json
printf '{ "role": "edge",\n  "name": \n' >"$bad"
refused "not JSON" "$bad" "bad.json:[0-9]+"
lab_edge_config '.role = "spoke"' >"$bad"
refused "unknown role" "$bad" "bad.json:[0-9]+" role spoke edge hub
lab_edge_config '.workrs = [1]' >"$bad"
refused "unknown key" "$bad" "bad.json:[0-9]+" workrs workers
lab_edge_config '.hub.port = 70000' >"$bad"
refused "port out of range" "$bad" "bad.json:[0-9]+" port 70000 65535
lab_edge_config '.hub.public_key = "abc"' >"$bad"
refused "not a key" "$bad" "bad.json:[0-9]+" public_key
lab_edge_config 'del(.hub)' >"$bad"
refused "no hub" "$bad" hub
lab_edge_config '.ports[1].name = .ports[2].name' >"$bad"
refused "two ports of one name" "$bad" name
lab_edge_config '.private_key_file = "missing.key"' >"$bad"
refused "missing key file" "$bad" missing.key
cp "$LAB_STATE/edge.key" "$LAB_STATE/open.key" && chmod 644 "$LAB_STATE/open.key"
lab_edge_config '.private_key_file = "open.key"' >"$bad"
refused "key readable by others" "$bad" open.key 0600

lab_edge_config '.ports[1].dev = "net_af_paket7,iface=wan1"' >"$bad"
refused "misspelt driver" "$bad" 'no driver .*"net_af_paket7"; did you mean "net_af_packet"'
lab_edge_config '.ports[1].dev = "0000:7e:1f.7"' >"$bad"
refused "PCI device that is not there" "$bad" "bad.json:[0-9]+" 'ports.1..dev' "no PCI device 0000:7e:1f.7"
lab_edge_config '.workers = [127]' >"$bad"
refused "CPU that is not there" "$bad" "bad.json:[0-9]+" "workers.0.: 127 is not a CPU"

step "what only a start can see"
lab_edge_config '.ports[0].dev = "net_af_packet7,iface=nosuch0"' >"$bad"
lab_in edge timeout 20 "$LAB_WANBOND" -c "$bad" </dev/null >"$OUT/text" 2>&1
rc=$?
[[ $rc -gt 0 && $rc -lt 124 ]] || fail "missing LAN: exit code $rc"
grep -q nosuch0 "$OUT/text" || fail "missing device: not named: $(cat "$OUT/text")"
grep nosuch0 "$OUT/text" | head -n 2

step "what is right"
check "--check of the edge" "$LAB_WANBOND" --check -c "$LAB_STATE/edge.json"
check "--check of the hub" "$LAB_WANBOND" --check -c "$LAB_STATE/hub.json"
