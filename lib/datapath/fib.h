/* SPDX-License-Identifier: BSD-3-Clause */
// A snapshot prepared for look-ups. It is immutable, read by the workers and freed after a grace period.
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

// The destination that an inner address leads to.
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

// Makes a fib and takes ownership of the snapshot. If the routes are the same as those of the fib in use, both
// share its table. NULL: no memory, or a count out of bounds; the snapshot is freed then.
struct fib *fib_create(struct wb_dp *dp, struct wb_dp_snapshot *snapshot);
void fib_destroy(struct fib *f);

// Returns the MAC address for an outer IPv4 destination: its own if it is on link, else the next hop's. NULL: not
// known; `resolve` gets the address to be resolved.
const struct rte_ether_addr *fib_outer_mac(
	const struct fib *f, unsigned port, const uint8_t *ip, uint8_t *resolve);
struct dst fib_lookup(const struct fib *f, uint8_t family, const uint8_t *ip);
// Returns the MAC address of a port: the kernel's if it has the interface.
static inline const struct rte_ether_addr *
fib_mac(const struct worker *w, unsigned port)
{
	const struct rte_ether_addr *mac = &w->fib->port_macs[port];

	return rte_is_zero_ether_addr(mac) ? &w->dp->ports[port].mac : mac;
}

// Returns whether it is an address of this port.
bool fib_is_local(const struct fib *f, unsigned port, uint8_t family, const uint8_t *ip);

#endif
