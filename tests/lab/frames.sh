#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Whatever a kernel interface hands over is carried or answered: IP fragments, TCP in large pieces with
# checksums left open, jumbo frames, padding; on each driver or on what stands in for it. VLAN tags are not
# ours. A hub's uplink with the MTU of a cloud (9001) is one like any other.
LAB_DIRECT=1
. "$(dirname "$0")/_init.sh"
LAB_PMD=packet
# shellcheck disable=SC2034 # app/lab/topology.sh
LAB_LAN_PMD=packet
LAB_OMIT=0
FLOOR=20 # Mbit/s
test_begin
LAB_WANS=1
lab_up || fail "namespaces"
lab_configure || fail "keys"
lab_spawn echo server python3 "$TEST_DIR/frames.py" echo 7000

ping_cut() { lab_in client ping -n -q -M dont -c 1 -W 1 -s "$1" "$LAB_SERVER" >/dev/null 2>&1; }
ping_df() { lab_in client ping -n -q -M "do" -c 1 -W 1 -s "$1" "$LAB_SERVER" >/dev/null 2>&1; }

# The first answer to a packet with DF of the LAN's MTU names the tunnel's.
told() {
	lab_in client ip route flush cache
	lab_in client ping -n -M "do" -c 1 -W 1 -s "$(($1 - 28))" "$LAB_SERVER" >"$OUT/df" 2>&1
	grep -q 'Frag needed and DF set (mtu = 14' "$OUT/df"
}

all_udp() {
	local n
	n=$(lab_in client python3 "$TEST_DIR/frames.py" udp "$LAB_SERVER" 7000 4000 9000 20000 65000)
	figure "UDP of 4000 to 65000 bytes: $n of 40"
	[ "$n" = 40 ]
}

# tcp WAY...: floor reached?
tcp() {
	local mbit
	lab_iperf "$OUT/tcp.json" client 1 -C cubic "$@"
	mbit=$(lab_mbit "$OUT/tcp.json")
	figure "TCP ${*:-up}: $mbit Mbit/s"
	[ "$mbit" -ge $FLOOR ]
}

# carried WHAT MTU: of the LAN, whose cards have their offloads on.
carried() {
	local size what="$1, LAN MTU $2"
	step "$what"
	lab_in client ip link set eth0 mtu "$2"
	lab_in edge ip link set lan0 mtu "$2"
	lab_in client ip route flush cache
	for size in 2000 8000 30000; do
		eventually "$what: ping of $size bytes" 5 ping_cut "$size"
	done
	eventually "$what: every UDP datagram" 20 all_udp
	eventually "$what: a packet with DF is answered" 5 told "$2"
	measured "$what: TCP" tcp
	measured "$what: TCP back" tcp -R
}

# configure DRIVER-OF-ALL [DRIVER-OF-LAN]
configure() {
	LAB_PMD=$1
	LAB_LAN_PMD=${2:-$1}
	lab_edge_config . >"$LAB_STATE/edge.json" && lab_hub_config . >"$LAB_STATE/hub.json"
}

# What --check says of a configuration that is good.
checked() { lab_in "$1" "$LAB_WANBOND" --check -c "$LAB_STATE/$1.json" 2>&1; }
replaced() { grep -q "ports\[$2\].dev: warning: $3.*\"packet$2,iface=.*\" is used instead" <<<"$1"; }
device_of() { lab_ask "$1" /wanbond/ports | jq -r ".[\"$2\"].device"; }

restart() {
	check "$1: both ends stop" lab_gateways_stop
	configure "${@:2}" || fail "configurations"
}

uplink_mtu() {
	lab_in internet ip link set hub0 mtu "$1"
	lab_in hub ip link set eth0 mtu "$1"
}

# --- packet sockets of our own
lab_gateways_start || fail "gateways"
carried "packet" 1500
carried "packet" 9000

step "padding and VLAN tags"
mac=$(lab_in edge ip -j link show lan0 | jq -r '.[0].address')
for kind in tagged padded; do
	lab_in client python3 "$TEST_DIR/frames.py" raw eth0 "$mac" $LAB_CLIENT "$LAB_SERVER" 7000 $kind
done
arrived() { grep -q "^$1$" "$LAB_STATE/echo.log"; }
eventually "a padded frame's packet arrives without padding" 5 arrived padded
! arrived tagged || fail "a frame of a VLAN was taken"

step "an uplink with an MTU of 9001"
uplink_mtu 9001
eventually "packets go on" 5 ping_df 1000
restart "packet" net_af_packet

# --- DPDK's packet sockets: on the LAN ours stand in
said=$(checked edge) || fail "the edge's configuration is refused: $said"
check "--check names the LAN's driver" replaced "$said" 0 "this driver loses large frames"
! replaced "$said" 1 "" || fail "a WAN's driver is replaced: $said"
lab_gateways_start || fail "gateways on net_af_packet, uplink MTU 9001"
carried "net_af_packet" 1500
restart "net_af_packet" net_af_xdp

# --- AF_XDP: where the MTU lets it be
said=$(checked hub) || fail "the hub's configuration is refused: $said"
check "--check names the uplink's MTU" replaced "$said" 0 "interface eth0 has an MTU of 9001"
lab_gateways_start || fail "gateways on AF_XDP, uplink MTU 9001"
check "the uplink is a packet socket" [ "$(device_of hub 0)" = packet ]
check "the LAN is not" [ "$(device_of edge 0)" = net_af_xdp0 ]
carried "net_af_xdp" 1500
restart "net_af_xdp" net_af_xdp
lab_in edge ip link set lan0 mtu 9000
lab_gateways_start || fail "gateways on AF_XDP, LAN MTU 9000"
carried "net_af_xdp" 9000
restart "net_af_xdp" net_af_xdp

# --- a bridge as LAN, which has no XDP of its own
lab_in edge ip addr flush dev lan0
lab_in edge ip link set lan0 mtu 1500
lab_in client ip link set eth0 mtu 1500
lab_in edge ip link add lanbr type bridge
lab_in edge ip link set lan0 master lanbr
lab_in edge ip link set lanbr mtu 1500 up
lab_in edge ip addr add 192.168.40.60/24 dev lanbr
lab_edge_config '.ports[0].dev = "net_af_xdp0,iface=lanbr"' >"$LAB_STATE/edge.json"
uname -r | awk -F. '{ exit !($1 > 6 || ($1 == 6 && $2 >= 3)) }' || {
	figure "Linux before 6.3 does not tell which drivers have XDP"
	exit 0
}
said=$(checked edge) || fail "a bridge is refused: $said"
check "--check names the bridge" replaced "$said" 0 "the driver of lanbr has no XDP of its own"
lab_gateways_start || fail "gateways, a bridge as LAN"
check "the bridge has a packet socket" [ "$(device_of edge 0)" = packet ]
measured "a bridge as LAN: TCP" tcp
