// SPDX-License-Identifier: BSD-3-Clause
// Shares by "weight" (or by what each path carries), whatever their delays. Realtime packets and those
// sent again do not count: they take what gets there first.
#include "wb_sched_bpf.h"

SCHEDULER(struct wb_sched_bpf *c)
{
	if (c->sclass == WB_SCHED_REALTIME || c->flags & WB_SCHED_AGAIN)
		return wb_least(c, c->free, WB_BY_ARRIVAL);
	return wb_least(c, c->free, WB_BY_SERVED);
}
