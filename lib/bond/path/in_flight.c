// SPDX-License-Identifier: BSD-3-Clause
// Keeps what is in flight on a path, and decides what is lost (docs/design/loss-detection.md).
#include "in_flight.h"

#include <errno.h>
#include <string.h>

#define RECORDS_AHEAD 8 // prefetched: a retained packet has left the caches by then

int
in_flight_pool_init(struct in_flight_pool *p, uint32_t n, void *(*alloc)(void *, size_t), void *ctx)
{
	p->records = alloc(ctx, n * sizeof(p->records[0]));
	if (p->records == NULL)
		return -ENOMEM;
	p->n = p->n_free = n;
	p->free_head = 0;
	for (uint32_t i = 0; i < n; i++)
		p->records[i].next_free = i + 1 < n ? i + 1 : IN_FLIGHT_NONE;
	return 0;
}

static void
learn_anew(struct in_flight *s)
{
	s->reo_wnd = IN_FLIGHT_REO_MIN;
	s->overtaken = s->slow = 0;
	s->rtt = 0;
}

int
in_flight_init(struct in_flight *s, struct in_flight_pool *pool, uint32_t size,
	void *(*alloc)(void *, size_t), void *ctx)
{
	size_t words = (size + 63) / 64;

	s->live = alloc(ctx, words * sizeof(s->live[0]) + size * sizeof(s->ring[0]));
	if (s->live == NULL)
		return -ENOMEM;
	s->ring = (uint32_t *)(s->live + words);
	memset(s->live, 0, words * sizeof(s->live[0]));
	memset(s->ring, 0xff, size * sizeof(s->ring[0]));
	s->pool = pool;
	s->mask = size - 1;
	s->base = s->next = s->check = 0;
	s->bytes = s->copied_bytes = s->copied_from = s->unacked = 0;
	s->newest_acked = s->first_unanswered = 0;
	s->forget_at = 0;
	learn_anew(s);
	s->loss_at = WB_NEVER;
	return 0;
}

static struct in_flight_record *
at(const struct in_flight *s, uint64_t number)
{
	uint32_t i = s->ring[number & s->mask];

	return i == IN_FLIGHT_NONE ? NULL : &s->pool->records[i];
}

static uint64_t
bit(const struct in_flight *s, uint64_t number)
{
	return 1ull << (number & s->mask) % 64;
}

// Returns the first number from `from` on that has a record; `to`: none before it. to - from is at most the ring.
static uint64_t
next_live(const struct in_flight *s, uint64_t from, uint64_t to)
{
	while (from < to) {
		uint32_t at = (uint32_t)(from & s->mask);
		uint64_t word = s->live[at / 64] >> at % 64;

		if (word) {
			from += (uint64_t)__builtin_ctzll(word);
			break;
		}
		from += 64 - at % 64 < s->mask + 1 - at ? 64 - at % 64 : s->mask + 1 - at;
	}
	return from < to ? from : to;
}

static void
settle(struct in_flight *s, struct in_flight_record *r)
{
	s->ring[r->number & s->mask] = IN_FLIGHT_NONE;
	s->live[(r->number & s->mask) / 64] &= ~bit(s, r->number);
	r->next_free = s->pool->free_head;
	s->pool->free_head = (uint32_t)(r - s->pool->records);
	s->pool->n_free++;
}

static void
advance(struct in_flight *s)
{
	s->base = next_live(s, s->base, s->next);
}

uint64_t
in_flight_number(struct in_flight *s)
{
	if (s->base == s->next)
		s->base++;
	s->ring[s->next & s->mask] = IN_FLIGHT_NONE;
	return s->next++;
}

struct in_flight_record *
in_flight_add(struct in_flight *s, uint32_t bytes, wb_ns_t now)
{
	struct in_flight_pool *p = s->pool;
	uint32_t i = p->free_head;
	struct in_flight_record *r = &p->records[i];

	p->free_head = r->next_free;
	p->n_free--;
	*r = (struct in_flight_record){ .time = now, .number = s->next, .bytes = (uint16_t)bytes };
	s->live[(s->next & s->mask) / 64] |= bit(s, s->next);
	s->ring[s->next++ & s->mask] = i;
	s->bytes += bytes;
	s->unacked++;
	if (s->first_unanswered == 0)
		s->first_unanswered = now;
	return r;
}

