/* SPDX-License-Identifier: BSD-3-Clause */
// What is compared by wanbond-bench-aead: each seals the same batch.
#ifndef BENCH_AEAD_H
#define BENCH_AEAD_H

#include "wb_aead.h"

#define BENCH_BATCH 32
#define BENCH_AAD 12 // as the tunnel's header

struct contender {
	const char *name, *cipher;
	// 0 / -errno: not to be had here. ctx is handed to the other two.
	int (*open)(void **ctx);
	void (*seal)(void *ctx, struct wb_aead_op ops[BENCH_BATCH]);
	void (*close)(void *ctx);
};

extern const struct contender bench_cryptodev, bench_cryptodev_copy, bench_jobs;

#endif
