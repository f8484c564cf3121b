// SPDX-License-Identifier: BSD-3-Clause
// Decides when a queue's senders are to slow down (RFC 8289).
#include "codel.h"

bool
codel_above(struct codel *c, const struct codel_sample *s, wb_ns_t target, wb_ns_t interval,
	wb_ns_t now)
{
	if (!s->taken || s->sojourn < target || s->backlog <= s->max_packet) {
		c->first_above = 0;
		return false;
	}
	if (c->first_above == 0) {
		c->first_above = now + interval;
		return false;
	}
	return now >= c->first_above;
}

void
codel_enter(struct codel *c, wb_ns_t interval, wb_ns_t now)
{
	uint32_t delta = c->count - c->last_count;

	// drop_next may lie ahead: then the last episode ended even less than 16 intervals ago.
	c->count = 1;
	if (delta > 1 && (int64_t)(now - c->drop_next) < (int64_t)(16 * interval))
		c->count = delta;
	c->drop_next = codel_control_law(now, interval, c->count);
	c->last_count = c->count;
	c->dropping = true;
}

// Computes 1/sqrt(count) in Q32 by Newton, y = y (3 - count y^2) / 2, from a power of two between half of the
// result and all of it. All rounding is downward for y, so count y^2 stays below 2^64. Five steps leave an error
// of 2e-5 at most.
wb_ns_t
codel_control_law(wb_ns_t t, wb_ns_t interval, uint32_t count)
{
	unsigned bits = 32 - (unsigned)__builtin_clz(count);
	uint64_t y = 1ull << (32 - (bits + 1) / 2);

	if (count == 1)
		return t + interval;
	for (int i = 0; i < 5; i++) {
		uint64_t cyy = ((uint64_t)count * y * y >> 32) + 1; // rounded up

		y = y * (((3ull << 32) - cyy) >> 2) >> 31;
	}
	return t + (interval * y >> 32);
}