wb_ns_t
in_flight_oldest(const struct in_flight *s, wb_ns_t since)
{
	for (uint64_t n = s->check > s->base ? s->check : s->base; n < s->next; n++) {
		const struct in_flight_record *r = at(s, n);

		if (r && r->time > since && !(r->flags & (IN_FLIGHT_LOST | IN_FLIGHT_PMTU)))
			return r->time;
	}
	return 0;
}

uint32_t
in_flight_count_older(const struct in_flight *s, wb_ns_t until, uint32_t most)
{
	uint64_t n = s->check > s->base ? s->check : s->base;
	uint32_t count = 0;

	for (n = next_live(s, n, s->next); n < s->next; n = next_live(s, n + 1, s->next)) {
		const struct in_flight_record *r = at(s, n);

		if (r->time > until || count == most)
			break;
		count += !(r->flags & (IN_FLIGHT_LOST | IN_FLIGHT_PMTU));
	}
	return count;
}

struct in_flight_record *
in_flight_add_pmtu(struct in_flight *s, uint32_t bytes, wb_ns_t now)
{
	wb_ns_t first = s->first_unanswered;
	struct in_flight_record *r = in_flight_add(s, bytes, now);

	r->flags = IN_FLIGHT_PMTU | IN_FLIGHT_APP_LIMITED;
	s->first_unanswered = first;
	s->unacked--;
	return r;
}

// Follows a level that one in 40 samples exceeds. To wait for the latest of all would cost more than to send one
// in 40 again.
void
in_flight_follow(wb_ns_t *level, wb_ns_t sample)
{
	if (sample > *level)
		*level += (sample - *level) / FOLLOW_UP;
	else
		*level -= *level / (FOLLOW_UP * FOLLOW);
}

// Learns how late datagrams come: behind others, which reo_wnd follows, and behind the round trip, which is that
// of the quick ones.
static void
learn(struct in_flight *s, wb_ns_t sent, wb_ns_t newest, wb_ns_t now)
{
	wb_ns_t late = sent < newest ? newest - sent : 0, age = now - sent;

	in_flight_follow(&s->overtaken, late < IN_FLIGHT_REO_MAX ? late : IN_FLIGHT_REO_MAX);
	s->reo_wnd = s->overtaken + s->overtaken / 8;
	if (s->reo_wnd < IN_FLIGHT_REO_MIN)
		s->reo_wnd = IN_FLIGHT_REO_MIN;
	if (s->rtt) {
		wb_ns_t slow = age > s->rtt ? age - s->rtt : 0;

		in_flight_follow(&s->slow, slow < IN_FLIGHT_REO_MAX ? slow : IN_FLIGHT_REO_MAX);
	}
}

static void
acknowledge(struct in_flight *s, struct in_flight_record *r, struct in_flight_events *e,
	wb_ns_t newest, wb_ns_t now)
{
	bool lost = r->flags & IN_FLIGHT_LOST, pmtu = r->flags & IN_FLIGHT_PMTU;

	learn(s, r->time, newest, now);
	if (r->time > s->newest_acked)
		s->newest_acked = r->time;
	if (lost) {
		e->n_spurious += !pmtu;
		e->spurious_bytes += pmtu ? 0 : r->bytes;
	} else {
		s->bytes -= r->bytes;
		s->copied_bytes -= r->flags & IN_FLIGHT_BEHIND ? r->bytes : 0;
		s->unacked -= !pmtu;
	}
	if (pmtu)
		e->pmtu_acked = r->bytes > e->pmtu_acked ? r->bytes : e->pmtu_acked;
	else if (r->bytes > e->acked_size)
		e->acked_size = r->bytes;
	if (r->bytes <= WB_MTU_BASE && r->time > e->small_sent)
		e->small_sent = r->time;
	e->n_acked++;
	e->acked_bytes += r->bytes;
	e->acked(e->ctx, r, lost);
	settle(s, r);
}

