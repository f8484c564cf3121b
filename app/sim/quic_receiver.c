// SPDX-License-Identifier: BSD-3-Clause
// The receiving end: which numbers have come, when they are acknowledged, the stream put in order.
#include <string.h>

#include "quic.h"

#define ACK_LEN 64 // IPv4, UDP, short header, tag, ACK frame of one range; each more: 4
#define ACK_EVERY 2

static void
send_ack(struct quic *q, wb_ns_t now)
{
	struct quic_receiver *r = &q->r;
	uint32_t len = ACK_LEN + 4 * (r->n_ranges - 1);
	struct packet *p = world_packet(q->flow.w, &q->flow, q->flow.from, len);

	p->seq = r->log_next;
	p->n_sack = (uint8_t)r->n_ranges;
	p->ecr = (uint32_t)((now - r->largest_at) / WB_US);
	for (uint32_t i = 0; i < r->n_ranges; i++)
		r->log[r->log_next++ % QUIC_LOG] = r->ranges[i].r;
	r->unacked = 0;
	r->acks++;
	sim_timer_stop(&q->flow.w->sim, &r->delayed);
	world_send(q->flow.w, p);
}

static void
delayed(void *arg, wb_ns_t now)
{
	send_ack(arg, now);
}

static void
remove_range(struct quic_receiver *r, uint32_t i)
{
	r->n_ranges--;
	memmove(&r->ranges[i], &r->ranges[i + 1], (r->n_ranges - i) * sizeof(*r->ranges));
}

// Into the ranges, newest first; the oldest is forgotten when there are too many.
static void
add_range(struct quic_receiver *r, uint64_t number)
{
	struct quic_range *k = r->ranges;
	uint32_t i = 0;

	while (i < r->n_ranges && k[i].r.start > number + 1)
		i++;
	if (i < r->n_ranges && number <= k[i].r.end) { // it meets a range
		k[i].changed = r->log_next;
		if (number == k[i].r.end)
			k[i].r.end++;
		else
			k[i].r.start = number;
		if (i + 1 < r->n_ranges && k[i + 1].r.end == k[i].r.start) {
			k[i].r.start = k[i + 1].r.start;
			remove_range(r, i + 1);
		}
		return;
	}
	if (i == QUIC_RANGES)
		return;
	if (r->n_ranges == QUIC_RANGES)
		r->n_ranges--;
	memmove(&k[i + 1], &k[i], (r->n_ranges - i) * sizeof(*k));
	k[i] = (struct quic_range){ .r = { number, number + 1 }, .changed = r->log_next };
	r->n_ranges++;
}

// What the sender has heard need not be said again (RFC 9000 13.2.4). The newest range stays.
static void
forget(struct quic_receiver *r, uint64_t ack_seen)
{
	for (uint32_t i = r->n_ranges; i-- > 1;)
		if (r->ranges[i].changed < ack_seen)
			remove_range(r, i);
}

static void
stream(struct quic *q, uint64_t chunk, wb_ns_t now)
{
	struct quic_receiver *r = &q->r;
	uint64_t before = r->next_chunk;

	if (chunk < r->next_chunk || bits_has(r->chunks, r->size, chunk))
		return;
	bits_put(r->chunks, r->size, chunk, true);
	for (; bits_has(r->chunks, r->size, r->next_chunk); r->next_chunk++)
		bits_put(r->chunks, r->size, r->next_chunk, false);
	if (r->next_chunk == before)
		return;
	gaps_add(&r->gaps, now);
	series_add(&r->series, now, (r->next_chunk - before) * q->payload);
	if (r->next_chunk >= q->s.end_chunk)
		r->done = now;
}

// Whether the number is new. The bitmap covers the newest `size` numbers.
static bool
fresh(struct quic_receiver *r, uint64_t number)
{
	if (number + r->size < r->largest)
		return false;
	for (; r->largest <= number; r->largest++)
		bits_put(r->seen, r->size, r->largest, false);
	if (bits_has(r->seen, r->size, number))
		return false;
	bits_put(r->seen, r->size, number, true);
	return true;
}

void
quic_data_received(struct quic *q, const struct packet *p, wb_ns_t now)
{
	struct quic_receiver *r = &q->r;
	uint64_t expected = r->largest;

	histogram_add(&r->delay, now - p->made);
	r->received++;
	if (!fresh(r, p->seq)) {
		r->duplicates++;
		return;
	}
	if (p->seq + 1 == r->largest)
		r->largest_at = now;
	r->reordered += p->seq < expected;
	r->three_later += p->seq + 4 <= expected;
	forget(r, p->ack);
	add_range(r, p->seq);
	stream(q, p->sack[0].start, now);
	if (r->n_ranges > 0 && (p->seq != expected || ++r->unacked >= ACK_EVERY))
		send_ack(q, now);
	else
		sim_timer_sooner(&q->flow.w->sim, &r->delayed, now + QUIC_ACK_DELAY);
}

void
quic_receiver_init(struct quic *q)
{
	struct quic_receiver *r = &q->r;

	r->size = q->s.size;
	r->seen = sim_alloc(r->size / 8);
	r->chunks = sim_alloc(r->size / 8);
	r->log = sim_alloc(QUIC_LOG * sizeof(*r->log));
	gaps_add(&r->gaps, q->flow.w->sim.now);
	sim_timer_init(&r->delayed, delayed, q);
}
