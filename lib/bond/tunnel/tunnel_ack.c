// SPDX-License-Identifier: BSD-3-Clause
// What becomes of what was sent on a path: the acknowledgements that come back, and what their absence means. They
// feed the path's estimates and its congestion control. What is lost or late goes out elsewhere.
#include "tunnel.h"

#include <errno.h>

#define GRID_SINCE (GRID_AFTER + OWD_RECENT) // nothing seen before a change counts any more

// After a change of the path's grid its delay is another one: a longer way is no queue. Should one stand just then,
// the next look at the empty path (cc_auto.c, 5 s at most) finds the true minimum.
static void
after_change(struct path *p, wb_ns_t sent, wb_ns_t now)
{
	wb_ns_t last = grid_last(&p->grid, sent);

	if (last == 0 || last == p->grid_at || sent < last + GRID_SINCE)
		return;
	p->grid_at = last;
	if (sent < last + GRID_SINCE + WB_SEC)
		owd_rebase(&p->owd_tx, now);
}

// Estimates from a report whose largest number is news. Returns the rate at which the path delivers now, bit/s.
static uint64_t
on_ack_sample(struct wb_tunnel *t, struct path *p, const struct wb_frame *f,
	const struct in_flight_events *e, uint32_t ack_us, wb_ns_t now)
{
	wb_ns_t held = (uint64_t)(uint32_t)(ack_us - f->ack.recv_us) * WB_US;
	wb_ns_t rtt = now - e->largest_sent;
	struct rate_sample s;
	struct cc_report r;

	if (e->largest_sent < t->woke)
		return p->cc.rate; // the time for which we slept is in it
	if (held < rtt && held <= ACK_DELAY_MAX)
		rtt -= held;
	rtt_sample(&p->rtt, rtt, now);
	wander_report(&p->wander, f->ack.recv_us, f->ack.bytes, e->largest_sent, p->cc.rate);
	p->owd_tx.wander = (int64_t)p->wander.level;
	owd_sample(
		&p->owd_tx, &t->base_tx, f->ack.recv_us - (uint32_t)(e->largest_sent / WB_US), now);
	grid_delay(&p->grid, p->owd_tx.latest, e->largest_sent);
	after_change(p, e->largest_sent, now);
	s = rate_report(&p->rate, f->ack.recv_us, f->ack.bytes, e->largest_sent);
	r = (struct cc_report){
		.bps = s.bps,
		.bytes = s.bytes,
		.sent = s.sent_to - s.sent_from,
		.received = s.received,
		.left = e->largest_sent,
		.came_us = f->ack.recv_us,
		.total = f->ack.bytes,
		.train_bytes = s.train_bytes,
		.train_sent = s.train_sent,
		.train_received = s.train_received,
		.app_limited = e->largest_flags & IN_FLIGHT_APP_LIMITED,
		.queue = owd_queue(&p->owd_tx),
		.rise = owd_rise(&p->owd_tx),
		.jitter = (wb_ns_t)p->owd_tx.jitter,
		.wander = p->wander.level,
		.srtt = p->rtt.srtt,
		.min_rtt = rtt_minimum(&p->rtt),
		.rttvar = p->rtt.rttvar,
		.overtaken = p->in_flight.reo_wnd,
		.acked_bytes = e->acked_bytes,
		.lost_bytes = e->lost_bytes,
		.spurious_bytes = e->spurious_bytes,
		.inflight = p->in_flight.bytes + e->acked_bytes + e->lost_bytes,
	};
	if (p->cc.ops->report(&p->cc, &r, now)) {
		owd_rebase(&p->owd_tx, now);
		rtt_rebase(&p->rtt, now);
	}
	pacer_set_rate(&p->pacer, p->cc.pacing);
	return r.bps && r.bps < p->cc.rate && cc_report_held_throughout(&r) ? r.bps : p->cc.rate;
}

// Returns what the other paths carry, bit/s.
static uint64_t
rate_of_others(struct wb_tunnel *t, const struct path *than)
{
	uint64_t rate = 0;

	WB_FOREACH_PATH (t, p)
		if (p != than && WB_PATH_CARRIES(p))
			rate += p->cc.rate;
	return rate;
}

static bool
other_is_quick(struct wb_tunnel *t, const struct path *than)
{
	WB_FOREACH_PATH (t, p)
		if (p != than && WB_PATH_CARRIES(p) && owd_queue(&p->owd_tx) < PATH_LATE_BY / 2)
			return true;
	return false;
}

// Returns how late what is in flight on a path may come, ns from the least delay on: as late as it usually does, and as
// all that waits would come over the other paths, which carry `others` bit/s.
static wb_ns_t
may_wait(struct wb_tunnel *t, const struct path *p, uint64_t others)
{
	int64_t quickest = INT64_MAX, usual, wait;

	WB_FOREACH_PATH (t, o) {
		int64_t owd = owd_expected(&o->owd_tx, o->in_flight.bytes, o->cc.rate, t->now);

		if (o != p && WB_PATH_CARRIES(o) && o->owd_tx.valid && owd < quickest)
			quickest = owd;
	}
	if (quickest == INT64_MAX)
		return WB_SEC;
	usual = (int64_t)p->in_flight.reo_wnd + 2 * p->owd_tx.jitter + (int64_t)USUAL_QUEUE;
	wait = quickest - owd_least(&p->owd_tx) +
	       (int64_t)(flow_queue_bytes(t->queue) * 8 * WB_MS / (others / 1000 + 1));
	return (wb_ns_t)(wait > usual ? wait : usual);
}

