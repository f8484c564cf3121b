/* SPDX-License-Identifier: BSD-3-Clause */
// Reads a JSON object by a table of its keys. Anything wrong ends the program with where it stood.
#ifndef KEYS_H
#define KEYS_H

#include <jansson.h>
#include <stdbool.h>

#include "place.h"

enum key_type {
	KEY_SECONDS, // number -> wb_ns_t
	KEY_MS,      // number -> wb_ns_t
	KEY_US,      // number -> wb_ns_t
	KEY_MBIT,    // number -> uint64_t bit/s; 0, or not below 0.001
	KEY_PERCENT, // number -> uint32_t ppm
	KEY_U64,     // from here on whole numbers
	KEY_U32,
	KEY_U16,
	KEY_U8,
	KEY_BOOL,
	KEY_NAME,  // string -> char[NAME_LEN]; not empty, fit to be printed
	KEY_OTHER, // read by someone else; target not used
	KEY_END
};

struct key {
	const char *name;
	enum key_type type;
	void *target;
	double min, max; // of a number, as it is written; max 0: the type's (keys.c)
	bool or_zero;    // 0 too, below min
};

// Keys that are absent leave their target as it is; those not in the table are errors. at: of object.
void keys_read(const json_t *object, const struct place *at, const struct key *keys);

#endif
