// SPDX-License-Identifier: BSD-3-Clause
// What a tunnel asks for when it is created: it never asks again.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define BLOCKS_MAX 256

struct blocks {
	void *at[BLOCKS_MAX];
	uint64_t size[BLOCKS_MAX];
	unsigned n;
};

static void *
count_alloc(void *ctx, size_t size)
{
	struct blocks *b = ctx;
	size_t whole = (size + 63) & ~(size_t)63;
	void *p = b->n == BLOCKS_MAX ? NULL : aligned_alloc(64, whole);

	if (p == NULL)
		return NULL;
	memset(p, 0, whole);
	b->at[b->n] = p;
	b->size[b->n++] = whole;
	return p;
}

static void
ignore_packets(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	(void)ctx;
	(void)pkts;
	(void)n;
}

static void
ignore_packet(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)ctx;
	(void)pkt;
	(void)reason;
}

static void
ignore_mark(void *ctx, struct wb_pkt *pkt)
{
	(void)ctx;
	(void)pkt;
}

static int
largest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

int
measure_memory(struct memory *m)
{
	static const struct wb_tunnel_ops ops = {
		.deliver = ignore_packets, .release = ignore_packet, .mark_ce = ignore_mark
	};
	struct blocks b = { .n = 0 };
	struct wb_tunnel_conf conf = {
		.role = WB_ROLE_EDGE, .ops = &ops, .ctx = &b, .alloc = count_alloc, .seed = { 1, 2 }
	};
	struct wb_tunnel *t = wb_tunnel_create(&conf, 0);
	unsigned i;

	m->blocks = b.n;
	for (i = 0; i < b.n; i++) {
		m->tunnel += b.size[i];
		free(b.at[i]);
	}
	qsort(b.size, b.n, sizeof(b.size[0]), largest_first);
	memcpy(m->largest, b.size, sizeof(m->largest));
	return t == NULL ? -ENOMEM : 0;
}
