/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EAL_H
#define EAL_H

#include "config.h"

// Starts DPDK: the user's options (argv before "--", else those of the configuration) and for what
// they do not say: a file prefix from the name, `memory_mb` of memory from hugepages if enough are
// free and else from ordinary pages, no PCI devices, an lcore on each of the first two CPUs.
// 0; -errno, reason said on stderr.
int eal_start(const struct emu_conf *c, int n_user, char *const *user, unsigned memory_mb);
// Ends DPDK and removes its runtime folder if nothing else is in it.
void eal_stop(void);

#endif
