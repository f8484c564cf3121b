// SPDX-License-Identifier: BSD-3-Clause
// Starts DPDK's EAL and finds out which lcores are workers.
#include "eal_start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "eal_args.h"
#include "log.h"
#include "memory.h"
#include "numa_place.h"
#include "runtime.h"

// Chooses the workers if the user gave the lcores: those that "workers" names, or all but the main one.
static int
choose_workers(struct eal *e, const struct wb_config *c)
{
	unsigned id;

	for (unsigned i = 0; i < c->n_workers; i++) {
		if (!rte_lcore_is_enabled(c->workers[i]) || c->workers[i] == rte_get_main_lcore()) {
			ctl_err("workers: %u is not a worker lcore of the EAL arguments",
				c->workers[i]);
			return -EINVAL;
		}
		e->workers[e->n_workers++] = c->workers[i];
	}
	if (c->n_workers != 0)
		return 0;
	RTE_LCORE_FOREACH_WORKER (id)
		if (e->n_workers < WB_CONFIG_WORKERS)
			e->workers[e->n_workers++] = id;
	if (e->n_workers == 0) {
		ctl_err("the EAL arguments leave no worker lcore: give at least two (-l 0,1, or "
			"--lcores 0@0,1@0 on one CPU)");
		return -EINVAL;
	}
	return 0;
}

static void
tell_eal_failed(const struct eal_args *args)
{
	const char *why = rte_strerror(rte_errno);
	char line[384];
	size_t n = 0;

	line[0] = 0;
	for (int i = 1; i < args->argc && n < sizeof(line); i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, " %s", args->argv[i]);
	wb_config_hide_keys(line);
	ctl_err("DPDK's EAL does not start: %s; it was given:%s", why, line);
}

int
eal_start(struct eal *e, const struct wb_config *c, int n_user, char *const *user)
{
	struct eal_args *args = calloc(1, sizeof(*args));
	struct machine machine;
	char why[256];
	int r;

	if (args == NULL)
		return -ENOMEM;
	runtime_environment();
	machine_read(&machine, "/sys");
	numa_place(c, &machine);
	r = eal_args_build(c, &machine, memory_need(c), n_user, user, args, why, sizeof(why));
	if (r < 0) {
		ctl_err("%s", why);
	} else {
		r = rte_eal_init(args->argc, args->argv) < 0 ? -rte_errno : 0;
		if (r < 0)
			tell_eal_failed(args);
	}
	if (r == 0) {
		e->started = true;
		e->huge = args->huge;
		memcpy(e->workers, args->workers, sizeof(e->workers));
		e->n_workers = args->n_workers;
		if (e->n_workers == 0)
			r = choose_workers(e, c);
	}
	free(args);
	return r;
}
