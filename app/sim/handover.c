// SPDX-License-Identifier: BSD-3-Clause
#include "handover.h"

#include "keys.h"
#include "scenario.h"

#define BEFORE (50 * WB_MS)
#define AFTER (250 * WB_MS)
#define PPM 1000000

void
handover_read(struct handover *h, const json_t *j, const struct place *at)
{
	const struct key keys[] = {
		{ "at", KEY_SECONDS, .target = &h->at, .min = (double)BEFORE / 1e9 },
		{ "every", KEY_SECONDS, .target = &h->every, .min = 1 },
		{ "step_min_ms", KEY_MS, .target = &h->step_min },
		{ "step_max_ms", KEY_MS, .target = &h->step_max },
		{ "rate_percent", KEY_PERCENT, .target = &h->rate_ppm },
		{ "loss_percent", KEY_PERCENT, .target = &h->loss_ppm },
		{ "outage_ms", KEY_MS, .target = &h->outage },
		{ "outage_each", KEY_U32, .target = &h->outage_each, .max = 1e6 },
		{ .type = KEY_END },
	};

	if (j == NULL)
		return;
	h->at = h->every = 15 * WB_SEC;
	keys_read(j, at, keys);
	if (h->step_max < h->step_min)
		place_value_fatal(at, "step_max_ms", "must not be below step_min_ms");
}

static uint64_t
between(struct wb_em_random *r, uint64_t low, uint64_t high)
{
	return low + wb_em_random_next(r) % (high - low + 1);
}

static wb_ns_t
step(const struct handover *h, struct wb_em_random *r, wb_ns_t by)
{
	wb_ns_t d = between(r, h->step_min, h->step_max);

	return by >= d && (by > h->step_max || between(r, 0, 1)) ? by - d : by + d;
}

// What the link is from `at` on.
static void
change(struct scenario *s, unsigned link, wb_ns_t at, const struct change *c)
{
	scenario_event_add(s, link, at, EVENT_CHANGE)->change = *c;
}

static void
link_events(struct scenario *s, unsigned link, struct wb_em_random *r)
{
	const struct handover *h = &s->links[link].handover;
	struct change c = { .rate_ppm = PPM };
	unsigned n = 0;

	for (wb_ns_t at = h->at; at + AFTER < s->duration; at += h->every) {
		c.loss_ppm = h->loss_ppm;
		change(s, link, at - BEFORE, &c);
		c.delay = step(h, r, c.delay);
		c.rate_ppm = (uint32_t)between(r, PPM - h->rate_ppm, PPM + h->rate_ppm);
		change(s, link, at, &c);
		if (h->outage_each && ++n % h->outage_each == 0) {
			scenario_event_add(s, link, at, EVENT_OUTAGE);
			scenario_event_add(s, link, at + h->outage, EVENT_HEALED);
		}
		c.loss_ppm = 0;
		change(s, link, at + AFTER, &c);
	}
}

void
handover_events(struct scenario *s)
{
	struct wb_em_random r;

	wb_em_random_seed(&r, s->seed);
	for (unsigned i = 0; i < s->n_links; i++)
		if (s->links[i].handover.every)
			link_events(s, i, &r);
}
