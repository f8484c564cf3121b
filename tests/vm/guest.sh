#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The first process of the machine that tests/vm/run boots. Its NICs, by PCI address, and their other ends:
#   05 lan, DPDK's  -- 07 in namespace "host"      06 wan, DPDK's -- 08 in namespace "isp", where the hub runs
export PATH=/usr/bin:/usr/sbin:/busybox HOME=/root
/bin/busybox mkdir /busybox && /bin/busybox --install -s /busybox
ln -s bash /usr/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mkdir -p /run/netns
while read -r m; do insmod "/modules/$m" || echo "insmod $m failed"; done </modules/modules
ip link set lo up

LAN=0000:00:05.0 WAN=0000:00:06.0
passed=0 failed=0

# check WHAT COMMAND...
check() {
	local what=$1
	shift
	if "$@" >/run/said 2>&1; then
		passed=$((passed + 1))
		echo "ok    $what"
	else
		failed=$((failed + 1))
		echo "FAIL  $what"
		sort -u /run/said | tail -n 10 | sed 's/^/      /'
	fi
}

# within SECONDS COMMAND...: until it succeeds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# says TEXT: wanbond --check says it.
says() {
	wanbond --check -c /run/edge.json >/run/check 2>&1
	cat /run/check
	grep -qF -- "$1" /run/check
}

pci_driver() {
	local d=/sys/bus/pci/devices/$1
	[ ! -e "$d/driver" ] || echo "$1" >"$d/driver/unbind"
	echo "$2" >"$d/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
}
is_bound() { [ "$(basename "$(readlink "/sys/bus/pci/devices/$1/driver")")" = "$2" ]; }
interface_of() { ls "/sys/bus/pci/devices/$1/"virtio*/net; }
other_end() { # SLOT NAMESPACE
	ip netns add "$2"
	ip link set "$(interface_of "0000:00:$1.0")" netns "$2" name eth0
	ip -n "$2" link set lo up
	ip -n "$2" link set eth0 up
}

start() { # NAMESPACE NAME
	ip netns exec "$1" wanbond -c "/run/$2.json" >>"/run/$2.log" 2>&1 &
	echo $! >"/run/$2.pid"
}
pings() { ip netns exec "$1" ping -n -q -c 3 -i 0.3 -W 5 "${@:2}"; }
in_edge() { ip netns exec edge "$@"; }
is_up() { ip netns exec "$1" ip link show "$2" | grep LOWER_UP; } # NAMESPACE INTERFACE
mirrors_up() { is_up edge lan && is_up edge wan; }
has() { in_edge ip addr show dev "$1" | grep "$2"; } # INTERFACE ADDRESS
has_all() { has lan 192.168.40.60 && has lan 2001:db8:40::60 && has wan 203.0.113.2; }
has_ended() { ! kill -0 "$(cat "/run/$1.pid")" 2>/dev/null; }
not_bound() { ! is_bound "$@"; }

ip netns add edge
other_end 07 host
other_end 08 isp
umask 077
for e in edge hub; do
	wanbond genkey >/run/$e.key && wanbond pubkey </run/$e.key >/run/$e.pub
done
cat >/run/edge.json <<-END
	{"role": "edge", "name": "home", "private_key_file": "edge.key", "workers": [1],
	"ports": [{"name": "lan", "use": "lan", "dev": "$LAN"}, {"name": "wan", "use": "wan", "dev": "$WAN"}],
	"hub": {"address": "198.51.100.1", "public_key": "$(cat /run/hub.pub)"}}
END
cat >/run/hub.json <<-END
	{"role": "hub", "name": "vps", "private_key_file": "hub.key", "workers": [0],
	"ports": [{"name": "uplink", "use": "uplink", "dev": "packet0,iface=eth0"}],
	"edges": [{"name": "home", "public_key": "$(cat /run/edge.pub)",
	"networks": ["192.168.40.0/24", "2001:db8:40::/64"]}]}
END

echo "-- what --check says of mistakes ($(uname -r))"
check "the kernel's: said" says "$LAN is the kernel's, by its driver virtio-pci"
check "the kernel's: its interface named" says "\"packet0,iface=$(interface_of $LAN)\""
cat /run/check
pci_driver $LAN vfio-pci
check "vfio without an IOMMU: not bound" not_bound $LAN vfio-pci
check "vfio without an IOMMU: said" says "$LAN has no driver: driverctl set-override ADDRESS uio_pci_generic"
cat /run/check
pci_driver $LAN uio_pci_generic
pci_driver $WAN uio_pci_generic
check "uio_pci_generic: bound" is_bound $WAN uio_pci_generic
check "no hugepages: said" says "takes hugepages only"
cat /run/check
dmesg | grep -i vfio | tail -n 3
# as much as --check says
need=$(sed -n 's/.*(wanbond-hugepages \([0-9]*\)).*/\1/p' /run/check | head -n 1)
start edge edge
check "no hugepages: ends" within 60 has_ended edge
cat /run/edge.log; : >/run/edge.log
check "wanbond-hugepages ${need:=272}" wanbond-hugepages "$need"
cat /run/said; check "good" says "good"
cat /run/check

