/* SPDX-License-Identifier: BSD-3-Clause */
// What was sent on one path and is not settled yet. A record is settled when it is acknowledged, or
// IN_FLIGHT_KEEP round trips after it was declared lost (until then an acknowledgement shows that the
// loss was spurious). Loss: something sent more than reo_wnd later has arrived (RACK, RFC 8985; a
// path need not be FIFO), or anything later and the time in which nearly all are acknowledged has
// passed. Both are measured: how far all but a few are overtaken, and how much longer than the round trip
// all but a few take (the round trip is that of the largest numbers, which are the quick ones).
#ifndef WB_BOND_IN_FLIGHT_H
#define WB_BOND_IN_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "path_tunables.h"
#include "wb_pkt.h"
#include "wb_wire.h"

#define IN_FLIGHT_NONE UINT32_MAX

enum in_flight_flag {
	IN_FLIGHT_LOST = 1 << 0,
	IN_FLIGHT_PROBE = 1 << 1,
	IN_FLIGHT_APP_LIMITED = 1 << 2,
	// a try of a size: its loss says nothing of congestion or of the path's life
	IN_FLIGHT_PMTU = 1 << 3,
	IN_FLIGHT_COPIED = 1 << 4, // goes out elsewhere too: is a copy, or would come too late
	IN_FLIGHT_BEHIND = 1 << 5, // that was found by in_flight_copy_late()
};

struct in_flight_record {
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
struct in_flight_pool {
	struct in_flight_record *records;
	uint32_t n, free_head, n_free;
};

int in_flight_pool_init(
	struct in_flight_pool *p, uint32_t n, void *(*alloc)(void *, size_t), void *ctx);

struct in_flight {
	struct in_flight_pool *pool;
	uint32_t *ring; // number & mask -> record or IN_FLIGHT_NONE
	uint64_t *live; // a bit each: there is one. What the other end says may be looked up often
	uint32_t mask;
	uint64_t base;  // lowest number not settled
	uint64_t next;  // next number to give
	uint64_t check; // all below are settled or lost
	uint64_t bytes; // bytes neither acknowledged nor lost
	uint64_t copied_from,
		copied_bytes; // what is IN_FLIGHT_BEHIND and in flight: the lowest number, bytes
	uint32_t unacked;     // records neither acknowledged nor lost, IN_FLIGHT_PMTU not counted
	wb_ns_t newest_acked; // when the latest-sent acknowledged datagram was sent
	wb_ns_t reo_wnd;
	wb_ns_t overtaken; // by how much time, all but a few; reo_wnd is an eighth more
	wb_ns_t slow;      // later than rtt, all but a few
	wb_ns_t rtt;       // as in_flight_detect() was told last; 0: never
	wb_ns_t forget_at;
	wb_ns_t loss_at;          // in_flight_detect() has something to do then; WB_NEVER: no
	wb_ns_t first_unanswered; // when the oldest datagram since the last progress left; 0: none
};

// Follows a level that few of the samples exceed: one in 40 where they are normally distributed.
void in_flight_follow(wb_ns_t *level, wb_ns_t sample);
// Prepares an empty record of size packets, a power of two.
int in_flight_init(struct in_flight *s, struct in_flight_pool *pool, uint32_t size,
	void *(*alloc)(void *, size_t), void *ctx);
// Returns whether there is room for one more.
static inline bool
in_flight_room(const struct in_flight *s)
{
	return s->pool->n_free > 0 && s->next - s->base <= s->mask;
}
// Returns whether there is room for in_flight_number().
static inline bool
in_flight_number_room(const struct in_flight *s)
{
	return s->next - s->base <= s->mask;
}
// Takes the next number without remembering it (nothing in it asks for an acknowledgement).
uint64_t in_flight_number(struct in_flight *s);
// Remembers the datagram that gets the next number; the caller fills pkt, off, len, flags.
struct in_flight_record *in_flight_add(struct in_flight *s, uint32_t bytes, wb_ns_t now);
// Returns when the oldest datagram after `since` left that is neither acknowledged nor lost; 0: there is none.
wb_ns_t in_flight_oldest(const struct in_flight *s, wb_ns_t since);
// Returns how many datagrams that left at `until` or before are neither acknowledged nor lost, `most` at most.
uint32_t in_flight_count_older(const struct in_flight *s, wb_ns_t until, uint32_t most);
// Remembers a probe of the path MTU; nothing is expected of it.
struct in_flight_record *in_flight_add_pmtu(struct in_flight *s, uint32_t bytes, wb_ns_t now);

// What an ACK frame or the passing of time settled. `acked` and `lost` are called for each record;
// the reference in pkt passes to them with acked (the record is gone after), with lost it stays.
struct in_flight_events {
	void (*acked)(void *ctx, const struct in_flight_record *r, bool was_lost);
	void (*lost)(void *ctx, const struct in_flight_record *r);
	void (*forgotten)(void *ctx, struct wb_pkt *pkt); // reference of a lost record given back
	void *ctx;
	wb_ns_t large_since; // large_lost counts what was sent after that
	// out, of IN_FLIGHT_PMTU records pmtu_acked alone:
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

// Settles what an ACK frame acknowledges. -EPROTO: its largest number was never sent, and nothing is settled.
int in_flight_ack(
	struct in_flight *s, const struct wb_frame *f, struct in_flight_events *e, wb_ns_t now);
// Returns how much longer than the largest numbers nearly all take to be acknowledged.
wb_ns_t in_flight_slow(const struct in_flight *s);
// Declares losses, forgets old ones. rtt: round trip of the largest numbers.
void in_flight_detect(struct in_flight *s, wb_ns_t rtt, struct in_flight_events *e, wb_ns_t now);
// Hands what is behind the first `keep` bytes on the way to e->lost, each record once, but does not
// count it as lost: the path has become so slow that it is worth sending it elsewhere too.
void in_flight_copy_late(struct in_flight *s, uint64_t keep, struct in_flight_events *e);
// Hands what is on the way of one class to e->lost likewise, unless it went elsewhere too: an answer is late.
void in_flight_copy_class(struct in_flight *s, uint8_t sclass, struct in_flight_events *e);
// Hands over likewise what left at `until` or before, of all classes.
void in_flight_copy_old(struct in_flight *s, wb_ns_t until, struct in_flight_events *e);
// Declares all lost that is unacknowledged (the path fell silent).
void in_flight_lose_all(struct in_flight *s, struct in_flight_events *e, wb_ns_t now);
// Forgets everything; references are given back through forgotten. Numbers start at 0.
void in_flight_reset(struct in_flight *s, struct in_flight_events *e);

#endif
