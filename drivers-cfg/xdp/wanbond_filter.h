/* SPDX-License-Identifier: BSD-3-Clause */
// What of a kernel interface's traffic is wanbond's: one decision, used by the XDP program (af_xdp
// ports: redirect it to us) and by the tc program (packet-socket ports: we have a copy, the kernel
// must not act on the original). The control thread fills the maps; it shares the map structs.
#ifndef WANBOND_FILTER_H
#define WANBOND_FILTER_H

#include <linux/types.h>

enum wanbond_filter_use {
	WANBOND_FILTER_OFF,   // not filled yet: everything is the kernel's
	WANBOND_FILTER_WAN,   // IPv4 UDP to our port at one of our addresses
	WANBOND_FILTER_TRUNK, // all frames of our VLANs; a TAP has what the kernel is to have of them
	WANBOND_FILTER_LAN, // unicast IP into the tunnel: to our MAC, not to what the kernel has by itself
};

#define WANBOND_FILTER_VLANS 4096

// The one entry of the array map wb_conf.
struct wanbond_filter_conf {
	__u32 use;      // enum wanbond_filter_use
	__u32 owner;    // pid of the process that filled it: a dead one's program is stale
	__u16 udp_port; // network order
	__u8 mac[6];
	__u32 raw_ip;    // frames are IP packets: no Ethernet header, no MAC
	__u32 made_hook; // tc: the clsact qdisc came with this program and goes with it
	__u32 vlans[WANBOND_FILTER_VLANS / 32]; // bits
};

// Keys of the hash maps wb_local4 and wb_local6: addresses in network order. Value: 1.
struct wanbond_filter_ip6 {
	__u8 ip[16];
};

#define WANBOND_FILTER_LOCALS 1024 // entries of each

// Keys of the longest-prefix maps wb_route4 and wb_route6. Value: a wanbond_filter_route. No match: into the
// tunnel, as what only a default route leads to.
struct wanbond_filter_key4 {
	__u32 len;
	__u8 ip[4];
};
struct wanbond_filter_key6 {
	__u32 len;
	__u8 ip[16];
};

enum wanbond_filter_route { WANBOND_FILTER_TUNNEL, WANBOND_FILTER_KERNEL };

#define WANBOND_FILTER_ROUTES 16384 // entries of each

#endif
