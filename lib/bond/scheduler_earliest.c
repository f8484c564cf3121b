// SPDX-License-Identifier: BSD-3-Clause
// The path on which the packet arrives first: max(now, ready) + size / rate + one-way delay. A packet
// that would arrive earlier by waiting for a busy path waits (the idea of ECF and BLEST), unless its
// slack allows more: bulk is put in order at the other end anyway, so a slower path adds its
// rate to the flow as long as it is not slower by more than the receiver can hold. Not so a path that brings
// little: what leaves behind a packet on it is held until that has come, and a flow that its own window limits
// is slowed down for it. It takes one when, for that long, the quicker paths have enough to do:
//   backlog / rates of the quicker paths + LITTLE_SLACK >= its arrival - the quickest path's
// or when it has waited for as long as bulk may arrive later.
#include "scheduler.h"

#include "pacer.h"

#define SLACK_BULK SCHED_SLACK_BULK
#define SLACK_DEFAULT (10 * WB_MS) // plus what the packet has waited already
#define PENALTY_DEGRADED (50 * WB_MS)
#define WINDOW_WAIT (10 * WB_MS) // a full window opens with the next acknowledgement
#define LITTLE 8                 // less than one part in so many of what the best path brings
#define LITTLE_SLACK (2 * WB_MS)

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

// As far as is known: a path that has not been filled yet does, too.
static bool
brings_little(const struct look *l, int i)
{
	uint64_t most = 0;

	for (unsigned j = 0; j < l->n; j++)
		most = l->p[j].measured > most ? l->p[j].measured : most;
	return l->p[i].measured < most / LITTLE;
}

// So long the packets that wait keep those paths busy on which they would arrive before `at`.
static int64_t
backlog_lasts(const struct look *l, int64_t at)
{
	uint64_t rate = 1;

	for (unsigned i = 0; i < l->n; i++)
		if (arrival(&l->p[i], l->k, false, l->now) < at)
			rate += l->p[i].rate;
	return (int64_t)(l->k->backlog * 8 * WB_SEC / rate);
}

// What the path with room brings is to be seen, once a bulk flow has had too little of the quickest for so long.
static bool
explores(const struct look *l)
{
	return l->k->sclass == WB_CLASS_BULK && !l->p[l->free.best].known &&
	       l->now >= l->p[l->all.best].idle_at + SCHED_FULL_AFTER;
}

static uint32_t
pick_urgent(const struct look *l)
{
	const struct sched_path *best = &l->p[l->all.best];
	bool two = l->k->sclass == WB_CLASS_REALTIME || (l->k->again && l->k->tries > 0);
	// With nothing queued every packet counts as one of a sparse flow, whatever it sends.
	bool flood = !two && !l->k->again && !l->k->dearer && !best->window &&
		     brings_little(l, l->all.best);
	uint32_t mask;

	if (flood || best->ready > l->now + PACER_OVERDRAFT) {
		// Many want the quickest path (a whole window to be sent again): the others help.
		int64_t slack = l->k->again ? (int64_t)SLACK_BULK : (int64_t)SLACK_DEFAULT;

		slack += flood ? (int64_t)l->k->waited : 0;
		return l->free.best >= 0 && l->free.best_at <= l->all.best_at + slack
			       ? 1u << l->free.best
			       : 0;
	}
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
	int64_t slack, later;

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
	later = l.free.best_at - l.all.best_at;
	slack = k->sclass == WB_CLASS_BULK ? SLACK_BULK : (int64_t)(SLACK_DEFAULT + k->waited);
	if (!k->dearer && later > 0 && later <= SLACK_BULK && k->waited < (wb_ns_t)SLACK_BULK &&
		brings_little(&l, l.free.best) && !explores(&l))
		slack = (int64_t)LITTLE_SLACK + backlog_lasts(&l, l.free.best_at);
	return later <= slack ? 1u << l.free.best : 0;
}

const struct sched_ops sched_earliest = {
	.name = "earliest", .doubles = true, .pick = earliest_pick
};
