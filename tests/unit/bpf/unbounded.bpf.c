// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

SCHEDULER(struct wb_sched_bpf *c)
{
	return c->path[c->flow].rtt;
}
