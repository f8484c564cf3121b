// SPDX-License-Identifier: BSD-3-Clause
// What the sender sends, and its timers: retransmission (RFC 6298, at least 200 ms above the RTT as
// in Linux) and tail loss probe (RFC 8985 7).
#include "tcp.h"

#define RTO_MAX (120 * WB_SEC)
#define DELAYED_ACK_MAX (200 * WB_MS)

static void
link_newest(struct tcp_sender *s, uint64_t seq)
{
	uint32_t i = (uint32_t)(seq & (s->size - 1));

	s->segs[i].prev = s->newest;
	s->segs[i].next = TCP_NONE;
	s->segs[i].flags |= SEG_LINKED;
	if (s->newest != TCP_NONE)
		s->segs[s->newest].next = i;
	else
		s->oldest = i;
	s->newest = i;
}

// Back into the list, as the oldest: it had been taken for lost.
void
tcp_sent_relink(struct tcp_sender *s, uint64_t seq)
{
	uint32_t i = (uint32_t)(seq & (s->size - 1));

	if (s->segs[i].flags & SEG_LINKED)
		return;
	s->segs[i].prev = TCP_NONE;
	s->segs[i].next = s->oldest;
	s->segs[i].flags |= SEG_LINKED;
	if (s->oldest != TCP_NONE)
		s->segs[s->oldest].prev = i;
	else
		s->newest = i;
	s->oldest = i;
}

void
tcp_sent_unlink(struct tcp_sender *s, uint64_t seq)
{
	struct seg *g = seg_at(s, seq);

	if (!(g->flags & SEG_LINKED))
		return;
	g->flags &= (uint8_t)~SEG_LINKED;
	if (g->prev != TCP_NONE)
		s->segs[g->prev].next = g->next;
	else
		s->oldest = g->next;
	if (g->next != TCP_NONE)
		s->segs[g->next].prev = g->prev;
	else
		s->newest = g->prev;
}

static void
emit(struct tcp *t, uint64_t seq, bool again, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;
	uint32_t len = seq == t->message_last ? t->message_len : t->mss;
	struct packet *p = world_packet(t->flow.w, &t->flow, !t->flow.from, len + TCP_HEADERS);

	p->seq = seq;
	p->ts = tcp_ms(now);
	if (t->flow.conf->ecn && !again)
		p->wb.ecn = 2;
	if (s->cwr_pending && !again) {
		p->tcp_flags |= TCP_CWR;
		s->cwr_pending = false;
	}
	seg_at(s, seq)->sent = now;
	link_newest(s, seq);
	if (s->stamps != NULL)
		delivery_sent(&s->rate, &s->stamps[seq & (s->size - 1)],
			again || s->nxt - s->una > 1, now);
	s->sent_segs++;
	if (s->state == TCP_RECOVERY || s->state == TCP_CWR_STATE)
		s->prr_out++;
	world_send(t->flow.w, p);
}

static void
retransmit(struct tcp *t, uint64_t seq, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;

	tcp_sent_unlink(s, seq);
	seg_at(s, seq)->flags |= SEG_RETRANS | SEG_EVER;
	s->retrans++;
	s->retransmits++;
	s->undo_retrans = s->undo_retrans < 0 ? 1 : s->undo_retrans + 1;
	if (s->retrans_stamp == 0)
		s->retrans_stamp = tcp_ms(now);
	emit(t, seq, true, now);
}

static void
send_new(struct tcp *t, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;

	seg_at(s, s->nxt)->flags = 0;
	emit(t, s->nxt++, false, now);
}

static bool
may_send_new(const struct tcp_sender *s, const struct tcp *t, wb_ns_t now)
{
	return s->nxt - s->una < s->window && s->nxt < s->end &&
	       (s->edge == 0 || s->nxt < s->edge) && now < t->flow.conf->stop;
}

static wb_ns_t
rto_now(const struct tcp_sender *s)
{
	wb_ns_t rto = s->rto << s->backoff;

	return rto < RTO_MAX ? rto : RTO_MAX;
}

// A probe after two round trips of silence, where that is sooner than the retransmission timeout.
static void
arm_probe(struct tcp *t, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;
	wb_ns_t probe;

	sim_timer_stop(&t->flow.w->sim, &s->probe_timer);
	if (s->srtt == 0 || s->state > TCP_CWR_STATE || s->sacked > 0 || s->probe_high > 0)
		return;
	probe = 2 * s->srtt + (s->nxt - s->una == 1 ? DELAYED_ACK_MAX : 2 * WB_MS);
	if (probe < rto_now(s))
		sim_timer_set(&t->flow.w->sim, &s->probe_timer, now + probe);
}

