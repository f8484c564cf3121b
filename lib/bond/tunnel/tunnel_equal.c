// SPDX-License-Identifier: BSD-3-Clause
// Equal delay in a tunnel: what equal_delay.h wants to know of the paths, and what playout.h does.
#include "tunnel.h"
#include "tunnel_tunables.h"

#define MOST (WB_HOLD_MAX * WB_HOLD_UNIT)

struct one_way {
	int64_t owd, jitter; // ns; without a queue
	uint64_t bps;
};

static uint32_t
acknowledges(void *ctx, const struct wb_pkt *pkt)
{
	struct wb_tunnel *t = ctx;

	return t->ops->acknowledges(t->ctx, pkt);
}

static void
deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	struct wb_tunnel *t = ctx;

	playout_received(t->playout, pkts, n, t->now);
}

void
tunnel_equal_create(struct wb_tunnel *t)
{
	struct equal_conf conf = {
		.acknowledges = t->ops->acknowledges ? acknowledges : NULL,
		.deliver = deliver,
		.ctx = t,
	};

	equal_init(&t->equal, &conf);
}

uint8_t
tunnel_equal_hold(struct wb_tunnel *t, const struct wb_pkt *pkt)
{
	wb_ns_t hold;

	if (pkt->sclass == WB_CLASS_REALTIME || pkt->len <= FLOW_SMALL)
		return 0;
	hold = (equal_sent(&t->equal, pkt) + WB_HOLD_UNIT - 1) / WB_HOLD_UNIT;
	return (uint8_t)(hold < WB_HOLD_MAX ? hold : WB_HOLD_MAX);
}

static void
insert(struct one_way *paths, unsigned n, struct one_way p)
{
	for (; n > 0 && paths[n - 1].owd > p.owd; n--)
		paths[n] = paths[n - 1];
	paths[n] = p;
}

// Collects the paths that cost no more than the cheapest, the quickest first. Returns their number. One that was never
// filled may bring as much as the best, until that is known.
static unsigned
collect(struct wb_tunnel *t, struct one_way *paths, struct equal_view *v)
{
	wb_ns_t cheapest = tunnel_cheapest(t);
	uint64_t best = 0;
	unsigned n = 0;

	v->rtt = v->empty = WB_NEVER;
	WB_FOREACH_PATH (t, p)
		best = WB_PATH_CARRIES(p) && p->cc.rate > best ? p->cc.rate : best;
	WB_FOREACH_PATH (t, p) {
		if (!WB_PATH_CARRIES(p) || !p->owd_tx.valid || path_price(p) > cheapest)
			continue;
		insert(paths, n++,
			(struct one_way){ .owd = owd_unqueued(&p->owd_tx),
				.jitter = p->owd_tx.jitter,
				.bps = p->cc.known ? p->cc.rate : best });
		if (!rtt_valid(&p->rtt))
			continue;
		v->rtt = p->rtt.srtt < v->rtt ? p->rtt.srtt : v->rtt;
		v->empty = rtt_minimum(&p->rtt) < v->empty ? rtt_minimum(&p->rtt) : v->empty;
	}
	return n;
}

// Works out how far the slowest path is that is worth it.
static void
look(struct equal_view *v, const struct one_way *paths, unsigned n)
{
	uint64_t sum = v->quick = v->all = paths[0].bps;

	for (unsigned i = 1; i < n; i++) {
		wb_ns_t spread = (wb_ns_t)(paths[i].owd - paths[0].owd);
		uint64_t least = sum / EQUAL_WORTH,
			 fair = sum * (spread / WB_US) / (EQUAL_FAR / WB_US);

		least = fair > least ? fair : least;
		sum += paths[i].bps;
		if (spread > MOST || paths[i].bps < least)
			continue;
		v->spread = spread;
		v->jitter = (wb_ns_t)paths[i].jitter;
		v->all = sum;
	}
}

// Sets the base of holds: what has one is due that long after it would have come on the quickest path.
static void
tune_playout(struct wb_tunnel *t)
{
	int64_t least = INT64_MAX;

	WB_FOREACH_PATH (t, p) {
		int64_t owd = owd_unqueued(&p->owd_rx);

		if (p->owd_rx.valid && p->owd_rx.last + WB_SEC > t->now && owd < least)
			least = owd;
	}
	if (least != INT64_MAX)
		playout_set_quickest(
			t->playout, t->base_rx.us + (uint32_t)(least / (int64_t)WB_US));
}

void
tunnel_equal_tune(struct wb_tunnel *t, wb_ns_t now)
{
	struct one_way paths[WB_PATHS_MAX];
	struct equal_view v = { .sent = t->sent_bytes };
	unsigned n = 0;

	if (!(t->features & WB_FEATURE_HOLD))
		return;
	if (t->sched.ops == &sched_earliest)
		n = collect(t, paths, &v);
	if (v.rtt == WB_NEVER)
		v.rtt = v.empty = 0;
	else if (n > 1)
		look(&v, paths, n);
	equal_tick(&t->equal, &v, now);
	tune_playout(t);
}
