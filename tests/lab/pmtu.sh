#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A provider whose next network takes 1400 bytes and tells nobody (its ICMP is lost): the path learns it,
# both ways, and learns anew when it shrinks under a running download (RFC 8899).
. "$(dirname "$0")/_init.sh"
test_hosts

# beyond N BYTES: what lies behind provider N takes so much. Its wire to the edge keeps its 1500.
beyond() {
	lab_in "isp$1" ip link set net0 mtu "$2"
	lab_in internet ip link set "isp$1" mtu "$2"
}
for ns in isp1 isp2 internet; do
	lab_in $ns nft -f - <<-NFT
		table ip lab_silent {
			chain out {
				type filter hook output priority 0;
				icmp type destination-unreachable icmp code frag-needed counter drop
			}
		}
	NFT
done
told() { lab_in "$1" nft list table ip lab_silent | sed -n 's/.*packets \([0-9]*\) .*/\1/p'; }
hub_name() { printf 'home/%s\n' "$(path_value edge "$1" id)"; }
# has WHICH PATH LOW HIGH: its MTU lies there
has() {
	local mtu
	mtu=$(path_value "$1" "$2" mtu)
	[ "$mtu" -ge "$3" ] && [ "$mtu" -le "$4" ]
}

step "1400 bytes beyond the first hop"
beyond 1 1400
lab_gateways_start || fail "gateways"
eventually "the edge finds it" 20 has edge starlink 1396 1400
eventually "the hub finds it" 20 has hub "$(hub_name starlink)" 1396 1400
eventually "the edge's other paths take 1500" 20 has edge tmobile 1500 1500
eventually "the hub's too" 20 has hub "$(hub_name tmobile)" 1500 1500
[ "$(path_value edge starlink mtu_limit)" -gt 1400 ] || fail "the limit is the interface's, not what was found"
check "nobody was told" [ "$(told isp1)" -gt 0 ]
inner=$(tunnel_value edge inner_mtu)
figure "mtu $(path_value edge starlink mtu), inner $inner"
[ "$inner" -ge 1280 ] && [ "$inner" -lt 1400 ] || fail "inner MTU $inner"

step "a download on that path alone"
lab_cli edge set path tmobile state down
lab_cli edge set path cable state down
eventually "it is alone" 20 lab_paths_up edge 1
download() {
	lab_iperf "$OUT/alone.json" client 2 -C cubic -R
	figure "$(lab_mbit "$OUT/alone.json") Mbit/s of 100"
	[ "$(lab_mbit "$OUT/alone.json")" -gt 20 ]
}
measured "it does not stand still" download
lab_cli edge set path tmobile state up
lab_cli edge set path cable state up
eventually "all paths are up" 20 lab_paths_up edge "$LAB_WANS"

step "another shrinks to 1300 in mid-download"
eventually "the hub sends 1500 there" 20 has hub "$(hub_name tmobile)" 1500 1500
lab_cli edge set path cable state down # 128 Mbit/s need that path then
test_serve 300000000
test_download_start 60 16M
eventually "the download starts" 20 test_downloaded 5000000
beyond 2 1300
eventually "the hub notices" 10 has hub "$(hub_name tmobile)" 1200 1300
eventually "and finds what passes" 20 has hub "$(hub_name tmobile)" 1296 1300
lab_cli edge set path cable state up
figure "$(path_value hub "$(hub_name tmobile)" black_holes) black hole(s) seen by the hub"
# What it lost until then may have degraded it for a moment; it is not given up.
for end in edge hub; do
	eventually "the $end's paths are all up" 20 lab_paths_up $end "$LAB_WANS"
done
figure "downs of that path: $(path_value edge tmobile downs) at the edge, $(path_value hub "$(hub_name tmobile)" downs) at the hub"
test_download_stop
