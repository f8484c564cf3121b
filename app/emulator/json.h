/* SPDX-License-Identifier: BSD-3-Clause */
// JSON values into structs; what is wrong is told with file, key, value and what is allowed.
#ifndef JSON_H
#define JSON_H

#include <stddef.h>

#include <jansson.h>

#include "config.h"

struct reader {
	const char *file;
	char *error;
	size_t size;
};

// One key of an object: `out` is the struct that the object fills. `at` is the key's full name.
struct key {
	const char *name;
	int (*read)(struct reader *r, const char *at, const json_t *v, void *out);
};

// -EINVAL, with the reason in r->error. v NULL: the key is missing.
int fail(struct reader *r, const char *at, const json_t *v, const char *allowed);
// The full name of a key in the object `parent`.
void join(char *at, size_t size, const char *parent, const char *key);
// Each member goes to its key's function; `keys` ends with a name of NULL.
int read_object(
	struct reader *r, const char *parent, const json_t *v, const struct key *keys, void *out);
int read_text(struct reader *r, const char *at, const json_t *v, char *text, size_t size);
int read_number(
	struct reader *r, const char *at, const json_t *v, const double range[2], double *out);
int read_name(struct reader *r, const char *at, const json_t *v, char name[EMU_NAME]);

#endif
