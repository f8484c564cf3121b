/* SPDX-License-Identifier: BSD-3-Clause */
// The state of reading a file, and its list of complaints.
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "keys.h"
#include "locate.h"

struct config_reader {
	const char *text;
	size_t len;
	const char *name; // of the file, in messages
	const char *dir;  // where relative paths start
	const json_t *root;
	struct config_where where; // the value being read
	char *err;
	size_t err_len, err_used;
	unsigned errors;
	unsigned hidden;  // lines that did not fit into err
	unsigned located; // lines that the text was searched for
};

void config_reader_init(struct config_reader *r, const char *name, char *err, size_t err_len);

// Complains of the value at r->where in a line "FILE:LINE: KEY: ...".
void config_error(struct config_reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
// Warns likewise, by "warning: "; that does not count as an error.
void config_warn(struct config_reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
// Complains with another place than r->where.
void config_error_at(struct config_reader *r, unsigned line, const char *message);
// Adds how many lines did not fit.
void config_reader_finish(struct config_reader *r);

void config_enter_key(struct config_reader *r, const char *key);
void config_enter_index(struct config_reader *r, unsigned index);
void config_leave(struct config_reader *r);

// Reads a JSON value by its row into `base`, the struct of the row's object. Complaints go to r.
void config_read_object(struct config_reader *r, const struct config_object *object, void *base,
	const json_t *value);
// Reads one value of a type that is no object or array. at: the member itself.
void config_read_value(
	struct config_reader *r, const struct config_key *key, void *at, const json_t *value);
// Complains that "VALUE is WHAT; allowed: ..." at the current place.
void config_refuse(struct config_reader *r, const struct config_key *key, const json_t *value,
	const char *what);

// Checks what involves several values: duplicate names, missing uses, overlapping networks.
struct wb_config;
void config_check_whole(struct config_reader *r, struct wb_config *c);
// edges.c: does so for a hub's edges.
void config_check_edges(struct config_reader *r, const struct wb_config *c);
// trunk.c: does so for VLANs, and finds their trunks.
void config_check_trunks(struct config_reader *r, struct wb_config *c);

#endif