int
in_flight_ack(
	struct in_flight *s, const struct wb_frame *f, struct in_flight_events *e, wb_ns_t now)
{
	uint64_t largest = wb_number_expand(f->ack.largest, s->next), shift;
	wb_ns_t newest = s->newest_acked;

	if (largest >= s->next)
		return -EPROTO;
	shift = largest - f->ack.largest;
	for (unsigned i = 0; i < f->ack.n_ranges; i++) {
		uint64_t high = f->ack.ranges[i].high + shift, n = f->ack.ranges[i].low + shift;

		if (high < s->base)
			break;
		n = next_live(s, n < s->base ? s->base : n, high + 1);
		for (; n <= high; n = next_live(s, n + 1, high + 1)) {
			struct in_flight_record *r = at(s, n), *soon = at(s, n + RECORDS_AHEAD);

			__builtin_prefetch(at(s, n + 2 * RECORDS_AHEAD), 1);
			if (soon != NULL)
				__builtin_prefetch(soon->pkt, 1);
			if (n == largest) {
				e->has_largest = true;
				e->largest_sent = r->time;
				e->largest_flags = r->flags;
			}
			acknowledge(s, r, e, newest, now);
		}
	}
	advance(s);
	if (e->n_acked)
		s->first_unanswered = s->unacked ? now : 0;
	return 0;
}

static void
lose(struct in_flight *s, struct in_flight_record *r, struct in_flight_events *e, wb_ns_t now)
{
	r->flags |= IN_FLIGHT_LOST;
	r->lost_at = now;
	s->bytes -= r->bytes;
	s->copied_bytes -= r->flags & IN_FLIGHT_BEHIND ? r->bytes : 0;
	if (r->flags & IN_FLIGHT_PMTU)
		return;
	s->unacked--;
	e->n_lost++;
	e->lost_bytes += r->bytes;
	e->large_lost += r->bytes > WB_MTU_BASE && r->time > e->large_since;
	e->lost(e->ctx, r);
}

// Gives up remembering a lost record once its time has come.
static void
forget(struct in_flight *s, struct in_flight_record *r, wb_ns_t keep, struct in_flight_events *e,
	wb_ns_t now)
{
	// A window that is nearly used up outweighs the wish to learn of spurious losses.
	bool tight = s->next - s->base > s->mask / 2 || s->pool->n_free < s->pool->n / 8;

	if (now < r->lost_at + keep && !tight)
		return;
	if (r->pkt)
		e->forgotten(e->ctx, r->pkt);
	settle(s, r);
}

wb_ns_t
in_flight_slow(const struct in_flight *s)
{
	wb_ns_t slow = s->slow + s->slow / 8;

	// What is above are delays of reports, not of datagrams.
	return slow < SLOW_MAX * s->overtaken ? slow : SLOW_MAX * s->overtaken;
}

void
in_flight_detect(struct in_flight *s, wb_ns_t rtt, struct in_flight_events *e, wb_ns_t now)
{
	wb_ns_t slow = in_flight_slow(s), latest, keep;

	latest = rtt + (slow > s->reo_wnd ? slow : s->reo_wnd);
	keep = IN_FLIGHT_KEEP * (rtt + slow) + s->reo_wnd;
	s->rtt = rtt;
	s->loss_at = WB_NEVER;
	if (s->check < s->base)
		s->check = s->base;
	for (; s->check < s->next; s->check++) {
		struct in_flight_record *r = at(s, s->check);

		if (r == NULL || (r->flags & IN_FLIGHT_LOST))
			continue;
		if (r->time >= s->newest_acked)
			break;
		if (r->time + s->reo_wnd >= s->newest_acked && now < r->time + latest) {
			s->loss_at = r->time + latest;
			break;
		}
		lose(s, r, e, now);
	}
	// What the round trip was in an outage must not keep the window shut after it.
	if (now >= s->forget_at || s->forget_at > now + rtt + IN_FLIGHT_FORGET_MIN) {
		s->forget_at =
			now + (rtt / 2 > IN_FLIGHT_FORGET_MIN ? rtt / 2 : IN_FLIGHT_FORGET_MIN);
		for (uint64_t n = next_live(s, s->base, s->check); n < s->check;
			n = next_live(s, n + 1, s->check))
			forget(s, at(s, n), keep, e, now);
	}
	if (s->unacked == 0)
		s->first_unanswered = 0;
	advance(s);
	if (s->base < s->check && s->forget_at < s->loss_at)
		s->loss_at = s->forget_at;
}

