/* SPDX-License-Identifier: BSD-3-Clause */
// The gateway's control plane: from a checked configuration to a running wanbond and back.
#ifndef WB_CONTROL_H
#define WB_CONTROL_H

#include <stdbool.h>

struct wb_config;

struct wb_control_options {
	bool interactive; // a prompt on standard input
	int n_eal;        // EAL arguments of the command line
	char *const *eal;
};

// Runs until SIGTERM, SIGINT or the prompt's `quit`. Returns the exit code: 0 after a clean end, 1
// when it could not start (logged). Call it once in a process, from its first thread.
int wb_control_run(const struct wb_config *c, const struct wb_control_options *options);

#endif
