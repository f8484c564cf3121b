// SPDX-License-Identifier: BSD-3-Clause
#include "overload.h"

// The sender had its time to slow down, and did not.
static bool
unanswered(const struct overload *o, const struct overload_sample *s)
{
	return s->signals >= OVERLOAD_SIGNALS ||
	       (uint64_t)o->growth * (s->wait / WB_US) >
		       (uint64_t)s->backlog * (OVERLOAD_GROWTH / WB_US);
}

bool
overload_took(struct overload *o, const struct overload_sample *s, wb_ns_t now)
{
	if (!s->signals) {
		o->told = 0;
		o->growth = 0;
		o->counts = false;
	} else if (!o->told) {
		o->told = now;
	} else if (now - o->told >= s->interval) {
		o->counts = true;
	}
	if (s->wait > OVERLOAD_WAIT && (overload_limits(o, now) || unanswered(o, s))) {
		o->until = now + OVERLOAD_MEMORY;
		return true;
	}
	o->growth -= s->bytes < o->growth ? s->bytes : o->growth;
	return false;
}
