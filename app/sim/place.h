/* SPDX-License-Identifier: BSD-3-Clause */
// Where in a JSON file a value stands, for messages: FILE:LINE: links.0.down.rate_mbit: reason
#ifndef PLACE_H
#define PLACE_H

#include <jansson.h>

struct place {
	const char *file, *text; // its name, all of it
	char path[160];          // keys and indexes from the root, with dots; "": the root
};

// The value at a key or index below.
struct place place_below(const struct place *p, const char *key);
struct place place_index(const struct place *p, const char *key, size_t index);
// Ends the program. key: below p, may be NULL; if it is not there the line is p's.
_Noreturn void place_fatal(const struct place *p, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
// As place_fatal, of a value that is there and is told too: "must be 1 to 5, not 7".
_Noreturn void place_value_fatal(const struct place *p, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
// Line of a path, from 1.
unsigned place_line(const char *text, const char *path);

#endif
