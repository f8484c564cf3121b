// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -mcpu=v3: compares 32 bits.
#include "wb_sched_bpf.h"

SCHEDULER(struct wb_sched_bpf *c)
{
	return c->flow > 500 ? c->free : c->up;
}
