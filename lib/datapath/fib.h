/* SPDX-License-Identifier: BSD-3-Clause */
// A snapshot made ready for lookups: immutable, read by the workers, freed after a grace period.
#ifndef WB_DATAPATH_FIB_H
#define WB_DATAPATH_FIB_H

#include <rte_ether.h>

#include "dp.h"
#include "wb_datapath.h"

#define FIB_SLOTS 2048 // power of two, twice WB_DP_NEIGHBOURS_MAX

struct fib {
	uint64_t generation;             // never used twice
	struct wb_dp_snapshot *snapshot; // owned
	struct rte_ether_addr port_macs[WB_DP_PORTS_MAX], macs[WB_DP_NEIGHBOURS_MAX]; // aligned
	uint16_t slots[FIB_SLOTS]; // of neighbours, index + 1
};

// Takes ownership of the snapshot. NULL: no memory or counts out of bounds; it is then freed.
struct fib *fib_create(struct wb_dp_snapshot *snapshot, uint64_t generation);
void fib_destroy(struct fib *f);

// MAC of a neighbour on that port, NULL: not known.
const struct rte_ether_addr *fib_neighbour(
	const struct fib *f, unsigned port, uint8_t family, const uint8_t *ip);
// MAC for an outer IPv4 destination: itself where on link, else the port's next hop. NULL: not
// known, and `resolve` says whose.
const struct rte_ether_addr *fib_outer_mac(
	const struct fib *f, unsigned port, const uint8_t *ip, uint8_t *resolve);
// Where an inner address leads; remembered in the worker's cache.
const struct dst *fib_lookup(struct worker *w, uint8_t family, const uint8_t *ip);
// MAC of a port, as the kernel has it where it has one.
static inline const struct rte_ether_addr *
fib_mac(const struct worker *w, unsigned port)
{
	const struct rte_ether_addr *mac = &w->fib->port_macs[port];

	return rte_is_zero_ether_addr(mac) ? &w->dp->ports[port].mac : mac;
}

// Is it an address of this port?
bool fib_is_local(const struct fib *f, unsigned port, uint8_t family, const uint8_t *ip);

#endif
