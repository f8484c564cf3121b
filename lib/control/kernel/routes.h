/* SPDX-License-Identifier: BSD-3-Clause */
// Which destinations an edge leaves to its kernel, which are in a LAN, and which go into the tunnel.
#ifndef CONTROL_ROUTES_H
#define CONTROL_ROUTES_H

#include "snapshot.h"

// An edge's: after the ports' addresses in the snapshot.
void routes_fill(const struct snapshot_in *in, struct wb_dp_snapshot *s);

#endif
