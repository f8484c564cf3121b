/* SPDX-License-Identifier: BSD-3-Clause */
// Which destinations of an edge belong to its kernel, to a LAN or to the tunnel.
#ifndef CONTROL_ROUTES_H
#define CONTROL_ROUTES_H

#include "snapshot.h"

// Adds an edge's routes to a snapshot that has the ports' addresses already.
void routes_fill(const struct snapshot_in *in, struct wb_dp_snapshot *s);

#endif
