// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

__attribute__((section("xdp"), used)) uint64_t
wb_scheduler(struct wb_sched_bpf *c)
{
	return c->free;
}