// The timeout counts from the last progress, not from what was sent since.
void
tcp_rearm(struct tcp *t, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;

	if (s->una == s->nxt) {
		sim_timer_stop(&t->flow.w->sim, &s->probe_timer);
		sim_timer_stop(&t->flow.w->sim, &s->rto_timer);
		return;
	}
	sim_timer_set(&t->flow.w->sim, &s->rto_timer, now + rto_now(s));
	arm_probe(t, now);
}

// Moves lost_hint to the first lost segment that is not under way again.
static bool
find_lost(struct tcp_sender *s)
{
	if (s->lost_hint < s->una)
		s->lost_hint = s->una;
	for (; s->lost > 0 && s->lost_hint < s->nxt; s->lost_hint++)
		if ((seg_at(s, s->lost_hint)->flags & (SEG_LOST | SEG_RETRANS)) == SEG_LOST)
			return true;
	return false;
}

// Whether anything is to be sent and the pacer lets it. With nothing to send, what is measured from
// here on is not the path's rate.
static bool
may_pace(struct tcp *t, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;

	if (!find_lost(s) && !may_send_new(s, t, now)) {
		delivery_app_limited(&s->rate, (uint64_t)tcp_in_flight(s) * t->mss);
		return false;
	}
	if (s->una == s->nxt)
		bbr_restart(&s->bbr, &s->rate);
	if (pace_packet(&s->pace, s->bbr.pacing, t->mss, now))
		return true;
	sim_timer_sooner(&t->flow.w->sim, &s->pace_timer, s->pace.next);
	return false;
}

void
tcp_output(struct tcp *t, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;
	bool head = false, sent = false, idle = s->una == s->nxt;

	while (tcp_in_flight(s) < s->win.cwnd) {
		if (s->control->paced && !may_pace(t, now))
			break;
		if (!s->new_first && find_lost(s)) {
			head |= s->lost_hint == s->una;
			retransmit(t, s->lost_hint, now);
		} else if (may_send_new(s, t, now)) {
			send_new(t, now);
		} else {
			break;
		}
		sent = true;
	}
	if (head || (sent && idle))
		tcp_rearm(t, now);
	else if (sent)
		arm_probe(t, now);
}

static void
probe_due(void *arg, wb_ns_t now)
{
	struct tcp *t = arg;
	struct tcp_sender *s = &t->s;

	if (s->una == s->nxt)
		return;
	s->probes++;
	if (may_send_new(s, t, now))
		send_new(t, now);
	else
		retransmit(t, s->nxt - 1, now);
	s->probe_high = s->nxt;
	tcp_rearm(t, now);
}

static void
rto_due(void *arg, wb_ns_t now)
{
	struct tcp *t = arg;
	struct tcp_sender *s = &t->s;

	if (s->una == s->nxt)
		return;
	s->timeouts++;
	tcp_recovery_timeout(t, now);
	if (s->backoff < 8)
		s->backoff++;
	tcp_output(t, now);
	tcp_rearm(t, now);
}

static void
reo_due(void *arg, wb_ns_t now)
{
	struct tcp *t = arg;

	tcp_recovery_reo_timeout(t, now);
	tcp_output(t, now);
}

static void
pace_due(void *arg, wb_ns_t now)
{
	tcp_output(arg, now);
}

void
tcp_sender_init(struct tcp *t)
{
	struct tcp_sender *s = &t->s;

	s->window = t->flow.conf->window / t->mss;
	for (s->size = 1024; s->size < s->window + 64;)
		s->size *= 2;
	s->segs = sim_alloc(s->size * sizeof(*s->segs));
	s->win = (struct tcp_window){ TCP_INITIAL_WINDOW, TCP_UNLIMITED };
	s->control = t->flow.conf->kind == FLOW_BBR ? &tcp_bbr : &tcp_cubic;
	s->control->init(t);
	s->oldest = s->newest = TCP_NONE;
	s->end = t->flow.conf->bytes ? (t->flow.conf->bytes + t->mss - 1) / t->mss : UINT64_MAX;
	s->rto = WB_SEC;
	s->min_rtt = WB_NEVER;
	s->reo_steps = 1;
	sim_timer_init(&s->rto_timer, rto_due, t);
	sim_timer_init(&s->reo_timer, reo_due, t);
	sim_timer_init(&s->probe_timer, probe_due, t);
	sim_timer_init(&s->pace_timer, pace_due, t);
}
