// SPDX-License-Identifier: BSD-3-Clause
// The path on which the packet arrives first: max(now, ready) + size / rate + one-way delay. A packet
// that would arrive earlier by waiting for a busy path waits (the idea of ECF and BLEST), unless its
// slack allows more: bulk is put in order at the other end anyway, so a slower path adds its
// rate to the flow as long as it is not slower by more than the receiver can hold.
#include "scheduler.h"

#include "pacer.h"

#define SLACK_BULK SCHED_SLACK_BULK
#define SLACK_DEFAULT (10 * WB_MS) // plus what the packet has waited already
#define PENALTY_DEGRADED (50 * WB_MS)
#define WINDOW_WAIT (10 * WB_MS) // a full window opens with the next acknowledgement

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

static uint32_t
pick_urgent(const struct sched_path *p, const struct choice *c, const struct choice *free,
	const struct sched_packet *k, wb_ns_t now)
{
	bool two = k->sclass == WB_CLASS_REALTIME || (k->again && k->tries > 0);
	uint32_t mask;

	if (p[c->best].ready > now + PACER_OVERDRAFT) {
		// Many want the quickest path (a whole window to be sent again): the others help.
		int64_t slack = k->again ? (int64_t)SLACK_BULK : (int64_t)SLACK_DEFAULT;

		return free->best >= 0 && free->best_at <= c->best_at + slack ? 1u << free->best
									      : 0;
	}
	mask = 1u << c->best;
	if (two && c->second >= 0 && p[c->second].ready <= now + PACER_OVERDRAFT)
		mask |= 1u << c->second;
	return mask;
}

static uint32_t
earliest_pick(struct sched *s, const struct sched_path *p, unsigned n, const struct sched_packet *k,
	wb_ns_t now)
{
	bool urgent = k->sparse || k->again || k->sclass == WB_CLASS_REALTIME;
	struct choice all = { .best = -1, .second = -1 }, free = all;
	int64_t slack;

	(void)s;
	for (unsigned i = 0; i < n; i++) {
		int64_t at = arrival(&p[i], k, urgent, now);

		consider(&all, (int)i, at);
		if (p[i].window && p[i].ready <= now)
			consider(&free, (int)i, at);
	}
	if (urgent)
		return pick_urgent(p, &all, &free, k, now);
	if (free.best < 0)
		return 0;
	slack = k->sclass == WB_CLASS_BULK ? (int64_t)SLACK_BULK
					   : (int64_t)(SLACK_DEFAULT + k->waited);
	return free.best_at <= all.best_at + slack ? 1u << free.best : 0;
}

const struct sched_ops sched_earliest = {
	.name = "earliest", .doubles = true, .pick = earliest_pick
};
