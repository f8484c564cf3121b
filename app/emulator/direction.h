/* SPDX-License-Identifier: BSD-3-Clause */
// What one direction of a link is told to be like: the keys of the configuration's a_to_b and
// b_to_a, and of the telemetry command /emu/set.
#ifndef DIRECTION_H
#define DIRECTION_H

#include "wb_emulate.h"

enum direction_value {
	RATE_MBIT, // 0: no limit
	DELAY_MS,
	JITTER_MS,
	REORDER,
	LOSS_PERCENT,
	QUEUE_BYTES,
	GE_ENTER_PERCENT,
	GE_LEAVE_PERCENT,
	GE_LOSS_PERCENT,
	POLICE_MBIT, // 0: none
	POLICE_BYTES,
	PAUSE_EVERY_MS, // 0: none
	PAUSE_MIN_MS,
	PAUSE_MAX_MS,
	DIRECTION_VALUES
};

struct direction_conf {
	double value[DIRECTION_VALUES];
	char trace[256]; // "": by rate_mbit
	char trace_column[64];
};

void direction_defaults(struct direction_conf *c);
// The value named so; -1: none. `allowed` of the other two says what it may be.
int direction_value_find(const char *name);
const char *direction_value_name(enum direction_value v);
// 0; -ERANGE: not allowed.
int direction_value_set(struct direction_conf *c, enum direction_value v, double value);
void direction_value_allowed(enum direction_value v, char *text, size_t size);
// NULL; else what is wrong with the values together.
const char *direction_conflict(const struct direction_conf *c);
// All names, separated by ", ".
void direction_value_names(char *text, size_t size);

struct wb_em_conf direction_em_conf(
	const struct direction_conf *c, const struct wb_em_trace *trace, uint32_t max_items);

#endif
