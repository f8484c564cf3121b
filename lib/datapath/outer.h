/* SPDX-License-Identifier: BSD-3-Clause */
// The outer headers of a path's datagrams (Ethernet, IPv4, UDP), ready to be copied.
#ifndef WB_DATAPATH_OUTER_H
#define WB_DATAPATH_OUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_addr.h"
#include "wb_drop.h"

struct rte_mbuf;
struct wb_dp;
struct fib;

#define OUTER_ETHER 14
#define OUTER_LEN 42 // Ethernet 14, IPv4 20, UDP 8

// Valid for one destination and one generation of the fib.
struct outer {
	struct wb_addr to;
	uint64_t generation;
	uint8_t drop; // enum wb_drop: why nothing can be sent there; WB_DROP_NONE: hdr is good
	uint16_t sum; // of the IPv4 header but its length, not inverted, as it stands in memory
	uint8_t hdr[OUTER_LEN] __attribute__((aligned(2)));
	uint8_t resolve[4]; // NO_NEIGHBOUR: whose MAC is missing
};

void outer_build(
	struct outer *o, const struct wb_dp *dp, const struct fib *fib, const struct wb_addr *to);
bool outer_matches(const struct outer *o, uint64_t generation, const struct wb_addr *to);
// Writes the headers at the start of m's data, where there is room, and sets lengths and the IPv4 checksum.
void outer_write(const struct outer *o, struct rte_mbuf *m);
// Sets the UDP checksum, once the payload is final.
void outer_finish(struct rte_mbuf *m, bool hw_checksum);

#endif
