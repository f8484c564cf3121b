/* SPDX-License-Identifier: BSD-3-Clause */
// Places workers on the NUMA node of their ports' cards.
#ifndef CONTROL_NUMA_PLACE_H
#define CONTROL_NUMA_PLACE_H

#include "eal_args.h"

// Sets m->worker_cpu to the last CPU of the ports' node, else to the last of all.
void numa_place(const struct wb_config *c, struct machine *m);
// Warns of each port that is on another node than a worker.
void numa_check(const struct wb_config *c, const unsigned *workers, unsigned n_workers);

#endif
