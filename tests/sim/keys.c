// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "scenario.h"
#include "sim.h"

static uint64_t
scaled(const json_t *v, const struct place *at, const struct key *k)
{
	static const double factor[] = {
		[KEY_SECONDS] = 1e9,
		[KEY_MS] = 1e6,
		[KEY_US] = 1e3,
		[KEY_MBIT] = 1e6,
		[KEY_PERCENT] = 1e4,
		[KEY_U64] = 1,
		[KEY_U32] = 1,
		[KEY_U16] = 1,
		[KEY_U8] = 1,
	};
	static const double limit[] = {
		[KEY_U32] = UINT32_MAX,
		[KEY_PERCENT] = 1e6,
		[KEY_U16] = UINT16_MAX,
		[KEY_U8] = UINT8_MAX,
	};
	double value = json_number_value(v) * factor[k->type];
	double max = k->type < sizeof(limit) / sizeof(limit[0]) && limit[k->type] > 0
			     ? limit[k->type]
			     : 9e15;

	if (!json_is_number(v) || value < 0 || value > max)
		place_fatal(at, k->name, "must be a number from 0 to %g", max / factor[k->type]);
	return (uint64_t)llround(value);
}

static void
read_one(const json_t *v, const struct place *at, const struct key *k)
{
	switch (k->type) {
	case KEY_SECONDS:
	case KEY_MS:
	case KEY_US:
	case KEY_MBIT:
	case KEY_U64:
		*(uint64_t *)k->target = scaled(v, at, k);
		break;
	case KEY_PERCENT:
	case KEY_U32:
		*(uint32_t *)k->target = (uint32_t)scaled(v, at, k);
		break;
	case KEY_U16:
		*(uint16_t *)k->target = (uint16_t)scaled(v, at, k);
		break;
	case KEY_U8:
		*(uint8_t *)k->target = (uint8_t)scaled(v, at, k);
		break;
	case KEY_BOOL:
		if (!json_is_boolean(v))
			place_fatal(at, k->name, "must be true or false");
		*(bool *)k->target = json_is_true(v);
		break;
	case KEY_NAME:
		if (!json_is_string(v) || json_string_length(v) >= NAME_LEN)
			place_fatal(
				at, k->name, "must be a text of up to %d characters", NAME_LEN - 1);
		snprintf(k->target, NAME_LEN, "%s", json_string_value(v));
		break;
	case KEY_OTHER:
	case KEY_END:
		break;
	}
}

void
keys_read(const json_t *object, const struct place *at, const struct key *keys)
{
	const struct key *k;
	const char *name;
	json_t *v;

	if (!json_is_object(object))
		place_fatal(at, NULL, object ? "must be an object" : "is missing");
	json_object_foreach ((json_t *)(uintptr_t)object, name, v) {
		for (k = keys; k->type != KEY_END && strcmp(k->name, name) != 0;)
			k++;
		if (k->type == KEY_END)
			place_fatal(at, name, "unknown key");
		read_one(v, at, k);
	}
}
