/* SPDX-License-Identifier: BSD-3-Clause */
// Puts packets back in order, per flow bucket: in order is delivered at once; behind a gap a packet
// waits until the gap is filled or given up. What is missing is lost on its first try when every path has
// brought something that was sent later than the packet behind the gap (conf.passed), at the latest
// REORDER_WAIT after the gap was seen; a gap is given up hold[class of the packet behind it] after that. What
// arrives after its gap was given up is delivered at once (late). A duplicate is dropped (bitmap per bucket).
// WB_CLASS_REALTIME is never held.
#ifndef WB_BOND_REORDER_H
#define WB_BOND_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "receive_tunables.h"
#include "wb_drop.h"
#include "wb_pkt.h"
#include "wb_tunnel.h"
#include "wb_wire.h"

#define REORDER_WINDOW 16384 // sequences of a bucket that may be held or remembered, a power of two

// A path that has slowed down so much holds up nobody: what is on it is sent elsewhere.

struct reorder;

struct reorder_conf {
	uint32_t packets; // held in all buckets at most; beyond, the oldest gap is given up
	uint64_t seed;    // random: who sends the packets does not know which ones share a chain
	void *(*alloc)(void *ctx, size_t size);                       // zeroed
	void (*deliver)(void *ctx, struct wb_pkt **pkts, unsigned n); // batches up to 64
	void (*drop)(void *ctx, struct wb_pkt *pkt, enum wb_drop reason);
	void *ctx;
	// No path can bring any more what left at sent_us or before. NULL: as soon as a gap is seen.
	bool (*passed)(void *ctx, uint32_t sent_us, wb_ns_t now);
};

struct reorder_stats {
	uint64_t gaps; // missing packets given up
	uint64_t late; // delivered after that
	uint64_t duplicates;
	uint64_t held_us[WB_CLASS_COUNT][WB_HELD_BINS]; // as wb_class_stats
	uint32_t held;                                  // now
};

struct reorder *reorder_create(const struct reorder_conf *conf); // NULL: alloc failed
// Sets the hold time of each class, in nanoseconds; applies to gaps seen from now on and to those that stand.
void reorder_set_hold(struct reorder *r, const wb_ns_t hold[WB_CLASS_COUNT]);
// Sets by how much the paths' delays differ: a gap that is first looked at later was lost by then.
void reorder_set_spread(struct reorder *r, wb_ns_t spread);
// Sets another limit than conf.packets, not above it, from the next packet on.
void reorder_limit(struct reorder *r, uint32_t packets);
// Takes a packet and its ownership. pkt->bucket, seq, sclass and rx.sent_us are set.
void reorder_received(struct reorder *r, struct wb_pkt *pkt, wb_ns_t now);
wb_ns_t reorder_next_deadline(const struct reorder *r);
void reorder_expire(struct reorder *r, wb_ns_t now);
// Begins a new session: held packets are delivered in order, all buckets start anew, at sequence 0 or, where the
// first one seen is over 1023, there. So does a bucket whose sequences jump by REORDER_WINDOW.
void reorder_reset(struct reorder *r, wb_ns_t now);
void reorder_flush(struct reorder *r, enum wb_drop reason); // drops what is held
const struct reorder_stats *reorder_stats(const struct reorder *r);

#endif
