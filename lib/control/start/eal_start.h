/* SPDX-License-Identifier: BSD-3-Clause */
// DPDK's environment: started with the arguments of the configuration, the command line and the machine.
#ifndef CONTROL_EAL_START_H
#define CONTROL_EAL_START_H

#include "wb_config.h"

struct eal {
	bool started;
	bool huge;                                      // hugepages are used
	unsigned workers[WB_CONFIG_WORKERS], n_workers; // lcore ids
};

// Starts the EAL. user: n_user arguments of the command line. -EINVAL: the arguments cannot be used; else the
// EAL's error. Logged.
int eal_start(struct eal *e, const struct wb_config *c, int n_user, char *const *user);

#endif
