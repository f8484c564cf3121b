// SPDX-License-Identifier: BSD-3-Clause
// The sender's states: open, disorder, reduction by ECN, fast recovery, loss after a timeout; and the
// ways back when a reduction turns out to have been needless.
#include "tcp.h"

static void
reduction_begin(struct tcp_sender *s)
{
	s->prior_cwnd = s->win.cwnd;
	s->prr_delivered = s->prr_out = 0;
	s->control->congestion(s);
}

static void
undo_init(struct tcp_sender *s)
{
	s->undo_cwnd = s->win.cwnd;
	s->prior_ssthresh = s->win.ssthresh;
	s->may_undo = true;
	s->undo_retrans = s->retrans ? (int32_t)s->retrans : -1;
	if (s->retrans == 0)
		s->retrans_stamp = 0;
}

static void
undo(struct tcp *t, bool unmark)
{
	struct tcp_sender *s = &t->s;

	for (uint64_t seq = s->nxt; unmark && s->lost > 0 && seq-- > s->una;) {
		if (seg_at(s, seq)->flags & SEG_LOST) {
			seg_at(s, seq)->flags &= (uint8_t)~SEG_LOST;
			s->lost--;
			tcp_sent_relink(s, seq);
		}
	}
	if (s->control->undone != NULL)
		s->control->undone(t);
	else if (s->win.cwnd < s->undo_cwnd)
		s->win.cwnd = s->undo_cwnd;
	if (s->win.ssthresh < s->prior_ssthresh)
		s->win.ssthresh = s->prior_ssthresh;
	s->may_undo = false;
	s->advanced = true;
	s->undone++;
}

// Eifel: what was acknowledged had been sent before our first retransmission.
static bool
was_only_late(const struct tcp_sender *s, const struct ack_info *a)
{
	return s->retrans_stamp != 0 && a->ecr != 0 && a->ecr < s->retrans_stamp;
}

static bool
needless(const struct tcp_sender *s, const struct ack_info *a)
{
	return s->may_undo && (s->undo_retrans == 0 || was_only_late(s, a));
}

static void
settle(struct tcp_sender *s)
{
	if (s->sacked + s->lost + s->retrans > 0) {
		s->state = TCP_DISORDER;
	} else {
		s->state = TCP_OPEN;
		s->retrans_stamp = 0;
	}
}

static void
reduction_end(struct tcp_sender *s)
{
	if (s->control->update == NULL && (s->state == TCP_CWR_STATE || s->may_undo))
		s->win.cwnd = s->win.ssthresh;
	settle(s);
}

// RFC 6937: during a reduction about as much leaves as has arrived.
static void
prr(struct tcp_sender *s, const struct ack_info *a)
{
	int64_t flight = tcp_in_flight(s), delta = (int64_t)s->win.ssthresh - flight, send;

	if (a->delivered == 0 || s->prior_cwnd == 0 || s->control->update != NULL)
		return;
	s->prr_delivered += a->delivered;
	if (delta < 0) {
		send = (int64_t)(((uint64_t)s->win.ssthresh * s->prr_delivered + s->prior_cwnd -
					 1) /
				 s->prior_cwnd) -
		       s->prr_out;
	} else {
		send = (int64_t)s->prr_delivered - s->prr_out;
		if (send < (int64_t)a->delivered)
			send = a->delivered;
		if (s->una > a->prior_una && !a->newly_lost)
			send++;
		if (send > delta)
			send = delta;
	}
	if (send < (s->prr_out ? 0 : 1))
		send = s->prr_out ? 0 : 1;
	s->win.cwnd = (uint32_t)(flight + send);
}

static void
enter_recovery(struct tcp_sender *s)
{
	s->recoveries++;
	undo_init(s);
	s->high_seq = s->nxt;
	if (s->state < TCP_CWR_STATE)
		reduction_begin(s);
	s->state = TCP_RECOVERY;
}

static void
enter_cwr(struct tcp_sender *s)
{
	s->marks++;
	s->may_undo = false;
	s->high_seq = s->nxt;
	s->cwr_pending = true;
	reduction_begin(s);
	s->state = TCP_CWR_STATE;
}

