// SPDX-License-Identifier: BSD-3-Clause
// The path on which the packet arrives first: max(now, ready) + size / rate + one-way delay. Where that one is
// busy a slower one may take the packet, if it brings it no later than
//   arrival on the quickest + held + (backlog + what the slower path carries in rtt + held) / rate of the quicker ones
// held: how much longer the slowest of the quicker ones takes than the quickest. What leaves behind the packet waits
// for it at the other end, as it waits for those. The backlog is ECF's and BLEST's term: with that much all would
// have waited as long without the slower path, so it costs the flow nothing. The other one is for a flow that its own
// window limits: its round trip grows from rtt + held to rtt + delay, and what it gains is worth that while
//   rate with the slower path / rate without it >= round trip with it / round trip without it
// So no path is too slow; it may take more backlog to reach it.
#include "scheduler.h"

#include "pacer.h"

static int64_t
arrival(const struct sched_path *p, const struct sched_packet *k, bool urgent, wb_ns_t now)
{
	wb_ns_t start = p->ready > now ? p->ready : now;

	if (!p->window && !urgent)
		start += WINDOW_WAIT;
	start += (uint64_t)k->bytes * 8 * WB_SEC / (p->rate ? p->rate : 1);
	if (p->degraded)
		start += PENALTY_DEGRADED;
	return (int64_t)start + p->owd;
}

// The quickest path and, for a second copy, the next one; -1: none.
struct choice {
	int best, second;
	int64_t best_at, second_at;
};

static void
consider(struct choice *c, int i, int64_t at)
{
	if (c->best < 0 || at < c->best_at) {
		c->second = c->best;
		c->second_at = c->best_at;
		c->best = i;
		c->best_at = at;
	} else if (c->second < 0 || at < c->second_at) {
		c->second = i;
		c->second_at = at;
	}
}

// A pick under way.
struct look {
	const struct sched_path *p;
	unsigned n;
	const struct sched_packet *k;
	wb_ns_t now;
	struct choice all, free; // free: of those with room
};

// Returns what the best path brings, in bit/s, as far as is known.
static uint64_t
most_measured(const struct look *l)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < l->n; i++)
		most = l->p[i].measured > most ? l->p[i].measured : most;
	return most;
}

// Returns what a path brings, in bit/s. One that was never filled may bring as much as the best, until that is
// known.
static uint64_t
brings(const struct look *l, const struct sched_path *p)
{
	return p->known ? p->measured : most_measured(l);
}

static bool
brings_little(const struct look *l, const struct sched_path *p)
{
	return p->measured < most_measured(l) / LITTLE_RATE;
}

static int64_t
takes(uint64_t bits, uint64_t bps)
{
	return (int64_t)(bits * WB_MS / (bps / (WB_SEC / WB_MS) + 1));
}

// Returns how much later than the quickest the path with room may bring the packet.
static int64_t
slack(const struct look *l)
{
	const struct sched_path *free = &l->p[l->free.best], *best = &l->p[l->all.best];
	int64_t waited = (int64_t)l->k->waited, held = 0, least;
	uint64_t measured = 0, expected = 0, bits;

	for (unsigned i = 0; i < l->n; i++) {
		const struct sched_path *p = &l->p[i];

		if (arrival(p, l->k, false, l->now) >= l->free.best_at)
			continue;
		measured += p->measured;
		// Startup is ahead of what it has seen, and paced at 2 or 4 windows a round trip.
		expected += !p->known && p->rate / 4 > p->measured ? p->rate / 4 : p->measured;
		held = p->owd - best->owd > held ? p->owd - best->owd : held;
	}
	bits = brings(l, free) / WB_US * (best->rtt + (wb_ns_t)held) / (WB_SEC / WB_US);
	least = (int64_t)l->k->hold + held + takes(l->k->backlog * 8, expected) +
		takes(bits, measured);
	return least > waited ? least : waited;
}

static uint32_t
pick_urgent(const struct look *l)
{
	const struct sched_path *best = &l->p[l->all.best];
	bool two = l->k->sclass == WB_CLASS_REALTIME || (l->k->again && l->k->tries > 0);
	int64_t waited = (int64_t)l->k->waited;
	uint32_t mask;

	// With nothing queued every packet counts as one of a sparse flow, whatever it sends: one that is none fills
	// the window of a path that brings little. And many may want the quickest path (a whole window to be sent
	// again): the others help. What waits in the flow queue is not before them.
	if ((!two && !l->k->again && !best->window && brings_little(l, best)) ||
		best->ready > l->now + PACER_OVERDRAFT)
		return l->free.best >= 0 &&
				       l->free.best_at <= l->all.best_at + URGENT_SLACK + waited
			       ? 1u << l->free.best
			       : 0;
	mask = 1u << l->all.best;
	if (two && l->all.second >= 0 && l->p[l->all.second].ready <= l->now + PACER_OVERDRAFT)
		mask |= 1u << l->all.second;
	return mask;
}

static uint32_t
earliest_pick(struct sched *s, const struct sched_path *p, unsigned n, const struct sched_packet *k,
	wb_ns_t now)
{
	bool urgent = k->sparse || k->again || k->sclass == WB_CLASS_REALTIME;
	struct choice none = { .best = -1, .second = -1 };
	struct look l = { .p = p, .n = n, .k = k, .now = now, .all = none, .free = none };

	(void)s;
	for (unsigned i = 0; i < n; i++) {
		int64_t at = arrival(&p[i], k, urgent, now);

		consider(&l.all, (int)i, at);
		if (p[i].window && p[i].ready <= now)
			consider(&l.free, (int)i, at);
	}
	if (urgent)
		return pick_urgent(&l);
	if (l.free.best < 0)
		return 0;
	if (l.free.best == l.all.best || k->spills || l.free.best_at <= l.all.best_at + slack(&l))
		return 1u << l.free.best;
	return 0;
}

const struct sched_ops sched_earliest = {
	.name = "earliest", .doubles = true, .pick = earliest_pick
};
