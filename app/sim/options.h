/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>

struct scenario;

// NULL: as the scenario has it, and no file of events.
struct options {
	const char *seed, *duration, *scheduler, *fec, *events;
	double interval_ms; // of events
	bool check, text;
};

// Returns the scenario's file name. Ends the program on --help (0) and on what it does not know (2).
const char *options_read(int argc, char **argv, struct options *a);
// Puts into the scenario what was given. Ends the program on a value that cannot be.
void options_override(struct scenario *s, const struct options *a);

#endif
