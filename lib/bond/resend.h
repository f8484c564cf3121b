/* SPDX-License-Identifier: BSD-3-Clause */
// Lost pieces of packets that are to be sent again, oldest loss first. Each entry holds a reference.
#ifndef WB_BOND_RESEND_H
#define WB_BOND_RESEND_H

#include <stddef.h>
#include <stdint.h>

#include "wb_pkt.h"

struct resend_entry {
	struct wb_pkt *pkt;
	uint16_t off, len; // slice of the packet
};

struct resend {
	struct resend_entry *ring;
	uint32_t mask, head, tail; // head: next to send; free-running
};

// size: a power of two. -ENOMEM.
int resend_init(struct resend *r, uint32_t size, void *(*alloc)(void *, size_t), void *ctx);
static inline uint32_t
resend_count(const struct resend *r)
{
	return r->tail - r->head;
}
// -ENOSPC: full, the reference stays the caller's.
int resend_push(struct resend *r, const struct resend_entry *e);
static inline struct resend_entry *
resend_peek(const struct resend *r)
{
	return resend_count(r) ? &r->ring[r->head & r->mask] : NULL;
}
static inline void
resend_pop(struct resend *r)
{
	r->head++;
}

// How long after it was first sent a packet of a class is still worth sending again.
wb_ns_t resend_budget(enum wb_class sclass);

#endif
