/* SPDX-License-Identifier: BSD-3-Clause */
// Rules and routes that lead what this machine itself sends into an edge's tunnel.
#ifndef CONTROL_EDGE_TAP_H
#define CONTROL_EDGE_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

#define EDGE_ADDRESSES 16

struct netlink;

struct edge_address {
	uint8_t family; // 4 or 6; 0: none
	uint8_t ip[16];
};

struct edge_tap {
	struct netlink *netlink;
	const struct snapshot_in *in;
	int index;                                     // of the TAP; 0: none
	struct edge_address addresses[EDGE_ADDRESSES]; // that have rules
	unsigned n;
	struct wb_config_address hub; // that the rules are for
	// source of the route in the table and in the main table: IPv4, IPv6
	struct edge_address in_table[2], in_main[2];
	bool told, told_metric;
};

// Starts with the TAP whose interface has that index, and removes rules of earlier runs.
void edge_tap_start(
	struct edge_tap *e, struct netlink *nl, const struct snapshot_in *in, int index);
// Restores rules and routes that are missing. carries: at least one path is up.
void edge_tap_upkeep(struct edge_tap *e, bool carries);
void edge_tap_stop(struct edge_tap *e);
// Warns where this kernel does not forward between networks.
void edge_warn_forwarding(const struct edge_tap *e, const struct wb_config *c);

#endif
