/* SPDX-License-Identifier: BSD-3-Clause */
// What wanbond knows of each driver that a port may have: one row a driver. Pure.
#ifndef CONTROL_PORT_DRIVER_H
#define CONTROL_PORT_DRIVER_H

#include <stdbool.h>

#include "filter.h"

enum dev_kind {
	DEV_PCI,
	DEV_AF_XDP,
	DEV_PACKET, // packet, af_packet, pcap on an interface: copies of what the kernel gets
	DEV_TAP,    // the kernel is the other end
	DEV_ALONE,  // memif, vhost: no kernel interface, and hosts at the other end
	DEV_OTHER,  // ring, null, pcap files: nobody to talk to
};

enum port_mirror { MIRROR_NEVER, MIRROR_WITHOUT_INTERFACE, MIRROR_ALWAYS };

struct port_driver {
	const char *name; // as a device string begins, before its number; NULL: matched otherwise
	const char *key;  // the device string must have this key, too; NULL: none
	enum dev_kind kind;
	enum filter_kind filter; // what keeps the kernel from acting on our frames
	enum port_mirror mirror; // when a TAP must stand for the port in the kernel
	bool own_socket;         // a packet socket of ours, no DPDK device
};

// The row of a device string's driver. Never NULL: what is in no row is of the kind DEV_OTHER.
const struct port_driver *port_driver_of(const char *dev);

#endif
