// SPDX-License-Identifier: BSD-3-Clause
// Acknowledgements and loss detection (RFC 9002, its appendix A).
#include <string.h>

#include "quic.h"

#define PACKET_THRESHOLD 3
#define GRANULARITY WB_MS
#define INITIAL_RTT (333 * WB_MS)
#define PERSISTENT 3 // probe timeouts that make congestion persistent

static wb_ns_t
most(wb_ns_t a, wb_ns_t b)
{
	return a > b ? a : b;
}

static wb_ns_t
pto(const struct quic_sender *s)
{
	if (s->srtt == 0)
		return 2 * INITIAL_RTT;
	return s->srtt + most(4 * s->rttvar, GRANULARITY) + QUIC_ACK_DELAY;
}

static void
rtt_sample(struct quic_sender *s, wb_ns_t latest, wb_ns_t ack_delay)
{
	wb_ns_t adjusted = latest, difference;

	s->latest = latest;
	if (s->srtt == 0) {
		s->min_rtt = s->srtt = latest;
		s->rttvar = latest / 2;
		return;
	}
	if (latest < s->min_rtt)
		s->min_rtt = latest;
	if (latest >= s->min_rtt + ack_delay)
		adjusted = latest - ack_delay;
	difference = s->srtt > adjusted ? s->srtt - adjusted : adjusted - s->srtt;
	s->rttvar = (3 * s->rttvar + difference) / 4;
	s->srtt = (7 * s->srtt + adjusted) / 8;
}

static void
chunk_acked(struct quic_sender *s, uint64_t chunk)
{
	if (chunk < s->una)
		return;
	bits_put(s->acked, s->size, chunk, true);
	for (; bits_has(s->acked, s->size, s->una); s->una++)
		bits_put(s->acked, s->size, s->una, false);
}

static void
packet_acked(struct quic *q, uint64_t number, struct delivery_sample *a, wb_ns_t now)
{
	struct quic_sender *s = &q->s;
	struct quic_packet *k = quic_packet_at(s, number);

	if (k->state == QUIC_LOST) {
		s->spurious++; // it had only been overtaken
	} else if (k->state == QUIC_IN_FLIGHT) {
		s->in_flight -= q->len;
		a->acked += q->len;
		delivery_acked(&s->rate, &k->stamp, k->sent, q->len, now);
		if (number + 1 > a->largest_acked)
			a->largest_acked = number + 1;
	} else {
		return;
	}
	k->state = QUIC_ACKED;
	chunk_acked(s, k->chunk);
}

// Of [start, end), what the acknowledgement before did not say: both lists are in falling order.
static void
range_acked(struct quic *q, struct seg_range b, struct delivery_sample *a, wb_ns_t now)
{
	struct quic_sender *s = &q->s;
	uint64_t floor = s->next > s->size ? s->next - s->size : 0, from;

	if (b.start < floor)
		b.start = floor;
	for (uint32_t i = 0; i <= s->n_seen && b.start < b.end; i++) {
		if (i < s->n_seen && s->seen[i].start >= b.end)
			continue;
		from = i < s->n_seen && s->seen[i].end > b.start ? s->seen[i].end : b.start;
		for (uint64_t number = from; number < b.end; number++)
			packet_acked(q, number, a, now);
		if (from == b.start)
			return;
		b.end = s->seen[i].start;
	}
}

// RFC 9002 7.6: nothing of a span of several probe timeouts arrived. numbers: the first and last lost.
static bool
persistent(struct quic_sender *s, uint64_t first, uint64_t last)
{
	wb_ns_t span = quic_packet_at(s, last)->sent - quic_packet_at(s, first)->sent;

	if (s->srtt == 0 || span <= PERSISTENT * pto(s))
		return false;
	for (uint64_t number = first; number <= last; number++)
		if (quic_packet_at(s, number)->state != QUIC_LOST)
			return false;
	return true;
}

