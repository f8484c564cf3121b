// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

SCHEDULER(struct wb_sched_bpf *c)
{
	uint64_t n = 0;

#pragma clang loop unroll(disable)
	for (uint64_t i = 0; i < c->now; i++)
		n += c->path[i & 15].rtt;
	return n;
}
