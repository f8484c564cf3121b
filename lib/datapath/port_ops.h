/* SPDX-License-Identifier: BSD-3-Clause */
// What a kind of port does. There are three: DPDK devices (port_ethdev.c), kernel ports (port_kernel.c) and VLANs on a
// port of either kind (port_vlan.c).
#ifndef WB_DATAPATH_PORT_OPS_H
#define WB_DATAPATH_PORT_OPS_H

#include <rte_mbuf.h>

#include "wb_datapath.h"

struct port;
struct rx_queue;
struct worker;

// Buffers in the descriptors of a DPDK device, both directions, and what an af_xdp port keeps in its rings.
#define PORT_ETHDEV_BUFFERS 4096

struct port_ops {
	// Opens what belongs to the port and sets its queues, MAC address, socket and `started`. 0 or -errno, logged.
	int (*start)(struct wb_dp *dp, struct port *p);
	void (*stop)(struct port *p);
	// Receives up to `max` packets. They come from w->pool, or from the pool that start() was given.
	unsigned (*rx)(struct worker *w, struct rx_queue *q, struct rte_mbuf **pkts, unsigned max);
	// Sends n packets and returns how many were taken. The others are at the end of pkts[], the caller's.
	unsigned (*tx)(struct worker *w, const struct port *p, unsigned queue,
		struct rte_mbuf **pkts, unsigned n);
	unsigned buffers; // of the pool that the port holds while nothing comes
};

extern const struct port_ops port_ethdev, port_kernel, port_vlan;

// port_vlan.c: notes which port has which tag of which trunk, before any port starts. 0 or -errno, logged.
int trunks_find(struct wb_dp *dp, const struct wb_dp_conf *conf);

// Returns what a port of that configuration does.
const struct port_ops *port_ops_of(const struct wb_dp_port_conf *conf);

#endif
