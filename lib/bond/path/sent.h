/* SPDX-License-Identifier: BSD-3-Clause */
// What was sent on one path and is not settled yet. A record is settled when it is acknowledged, or
// SENT_KEEP round trips after it was declared lost (until then an acknowledgement shows that the
// loss was spurious). Loss: something sent more than reo_wnd later has arrived (RACK, RFC 8985; a
// path need not be FIFO), or anything later and the time in which nearly all are acknowledged has
// passed. Both are measured: how far all but a few are overtaken, and how much longer than the round trip
// all but a few take (the round trip is that of the largest numbers, which are the quick ones).
#ifndef WB_BOND_SENT_H
#define WB_BOND_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wb_pkt.h"
#include "wb_wire.h"

#define SENT_REO_MIN (2 * WB_MS)
#define SENT_REO_MAX (250 * WB_MS)
#define SENT_KEEP 3 // round trips that a lost record is remembered
#define SENT_NONE UINT32_MAX
#define SENT_FORGET_MIN (2 * WB_MS) // between two looks for what may be forgotten

enum sent_flag {
	SENT_LOST = 1 << 0,
	SENT_PROBE = 1 << 1,
	SENT_APP_LIMITED = 1 << 2,
	// a try of a size: its loss says nothing of congestion or of the path's life
	SENT_PMTU = 1 << 3,
	SENT_COPIED = 1 << 4, // goes out elsewhere too: is a copy, or would come too late
	SENT_BEHIND = 1 << 5, // that was found by sent_copy_late()
};

struct sent_record {
	wb_ns_t time; // when it left
	wb_ns_t lost_at;
	struct wb_pkt *pkt; // a reference, or NULL
	uint64_t number;
	uint32_t next_free;
	uint16_t bytes;    // of the outer IP packet
	uint16_t off, len; // slice of pkt
	uint8_t flags;
	uint8_t sclass;
	uint16_t group; // 256 + group of an error correction that it was a source of; 0: none
};

// Records of all paths of a tunnel.
struct sent_pool {
	struct sent_record *records;
	uint32_t n, free_head, n_free;
};

int sent_pool_init(struct sent_pool *p, uint32_t n, void *(*alloc)(void *, size_t), void *ctx);

struct sent {
	struct sent_pool *pool;
	uint32_t *ring; // number & mask -> record or SENT_NONE
	uint64_t *live; // a bit each: there is one. What the other end says may be looked up often
	uint32_t mask;
	uint64_t base;     // lowest number not settled
	uint64_t next;     // next number to give
	uint64_t check;    // all below are settled or lost
	uint64_t inflight; // bytes neither acknowledged nor lost
	uint64_t copied_from,
		copied_bytes; // what is SENT_BEHIND and in flight: the lowest number, bytes
	uint32_t unacked;     // records neither acknowledged nor lost, SENT_PMTU not counted
	wb_ns_t newest_acked; // when the latest-sent acknowledged datagram was sent
	wb_ns_t reo_wnd;
	wb_ns_t overtaken; // by how much time, all but a few; reo_wnd is an eighth more
	wb_ns_t slow;      // later than rtt, all but a few
	wb_ns_t rtt;       // as sent_detect() was told last; 0: never
	wb_ns_t forget_at;
	wb_ns_t loss_at;          // sent_detect() has something to do then; WB_NEVER: no
	wb_ns_t first_unanswered; // when the oldest datagram since the last progress left; 0: none
};

// A level that few of the samples exceed: one in 40 where they are normally distributed.
void sent_follow(wb_ns_t *level, wb_ns_t sample);
// size: a power of two.
int sent_init(struct sent *s, struct sent_pool *pool, uint32_t size, void *(*alloc)(void *, size_t),
	void *ctx);
// Room for one more?
static inline bool
sent_room(const struct sent *s)
{
	return s->pool->n_free > 0 && s->next - s->base <= s->mask;
}
// For sent_number()?
static inline bool
sent_number_room(const struct sent *s)
{
	return s->next - s->base <= s->mask;
}
// Takes the next number without remembering it (nothing in it asks for an acknowledgement).
uint64_t sent_number(struct sent *s);
// Remembers the datagram that gets the next number; the caller fills pkt, off, len, flags.
struct sent_record *sent_add(struct sent *s, uint32_t bytes, wb_ns_t now);
// When the oldest left, of those after `since`, that is neither acknowledged nor lost; 0: none is.
wb_ns_t sent_oldest(const struct sent *s, wb_ns_t since);
// How many that left at `until` or before are neither acknowledged nor lost; `most` at most.
uint32_t sent_count_older(const struct sent *s, wb_ns_t until, uint32_t most);
// Remembers a probe of the path MTU; nothing is expected of it.
struct sent_record *sent_add_pmtu(struct sent *s, uint32_t bytes, wb_ns_t now);

// What an ACK frame or the passing of time settled. `acked` and `lost` are called for each record;
// the reference in pkt passes to them with acked (the record is gone after), with lost it stays.
struct sent_events {
	void (*acked)(void *ctx, const struct sent_record *r, bool was_lost);
	void (*lost)(void *ctx, const struct sent_record *r);
	void (*forgotten)(void *ctx, struct wb_pkt *pkt); // reference of a lost record given back
	void *ctx;
	wb_ns_t large_since; // large_lost counts what was sent after that
	// out, of SENT_PMTU records pmtu_acked alone:
	uint32_t n_acked, n_lost, n_spurious;
	uint64_t acked_bytes, lost_bytes, spurious_bytes;
	bool has_largest; // the largest number was newly acknowledged, sent at:
	wb_ns_t largest_sent;
	uint8_t largest_flags;
	// For the path MTU (pmtu.h): bytes of the largest datagram that arrived; when the latest small one
	// (up to WB_MTU_BASE) of these was sent; how many larger ones were lost; size of a probe that arrived.
	uint32_t acked_size, large_lost;
	wb_ns_t small_sent;
	uint16_t pmtu_acked;
};

// f: an ACK frame; -EPROTO: its largest number was never sent; nothing is settled.
int sent_ack(struct sent *s, const struct wb_frame *f, struct sent_events *e, wb_ns_t now);
// By how much longer than the largest numbers nearly all take to be acknowledged.
wb_ns_t sent_slow(const struct sent *s);
// Declares losses, forgets old ones. rtt: round trip of the largest numbers.
void sent_detect(struct sent *s, wb_ns_t rtt, struct sent_events *e, wb_ns_t now);
// Hands what is behind the first `keep` bytes on the way to e->lost, each record once, but does not
// count it as lost: the path has become so slow that it is worth sending it elsewhere too.
void sent_copy_late(struct sent *s, uint64_t keep, struct sent_events *e);
// Hands what is on the way of one class to e->lost likewise, unless it went elsewhere too: an answer is late.
void sent_copy_class(struct sent *s, uint8_t sclass, struct sent_events *e);
// Likewise what left at `until` or before, of all classes.
void sent_copy_old(struct sent *s, wb_ns_t until, struct sent_events *e);
// Declares all lost that is unacknowledged (the path fell silent).
void sent_lose_all(struct sent *s, struct sent_events *e, wb_ns_t now);
// Forgets everything; references are given back through forgotten. Numbers start at 0.
void sent_reset(struct sent *s, struct sent_events *e);

#endif
