// SPDX-License-Identifier: BSD-3-Clause
// What the queue, the classes, the order and the playout have to know of the paths: every TUNE_EVERY it is worked out
// anew from their estimates.
#include "tunnel.h"

// Returns the rate of all paths that carry, bit/s.
static uint64_t
rate_of_all(struct wb_tunnel *t)
{
	uint64_t rate = 0;

	WB_FOREACH_PATH (t, p)
		if (WB_PATH_CARRIES(p))
			rate += p->cc.rate;
	return rate;
}

// Tells the flow queue what each path may bring to a bulk flow. One that was never filled may bring as much as the
// best, until that is known.
static void
tune_reach(struct wb_tunnel *t)
{
	struct reach_path paths[WB_PATHS_MAX];
	struct reach reach;
	wb_ns_t cheapest = tunnel_cheapest(t);
	uint64_t best = 0;
	unsigned n = 0;

	WB_FOREACH_PATH (t, p)
		best = WB_PATH_CARRIES(p) && p->pacer.bps > best ? p->pacer.bps : best;
	WB_FOREACH_PATH (t, p) {
		// No other scheduler goes by the backlog, and it is not to make paths that cost more help.
		if (t->sched.ops != &sched_earliest || !WB_PATH_CARRIES(p) || !p->owd_tx.valid ||
			path_price(p) > cheapest)
			continue;
		paths[n].owd = owd_unqueued(&p->owd_tx);
		paths[n++].bps = p->cc.known ? p->cc.rate : best;
	}
	reach_set(&reach, paths, n, t->bulk_target);
	flow_queue_reach(t->queue, &reach);
}

// Sets the interval and the bulk target of CoDel in the flow queue. The interval covers a round trip through the
// slowest path, and that of datagrams which come late there, for all behind them are held. The target lets a lone
// bulk flow that falls back (CUBIC: to 0.7) still fill the paths. When losses are frequent there must be enough
// queued to send on while the other end waits for a resend, since no acknowledgement of the flow comes then: a
// round trip, times the share of time for which one is awaited. Dips of radio links come on top (swing.h).
static void
tune_queue(struct wb_tunnel *t)
{
	wb_ns_t rtt = 0, late = 0, target, more;
	uint64_t share, rate = rate_of_all(t);

	swing_rate(&t->swing, rate);
	t->stalls += (t->losses * 256 * (uint32_t)(WB_SEC / TUNE_EVERY)) / STALLS_SMOOTH;
	t->stalls -= t->stalls / STALLS_SMOOTH;
	t->losses = 0;
	WB_FOREACH_PATH (t, p) {
		if (!WB_PATH_CARRIES(p) || p->in_flight.bytes <= CC_DATAGRAM)
			continue;
		if (p->rtt.srtt > rtt)
			rtt = p->rtt.srtt;
		if (p->rtt.srtt + in_flight_slow(&p->in_flight) > late)
			late = p->rtt.srtt + in_flight_slow(&p->in_flight);
	}
	if (rtt == 0)
		return;
	target = rtt * BULK_TARGET_PERCENT / 100;
	if (target < BULK_TARGET_MIN)
		target = BULK_TARGET_MIN;
	if (target > BULK_TARGET_MAX)
		target = BULK_TARGET_MAX;
	t->bulk_target = target;
	share = 2 * t->stalls * (rtt / WB_US) / (WB_SEC / WB_US); // in 1/256
	more = target + rtt * (share < 256 ? share : 256) / 256;
	flow_queue_tune(t->queue, 100 * WB_MS + late, target, swing_target(&t->swing, rate, more));
}

// Bounds the rate of realtime packets. They go twice: at a tenth of what the paths carry they take a fifth of it.
static void
tune_classes(struct wb_tunnel *t)
{
	uint64_t bps = 0;

	WB_FOREACH_PATH (t, p)
		bps += WB_PATH_CARRIES(p) ? p->pacer.bps : 0;
	flow_class_set_cap(t->classes, bps / REALTIME_SHARE);
}

// Sets the playout delays. Where datagrams overtake each other by more than PLAYOUT_FROM, the early ones wait for
// the others.
static void
tune_playout(struct wb_tunnel *t)
{
	for (unsigned i = 0; i < WB_PATHS_MAX; i++) {
		const struct path *p = &t->paths[i];
		const struct owd *o = &p->owd_rx;
		bool on =
			p->state != WB_PATH_FREE && o->valid && p->horizon.overtaken > PLAYOUT_FROM;
		int64_t delay = (o->mean + o->jitter / 2) / (int64_t)WB_US;

		playout_set_delay(
			t->playout, i, t->base_rx.us + (uint32_t)delay, on ? PLAYOUT_MOST : 0);
	}
}

// Sets how long a gap may stay open: until no path can bring the missing packet any more, then for some tries to
// send it again, each of which takes a round trip and a little.
static void
tune_holds(struct wb_tunnel *t, wb_ns_t now)
{
	int64_t least = INT64_MAX, most = INT64_MIN;
	wb_ns_t rtt = 0, once, spread, hold[WB_CLASS_COUNT] = { 0 };

	WB_FOREACH_PATH (t, p) {
		if (!p->owd_rx.valid || p->owd_rx.last + WB_SEC < now)
			continue;
		if (p->owd_rx.smooth < least)
			least = p->owd_rx.smooth;
		if (p->owd_rx.smooth + 4 * p->owd_rx.jitter > most)
			most = p->owd_rx.smooth + 4 * p->owd_rx.jitter;
		if (rtt_valid(&p->rtt) && p->rtt.srtt + 2 * p->rtt.rttvar > rtt)
			rtt = p->rtt.srtt + 2 * p->rtt.rttvar;
	}
	spread = most > least ? (wb_ns_t)(most - least) : 0;
	once = (rtt ? rtt : RTT_INITIAL) + TUNNEL_TRY_EXTRA;
	hold[WB_CLASS_DEFAULT] = 3 * once;
	hold[WB_CLASS_BULK] = 4 * once;
	if (hold[WB_CLASS_DEFAULT] > HOLD_MAX_DEFAULT)
		hold[WB_CLASS_DEFAULT] = HOLD_MAX_DEFAULT;
	if (hold[WB_CLASS_BULK] > HOLD_MAX_BULK)
		hold[WB_CLASS_BULK] = HOLD_MAX_BULK;
	if (hold[WB_CLASS_DEFAULT] < HOLD_MIN)
		hold[WB_CLASS_DEFAULT] = HOLD_MIN;
	if (hold[WB_CLASS_BULK] < HOLD_MIN)
		hold[WB_CLASS_BULK] = HOLD_MIN;
	for (unsigned c = 0; c < WB_CLASS_COUNT; c++)
		t->stats.classes[c].hold = hold[c];
	reorder_set_spread(t->reorder, spread);
	reorder_set_hold(t->reorder, hold);
}

void
tunnel_tune(struct wb_tunnel *t, wb_ns_t now)
{
	t->tune_at = now + TUNE_EVERY;
	tune_queue(t);
	tune_reach(t);
	tunnel_equal_tune(t, now);
	tune_classes(t);
	tune_holds(t, now);
	tune_playout(t);
	tunnel_fec_tune(t, now);
}
