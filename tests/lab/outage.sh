#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Link-down and return of one WAN, then of two, while a download runs; a WAN that is dead in one direction;
# and one whose address at the provider changes (a new CGNAT mapping).
. "$(dirname "$0")/_init.sh"
test_up
test_serve 150000000
test_download_start 200 6M
eventually "the download starts" 20 test_downloaded 3000000

progress() {
	local before
	before=$(stat -c %s "$LAB_STATE/got")
	eventually "progress $1" 20 test_downloaded $((before + 2000000))
}

step "wan2 loses its carrier"
lab_in emu ip link set a2 down
eventually "the path leaves" 20 lab_paths_up edge 2
progress "on two"
step "wan3 is set down by the edge's owner"
lab_in edge ip link set wan3 down
eventually "the path leaves" 20 lab_paths_up edge 1
progress "on one"
step "both return"
lab_in emu ip link set a2 up
lab_in edge ip link set wan3 up
lab_in edge ip route replace default via 192.168.103.1 dev wan3 metric 103
lab_in edge ip route replace default via 192.168.103.1 dev wan3 table 103
eventually "the paths return" 30 lab_paths_up edge 3
progress "on three again"

# One direction of provider 2 alone. Both ends are to say the same of each: halves EDGE-TX EDGE-RX.
halves() {
	[ "$(path_value edge tmobile tx_state) $(path_value edge tmobile rx_state)" = "\"$1\" \"$2\"" ] &&
		[ "$(path_value hub home/1 rx_state) $(path_value hub home/1 tx_state)" = "\"$1\" \"$2\"" ]
}
# The download may have ended by now.
brings() {
	lab_in client ping -q -i 0.002 -c 200 -w 2 "$LAB_SERVER" >/dev/null
	[ "$(path_value "$1" "$2" "$3")" -gt "$4" ]
}
used() { eventually "its $1 is used" 10 brings "$2" "$3" "$4" $(($(path_value "$2" "$3" "$4") + ${5:-100})); }

lab_cli hub set scheduler weighted # all paths take part, however little there is
step "provider 2 takes nothing up any more"
# Beyond its router: a line that is dead up has no ARP that way either, and then none of the provider's comes down.
lab_in isp2 nft -f - <<-NFT
	table ip lab_half {
		chain up {
			type filter hook prerouting priority raw;
			iifname "cust" udp dport 65500 drop
		}
	}
NFT
eventually "both ends say so" 10 halves down up
used download edge tmobile rx_data
step "and all again"
lab_in isp2 nft delete table ip lab_half
eventually "both ends say so" 10 halves up up

step "provider 2 brings nothing down any more, no ARP either"
lab_emulate tmobile down loss_percent=100
eventually "both ends say so" 10 halves up down
lab_in edge ip neigh del 192.168.102.1 dev wan2 # as the kernel does when nobody answers
used upload hub home/1 rx_datagrams 4
check "its upload stays" halves up down
step "and all again"
lab_emulate tmobile down loss_percent=0
eventually "both ends say so" 10 halves up up
lab_cli hub set scheduler earliest

step "provider 1 gives a new address and port"
lab_in isp1 ip addr add 100.64.1.77/24 dev net0
lab_in isp1 nft flush chain ip lab_cgnat post
lab_in isp1 nft add rule ip lab_cgnat post oifname net0 ip protocol udp snat to 100.64.1.77:20000-30000 fully-random
# The mappings there were go with the old address.
lab_in isp1 ip addr del 100.64.1.2/24 dev net0
lab_in isp1 ip addr show dev net0 | grep -q 100.64.1.77 || lab_in isp1 ip addr add 100.64.1.77/24 dev net0
lab_in isp1 ip route replace default via 100.64.1.1
moved() {
	lab_ask hub /wanbond/paths | grep -q '100\.64\.1\.77'
}
eventually "the hub follows the path to its new address" 60 moved
eventually "all paths are up" 30 lab_paths_up edge 3
cmp -s "$LAB_STATE/www/file" "$LAB_STATE/got" || progress "after that"
test_download_stop
