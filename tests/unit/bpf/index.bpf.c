// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

// An index that is bounded is fine.
SCHEDULER(struct wb_sched_bpf *c)
{
	return c->path[c->flow & 15].rtt;
}