// Copies what is on a link that has become slow, bps, and would come late: all that follows on other paths is held for order.
// A copy takes the others their time to carry it, and saves the time that this one takes: where they are faster, what would
// come too late goes there too. Startup's estimate of a rate is not yet one, unless the path has shown a queue.
static void
copy_late(struct wb_tunnel *t, struct path *p, uint64_t bps, struct in_flight_events *e)
{
	uint64_t others = rate_of_others(t, p), keep;

	if (others <= bps || (!p->cc.known && !p->cc.shown && !p->cc.falls))
		return;
	keep = (p->cc.rate / 8 * (rtt_minimum(&p->rtt) / WB_US) +
		       bps / 8 * (may_wait(t, p, others) / WB_US)) /
	       (WB_SEC / WB_US);
	if (p->in_flight.bytes > keep)
		in_flight_copy_late(&p->in_flight, keep, e);
}

static wb_ns_t
loss_rtt(const struct path *p)
{
	return p->rtt.srtt > p->rtt.latest ? p->rtt.srtt : p->rtt.latest;
}

static void
count_settled(struct wb_tunnel *t, struct path *p, const struct in_flight_events *e, wb_ns_t now)
{
	bool complete = p->pmtu.complete;

	tunnel_pmtu_settled(p, e, now);
	if (p->pmtu.complete != complete)
		tunnel_update_mtu(t);
	t->losses += e->n_lost > 0;
	p->stats.lost += e->n_lost;
	p->stats.spurious += e->n_spurious;
	grid_count(&p->grid, e->n_acked - e->n_spurious, e->n_lost,
		now > p->rtt.srtt ? now - p->rtt.srtt : 0);
	// What startup pours into the queue of a modem and loses there says nothing of the link.
	// Nor does what was on the way while this end slept, or what probes found before the path came up.
	if ((p->state != WB_PATH_UP || now > p->state_at + 2 * loss_rtt(p) + TUNNEL_TRY_EXTRA) &&
		(p->cc.flooded_at == 0 ||
			now > p->cc.flooded_at + 2 * loss_rtt(p) + TUNNEL_TRY_EXTRA) &&
		(t->woke == 0 || now > t->woke + 2 * loss_rtt(p) + TUNNEL_TRY_EXTRA))
		path_count_loss(p, e->n_acked - e->n_spurious, e->n_lost, now);
	path_uncount_loss(p, e->n_spurious);
}

// Takes a report, which may speak of any path of ours, not only the one it came on.
int
tunnel_acked(struct wb_tunnel *t, const struct wb_frame *f, uint32_t ack_us, wb_ns_t now)
{
	struct path *p = tunnel_path_by_id(t, f->ack.path);
	struct in_flight_events e = tunnel_in_flight_events(t);

	if (p == NULL)
		return 0; // a path that has gone
	e.large_since = p->pmtu.small_since;
	if (in_flight_ack(&p->in_flight, f, &e, now))
		return -EINVAL;
	in_flight_detect(&p->in_flight, loss_rtt(p), &e, now);
	count_settled(t, p, &e, now);
	if (e.has_largest) {
		uint64_t bps = on_ack_sample(t, p, f, &e, ack_us, now);

		copy_late(t, p, bps, &e);
	}
	if (e.n_acked)
		tunnel_set_state(t, p, path_answered(p, now), now);
	t->data_at = 0;
	return 0;
}

// Copies what is on a path whose answer is late: calls do not wait until it is clear that the path has fallen
// silent. Nor does the rest if it is little for the other paths: a link that trickles holds up whole flows for a
// few packets. Nor do a few datagrams with nothing behind them, where no later one shows what got lost: whoever
// waits for them (a flow that begins, or ends) sends nothing meanwhile, so that a copy costs nobody anything.
static void
copy_overdue(struct wb_tunnel *t, struct path *p)
{
	struct in_flight_events e = tunnel_in_flight_events(t);
	uint64_t others = rate_of_others(t, p);

	p->overdue = t->now;
	if (p->cc.rate * TRICKLE_SLOWER < others && !p->in_flight.overtaken &&
		p->in_flight.bytes * 8 * (WB_SEC / TRICKLE_BYTES) < others && other_is_quick(t, p))
		in_flight_copy_late(&p->in_flight, 0, &e);
	else if (others)
		in_flight_copy_class(&p->in_flight, WB_CLASS_REALTIME, &e);
	if (flow_queue_packets(t->queue) == 0 && p->in_flight.bytes <= TAIL_BYTES) {
		p->overdue = t->now - path_late_after(p); // those behind have their own time
		in_flight_copy_old(&p->in_flight, p->overdue, &e);
	}
}

void
tunnel_ack_expire(struct wb_tunnel *t, struct path *p, wb_ns_t now)
{
	if (now >= p->in_flight.loss_at) {
		struct in_flight_events e = tunnel_in_flight_events(t);

		e.large_since = p->pmtu.small_since;
		in_flight_detect(&p->in_flight, loss_rtt(p), &e, now);
		count_settled(t, p, &e, now);
	}
	if (now >= path_overdue_at(p))
		copy_overdue(t, p);
}
