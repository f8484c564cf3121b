// SPDX-License-Identifier: BSD-3-Clause
// Realtime flows keep to one WAN, so that their packets' delay does not jump between paths: the one
// with the lowest "priority" in the configuration, of equals the quickest. They leave it when it
// goes down or degrades, or when another would bring them 30 ms earlier, and then stay there for
// 10 s at least. Everything else shares what is left, and keeps off that WAN while
// another has room.
#include "wb_sched_bpf.h"

#define MS 1000000ull
#define PATIENCE (30 * MS)
#define STAY (10000 * MS)

// memory[]
#define WAN 0   // of the realtime flows, as a set of one
#define MOVED 1 // when it was chosen

SCHEDULER(struct wb_sched_bpf *c)
{
	uint64_t healthy = c->up & ~c->degraded;
	uint64_t set = healthy ? healthy : c->up, wan = c->memory[WAN] & set, quick;

	if (c->sclass != WB_SCHED_REALTIME) {
		quick = c->free & ~wan;
		return wb_least(c, quick ? quick : c->free, WB_BY_ARRIVAL);
	}
	quick = wb_least(c, set, WB_BY_ARRIVAL);
	if (!wan || (c->now - c->memory[MOVED] > STAY &&
			    wb_value(c, wan, WB_BY_ARRIVAL) >
				    wb_value(c, quick, WB_BY_ARRIVAL) + PATIENCE)) {
		wan = wan ? quick : wb_least(c, set, WB_BY_PRIORITY);
		c->memory[WAN] = wan;
		c->memory[MOVED] = c->now;
	}
	return wan;
}
