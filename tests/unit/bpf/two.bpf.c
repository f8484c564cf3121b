// SPDX-License-Identifier: BSD-3-Clause
#include "wb_sched_bpf.h"

__attribute__((section("scheduler"), used)) uint64_t
one(struct wb_sched_bpf *c)
{
	return c->free;
}

__attribute__((section("scheduler"), used)) uint64_t
other(struct wb_sched_bpf *c)
{
	return c->up;
}
