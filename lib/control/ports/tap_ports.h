/* SPDX-License-Identifier: BSD-3-Clause */
// Ports that no configured device stands behind: the hub's egress and the edge's own kernel, each a TAP.
#ifndef CONTROL_TAP_PORTS_H
#define CONTROL_TAP_PORTS_H

#include "ports.h"

// Opens the hub's egress. -EEXIST: somebody has an interface of that name; else -errno. Logged.
int tap_open_egress(struct ports *p);
// Opens the edge's TAP. Without one the edge works, but its own machine is left out: that is logged, and 0.
// -EEXIST: somebody has an interface of that name.
int tap_open_edge(struct ports *p);

#endif
