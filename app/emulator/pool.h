/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POOL_H
#define POOL_H

#include <rte_mbuf.h>

#include "config.h"

// How many mbufs all links need, and the memory for them.
unsigned pool_mbufs(const struct emu_conf *c);
unsigned pool_memory_mb(const struct emu_conf *c);
// NULL: rte_errno.
struct rte_mempool *pool_create(unsigned mbufs);

#endif
