// SPDX-License-Identifier: BSD-3-Clause
// Finds paths that change every 15 s, as Starlink's do (docs/design/satellite-handovers.md).
#include "grid.h"

#include <string.h>

_Static_assert(GRID_SLOTS < GRID_NONE, "a vote is a byte");

static struct grid_slot *
slot(struct grid *g, uint64_t at)
{
	return &g->slots[at % GRID_SLOTS];
}

static unsigned
distance(unsigned a, unsigned b)
{
	unsigned d = a > b ? a - b : b - a;

	return d < GRID_SLOTS - d ? d : GRID_SLOTS - d;
}

// Writes the mean of the least delays of GRID_SPAN slots: a mean peaks where the step is, a least value beside it as well.
// Returns false if nothing was seen in them.
static bool
mean(struct grid *g, uint64_t from, int64_t *v)
{
	int64_t sum = 0, n = 0;

	for (uint64_t at = from; at < from + GRID_SPAN; at++) {
		sum += slot(g, at)->seen ? slot(g, at)->delay : 0;
		n += slot(g, at)->seen;
	}
	*v = n ? sum / n : 0;
	return n > 0;
}

static bool
least(struct grid *g, uint64_t from, int64_t *v)
{
	bool any = false;

	*v = 0;
	for (uint64_t at = from; at < from + GRID_LASTS; at++) {
		const struct grid_slot *s = slot(g, at);

		if (s->seen && (!any || s->delay < *v))
			*v = s->delay;
		any |= s->seen;
	}
	return any;
}

static int64_t
size(int64_t v)
{
	return v < 0 ? -v : v;
}

// Returns how far the delay stepped at a slot. A queue comes and goes; a way that became longer or shorter stays
// so for a second as well.
static int64_t
step(struct grid *g, uint64_t at)
{
	int64_t before, after, low_before, low_after, d, lasting;

	if (!mean(g, at - GRID_SPAN, &before) || !mean(g, at, &after) ||
		!least(g, at - GRID_LASTS, &low_before) || !least(g, at, &low_after))
		return 0;
	d = after - before;
	lasting = low_after - low_before;
	if ((d < 0) != (lasting < 0))
		return 0;
	return (size(d) < size(lasting) ? size(d) : size(lasting)) / (int64_t)(WB_MS / 10);
}

// Returns by how much a slot's loss is above what chance may bring, in 1/1000 of what was sent.
static uint32_t
excess(const struct grid *g, const struct grid_slot *s)
{
	uint32_t usual = 3 + 2 * (uint32_t)((uint64_t)s->sent * g->loss_ppm / 1000000);

	return s->lost > usual ? 1000 * (s->lost - usual) / s->sent : 0;
}

static void
rate(struct grid *g, uint64_t at)
{
	struct grid_slot *s = slot(g, at);
	int64_t delay = step(g, at);
	uint32_t loss = excess(g, s);

	if (s->sent) {
		int64_t ppm = 1000000ll * s->lost / s->sent;

		g->loss_ppm =
			(uint32_t)(g->loss_ppm + (ppm - (int64_t)g->loss_ppm) / GRID_LOSS_SMOOTH);
	}
	s->score = (uint16_t)((delay < GRID_CAP ? delay : GRID_CAP) +
			      (loss < GRID_CAP ? loss : GRID_CAP));
}

// Elects the slot with the most votes within GRID_NEAR.
static void
elect(struct grid *g)
{
	unsigned n = g->n < GRID_PERIODS ? g->n : GRID_PERIODS;

	g->agree = 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned agree = 0;

		for (unsigned k = 0; k < n && g->votes[i] != GRID_NONE; k++)
			agree += g->votes[k] != GRID_NONE &&
				 distance(g->votes[i], g->votes[k]) <= GRID_NEAR;
		if (agree > g->agree) {
			g->agree = agree;
			g->slot = g->votes[i];
		}
	}
	g->known = g->agree >= (g->known ? GRID_LOST : GRID_KNOWN);
}

static void
judge_period(struct grid *g)
{
	unsigned best = 0;
	bool alone = true;

	for (unsigned i = 1; i < GRID_SLOTS; i++)
		if (g->slots[i].score > g->slots[best].score)
			best = i;
	for (unsigned i = 0; i < GRID_SLOTS; i++)
		alone &= distance(i, best) < GRID_APART ||
			 2u * g->slots[i].score <= g->slots[best].score;
	g->votes[g->n++ % GRID_PERIODS] =
		alone && g->slots[best].score >= GRID_LEAST ? (uint8_t)best : GRID_NONE;
	elect(g);
}

// Moves time on to slot number `to`, and rates the slots that are complete.
static void
advance(struct grid *g, uint64_t to)
{
	if (g->at == 0 || to > g->at + GRID_SLOTS / 2) { // begun, or asleep for long
		bool known = g->known;

		if (!known)
			memset(g, 0, sizeof(*g));
		memset(g->slots, 0, sizeof(g->slots));
		g->at = to;
		return;
	}
	while (g->at < to) {
		uint64_t rated = g->at - GRID_LASTS + 1;

		if (g->at > 2 * GRID_LASTS)
			rate(g, rated);
		if (rated % GRID_SLOTS == GRID_SLOTS - 1)
			judge_period(g);
		g->at++;
		// The last period's score stands until it has been judged.
		*slot(g, g->at) = (struct grid_slot){ .score = slot(g, g->at)->score };
	}
}

void
grid_delay(struct grid *g, int64_t delay, wb_ns_t sent)
{
	struct grid_slot *s;

	if (sent / GRID_SLOT < g->at)
		return;
	advance(g, sent / GRID_SLOT);
	s = slot(g, g->at);
	if (!s->seen || delay < s->delay)
		s->delay = delay;
	s->seen = true;
}

void
grid_count(struct grid *g, uint32_t arrived, uint32_t lost, wb_ns_t sent)
{
	uint64_t at = sent / GRID_SLOT;
	struct grid_slot *s;

	// What is heard of late counts in its slot as long as that has not been rated.
	if (g->at == 0 || at > g->at || at + GRID_LASTS - 1 <= g->at)
		return;
	s = slot(g, at);
	s->sent += arrived + lost;
	s->lost += lost;
}

unsigned
grid_confidence(const struct grid *g)
{
	unsigned n = g->n < GRID_PERIODS ? g->n : GRID_PERIODS;

	return n ? 100 * g->agree / n : 0;
}

wb_ns_t
grid_last(const struct grid *g, wb_ns_t now)
{
	wb_ns_t phase = g->slot * GRID_SLOT;

	if (!g->known || now < GRID_PERIOD + phase)
		return 0;
	return now - (now - phase) % GRID_PERIOD;
}
