// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

SCHEDULER(struct wb_sched_bpf *c)
{
	return wb_least((const struct wb_sched_bpf *)c->now, c->free, WB_BY_RTT);
}
