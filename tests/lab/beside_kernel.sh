#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The kernel of edge and hub goes on with what is not ours, and nothing is done twice.
. "$(dirname "$0")/_init.sh"
test_up

step "the boxes themselves answer"
eventually "ping the edge from the LAN" 5 lab_reaches 192.168.40.60 client
eventually "ping the hub from the server" 5 lab_reaches "$LAB_HUB" server
eventually "ping the provider from the edge" 5 lab_reaches 192.168.101.1 edge
lab_spawn ssh edge socat TCP-LISTEN:22,fork,reuseaddr EXEC:'echo edge-says-hello'
lab_spawn sshhub hub socat TCP-LISTEN:22,fork,reuseaddr EXEC:'echo hub-says-hello'
eventually "listening" 10 lab_listening edge 22
eventually "listening" 10 lab_listening hub 22
# says NS ADDRESS WHO
hello() { [ "$(lab_in "$1" timeout 5 socat -u "TCP:$2:22" - 2>/dev/null)" = "$3-says-hello" ]; }
eventually "TCP to the edge from the LAN" 10 hello client 192.168.40.60 edge
eventually "TCP to the hub from the server" 10 hello server "$LAB_HUB" hub
eventually "TCP to the edge from its provider" 10 hello isp1 192.168.101.2 edge

step "nothing is forwarded twice"
lab_in client ping -n -c 30 -i 0.05 "$LAB_SERVER" >"$OUT/ping"
tail -n 2 "$OUT/ping"
! grep -q 'DUP!' "$OUT/ping" || fail "ping is answered twice"
grep -q ' 0% packet loss' "$OUT/ping" || figure "pings were lost: $(tail -n 2 "$OUT/ping" | head -n 1)"

step "the edge's kernel forwards no LAN packet past the tunnel"
lab_in isp1 nft -f - <<-NFT
	table ip lab_leak {
		chain in {
			type filter hook prerouting priority -300;
			ip saddr { 192.168.40.0/24, 192.168.1.0/24 } counter
		}
	}
NFT
lab_in client ping -q -n -c 10 -i 0.05 "$LAB_SERVER" >/dev/null
lab_in isp1 nft list table ip lab_leak | grep -q 'packets 0 ' || fail "LAN packets leak to the provider"

step "a host behind the LAN's router is carried too"
eventually "192.168.1.10" 10 lab_in client ping -q -c 1 -W 1 -I 192.168.1.10 "$LAB_SERVER"
