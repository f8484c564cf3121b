// SPDX-License-Identifier: BSD-3-Clause
// Finds senders that do not slow down, and bounds how long their packets wait (docs/design/flow-queue.md).
#include "overload.h"

static void
begin(struct overload *o, uint32_t came, uint32_t backlog, wb_ns_t now)
{
	o->before = came;
	o->went = o->shed = 0;
	o->backlog = backlog;
	o->window = now ? now : 1;
}

static void
count(struct overload *o, const struct overload_sample *s, wb_ns_t now)
{
	uint32_t backlog = s->backlog + s->bytes;

	if (o->window == 0) {
		begin(o, 0, backlog, now);
	} else if (now - o->window >= s->interval) {
		uint32_t came = backlog + o->went + o->shed - o->backlog;
		bool goes_on = came > o->went + o->went / 32 && came >= o->before - o->before / 8;

		o->windows = goes_on ? o->windows + 1 : 0;
		begin(o, came, backlog, now);
	}
}

bool
overload_took(struct overload *o, const struct overload_sample *s, wb_ns_t now)
{
	if (s->signals == 0)
		o->window = o->windows = 0;
	else
		count(o, s, now);
	if (s->wait > OVERLOAD_FROM + s->reach && o->windows >= OVERLOAD_WINDOWS)
		o->until = now + OVERLOAD_MEMORY;
	if (s->wait > OVERLOAD_WAIT + s->reach && overload_limits(o, now)) {
		o->until = now + OVERLOAD_MEMORY;
		o->shed += s->bytes;
		return true;
	}
	o->went += s->bytes;
	return false;
}
