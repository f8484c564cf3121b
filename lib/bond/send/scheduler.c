// SPDX-License-Identifier: BSD-3-Clause
// The registry of schedulers, `weighted`, `failover` and `redundant`, and what paths that cost something may take.
#include "scheduler.h"

#include <string.h>

#include "pacer.h"
#include "wb_price.h"

static const struct sched_ops weighted, failover, redundant; // below

static const struct sched_ops *const registry[] = {
	&sched_earliest,
	&weighted,
	&failover,
	&redundant,
};
#define N_REGISTRY (sizeof(registry) / sizeof(registry[0]))

const struct sched_ops *
sched_find(const char *name)
{
	for (unsigned i = 0; i < N_REGISTRY; i++) {
		if (!strcmp(registry[i]->name, name))
			return registry[i];
	}
	return NULL;
}

const char *
wb_scheduler_name(unsigned i)
{
	return i < N_REGISTRY ? registry[i]->name : NULL;
}

// Packets that do not wait for the pacer: they are few, and bulk pays the debt back.
static bool
urgent(const struct sched_packet *k)
{
	return k->sparse || k->again || k->sclass == WB_CLASS_REALTIME;
}

bool
sched_ready(const struct sched_path *p, const struct sched_packet *k, wb_ns_t now)
{
	if (urgent(k))
		return p->ready <= now + PACER_OVERDRAFT;
	return p->window && p->ready <= now;
}

void
sched_set(struct sched *s, const struct sched_ops *ops, const struct wb_sched_program *program)
{
	memset(s, 0, sizeof(*s));
	s->ops = ops;
	s->program = program;
}

void
sched_account(struct sched *s, const struct sched_path *p, unsigned n, unsigned chosen,
	const struct sched_packet *k)
{
	uint64_t *served = &s->served[p[chosen].slot];

	// A path that could not take its share does not save it up for later.
	for (unsigned i = 0; i < n; i++) {
		if (s->served[p[i].slot] + WB_MS < *served)
			s->served[p[i].slot] = *served - WB_MS;
	}
	*served += (uint64_t)k->bytes * WB_MS / (p[chosen].weight + 1);
}

// Sorts by insertion: the paths are few, and nearly always in order.
void
sched_sort(struct sched_path *p, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		struct sched_path one = p[i];
		unsigned at = i;

		if (p[i - 1].price <= one.price)
			continue;
		for (; at > 0 && p[at - 1].price > one.price; at--)
			p[at] = p[at - 1];
		p[at] = one;
	}
}

// Returns whether the first m paths are full, as far as it is this packet's to ask.
static bool
full(const struct sched *s, const struct sched_path *p, unsigned m, const struct sched_packet *k,
	wb_ns_t now)
{
	if (k->sparse || k->sclass == WB_CLASS_REALTIME || now < s->spills_until)
		return true;
	for (unsigned i = 0; i < m; i++) {
		if (now >= p[i].idle_at + SCHED_FULL_AFTER)
			return true;
	}
	return false;
}

uint32_t
sched_pick(struct sched *s, const struct sched_path *p, unsigned n, const struct sched_packet *k,
	wb_ns_t now)
{
	struct sched_packet first = *k;
	wb_ns_t cheapest = p[0].price;
	bool healthy = false, sure = false;
	uint32_t mask;
	unsigned m = 0;

	if (p[n - 1].price == cheapest || s->ops->sees_all)
		return s->ops->pick(s, p, n, k, now);
	for (; m < n && p[m].price == cheapest; m++) {
		healthy |= !p[m].degraded;
		sure |= !p[m].degraded && !p[m].doubtful;
	}
	if (!healthy)
		return s->ops->pick(s, p, n, k, now);
	if ((!sure || k->again) && s->ops->doubles && k->sclass == WB_CLASS_REALTIME) {
		while (m < n && p[m].price < WB_PRICE_MAX)
			m++;
		return s->ops->pick(s, p, m, k, now);
	}
	first.spills = p[m].price - cheapest <= k->waited && full(s, p, m, k, now);
	mask = s->ops->pick(s, p, m, &first, now);
	if (mask || !first.spills)
		return mask;
	while (m < n && p[m].price - cheapest <= k->waited)
		m++;
	mask = s->ops->pick(s, p, m, k, now);
	if (mask && !k->sparse && k->sclass != WB_CLASS_REALTIME)
		s->spills_until = now + SCHED_SPILLS_FOR;
	return mask;
}

static uint32_t
weighted_pick(struct sched *s, const struct sched_path *p, unsigned n, const struct sched_packet *k,
	wb_ns_t now)
{
	uint64_t least = UINT64_MAX;
	int chosen = -1;

	for (unsigned i = 0; i < n; i++) {
		if (sched_ready(&p[i], k, now) && s->served[p[i].slot] < least) {
			least = s->served[p[i].slot];
			chosen = (int)i;
		}
	}
	if (chosen < 0)
		return 0;
	sched_account(s, p, n, (unsigned)chosen, k);
	return 1u << chosen;
}

static const struct sched_ops weighted = { .name = "weighted", .pick = weighted_pick };

static uint32_t
failover_pick(struct sched *s, const struct sched_path *p, unsigned n, const struct sched_packet *k,
	wb_ns_t now)
{
	unsigned best = 0;

	(void)s;
	for (unsigned i = 1; i < n; i++) {
		if (p[i].backup != p[best].backup ? p[best].backup
						  : p[i].priority < p[best].priority)
			best = i;
	}
	return sched_ready(&p[best], k, now) ? 1u << best : 0;
}

static const struct sched_ops failover = { .name = "failover", .pick = failover_pick };

static uint32_t
redundant_pick(struct sched *s, const struct sched_path *p, unsigned n,
	const struct sched_packet *k, wb_ns_t now)
{
	uint32_t mask = 0;

	(void)s;
	for (unsigned i = 0; i < n; i++) {
		if (sched_ready(&p[i], k, now))
			mask |= 1u << i;
	}
	return mask;
}

static const struct sched_ops redundant = {
	.name = "redundant", .doubles = true, .pick = redundant_pick
};
