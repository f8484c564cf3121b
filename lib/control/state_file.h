/* SPDX-License-Identifier: BSD-3-Clause */
// Replaces a file of what outlives a restart as a whole: after a crash it is the old or the new one.
#ifndef CONTROL_STATE_FILE_H
#define CONTROL_STATE_FILE_H

#include <stdio.h>

#define STATE_FILE_PATH 1200

struct state_file {
	char path[STATE_FILE_PATH];
	FILE *text; // of the new one
};

// Opens the new file. -errno.
int state_file_open(struct state_file *s, const char *path);
// Puts it in the old one's place. -errno: the old one stays.
int state_file_close(struct state_file *s);

#endif
