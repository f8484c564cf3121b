/* SPDX-License-Identifier: BSD-3-Clause */
// The ports that a configuration names, and those that are made beside them (TAPs): their devices and the
// filters on their kernel interfaces.
#ifndef CONTROL_PORTS_H
#define CONTROL_PORTS_H

#include "filter.h"
#include "kstate.h"
#include "snapshot.h"
#include "wb_config.h"
#include "wb_datapath.h"

struct netlink;

struct control_port {
	const char *name;
	uint16_t ethdev;
	struct wb_kport *kport; // instead of an ethdev
	bool opened;            // by us
	int ifindex;            // of kernel_if when it was opened; 0: the kernel has none
	wb_ns_t reopen_at;      // kernel_if is gone: when to try next
	bool mirrored;          // kernel_if is a TAP that stands for it in the kernel
	uint16_t mirrors;       // use MIRROR: index of the port that it stands for
	uint16_t vlan, trunk; // instead of a device: this VLAN on the trunk of that index; 0: none
	bool kept;            // use MIRROR: an earlier run left it, with what its owner set
	char mirror_name[WB_NAME_MAX];
	struct filter filter; // kind FILTER_NONE: none
	// as the kernel's tables last had it (network.c)
	bool usable; // as last told to its path
	uint8_t source[4], next_hop[4];
	char why_not[96]; // why it cannot be used, as last logged; "": it can
};

struct ports {
	const struct wb_config *conf;
	struct kstate *kernel;
	struct netlink *netlink; // mirrors are made by it
	struct snapshot_in in;   // what is known of each port, for the snapshot
	struct control_port list[WB_DP_PORTS_MAX];
	unsigned n;         // with the egress and the mirrors
	unsigned n_workers; // a TAP has a queue for each
	uint16_t udp_port;  // that the filters know
	uint64_t filtered;  // addresses and routes of kernel in the filters; 0: to be filled anew
};

// ports.c

// Checks the interfaces before any device is opened, and removes what a dead process left on them.
// -ENODEV: one is missing; else -errno. Logged.
int ports_check(struct ports *p);
// Opens all devices and TAPs. -errno, logged.
int ports_open(struct ports *p);
void ports_close(struct ports *p);
// Attaches the filters. They pass all until ports_filter(). -errno, logged.
int ports_start_filters(struct ports *p);
// Tells the filters what is ours, if that has changed.
void ports_filter(struct ports *p, const struct wb_dp_snapshot *s);

// port_open.c

// Opens the configured device of a port, after removing what a dead process left on its interface.
// -errno, logged.
int port_open(const struct wb_config_port *conf, struct control_port *port);
// Finds or probes a DPDK device by its full device string. port and dev, the string as the user wrote it, are
// for the log. -errno, logged.
int port_open_ethdev(const char *port, const char *devargs, const char *dev, uint16_t *ethdev);
// Reads what the device itself says: MAC address and MTU.
void port_read(struct snapshot_port *out, const struct control_port *p);

// Returns the port that has the device: itself, or its trunk.
static inline unsigned
port_wire(const struct ports *p, unsigned i)
{
	return p->list[i].vlan != 0 ? p->list[i].trunk : i;
}

// port_reopen.c

// Closes ports whose interface was removed, and opens those again whose interface is back.
void ports_follow(struct ports *p, struct wb_dp *dp, wb_ns_t now);

#endif
