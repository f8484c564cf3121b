// SPDX-License-Identifier: BSD-3-Clause
// Finds out whether what looks like a queue is one, by sending less (docs/design/congestion-control.md).
#include "look.h"

#include "cc.h"
#include "cc_tunables.h"
#include "rate.h"

void
look_round(struct look *l, bool high, bool little)
{
	if (high)
		l->rounds++;
	else if (l->rounds && little)
		l->rounds--;
}

void
look_short(struct look *l)
{
	l->gone = true;
}

bool
look_due(const struct look *l, const struct cc_report *r, wb_ns_t now)
{
	// A queue that was said to go and never did was none, whatever the last look saw.
	return l->rounds >= LOOK_ROUNDS &&
	       (now >= l->next || !l->gone || r->queue > 2 * l->queue + 2 * WB_MS);
}

void
look_begin(struct look *l, const struct cc_report *r, uint64_t pace, wb_ns_t now)
{
	l->rounds = 0;
	l->gone = false;
	l->queue = r->queue;
	l->drain = 3 * r->wander > LOOK_DRAIN ? 3 * r->wander : LOOK_DRAIN;
	if (l->drain > l->queue)
		l->drain = l->queue;
	l->begun = now;
	l->end = now + r->srtt + l->drain * 100 / (100 - LOOK_PERCENT);
	l->pace = pace;
	l->left = 0;
}

// Has it become slower still meanwhile? Then the queue did not shrink although it is one.
static bool
held(const struct look *l, const struct cc_report *r)
{
	wb_ns_t received = (uint64_t)(uint32_t)(r->came_us - l->came_us) * WB_US;
	wb_ns_t sent = r->left - l->left;

	return l->left == 0 || received > sent + sent / 16 + r->wander;
}

enum look_verdict
look_report(struct look *l, const struct cc_report *r, wb_ns_t now)
{
	if (l->left == 0 && r->left >= l->begun) {
		l->left = r->left;
		l->came_us = r->came_us;
		l->total = r->total;
	}
	if (now < l->end && r->queue + l->drain > l->queue)
		return LOOK_OPEN;
	l->end = 0;
	if (r->queue + l->drain / 2 > l->queue && !held(l, r)) {
		l->found = 0;
		l->queue = 0;
		return LOOK_PATH;
	}
	l->next = now + (LOOK_AGAIN << l->found);
	if (l->found < LOOK_DOUBLINGS)
		l->found++;
	return LOOK_QUEUE;
}

uint64_t
look_rate(const struct look *l, const struct cc_report *r)
{
	uint64_t us = (uint32_t)(r->came_us - l->came_us);
	uint64_t bytes = (uint32_t)(r->total - l->total);
	bool quicker = us * WB_US < (r->left - l->left) / 8 * 7;

	return l->left && quicker && us >= RATE_WINDOW / WB_US ? bytes * 8 * (WB_SEC / WB_US) / us
							       : 0;
}
