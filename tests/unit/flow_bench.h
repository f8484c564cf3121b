/* SPDX-License-Identifier: BSD-3-Clause */
// A flow queue and what came out of it by the callbacks, for its tests.
#ifndef FLOW_BENCH_H
#define FLOW_BENCH_H

#include <stdlib.h>

#include "flow_queue.h"
#include "harness.h"

#define BENCH_LOG 20000

struct bench {
	struct flow_queue *q;
	unsigned n_drops, n_marks, by_reason[WB_DROP_COUNT];
	struct wb_pkt *drops[BENCH_LOG];
	bool refuse_memory;
	void *memory;
};

static inline void *
bench_alloc(void *ctx, size_t size)
{
	struct bench *b = ctx;

	return b->refuse_memory ? NULL : (b->memory = calloc(1, size));
}

static inline void
bench_drop(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	struct bench *b = ctx;

	b->by_reason[reason]++;
	b->drops[b->n_drops++ % BENCH_LOG] = pkt;
}

static inline void
bench_mark(void *ctx, struct wb_pkt *pkt)
{
	struct bench *b = ctx;

	CU_ASSERT_EQUAL(pkt->ecn, 3);
	b->n_marks++;
}

static inline struct bench *
bench_open(uint32_t packets, uint32_t bytes)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct flow_queue_conf conf = {
		.packets = packets,
		.bytes = bytes,
		.seed = 0x1234567890abcdefull,
		.alloc = bench_alloc,
		.drop = bench_drop,
		.mark_ce = bench_mark,
		.ctx = b,
	};

	b->q = flow_queue_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->q);
	return b;
}

static inline void
bench_close(struct bench *b)
{
	free(b->memory);
	free(b);
}

static inline struct wb_pkt *
put(struct bench *b, struct wb_pkt *pkt, uint32_t hash, uint32_t len, wb_ns_t now)
{
	pkt->hash = hash;
	pkt->len = len;
	flow_queue_enqueue(b->q, pkt, now);
	return pkt;
}

#endif
