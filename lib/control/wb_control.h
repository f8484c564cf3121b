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

#endif
