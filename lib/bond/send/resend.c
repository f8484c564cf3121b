// SPDX-License-Identifier: BSD-3-Clause
// Keeps the lost slices of packets, in the order in which they are to be sent again.
#include "resend.h"

#include <errno.h>

static int
ring_init(struct resend_ring *r, uint32_t size, void *(*alloc)(void *, size_t), void *ctx)
{
	r->entries = alloc(ctx, size * sizeof(r->entries[0]));
	r->mask = size - 1;
	r->head = r->tail = 0;
	return r->entries ? 0 : -ENOMEM;
}

int
resend_init(struct resend *r, uint32_t size, void *(*alloc)(void *, size_t), void *ctx)
{
	return ring_init(&r->realtime, size, alloc, ctx) || ring_init(&r->other, size, alloc, ctx)
		       ? -ENOMEM
		       : 0;
}

int
resend_push(struct resend *r, const struct resend_entry *e)
{
	struct resend_ring *ring = e->pkt->sclass == WB_CLASS_REALTIME ? &r->realtime : &r->other;

	if (ring->tail - ring->head > ring->mask)
		return -ENOSPC;
	ring->entries[ring->tail++ & ring->mask] = *e;
	return 0;
}

struct resend_entry *
resend_nth(const struct resend *r, uint32_t i)
{
	uint32_t first = r->realtime.tail - r->realtime.head;
	const struct resend_ring *ring = i < first ? &r->realtime : &r->other;

	i -= i < first ? 0 : first;
	return i < ring->tail - ring->head ? &ring->entries[(ring->head + i) & ring->mask] : NULL;
}

void
resend_pop(struct resend *r)
{
	if (r->realtime.tail != r->realtime.head)
		r->realtime.head++;
	else
		r->other.head++;
}

wb_ns_t
resend_budget(enum wb_class sclass)
{
	// What arrives later has been resent by the inner sender already (RFC 6298: RTO >= 200 ms
	// over the round trip in practice), or is of no use (a voice packet, ITU-T G.114: 150 ms).
	static const wb_ns_t budget[WB_CLASS_COUNT] = {
		[WB_CLASS_DEFAULT] = 500 * WB_MS,
		[WB_CLASS_REALTIME] = 120 * WB_MS,
		[WB_CLASS_BULK] = 500 * WB_MS,
	};

	return budget[sclass < WB_CLASS_COUNT ? sclass : WB_CLASS_DEFAULT];
}
