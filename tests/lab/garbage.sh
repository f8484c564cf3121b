#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Garbage, truncated and forged datagrams at the hub's and the edge's tunnel port: each is counted
# under a name, none is answered by the kernel, and the tunnel goes on.
. "$(dirname "$0")/_init.sh"
test_up
seed=${SEED:-$RANDOM}
drops() { lab_ask "$1" /wanbond/drops | jq '[.. | numbers] | add'; }

step "at the hub, from the Internet (seed $seed)"
before=$(drops hub)
lab_in server python3 "$TEST_DIR/garbage.py" "$LAB_HUB" 65500 20000 "$seed"
counted() { [ $(($(drops "$1") - before)) -gt 1000 ]; }
eventually "the hub counts them" 10 counted hub
check "hub lives" alive hub
eventually "packets pass" 5 lab_reaches
lab_ask hub /wanbond/drops | jq -c .

step "at the edge, from a provider's network"
before=$(drops edge)
port=$(lab_ask edge /wanbond/info | jq '.udp_port // 65500')
lab_in isp1 python3 "$TEST_DIR/garbage.py" 192.168.101.2 "$port" 5000 "$seed"
check "edge lives" alive edge
eventually "packets pass" 10 lab_reaches
lab_ask edge /wanbond/drops | jq -c .

step "no ICMP port unreachable for tunnel datagrams"
for ns in hub edge; do
	sent=$(lab_in $ns nstat -az IcmpOutDestUnreachs | awk '/IcmpOutDest/ { print $2 }')
	figure "$ns kernel sent $sent ICMP unreachables"
	[ "$sent" -eq 0 ] || fail "$ns's kernel answered datagrams that are ours"
done
check "all paths are up" lab_until 10 lab_paths_up edge "$LAB_WANS"
