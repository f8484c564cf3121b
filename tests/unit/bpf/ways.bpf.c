// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

SCHEDULER(struct wb_sched_bpf *c)
{
	uint64_t best = ~0ull, at = 0;

#pragma unroll
	for (int i = 0; i < WB_SCHED_PATHS; i++) {
		if ((c->free >> i & 1) && c->path[i].rtt < best) {
			best = c->path[i].rtt;
			at = 1ull << i;
		}
	}
	return at;
}