echo "-- the mirror"
start edge edge
check "lan and wan are there, with carrier" within 90 mirrors_up
cat /run/edge.log
in_edge sysctl -qw net.ipv4.ip_forward=1
in_edge ip addr add 192.168.40.60/24 dev lan
in_edge ip addr add 2001:db8:40::60/64 dev lan nodad
in_edge ip addr add 203.0.113.2/24 dev wan
in_edge ip route add default via 203.0.113.1 dev wan
ip -n host addr add 192.168.40.1/24 dev eth0
ip -n host addr add 2001:db8:40::1/64 dev eth0 nodad
ip -n host route add default via 192.168.40.60
ip -n host -6 route add default via 2001:db8:40::60
ip -n isp addr add 203.0.113.1/24 dev eth0
ip -n isp addr add 198.51.100.1/32 dev eth0
check "ping to the mirror" pings host 192.168.40.60
check "ping to the mirror, IPv6 (neighbour discovery)" pings host 2001:db8:40::60
tail -n 2 /run/said
check "ping from the mirror, IPv6" pings edge 2001:db8:40::1
check "ping to all nodes" pings host -I eth0 ff02::1
# An advertisement of 2001:db8:7::/64: hop limit 255, no default route. The sender is not to take it itself.
ip netns exec host sysctl -qw net.ipv6.conf.eth0.accept_ra=0
advertise() {
	printf '\206\0\0\0\100\0\0\0\0\0\0\0\0\0\0\0\3\4\100\300\0\1\121\200\0\0\70\100\0\0\0\0\40\1\15\270\0\7\0\0\0\0\0\0\0\0\0\0' |
		ip netns exec host socat -u - 'IP6-DATAGRAM:[ff02::1%eth0]:58,setsockopt-int=41:18:255'
}
advertised() { advertise && has lan 2001:db8:7:; }
check "a router's advertisement gives an address" within 20 advertised
cat /run/said

echo "-- the tunnel"
start isp hub
check "the hub's TAP" within 90 is_up isp wb0
ip -n isp addr add 10.9.9.9/32 dev lo
ip -n isp addr add 2001:db8:9::9/128 dev lo
ip netns exec isp sysctl -qw net.ipv4.ip_forward=1
cat /run/hub.log
check "ping through the tunnel" within 60 pings host 10.9.9.9
check "ping through the tunnel, IPv6" within 20 pings host 2001:db8:9::9
tail -n 2 /run/said
in_edge wanbond ctl home show path

echo "-- restarts"
restart() { # SIGNAL
	local pid
	pid=$(cat /run/edge.pid)
	kill "-$1" "$pid"
	wait "$pid" 2>/dev/null
	has_all && ! mirrors_up || return # the TAPs stay, without a carrier
	start edge edge
	within 90 mirrors_up
}
for s in TERM KILL; do
	check "SIG$s, and a start" restart $s
	check "SIG$s: the addresses are there" has_all
	check "SIG$s: IPv6 ping to the mirror" within 20 pings host 2001:db8:40::60
	check "SIG$s: ping through the tunnel" within 60 pings host 10.9.9.9
done
cat /run/edge.log

# Both cards are trunks now. The other ends have the kernel's VLANs, the edge's kernel has none.
echo "-- VLANs on trunks"
both_end() {
	kill "$(cat /run/edge.pid)" "$(cat /run/hub.pid)"
	within 60 has_ended edge && within 60 has_ended hub
}
vlan() { # NAMESPACE VLAN
	ip -n "$1" link add link eth0 name "v$2" type vlan id "$2" && ip -n "$1" link set "v$2" up
}
check "both end" both_end
: >/run/edge.log
check "a VLAN at the host" vlan host 40
check "a VLAN at the provider" vlan isp 10
ip -n host addr flush dev eth0
ip -n host addr add 192.168.40.1/24 dev v40
ip -n host addr add 2001:db8:40::1/64 dev v40 nodad
ip -n host route replace default via 192.168.40.60
ip -n host -6 route replace default via 2001:db8:40::60
ip -n isp addr del 203.0.113.1/24 dev eth0
ip -n isp addr add 203.0.113.1/24 dev v10
ip -n isp addr del 198.51.100.1/32 dev eth0
ip -n isp addr add 198.51.100.1/32 dev v10
cat >/run/edge.json <<-END
	{"role": "edge", "name": "home", "private_key_file": "edge.key", "workers": [1],
	"ports": [{"name": "trunk0", "use": "trunk", "dev": "$LAN"}, {"name": "lan", "use": "lan", "on": "trunk0", "vlan": 40},
	{"name": "trunk1", "use": "trunk", "dev": "$WAN"}, {"name": "wan", "use": "wan", "on": "trunk1", "vlan": 10}],
	"hub": {"address": "198.51.100.1", "public_key": "$(cat /run/hub.pub)"}}
END
sed -i s/iface=eth0/iface=v10/ /run/hub.json
check "good" says "good"
start isp hub
start edge edge
check "the TAPs are there, with carrier" within 90 mirrors_up
check "with the addresses that they had" has_all
check "ping to the mirror" within 20 pings host 192.168.40.60
check "ping to the mirror, IPv6 (neighbour discovery)" within 20 pings host 2001:db8:40::60
check "ping through the tunnel" within 60 pings host 10.9.9.9
check "ping through the tunnel, IPv6" within 20 pings host 2001:db8:9::9
in_edge wanbond ctl home show port
cat /run/edge.log
echo "$passed passed, $failed failed"
poweroff -f
