// SPDX-License-Identifier: BSD-3-Clause
// Decides how much backlog a bulk flow may have so that slower paths help it (docs/design/scheduler.md).
#include "reach.h"

static void
sort(struct reach_path *p, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		struct reach_path one = p[i];
		unsigned at = i;

		for (; at > 0 && p[at - 1].owd > one.owd; at--)
			p[at] = p[at - 1];
		p[at] = one;
	}
}

// Returns from how many bytes on it pays to have `with` bit/s instead of `before`, for so much more delay.
static uint64_t
pays_from(uint64_t before, uint64_t with, int64_t delay)
{
	double spared, bytes; // seconds a bit

	if (before == 0 || delay <= 0)
		return 0;
	spared = 1.0 / (double)before - 1.0 / (double)with;
	bytes = REACH_ROUNDS * (double)delay / (double)WB_SEC / spared / 8;
	return bytes < 0x1p64 ? (uint64_t)bytes : UINT64_MAX;
}

void
reach_set(struct reach *r, struct reach_path *paths, unsigned n, wb_ns_t stands)
{
	uint64_t with[WB_PATHS_MAX], sum = 0;

	sort(paths, n);
	for (unsigned i = 0; i < n; i++)
		with[i] = sum += paths[i].bps;
	r->n = 0;
	// Of all that are slower, the one that pays first; and from there on.
	for (unsigned at = 0, next = 0; at < n; at = next) {
		struct reach_step step = { .bytes = UINT64_MAX };
		int64_t from = paths[0].owd + (int64_t)stands;

		from = paths[at].owd > from ? paths[at].owd : from;
		for (unsigned i = at + 1; i < n; i++) {
			uint64_t bytes;

			if (with[i] == with[at])
				continue;
			bytes = pays_from(with[at], with[i], paths[i].owd - from);
			if (bytes <= step.bytes) {
				step.bytes = bytes;
				next = i;
			}
		}
		if (step.bytes == UINT64_MAX)
			break;
		step.delay = (wb_ns_t)(paths[next].owd - paths[0].owd);
		r->steps[r->n++] = step;
	}
}
