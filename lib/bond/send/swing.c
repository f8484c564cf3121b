// SPDX-License-Identifier: BSD-3-Clause
// Follows how far the rate of all paths together swings, so that queues can bridge the dips
// (docs/design/flow-queue.md).
#include "swing.h"

void
swing_rate(struct swing *s, uint64_t bps)
{
	int64_t below = 0;

	if (bps == 0)
		return;
	s->most -= s->most / SWING_FADE;
	if (bps > s->most)
		s->most = bps;
	// Paths that have just come up are no swing.
	if (bps > 2 * s->mean)
		s->mean = bps;
	s->mean = s->mean - s->mean / SWING_SMOOTH + bps / SWING_SMOOTH;
	if (bps < s->mean)
		below = (int64_t)((s->mean - bps) * 1000000 / s->mean);
	s->dips = (uint32_t)((int64_t)s->dips + (below - (int64_t)s->dips) / SWING_SMOOTH);
}

wb_ns_t
swing_target(const struct swing *s, uint64_t bps, wb_ns_t target)
{
	wb_ns_t dips = SWING_DIP / 1000000 * s->dips;
	uint64_t sixteenths = bps ? 16 * s->most / bps : 16;

	if (sixteenths < 16)
		sixteenths = 16;
	if (sixteenths > 16 * SWING_TIMES_MAX)
		sixteenths = 16 * SWING_TIMES_MAX;
	return target * sixteenths / 16 + (dips < SWING_DIPS_MAX ? dips : SWING_DIPS_MAX);
}
