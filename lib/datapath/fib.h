/* SPDX-License-Identifier: BSD-3-Clause */
// A snapshot made ready for lookups: immutable, read by the workers, freed after a grace period.
#ifndef WB_DATAPATH_FIB_H
#define WB_DATAPATH_FIB_H

#include <rte_ether.h>

#include "dp.h"
#include "wb_datapath.h"

#define FIB_SLOTS 2048 // power of two, twice WB_DP_NEIGHBOURS_MAX

struct lpm;

struct fib {
	uint64_t generation;             // never used twice
	struct wb_dp_snapshot *snapshot; // owned
	struct fib_table {               // of prefixes
		unsigned users;          // fibs; control
		struct lpm *lpm;
	} * table;
	struct rte_ether_addr port_macs[WB_DP_PORTS_MAX], macs[WB_DP_NEIGHBOURS_MAX]; // aligned
	uint16_t slots[FIB_SLOTS]; // of neighbours, index + 1
};

// Where an inner address leads.
enum dst_kind {
	DST_NO_ROUTE,
	DST_LOCAL,  // the box itself
	DST_KERNEL, // the kernel's to forward
	DST_TUNNEL,
	DST_PORT,
	DST_NO_NEIGHBOUR,
	DST_DOWN,
};
struct dst {
	enum dst_kind kind;
	uint16_t port;                    // PORT, NO_NEIGHBOUR, DOWN
	uint16_t tunnel;                  // TUNNEL
	const struct rte_ether_addr *mac; // PORT; lives as long as the fib
	const uint8_t *next_hop;          // NO_NEIGHBOUR; the address asked for, or the fib's
};

// Takes ownership of the snapshot. The table of the fib in use stays in use where the routes are the
// same. NULL: no memory or counts out of bounds; the snapshot is then freed.
struct fib *fib_create(struct wb_dp *dp, struct wb_dp_snapshot *snapshot);
void fib_destroy(struct fib *f);

// MAC for an outer IPv4 destination: itself where on link, else the port's next hop. NULL: not
// known, and `resolve` says whose.
const struct rte_ether_addr *fib_outer_mac(
	const struct fib *f, unsigned port, const uint8_t *ip, uint8_t *resolve);
struct dst fib_lookup(const struct fib *f, uint8_t family, const uint8_t *ip);
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
