// SPDX-License-Identifier: BSD-3-Clause
#include "tunnel_end.h"

#include <stdlib.h>
#include <string.h>

static void
leave(struct tunnel_end *e, struct wb_pkt *pkt)
{
	e->live--;
	free(pkt);
}

static void
deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		leave(ctx, pkts[i]);
}

static void
release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)reason;
	leave(ctx, pkt);
}

static void
mark_ce(void *ctx, struct wb_pkt *pkt)
{
	(void)ctx;
	pkt->ecn = 3;
}

static void
join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	(void)head;
	leave(ctx, tail);
}

static void
event(void *ctx, const struct wb_event *e)
{
	(void)e;
	((struct tunnel_end *)ctx)->events++;
}

const struct wb_tunnel_ops tunnel_end_ops = {
	.deliver = deliver, .release = release, .mark_ce = mark_ce, .join = join, .event = event
};

void *
tunnel_end_alloc(void *ctx, size_t size)
{
	struct tunnel_end *e = ctx;
	void *p = e->n_memory < TUNNEL_END_BLOCKS ? aligned_alloc(64, (size + 63) / 64 * 64) : NULL;

	if (p == NULL)
		return NULL;
	e->memory[e->n_memory++] = p;
	return memset(p, 0, size);
}

void
tunnel_end_free(struct tunnel_end *e)
{
	while (e->n_memory > 0)
		free(e->memory[--e->n_memory]);
}
