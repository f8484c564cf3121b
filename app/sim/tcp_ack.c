// SPDX-License-Identifier: BSD-3-Clause
// What an ACK says about segments: acknowledged, sacked, round trips.
#include <string.h>

#include "tcp.h"

#define RTO_MIN (200 * WB_MS)

struct times {
	wb_ns_t first, last; // when the oldest and newest fresh segment were sent; 0: none
	bool retransmitted;  // one that was sent again is among them
};

static void
rtt_sample(struct tcp_sender *s, wb_ns_t rtt)
{
	wb_ns_t difference = rtt > s->srtt ? rtt - s->srtt : s->srtt - rtt;

	if (s->srtt == 0) {
		s->srtt = rtt;
		s->rttvar = rtt / 2;
	} else {
		s->rttvar = (3 * s->rttvar + difference) / 4;
		s->srtt = (7 * s->srtt + rtt) / 8;
	}
	s->rto = s->srtt + (4 * s->rttvar > RTO_MIN ? 4 * s->rttvar : RTO_MIN);
}

// A segment has arrived there, as an ACK or a SACK block says for the first time.
static void
delivered(struct tcp *t, uint64_t seq, struct ack_info *a, struct times *times)
{
	struct tcp_sender *s = &t->s;
	struct seg *g = seg_at(s, seq);

	a->delivered++;
	if (s->stamps != NULL)
		delivery_acked(&s->rate, &s->stamps[seq & (s->size - 1)], g->sent, t->mss,
			t->flow.w->sim.now);
	rack_delivered(s, seq, a->ecr, t->flow.w->sim.now);
	if (g->flags & SEG_EVER) {
		times->retransmitted = true;
	} else {
		if (seq < s->high_sacked)
			s->reordering = true;
		if (seq < s->high_seq)
			a->orig_acked = true;
		times->first = times->first == 0 ? g->sent : times->first;
		times->last = g->sent;
	}
	if (g->flags & SEG_LOST)
		s->lost--;
	if (g->flags & SEG_RETRANS)
		s->retrans--;
	tcp_sent_unlink(s, seq);
	g->flags &= SEG_EVER;
}

static void
sack_range(struct tcp *t, struct seg_range b, struct ack_info *a, struct times *times)
{
	struct tcp_sender *s = &t->s;

	if (b.start < s->una)
		b.start = s->una;
	if (b.end > s->nxt)
		b.end = s->nxt;
	for (uint64_t seq = b.start; seq < b.end; seq++) {
		const struct seg_range *skip = NULL;

		// What the ACK before said already needs no look.
		for (unsigned i = 0; i <= SACK_BLOCKS; i++)
			if (s->seen[i].start <= seq && seq < s->seen[i].end)
				skip = &s->seen[i];
		if (skip != NULL) {
			seq = skip->end - 1;
			continue;
		}
		if (seg_at(s, seq)->flags & SEG_SACKED)
			continue;
		delivered(t, seq, a, times);
		seg_at(s, seq)->flags |= SEG_SACKED;
		s->sacked++;
		a->newly_sacked = true;
	}
}

static void
sack(struct tcp *t, const struct packet *p, struct ack_info *a, struct times *times)
{
	struct tcp_sender *s = &t->s;
	struct seg_range seen[SACK_BLOCKS + 1] = { 0 };
	uint64_t high = s->high_sacked;
	unsigned first = 0, n = 0;

	if (p->n_sack > 0 && (p->tcp_flags & TCP_DSACK)) {
		a->dsack = true;
		rack_dsack(s);
		if (s->may_undo && s->undo_retrans > 0 && p->sack[0].start < s->high_seq)
			s->undo_retrans--;
		first = 1;
	}
	for (unsigned i = first; i < p->n_sack; i++) {
		if (p->sack[i].end <= s->una)
			continue;
		sack_range(t, p->sack[i], a, times);
		seen[n++] = p->sack[i];
		if (p->sack[i].end > high)
			high = p->sack[i].end;
	}
	a->high_sacked = high; // the sender's own changes at the end: reordering is told by it
	if (n > 0)
		memcpy(s->seen, seen, sizeof(seen));
}

static void
cumulative(struct tcp *t, uint64_t ack, struct ack_info *a, struct times *times)
{
	struct tcp_sender *s = &t->s;

	for (; s->una < ack; s->una++) {
		struct seg *g = seg_at(s, s->una);

		a->acked++;
		if (g->flags & SEG_SACKED)
			s->sacked--;
		else
			delivered(t, s->una, a, times);
		g->flags = 0;
	}
	s->backoff = 0;
	if (s->probe_high > 0 && s->una >= s->probe_high)
		s->probe_high = 0;
}

void
tcp_ack_received(struct tcp *t, const struct packet *p, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;
	struct ack_info a = { .prior_una = s->una, .ecr = p->ecr, .prior_lost = s->lost_ever };
	struct times sacked = { 0 }, acked = { 0 };
	uint32_t flight = tcp_in_flight(s);
	bool limited = flight >= s->win.cwnd ||
		       (s->win.cwnd < s->win.ssthresh && s->win.cwnd < 2 * flight);

	a.prior_flight = flight;
	if (p->edge > s->edge)
		s->edge = p->edge;
	a.ece = p->tcp_flags & TCP_ECE;
	s->new_first = false;
	sack(t, p, &a, &sacked);
	if (p->ack > s->una)
		cumulative(t, p->ack, &a, &acked);
	if (acked.first != 0) {
		a.rtt = now - acked.last;
		if (!acked.retransmitted)
			rtt_sample(s, now - acked.first);
	} else if (sacked.first != 0) {
		a.rtt = now - sacked.last;
		rtt_sample(s, now - sacked.first);
	}
	if (a.rtt != 0 && a.rtt < s->min_rtt)
		s->min_rtt = a.rtt;
	if (a.rtt != 0)
		s->control->rtt(s, a.rtt, now);
	if (s->una > a.prior_una)
		rack_round(s);
	s->high_sacked = a.high_sacked;
	tcp_recovery_ack(t, &a, now);
	if (s->control->update != NULL)
		s->control->update(t, &a, now);
	else if (s->state != TCP_CWR_STATE && s->state != TCP_RECOVERY && limited &&
		 (a.acked > 0 || (s->reordering && a.delivered > 0)) && a.delivered > 0)
		s->control->acked(s, a.delivered, now);
	if (s->una > a.prior_una)
		tcp_rearm(t, now);
	tcp_output(t, now);
}
