// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "direction.h"

#define RATE_MIN 0.001 // Mbit/s; what is less would be no limit

static const struct {
	const char *name;
	double min, max;
	bool whole;
} values[DIRECTION_VALUES] = {
	[RATE_MBIT] = { "rate_mbit", 0, 100000, false },
	[DELAY_MS] = { "delay_ms", 0, 10000, false },
	[JITTER_MS] = { "jitter_ms", 0, 10000, false },
	[REORDER] = { "reorder", 0, 1, true },
	[LOSS_PERCENT] = { "loss_percent", 0, 100, false },
	[QUEUE_BYTES] = { "queue_bytes", 1500, 1000000000, true },
	[GE_ENTER_PERCENT] = { "ge_enter_percent", 0, 100, false },
	[GE_LEAVE_PERCENT] = { "ge_leave_percent", 0, 100, false },
	[GE_LOSS_PERCENT] = { "ge_loss_percent", 0, 100, false },
	[POLICE_MBIT] = { "police_mbit", 0, 100000, false },
	[POLICE_BYTES] = { "police_bytes", 1500, 1000000000, true },
	[PAUSE_EVERY_MS] = { "pause_every_ms", 0, 10000, false },
	[PAUSE_MIN_MS] = { "pause_min_ms", 0, 10000, false },
	[PAUSE_MAX_MS] = { "pause_max_ms", 0, 10000, false },
};

void
direction_defaults(struct direction_conf *c)
{
	memset(c, 0, sizeof(*c));
	c->value[QUEUE_BYTES] = 250000;
	c->value[GE_LOSS_PERCENT] = 100;
	c->value[POLICE_BYTES] = 125000;
}

int
direction_value_find(const char *name)
{
	for (int i = 0; i < DIRECTION_VALUES; i++) {
		if (strcmp(values[i].name, name) == 0)
			return i;
	}
	return -1;
}

const char *
direction_value_name(enum direction_value v)
{
	return values[v].name;
}

static bool
is_rate(enum direction_value v)
{
	return v == RATE_MBIT || v == POLICE_MBIT;
}

int
direction_value_set(struct direction_conf *c, enum direction_value v, double value)
{
	if (is_rate(v) && value > 0 && value < RATE_MIN)
		return -ERANGE;
	if (!(value >= values[v].min && value <= values[v].max) ||
		(values[v].whole && value != (uint32_t)value))
		return -ERANGE;
	c->value[v] = value;
	return 0;
}

void
direction_value_allowed(enum direction_value v, char *text, size_t size)
{
	if (v == REORDER)
		snprintf(text, size, "true or false");
	else if (is_rate(v))
		snprintf(text, size, "0 or a number from %g to %.10g", RATE_MIN, values[v].max);
	else
		snprintf(text, size, "a %snumber from %g to %.10g", values[v].whole ? "whole " : "",
			values[v].min, values[v].max);
}

void
direction_value_names(char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < DIRECTION_VALUES && used < size; i++)
		used += snprintf(
			text + used, size - used, "%s%s", i > 0 ? ", " : "", values[i].name);
}

const char *
direction_conflict(const struct direction_conf *c)
{
	const double every = c->value[PAUSE_EVERY_MS], max = c->value[PAUSE_MAX_MS];

	if (c->trace[0] != '\0' && c->value[RATE_MBIT] != 0)
		return "either rate_mbit or trace, not both";
	if (every == 0 && max == 0 && c->value[PAUSE_MIN_MS] == 0)
		return NULL;
	if (c->trace[0] != '\0')
		return "either pauses or trace, not both";
	if (every <= max)
		return "a pause_every_ms above pause_max_ms";
	return max < c->value[PAUSE_MIN_MS] ? "a pause_max_ms that is not below pause_min_ms"
					    : NULL;
}

static uint32_t
ppm(double percent)
{
	return percent * 10000 + 0.5;
}

struct wb_em_conf
direction_em_conf(
	const struct direction_conf *c, const struct wb_em_trace *trace, uint32_t max_items)
{
	struct wb_em_conf e = {
		.rate = trace != NULL ? 0 : c->value[RATE_MBIT] * 1e6 + 0.5,
		.trace = trace,
		.delay = c->value[DELAY_MS] * 1e6 + 0.5,
		.jitter = c->value[JITTER_MS] * 1e6 + 0.5,
		.loss_ppm = ppm(c->value[LOSS_PERCENT]),
		.ge_enter_ppm = ppm(c->value[GE_ENTER_PERCENT]),
		.ge_leave_ppm = ppm(c->value[GE_LEAVE_PERCENT]),
		.ge_loss_ppm = ppm(c->value[GE_LOSS_PERCENT]),
		.queue_bytes = c->value[QUEUE_BYTES],
		.police_rate = c->value[POLICE_MBIT] * 1e6 + 0.5,
		.police_bytes = c->value[POLICE_BYTES],
		.pauses = { .every = c->value[PAUSE_EVERY_MS] * 1e6 + 0.5,
			.min = c->value[PAUSE_MIN_MS] * 1e6 + 0.5,
			.max = c->value[PAUSE_MAX_MS] * 1e6 + 0.5 },
		.max_items = max_items,
	};

	if (e.jitter > 0)
		e.jitter_kind = c->value[REORDER] != 0 ? WB_EM_JITTER_REORDER : WB_EM_JITTER_FIFO;
	// lib/emulate takes 0 as "all"; who says 0 here wants no bursts.
	if (e.ge_loss_ppm == 0)
		e.ge_enter_ppm = e.ge_leave_ppm = 0;
	return e;
}
