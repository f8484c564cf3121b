/* SPDX-License-Identifier: BSD-3-Clause */
// TAPs that stand in the kernel for ports which DPDK owns alone.
#ifndef CONTROL_MIRROR_H
#define CONTROL_MIRROR_H

#include "ports.h"

// Must this port have one?
bool mirror_needed(const struct wb_config_port *p);
// Removes those that the configuration has no port for any more.
void mirrors_remove_old(struct ports *p);
// Opens one for each port that needs it. -errno, logged.
int mirrors_open(struct ports *p);
// Brings their interfaces up. -errno, logged.
int mirrors_start(struct ports *p);
// Gives each a carrier while its port has a link. True: one has changed, a new snapshot is due.
bool mirrors_check_links(struct ports *p);

#endif
