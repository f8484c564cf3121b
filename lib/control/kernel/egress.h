/* SPDX-License-Identifier: BSD-3-Clause */
// The interfaces of TAPs, and the hub's egress: a TAP with a route to each network of each edge. Packets that
// the kernel sends there go into the tunnels. Packets that come out of the tunnels are routed by the kernel.
#ifndef CONTROL_EGRESS_H
#define CONTROL_EGRESS_H

#include "edge_tap.h"
#include "snapshot.h"

struct netlink;

// Brings the TAPs up and adds the routes. -ENODEV: an interface has not appeared; else -errno. Logged.
int egress_start(struct netlink *nl, const struct snapshot_in *in, struct edge_tap *edge);
// Removes the routes, and on an edge the rules.
void egress_stop(struct netlink *nl, const struct snapshot_in *in, struct edge_tap *edge);

#endif
