// SPDX-License-Identifier: BSD-3-Clause
#include "resend.h"

#include <errno.h>

int
resend_init(struct resend *r, uint32_t size, void *(*alloc)(void *, size_t), void *ctx)
{
	r->ring = alloc(ctx, size * sizeof(r->ring[0]));
	r->mask = size - 1;
	r->head = r->tail = 0;
	return r->ring ? 0 : -ENOMEM;
}

int
resend_push(struct resend *r, const struct resend_entry *e)
{
	if (resend_count(r) > r->mask)
		return -ENOSPC;
	r->ring[r->tail++ & r->mask] = *e;
	return 0;
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
