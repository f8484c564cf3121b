// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

// By 0 now and then: the answer is 0 then.
SCHEDULER(struct wb_sched_bpf *c)
{
	return c->now / c->flow;
}
