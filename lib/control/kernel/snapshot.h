/* SPDX-License-Identifier: BSD-3-Clause */
// Makes the workers' snapshot out of the kernel's tables and the configuration. Pure.
#ifndef CONTROL_SNAPSHOT_H
#define CONTROL_SNAPSHOT_H

#include "wb_config.h"
#include "wb_datapath.h"

struct kstate;

// What is known of a port, by its index in wb_dp_conf. conf: NULL for TAPs that no port is configured for.
struct snapshot_port {
	const struct wb_config_port *conf;
	enum wb_dp_use use;
	char kernel_if[WB_CONFIG_NAME]; // "": the kernel has no such interface
	bool peer;      // kernel_if is the other end of a TAP: its addresses are a neighbour's
	uint8_t mac[6]; // of the ethdev
	uint16_t mtu;   // of the ethdev
	bool gone;      // the interface that the device was opened on has vanished
	bool no_link;   // by the device itself, where the kernel does not know
	// The last known next hop of a WAN or uplink that can be used. family 0: none.
	struct wb_dp_neighbour hop;
};

struct snapshot_in {
	const struct wb_config *conf;
	const struct kstate *kernel;
	struct wb_config_address hub; // edge: the address in use; family 0: none is known yet
	struct snapshot_port ports[WB_DP_PORTS_MAX];
	unsigned n_ports;
};

// Builds a snapshot, which wb_dp_set_snapshot() or free() takes. NULL: no memory.
struct wb_dp_snapshot *snapshot_build(const struct snapshot_in *in);

// Remembers the next hops of a snapshot, for later ones that lack them. When the direction toward us is dead,
// ARP is not answered and the kernel gives up the next hop, although what is sent there would arrive. The
// kernel goes on asking, and a new MAC address replaces the remembered one.
void snapshot_remember(struct snapshot_in *in, const struct wb_dp_snapshot *s);

// Writes why a port of a snapshot cannot be used ("interface wan1 is down"), or "" if it can.
void snapshot_why_not(const struct snapshot_in *in, const struct wb_dp_snapshot *s, unsigned port,
	char *why, size_t len);

#endif
