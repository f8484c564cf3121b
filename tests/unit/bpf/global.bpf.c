// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

static uint64_t turn;

SCHEDULER(struct wb_sched_bpf *c)
{
	turn++;
	return c->free & turn;
}
