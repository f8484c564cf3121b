/* SPDX-License-Identifier: BSD-3-Clause */
// Finds the lines of values, which jansson does not keep.
#ifndef CONFIG_LOCATE_H
#define CONFIG_LOCATE_H

#include <jansson.h>

// A step from a value to one inside: a member of an object, or (key NULL) an element of an array.
struct config_step {
	const char *key;
	unsigned index;
};

#define CONFIG_DEPTH 8
struct config_where {
	struct config_step steps[CONFIG_DEPTH];
	unsigned depth;
};

// Returns the line, from 1, of the value at `where`. For a missing member that is the line of the nearest value around
// it. text: the JSON that `root` was read from, len bytes.
unsigned config_locate(
	const char *text, size_t len, const json_t *root, const struct config_where *where);
// Writes "ports[2].rate.up", or "" for the top level.
void config_where_text(const struct config_where *where, char *text, size_t len);

#endif
