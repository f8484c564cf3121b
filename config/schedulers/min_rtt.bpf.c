// SPDX-License-Identifier: BSD-3-Clause
// As MPTCP's default: of the paths that have room the one with the shortest round trip. Paths that
// cost something only where no other is up.
#include "wb_sched_bpf.h"

SCHEDULER(struct wb_sched_bpf *c)
{
	uint32_t costless = c->up & ~c->backup;
	uint32_t use = costless ? costless : c->up;

	return wb_least(c, c->free & use, WB_BY_RTT);
}