// F-RTO (RFC 5682 3.1): after a timeout, new data goes out before more is sent again; when something
// never sent again arrives, the timeout was needless.
static void
in_loss(struct tcp *t, const struct ack_info *a)
{
	struct tcp_sender *s = &t->s;
	bool advanced = s->una > a->prior_una, recovered = s->una >= s->high_seq;

	if (s->frto && a->orig_acked && s->may_undo) {
		undo(t, true);
		s->frto = false;
		settle(s);
		return;
	}
	if (s->frto) {
		if (s->nxt > s->high_seq) {
			if (a->newly_sacked)
				s->frto = false;
		} else if (advanced && !recovered) {
			s->high_seq = s->nxt;
			s->new_first = true;
			return;
		}
	}
	if (recovered) {
		if (needless(s, a))
			undo(t, true);
		s->may_undo = false;
		settle(s);
	} else if (needless(s, a)) {
		undo(t, true);
		settle(s);
	}
}

static void
in_recovery(struct tcp *t, const struct ack_info *a, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;

	// A partial ACK for an original: nothing was lost, wait for the rest.
	if (s->una > a->prior_una && s->may_undo && was_only_late(s, a)) {
		s->reordering = true;
		if (s->retrans > 0)
			return;
		undo(t, true);
		settle(s);
	} else if (s->may_undo && s->undo_retrans == 0) {
		undo(t, false);
		settle(s);
	}
	rack_mark_lost(t, now);
	if (s->state != TCP_RECOVERY && s->lost > 0)
		enter_recovery(s);
}

static void
finish(struct tcp *t, const struct ack_info *a)
{
	struct tcp_sender *s = &t->s;

	if (s->state == TCP_CWR_STATE && s->una > s->high_seq) {
		reduction_end(s);
	} else if (s->state == TCP_RECOVERY) {
		if (needless(s, a)) {
			undo(t, false);
			settle(s);
		} else {
			reduction_end(s);
		}
		s->may_undo = false;
	}
}

void
tcp_recovery_ack(struct tcp *t, struct ack_info *a, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;
	uint32_t lost = s->lost;

	if (a->ece && s->state < TCP_CWR_STATE)
		enter_cwr(s);
	if ((s->state == TCP_CWR_STATE || s->state == TCP_RECOVERY) && s->una >= s->high_seq)
		finish(t, a);
	if (s->state == TCP_RECOVERY) {
		in_recovery(t, a, now);
	} else if (s->state == TCP_LOSS) {
		in_loss(t, a);
		rack_mark_lost(t, now);
	} else {
		if (s->state <= TCP_DISORDER && s->may_undo && s->undo_retrans == 0)
			undo(t, false);
		rack_mark_lost(t, now);
		if (s->lost > 0)
			enter_recovery(s);
		else if (s->state != TCP_CWR_STATE)
			settle(s);
	}
	a->newly_lost = s->lost > lost;
	if (s->state == TCP_CWR_STATE || s->state == TCP_RECOVERY)
		prr(s, a);
}

void
tcp_recovery_reo_timeout(struct tcp *t, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;
	uint32_t lost = s->lost;
	struct ack_info a = { .prior_una = s->una, .delivered = 0 };

	s->advanced = true;
	rack_mark_lost(t, now);
	if (s->lost == lost)
		return;
	if (s->state < TCP_RECOVERY) {
		enter_recovery(s);
		a.delivered = 1; // nothing was, but one segment may go out
		prr(s, &a);
		s->prr_delivered -= s->prr_delivered > 0;
	}
}

void
tcp_recovery_timeout(struct tcp *t, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;
	bool fresh = s->state < TCP_RECOVERY;

	if (s->state <= TCP_DISORDER || s->una >= s->high_seq) {
		undo_init(s);
		s->control->congestion(s);
	}
	for (uint64_t seq = s->una; seq < s->nxt; seq++) {
		const struct seg *g = seg_at(s, seq);

		// What was sent a moment ago is not lost for that.
		if (!(g->flags & SEG_SACKED) &&
			(seq == s->una || now - g->sent >= s->srtt + rack_window(s)))
			tcp_mark_lost(s, seq);
	}
	s->lost_hint = s->una;
	s->retrans_stamp = s->retrans == 0 ? 0 : s->retrans_stamp;
	s->control->timeout(s, now);
	s->win.cwnd = tcp_in_flight(s) + 1;
	s->frto = fresh || s->backoff > 0;
	s->state = TCP_LOSS;
	s->high_seq = s->nxt;
	s->probe_high = 0;
}