// Returns the first record that may be neither settled nor lost.
static uint64_t
first_open(const struct in_flight *s)
{
	return next_live(s, s->check > s->base ? s->check : s->base, s->next);
}

// Has it sent elsewhere too, unless that was done or it is lost: false.
static bool
copy(struct in_flight_record *r, uint8_t flags, struct in_flight_events *e)
{
	if (r->flags & (IN_FLIGHT_LOST | IN_FLIGHT_COPIED))
		return false;
	r->flags |= IN_FLIGHT_COPIED | flags;
	e->lost(e->ctx, r);
	return true;
}

// Looks from the far end, and passes in one step what has been copied: reports may be many.
void
in_flight_copy_late(struct in_flight *s, uint64_t keep, struct in_flight_events *e)
{
	uint64_t from = s->next, low = s->check > s->base ? s->check : s->base, bytes = s->bytes;

	for (uint64_t n = s->next; n > low && bytes > keep; n--) {
		const struct in_flight_record *r = at(s, n - 1);

		if (r && (r->flags & (IN_FLIGHT_BEHIND | IN_FLIGHT_LOST)) == IN_FLIGHT_BEHIND) {
			bytes -= s->copied_bytes < bytes ? s->copied_bytes : bytes;
			n = s->copied_from + 1;
		} else if (r && !(r->flags & IN_FLIGHT_LOST)) {
			bytes -= r->bytes;
			from = n - 1;
		}
	}
	if (s->copied_bytes == 0 || from < s->copied_from)
		s->copied_from = from;
	for (uint64_t n = next_live(s, from, s->next); n < s->next;
		n = next_live(s, n + 1, s->next)) {
		struct in_flight_record *r = at(s, n);

		if (copy(r, IN_FLIGHT_BEHIND, e))
			s->copied_bytes += r->bytes;
	}
}

void
in_flight_copy_class(struct in_flight *s, uint8_t sclass, struct in_flight_events *e)
{
	for (uint64_t n = first_open(s); n < s->next; n = next_live(s, n + 1, s->next))
		if (at(s, n)->sclass == sclass)
			copy(at(s, n), 0, e);
}

void
in_flight_copy_old(struct in_flight *s, wb_ns_t until, struct in_flight_events *e)
{
	for (uint64_t n = first_open(s); n < s->next && at(s, n)->time <= until;
		n = next_live(s, n + 1, s->next))
		copy(at(s, n), 0, e);
}

void
in_flight_lose_all(struct in_flight *s, struct in_flight_events *e, wb_ns_t now)
{
	for (uint64_t n = next_live(s, s->base, s->next); n < s->next;
		n = next_live(s, n + 1, s->next)) {
		if (!(at(s, n)->flags & IN_FLIGHT_LOST))
			lose(s, at(s, n), e, now);
	}
	s->check = s->next;
	s->first_unanswered = 0;
	s->loss_at = s->forget_at = now + 100 * WB_MS;
}

void
in_flight_reset(struct in_flight *s, struct in_flight_events *e)
{
	for (uint64_t n = s->base; n < s->next; n++) {
		struct in_flight_record *r = at(s, n);

		if (r == NULL)
			continue;
		if (r->pkt)
			e->forgotten(e->ctx, r->pkt);
		settle(s, r);
	}
	s->base = s->next = s->check = 0;
	s->bytes = s->copied_bytes = s->copied_from = s->unacked = 0;
	s->newest_acked = s->first_unanswered = 0;
	learn_anew(s);
	s->loss_at = WB_NEVER;
}
