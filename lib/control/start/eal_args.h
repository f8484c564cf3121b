/* SPDX-License-Identifier: BSD-3-Clause */
// Makes the EAL's arguments out of the configuration and the machine. Pure.
//
// Arguments of the user (the file's "eal", the command line before "--") always win: others are added only where
// none of their kind was given.
#ifndef CONTROL_EAL_ARGS_H
#define CONTROL_EAL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "wb_config.h"

#define EAL_ARGS_MAX 96
#define EAL_ARG_LEN 320
#define MACHINE_CPUS_MAX 256

struct machine {
	unsigned cpus[MACHINE_CPUS_MAX]; // that this process may use, ascending
	unsigned n_cpus;
	unsigned worker_cpu;    // for the one worker, if none is configured
	unsigned free_huge_mib; // in hugepages that are neither used nor reserved
};

// Reads the machine's CPUs and free hugepages. sysfs: "/sys".
void machine_read(struct machine *m, const char *sysfs);

struct eal_args {
	char text[EAL_ARGS_MAX][EAL_ARG_LEN];
	char *argv[EAL_ARGS_MAX + 1]; // ends with NULL
	int argc;
	unsigned workers[WB_CONFIG_WORKERS]; // lcore ids
	unsigned n_workers;                  // 0: the user gave the lcores
	bool huge;                           // hugepages are used, or the user decided
};

// Builds the arguments. memory_mib: what the datapath needs. -EINVAL: why gets a sentence for the user.
int eal_args_build(const struct wb_config *c, const struct machine *m, unsigned memory_mib,
	int n_user, char *const *user, struct eal_args *out, char *why, size_t why_len);

#endif
