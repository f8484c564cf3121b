/* SPDX-License-Identifier: BSD-3-Clause */
// The parts of a reply of telemetry. The 22.11 library knows no arrays of objects, refuses '-' and '.' in keys
// and cuts a reply at 16 KiB. So lists are dictionaries keyed by index, a page at a time; "next" is the index to
// ask for next, where there is more.
#ifndef CONTROL_REPLY_H
#define CONTROL_REPLY_H

#include <stdint.h>

struct control;
struct rte_tel_data;
struct wb_counter;

void reply_text(struct rte_tel_data *d, const char *key, const char *value);
void reply_number(struct rte_tel_data *d, const char *key, uint64_t value);
// Adds all rows of a list, whose names follow the prefix.
void reply_rows(struct rte_tel_data *d, const char *prefix, const struct wb_counter *rows,
	const void *from);
// Reads the index that a page is to begin with. -EINVAL: not a number.
int reply_start(const char *params, unsigned *start);
// A new dictionary. NULL: no memory.
struct rte_tel_data *reply_object(void);
// Adds an object to a list; ownership passes.
void reply_add(struct rte_tel_data *list, unsigned index, struct rte_tel_data *d);

// What a question's answer has: a list of rows, whose names follow the prefix.
struct reply_part {
	const char *question, *prefix;
	const struct wb_counter *rows;
};
// Returns the i-th part of those that telemetry_tunnel.c answers. NULL: past the end.
const struct reply_part *reply_tunnel_part(unsigned i);
// telemetry_tunnel.c: what /wanbond/tunnels and /wanbond/paths reply. 0 or -errno.
int reply_tunnels(struct control *ctl, const char *params, struct rte_tel_data *d);
int reply_paths(struct control *ctl, const char *params, struct rte_tel_data *d);

#endif
