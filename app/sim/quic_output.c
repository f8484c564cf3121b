// SPDX-License-Identifier: BSD-3-Clause
// What the sender sends: lost chunks first, as the window lets it and the pacer spreads it.
#include "quic.h"

#define INITIAL_PACKETS 10 // RFC 9002 7.2

static void
emit(struct quic *q, uint64_t chunk, wb_ns_t now)
{
	struct quic_sender *s = &q->s;
	struct quic_packet *k = quic_packet_at(s, s->next);
	struct packet *p = world_packet(q->flow.w, &q->flow, !q->flow.from, q->len);

	p->seq = s->next++;
	p->ack = s->ack_seen;
	p->sack[0].start = chunk;
	k->sent = s->newest_sent = now;
	k->chunk = chunk;
	k->state = QUIC_IN_FLIGHT;
	delivery_sent(&s->rate, &k->stamp, s->in_flight, now);
	s->in_flight += q->len;
	world_send(q->flow.w, p);
}

static bool
may_send_new(const struct quic *q, wb_ns_t now)
{
	const struct quic_sender *s = &q->s;

	return s->next_chunk < s->end_chunk && s->next_chunk - s->una < s->window &&
	       now < q->flow.conf->stop;
}

// The next chunk to go out. What has arrived after all is not sent again.
static bool
next_chunk(struct quic *q, uint64_t *chunk, wb_ns_t now)
{
	struct quic_sender *s = &q->s;

	while (s->again_head != s->again_tail) {
		*chunk = s->again[s->again_head++ & (s->size - 1)];
		if (*chunk >= s->una && !bits_has(s->acked, s->size, *chunk)) {
			s->again_sent++;
			return true;
		}
	}
	if (!may_send_new(q, now))
		return false;
	*chunk = s->next_chunk++;
	return true;
}

void
quic_output(struct quic *q, wb_ns_t now)
{
	struct quic_sender *s = &q->s;
	uint64_t chunk, window = bbr_window(&s->bbr);
	bool idle = s->in_flight == 0, sent = false;

	while (s->in_flight + q->len <= window && s->next - s->oldest < s->size) {
		if (s->again_head == s->again_tail && !may_send_new(q, now)) {
			delivery_app_limited(&s->rate, s->in_flight);
			break;
		}
		if (!pace_packet(&s->pace, s->bbr.pacing, q->len, now)) {
			sim_timer_sooner(&q->flow.w->sim, &s->pace_timer, s->pace.next);
			break;
		}
		if (!next_chunk(q, &chunk, now))
			break;
		if (idle && !sent)
			bbr_restart(&s->bbr, &s->rate);
		emit(q, chunk, now);
		sent = true;
	}
	if (sent)
		quic_timer_set(q);
}

void
quic_probe(struct quic *q, wb_ns_t now)
{
	struct quic_sender *s = &q->s;
	uint64_t chunk, number = s->oldest;

	if (next_chunk(q, &chunk, now)) {
		emit(q, chunk, now);
		return;
	}
	while (number < s->next && quic_packet_at(s, number)->state != QUIC_IN_FLIGHT)
		number++;
	if (number < s->next) {
		s->again_sent++;
		emit(q, quic_packet_at(s, number)->chunk, now);
	}
}

static void
pace_due(void *arg, wb_ns_t now)
{
	quic_output(arg, now);
}

void
quic_sender_init(struct quic *q)
{
	const struct scenario_flow *c = q->flow.conf;
	struct quic_sender *s = &q->s;

	bbr_init(&s->bbr, true, q->len, INITIAL_PACKETS * q->len, q->flow.hash);
	s->window = c->window / q->payload;
	for (s->size = 1024; s->size < 4 * s->window;)
		s->size *= 2;
	s->packets = sim_alloc(s->size * sizeof(*s->packets));
	s->again = sim_alloc(s->size * sizeof(*s->again));
	s->acked = sim_alloc(s->size / 8);
	s->end_chunk = c->bytes ? (c->bytes + q->payload - 1) / q->payload : UINT64_MAX;
	s->min_rtt = WB_NEVER;
	s->loss_time = WB_NEVER;
	sim_timer_init(&s->timer, quic_timer_due, q);
	sim_timer_init(&s->pace_timer, pace_due, q);
}
