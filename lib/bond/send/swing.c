// SPDX-License-Identifier: BSD-3-Clause
// Follows how far the rate of all paths together swings, so that queues can bridge the dips
// (docs/design/flow-queue.md).
#include "swing.h"

#define FADE 256
#define SMOOTH 128
#define TIMES_MAX 10
#define DIP (3 * WB_SEC)
#define DIPS_MAX (200 * WB_MS)

void
swing_rate(struct swing *s, uint64_t bps)
{
	int64_t below = 0;

	if (bps == 0)
		return;
	s->most -= s->most / FADE;
	if (bps > s->most)
		s->most = bps;
	// Paths that have just come up are no swing.
	if (bps > 2 * s->mean)
		s->mean = bps;
	s->mean = s->mean - s->mean / SMOOTH + bps / SMOOTH;
	if (bps < s->mean)
		below = (int64_t)((s->mean - bps) * 1000000 / s->mean);
	s->dips = (uint32_t)((int64_t)s->dips + (below - (int64_t)s->dips) / SMOOTH);
}

wb_ns_t
swing_target(const struct swing *s, uint64_t bps, wb_ns_t target)
{
	wb_ns_t dips = DIP / 1000000 * s->dips;
	uint64_t sixteenths = bps ? 16 * s->most / bps : 16;

	if (sixteenths < 16)
		sixteenths = 16;
	if (sixteenths > 16 * TIMES_MAX)
		sixteenths = 16 * TIMES_MAX;
	return target * sixteenths / 16 + (dips < DIPS_MAX ? dips : DIPS_MAX);
}
