// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

SCHEDULER(struct wb_sched_bpf *c)
{
	return c->free & *(volatile uint64_t *)0x1000;
}
