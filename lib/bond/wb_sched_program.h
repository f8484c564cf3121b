/* SPDX-License-Identifier: BSD-3-Clause */
// A scheduler that comes from outside: what wb_sched_bpf.h promises to its author, as functions.
#ifndef WB_SCHED_PROGRAM_H
#define WB_SCHED_PROGRAM_H

#include "wb_sched_bpf.h"
#include "wb_tunnel.h"

_Static_assert(WB_SCHED_PATHS == WB_PATHS_MAX, "a path's index is its slot");

struct wb_sched_program {
	char name[WB_NAME_MAX]; // as the operator sees it
	uint64_t (*run)(const void *arg, struct wb_sched_bpf *c);
	const void *arg;
};

// Takes it from the next packet on. `program` stays the caller's and must live until another
// scheduler is set or the tunnel destroyed; several tunnels may share it.
void wb_tunnel_set_program(struct wb_tunnel *t, const struct wb_sched_program *program);

// Does what wb_least() and wb_value() do for programs, whatever numbers they hand in.
uint64_t wb_sched_least(const struct wb_sched_bpf *c, uint64_t paths, uint64_t by);
uint64_t wb_sched_value(const struct wb_sched_bpf *c, uint64_t paths, uint64_t by);

#endif
