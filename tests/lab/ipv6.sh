#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# IPv6 inside the tunnel: ping, TCP both ways, and "packet too big".
. "$(dirname "$0")/_init.sh"
test_up

step "ping and TCP"
eventually "ping" 20 lab_reaches "$LAB_SERVER6"
LAB_TO=$LAB_SERVER6
check "download" lab_iperf "$OUT/down.json" client 3 -6 -C cubic -R
check "upload" lab_iperf "$OUT/up.json" client 3 -6 -C cubic
figure "IPv6 down $(lab_mbit "$OUT/down.json"), up $(lab_mbit "$OUT/up.json") Mbit/s"
[ "$(lab_mbit "$OUT/down.json")" -gt 20 ] || fail "the download stands still"

step "packet too big"
lab_in client ping -6 -n -M "do" -c 2 -W 2 -s 1452 "$LAB_SERVER6" >"$OUT/big" 2>&1
cat "$OUT/big"
grep -qi 'too big\|message too long' "$OUT/big" || fail "no ICMPv6 \"packet too big\""
mtu=$(lab_in client ip -o -6 route get "$LAB_SERVER6" | sed -n 's/.* mtu \([0-9]*\).*/\1/p')
figure "inner IPv6 MTU $mtu"
[[ -n $mtu && $mtu -ge 1280 && $mtu -lt 1500 ]] || fail "path MTU learned: '$mtu'"

step "a file arrives whole"
test_serve 20000000
LAB_TO="[$LAB_SERVER6]" test_download_start 60
test_download_end 60
