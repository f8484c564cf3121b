// SPDX-License-Identifier: BSD-3-Clause
// RACK (RFC 8985): a segment is lost when one sent reo_wnd later has been delivered.
#include "tcp.h"

#define DUPACK_THRESHOLD 3
#define PERSIST 16 // recoveries for which a grown window is kept
#define STEPS_MAX 255

static bool
sent_after(wb_ns_t t1, uint64_t seq1, wb_ns_t t2, uint64_t seq2)
{
	return t1 > t2 || (t1 == t2 && seq1 > seq2);
}

void
rack_delivered(struct tcp_sender *s, uint64_t seq, uint32_t ecr, wb_ns_t now)
{
	const struct seg *g = seg_at(s, seq);
	wb_ns_t rtt = now - g->sent;

	// The ACK may be for the transmission before.
	if ((g->flags & SEG_EVER) && (ecr < tcp_ms(g->sent) || rtt < s->min_rtt))
		return;
	s->advanced = true;
	s->rack_rtt = rtt;
	if (sent_after(g->sent, seq, s->rack_sent, s->rack_seq)) {
		s->rack_sent = g->sent;
		s->rack_seq = seq;
	}
}

void
rack_dsack(struct tcp_sender *s)
{
	s->dsack_seen = true;
}

void
rack_round(struct tcp_sender *s)
{
	if (s->una < s->dsack_round || !s->dsack_seen)
		return;
	s->dsack_seen = false;
	s->dsack_round = s->nxt;
	if (s->reo_steps < STEPS_MAX)
		s->reo_steps++;
	s->reo_persist = PERSIST;
}

wb_ns_t
rack_window(const struct tcp_sender *s)
{
	wb_ns_t window;

	if (!s->reordering && (s->state >= TCP_RECOVERY || s->sacked >= DUPACK_THRESHOLD))
		return 0;
	if (s->min_rtt == WB_NEVER)
		return 0;
	window = s->min_rtt / 4 * s->reo_steps;
	return window < s->srtt ? window : s->srtt;
}

void
tcp_mark_lost(struct tcp_sender *s, uint64_t seq)
{
	struct seg *g = seg_at(s, seq);

	if ((g->flags & (SEG_LOST | SEG_RETRANS)) != SEG_LOST)
		s->lost_ever++;
	if (!(g->flags & SEG_LOST)) {
		g->flags |= SEG_LOST;
		s->lost++;
	}
	tcp_sent_unlink(s, seq);
	if (g->flags & SEG_RETRANS) {
		g->flags &= (uint8_t)~SEG_RETRANS;
		s->retrans--;
	}
	if (seq < s->lost_hint)
		s->lost_hint = seq;
}

static uint64_t
seq_of(const struct tcp_sender *s, uint32_t i)
{
	return s->una + ((i - s->una) & (s->size - 1));
}

void
rack_mark_lost(struct tcp *t, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;
	wb_ns_t limit = s->rack_rtt + rack_window(s), timeout = 0;
	uint32_t next;

	if (!s->advanced)
		return;
	s->advanced = false;
	for (uint32_t i = s->oldest; i != TCP_NONE; i = next) {
		struct seg *g = &s->segs[i];
		uint64_t seq = seq_of(s, i);

		next = g->next;
		if (!sent_after(s->rack_sent, s->rack_seq, g->sent, seq))
			break;
		if (now - g->sent >= limit)
			tcp_mark_lost(s, seq);
		else if (g->sent + limit - now > timeout)
			timeout = g->sent + limit - now;
	}
	if (timeout > 0)
		sim_timer_set(&t->flow.w->sim, &s->reo_timer, now + timeout + 2 * WB_MS);
}