static void
detect_lost(struct quic *q, struct delivery_sample *a, wb_ns_t now)
{
	struct quic_sender *s = &q->s;
	wb_ns_t delay = most(9 * most(s->srtt, s->latest) / 8, GRANULARITY);
	uint64_t first = UINT64_MAX, last = 0;

	s->loss_time = WB_NEVER;
	while (s->oldest < s->next && quic_packet_at(s, s->oldest)->state != QUIC_IN_FLIGHT)
		s->oldest++;
	for (uint64_t number = s->oldest; number < s->largest_acked; number++) {
		struct quic_packet *k = quic_packet_at(s, number);

		if (k->state != QUIC_IN_FLIGHT)
			continue;
		if (s->largest_acked - 1 < number + PACKET_THRESHOLD && k->sent + delay > now) {
			if (k->sent + delay < s->loss_time)
				s->loss_time = k->sent + delay;
			continue;
		}
		k->state = QUIC_LOST;
		s->lost++;
		s->in_flight -= q->len;
		a->lost += q->len;
		if (k->chunk >= s->una && !bits_has(s->acked, s->size, k->chunk))
			s->again[s->again_tail++ & (s->size - 1)] = k->chunk;
		first = first == UINT64_MAX ? number : first;
		last = number;
	}
	if (first != UINT64_MAX && persistent(s, first, last)) {
		s->persistent++;
		bbr_collapse(&s->bbr);
	}
}

static void
control(struct quic *q, struct delivery_sample *a, wb_ns_t now)
{
	struct quic_sender *s = &q->s;

	if (a->acked == 0 && a->lost == 0)
		return;
	a->in_flight = s->in_flight;
	a->last_sent = s->next;
	delivery_sample(&s->rate, a, s->min_rtt, now);
	bbr_update(&s->bbr, &s->rate, a, now);
}

void
quic_ack_received(struct quic *q, const struct packet *p, wb_ns_t now)
{
	const struct quic_receiver *r = &q->r;
	struct quic_sender *s = &q->s;
	struct delivery_sample a = { .prior_in_flight = s->in_flight };
	struct seg_range ranges[QUIC_RANGES];

	if (p->seq + QUIC_LOG < r->log_next + QUIC_RANGES)
		return; // so late that what it said is forgotten
	for (uint32_t i = 0; i < p->n_sack; i++) {
		ranges[i] = r->log[(p->seq + i) % QUIC_LOG];
		range_acked(q, ranges[i], &a, now);
	}
	if (p->seq >= s->ack_seen)
		s->ack_seen = p->seq + 1;
	memcpy(s->seen, ranges, p->n_sack * sizeof(*ranges));
	s->n_seen = p->n_sack;
	if (ranges[0].end > s->largest_acked)
		s->largest_acked = ranges[0].end;
	if (a.acked > 0) {
		s->pto_count = 0;
		if (a.largest_acked == ranges[0].end) {
			a.rtt = now - quic_packet_at(s, ranges[0].end - 1)->sent;
			rtt_sample(s, a.rtt, (wb_ns_t)p->ecr * WB_US);
		}
	}
	detect_lost(q, &a, now);
	control(q, &a, now);
	quic_timer_set(q);
	quic_output(q, now);
}

void
quic_timer_set(struct quic *q)
{
	struct quic_sender *s = &q->s;
	wb_ns_t when = s->loss_time;

	if (when == WB_NEVER && s->in_flight > 0)
		when = s->newest_sent + (pto(s) << s->pto_count);
	sim_timer_set(&q->flow.w->sim, &s->timer, when);
}

void
quic_timer_due(void *arg, wb_ns_t now)
{
	struct quic *q = arg;
	struct quic_sender *s = &q->s;
	struct delivery_sample a = { .prior_in_flight = s->in_flight };

	if (s->loss_time != WB_NEVER) {
		detect_lost(q, &a, now);
		control(q, &a, now);
		quic_output(q, now);
	} else if (s->in_flight > 0) {
		s->ptos++;
		if (s->pto_count < 8)
			s->pto_count++;
		quic_probe(q, now);
		quic_probe(q, now);
	}
	quic_timer_set(q);
}
