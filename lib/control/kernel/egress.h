/* SPDX-License-Identifier: BSD-3-Clause */
// The interfaces of TAPs, and the hub's way out: a TAP into the kernel with a route to each network of each
// edge. What the kernel sends there goes into the tunnels. What comes out of them is the kernel's to route.
#ifndef CONTROL_EGRESS_H
#define CONTROL_EGRESS_H

#include "edge_tap.h"
#include "snapshot.h"

struct netlink;

// Brings the TAPs up and adds the routes. -ENODEV: an interface has not appeared; else -errno. Logged.
int egress_start(struct netlink *nl, const struct snapshot_in *in, struct edge_tap *edge);
// Removes the routes and rules.
void egress_stop(struct netlink *nl, const struct snapshot_in *in, struct edge_tap *edge);

#endif
