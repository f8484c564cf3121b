/* SPDX-License-Identifier: BSD-3-Clause */
// Joins DATA_FRAGMENT pieces to packets: packets under way at once, each with a deadline.
#ifndef WB_BOND_FRAGMENT_H
#define WB_BOND_FRAGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "wb_drop.h"
#include "wb_pkt.h"
#include "wb_wire.h"

// Packets under way at once, the oldest goes when all are taken: 300 Mbit/s in two pieces each, whose
// paths differ by 40 ms.
#define FRAGMENT_SLOTS 1024
#define FRAGMENT_PIECES 16       // per packet
#define FRAGMENT_PIECES_ALL 2048 // that may wait in all of them
#define FRAGMENT_TIMEOUT (500 * WB_MS)

struct fragments;

// Creates an empty table. seed is random, so that the other end does not know which packets share a chain.
struct fragments *fragments_create(uint64_t seed, void *(*alloc)(void *ctx, size_t size),
	void (*drop)(void *ctx, struct wb_pkt *pkt, enum wb_drop reason),
	void (*join)(void *ctx, struct wb_pkt *head, struct wb_pkt *tail), void *ctx);
// Takes a piece (and its ownership; pkt->len is its payload's length, pkt->seq/bucket/sclass are set). Returns the
// whole packet once complete (pieces joined in order, len = total), else NULL. What overlaps is used once (a
// resend may be cut elsewhere): the piece of the higher offset loses its front, rx.off moves. Dropped: pieces that
// bring nothing new (WB_DROP_DUPLICATE), of another total or past it, and the 17th (WB_DROP_BAD_FRAME).
struct wb_pkt *fragments_received(
	struct fragments *f, struct wb_pkt *pkt, uint16_t total, uint16_t offset, wb_ns_t now);
// Limits how many pieces wait, never more than FRAGMENT_PIECES_ALL.
void fragments_limit(struct fragments *f, uint32_t pieces);
wb_ns_t fragments_next_deadline(const struct fragments *f);
void fragments_expire(struct fragments *f, wb_ns_t now);
void fragments_flush(struct fragments *f, enum wb_drop reason);

#endif
