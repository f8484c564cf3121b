// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

__attribute__((noinline)) uint64_t
mine(const struct wb_sched_bpf *c)
{
	return c->free & c->up;
}

SCHEDULER(struct wb_sched_bpf *c)
{
	return mine(c);
}
