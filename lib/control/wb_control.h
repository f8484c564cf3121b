/* SPDX-License-Identifier: BSD-3-Clause */
// The gateway's control plane: runs wanbond with a checked configuration.
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

// Gives each port whose driver would lose frames of its interface a packet socket of ours instead. text gets a
// line for each such port.
void wb_control_replace_devices(struct wb_config *c, char *text, size_t len);

// Runs until SIGTERM, SIGINT or the prompt's `quit`. Returns the exit code: 0 after a clean end, 1
// when it could not start (logged). Call it once in a process, from its first thread.
int wb_control_run(struct wb_config *c, const struct wb_control_options *options);

// Checks whether this machine has the devices, drivers, CPUs and memory that c needs. 0 or -EINVAL; err gets
// errors and warnings as from wb_config_load(). It loads DPDK's drivers, so do not call it before a run.
int wb_control_check(const struct wb_config *c, char *err, size_t err_len);
// Returns the MiB of hugepages or ordinary memory that the EAL gets.
unsigned wb_control_memory_mib(const struct wb_config *c);

#endif
