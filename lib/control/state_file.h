/* SPDX-License-Identifier: BSD-3-Clause */
// A file of what outlives a restart, line by line. It is replaced as a whole: after a crash it is the old or the new one.
#ifndef CONTROL_STATE_FILE_H
#define CONTROL_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
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

// Takes a line, which it may change. False: it makes no sense, and why[] says so.
typedef bool (*state_file_line)(void *ctx, char *line, char *why, size_t len);
// Hands over the lines of a file, but comments and empty ones. 0, also when there is no file; -EINVAL: a line makes no
// sense (the others were taken), err has "FILE:LINE: WHY"; -errno.
int state_file_read(const char *path, state_file_line take, void *ctx, char *err, size_t err_len);

#endif
