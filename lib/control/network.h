/* SPDX-License-Identifier: BSD-3-Clause */
// Carries what the kernel says of links, addresses, routes and neighbours to the workers (a snapshot), the
// filters and the paths.
#ifndef CONTROL_NETWORK_H
#define CONTROL_NETWORK_H

#include "wb_datapath.h"

#define NETWORK_ASKED 32

struct control;

// What was last told of a port.
struct network_port {
	bool told_strict; // that the kernel does not answer on its network
	uint64_t sent;    // packets that its kernel port had taken, when it was last looked at
	int refused;      // errno of what it takes no packet for any more, as last logged
};

struct network {
	struct network_port ports[WB_DP_PORTS_MAX];
	wb_ns_t upkeep_at;
	uint64_t shown; // generation of the kernel's tables in the last snapshot
	struct {
		uint8_t ip[16];
		uint32_t port;
		wb_ns_t at;
	} asked[NETWORK_ASKED]; // addresses that the kernel was asked to resolve lately
	unsigned next_asked;
};

// Gives workers, filters and paths a new snapshot. 0 or -ENOMEM.
int network_update(struct control *ctl, wb_ns_t now);
// Does once a second what no event asks for: next hops, links of mirrors, the edge's own routes.
void network_upkeep(struct control *ctl, wb_ns_t now);
// Has the kernel resolve an address that a worker misses the MAC of.
void network_resolve(struct control *ctl, const struct wb_addr *who, wb_ns_t now);

#endif
