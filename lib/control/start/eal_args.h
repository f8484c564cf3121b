/* SPDX-License-Identifier: BSD-3-Clause */
// The EAL's arguments, from the configuration and what the machine has. Pure.
//
// What the user gives (the file's "eal", the command line before "--") always wins: an argument is
// only made up where none of its kind was given.
#ifndef CONTROL_EAL_ARGS_H
#define CONTROL_EAL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "wb_config.h"

#define EAL_ARGS_MAX 96
#define EAL_ARG_LEN 320
#define MACHINE_CPUS_MAX 256

struct machine {
	unsigned cpus[MACHINE_CPUS_MAX]; // that this process may run on, ascending
	unsigned n_cpus;
	unsigned worker_cpu;    // where the one worker goes if none is configured
	unsigned free_huge_mib; // in hugepages that are neither used nor promised
};

// Reads it from the scheduler and from sysfs ("/sys").
void machine_read(struct machine *m, const char *sysfs);

struct eal_args {
	char text[EAL_ARGS_MAX][EAL_ARG_LEN];
	char *argv[EAL_ARGS_MAX + 1]; // ends with NULL
	int argc;
	unsigned workers[WB_CONFIG_WORKERS]; // lcore ids
	unsigned n_workers;                  // 0: the user gave the lcores, see RTE_LCORE_FOREACH
	bool huge;                           // pages are used (or the user said how)
};

// memory_mib: what the datapath needs. 0; -EINVAL: why gets a sentence for the user.
int eal_args_build(const struct wb_config *c, const struct machine *m, unsigned memory_mib,
	int n_user, char *const *user, struct eal_args *out, char *why, size_t why_len);

#endif
