// SPDX-License-Identifier: BSD-3-Clause
#include "program.h"

#include <stddef.h>
#include <string.h>

#include "sim.h"

bool
program_is_file(const char *scheduler)
{
	size_t n = strlen(scheduler);

	return n > 2 && strcmp(scheduler + n - 2, ".o") == 0;
}

#ifdef WB_HAVE_BPF
#include "wb_bpf.h"

struct wb_bpf_scheduler *
program_set(struct wb_tunnel *t, const char *file)
{
	char err[512];
	struct wb_bpf_scheduler *p = wb_bpf_scheduler_load(file, err, sizeof(err));

	if (p == NULL)
		sim_fatal("scheduler: %s", err);
	wb_tunnel_set_program(t, wb_bpf_scheduler_program(p));
	return p;
}

void
program_free(struct wb_bpf_scheduler *program)
{
	wb_bpf_scheduler_free(program);
}
#else
struct wb_bpf_scheduler *
program_set(struct wb_tunnel *t, const char *file)
{
	(void)t;
	sim_fatal("scheduler: %s: this simulator was built without DPDK, which runs eBPF", file);
}

void
program_free(struct wb_bpf_scheduler *program)
{
	(void)program;
}
#endif
