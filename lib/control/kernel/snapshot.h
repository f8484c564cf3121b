/* SPDX-License-Identifier: BSD-3-Clause */
// From the kernel's tables and the configuration to what the workers need. Pure.
#ifndef CONTROL_SNAPSHOT_H
#define CONTROL_SNAPSHOT_H

#include "wb_config.h"
#include "wb_datapath.h"

struct kstate;

// What start-up found out about a port; index as in wb_dp_conf. conf NULL: the hub's egress.
struct snapshot_port {
	const struct wb_config_port *conf;
	enum wb_dp_use use;
	char kernel_if[WB_CONFIG_NAME]; // "": the kernel has no such interface
	bool peer; // kernel_if is the other end (a TAP): its addresses are neighbours, not ours
	uint8_t mac[6]; // of the ethdev
	uint16_t mtu;   // of the ethdev
	bool gone;      // kernel_if is not the interface any more that the device was opened on
	bool no_link;   // the device says so, where the kernel cannot
	// WAN, uplink: its next hop when last seen, as long as the port can be used. family 0: none.
	struct wb_dp_neighbour hop;
};

struct snapshot_in {
	const struct wb_config *conf;
	const struct kstate *kernel;
	struct snapshot_port ports[WB_DP_PORTS_MAX];
	unsigned n_ports;
};

// NULL: no memory. The caller's to free (or wb_dp_set_snapshot's).
struct wb_dp_snapshot *snapshot_build(const struct snapshot_in *in);

// Remembers the next hops of a snapshot. Where the direction toward us is dead, no answer to the kernel's ARP comes, and it
// gives up the next hop: what is sent there would arrive all the same. It goes on asking, so another MAC takes its place.
void snapshot_remember(struct snapshot_in *in, const struct wb_dp_snapshot *s);

// Why a port of a snapshot is not usable, in words ("interface wan1 is down"); "" when it is.
void snapshot_why_not(const struct snapshot_in *in, const struct wb_dp_snapshot *s, unsigned port,
	char *why, size_t len);

#endif
