// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

extern uint64_t wb_most(const struct wb_sched_bpf *c, uint64_t paths);

SCHEDULER(struct wb_sched_bpf *c)
{
	return wb_most(c, c->free);
}
