// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

static uint64_t (*ktime_get_ns)(void) = (void *)5; // of the kernel

SCHEDULER(struct wb_sched_bpf *c)
{
	return c->free & ktime_get_ns();
}
