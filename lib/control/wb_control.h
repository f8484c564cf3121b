/* SPDX-License-Identifier: BSD-3-Clause */
// The gateway's control plane: from a checked configuration to a running wanbond and back.
#ifndef WB_CONTROL_H
#define WB_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct wb_config;

struct wb_control_options {
	bool interactive; // a prompt on standard input
	int n_eal;        // EAL arguments of the command line
	char *const *eal;
};

// Gives ports whose driver would lose frames of their interface, as it is now, a packet socket of ours
// instead. text: a line for each of them.
void wb_control_replace_devices(struct wb_config *c, char *text, size_t len);

// Runs until SIGTERM, SIGINT or the prompt's `quit`. Returns the exit code: 0 after a clean end, 1
// when it could not start (logged). Call it once in a process, from its first thread.
int wb_control_run(struct wb_config *c, const struct wb_control_options *options);

// Does this machine have what c wants of it (devices, drivers, CPUs, memory)? 0, or -EINVAL; err gets
// errors and warnings as from wb_config_load(). Loads DPDK's drivers: for --check, not before a run.
int wb_control_check(const struct wb_config *c, char *err, size_t err_len);
// Of the EAL: hugepages, or ordinary memory.
unsigned wb_control_memory_mib(const struct wb_config *c);

#endif
