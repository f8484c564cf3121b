/* SPDX-License-Identifier: BSD-3-Clause */
// Lost pieces of packets that are to be sent again: realtime ones first, else oldest loss first. When a
// path falls silent all that was on it comes here at once; a call's packets would be too late behind a
// window of bulk. Each entry holds a reference.
#ifndef WB_BOND_RESEND_H
#define WB_BOND_RESEND_H

#include <stddef.h>
#include <stdint.h>

#include "send_tunables.h"
#include "wb_pkt.h"

// Times a packet is sent again at most: a peer that acknowledges nothing does not get each packet all the
// time that the budget allows. What is lost so often is lost on a dead path.

struct resend_entry {
	struct wb_pkt *pkt;
	uint16_t off, len; // slice of the packet
};

struct resend_ring {
	struct resend_entry *entries;
	uint32_t mask, head, tail; // head: next to send; free-running
};

struct resend {
	struct resend_ring realtime, other;
};

// Creates two rings of size, a power of two. -ENOMEM.
int resend_init(struct resend *r, uint32_t size, void *(*alloc)(void *, size_t), void *ctx);
static inline uint32_t
resend_count(const struct resend *r)
{
	return r->realtime.tail - r->realtime.head + r->other.tail - r->other.head;
}
// Queues a slice with its reference. -ENOSPC: full, the reference stays the caller's.
int resend_push(struct resend *r, const struct resend_entry *e);
// Returns the i-th to send, NULL past the end.
struct resend_entry *resend_nth(const struct resend *r, uint32_t i);
static inline struct resend_entry *
resend_peek(const struct resend *r)
{
	return resend_nth(r, 0);
}
// Takes off what resend_peek() gives.
void resend_pop(struct resend *r);

// Returns how long after it was first sent a packet of a class is still worth sending again.
wb_ns_t resend_budget(enum wb_class sclass);

#endif
