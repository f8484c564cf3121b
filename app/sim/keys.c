// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "scenario.h"
#include "sim.h"

// A number is stored times factor.
static const struct {
	double factor, max;
} units[] = {
	[KEY_SECONDS] = { 1e9, 1e6 },
	[KEY_MS] = { 1e6, 10000 },
	[KEY_US] = { 1e3, 1e6 },
	[KEY_MBIT] = { 1e6, 100000 },
	[KEY_PERCENT] = { 1e4, 100 },
	[KEY_U64] = { 1, 1e15 },
	[KEY_U32] = { 1, UINT32_MAX },
	[KEY_U16] = { 1, UINT16_MAX },
	[KEY_U8] = { 1, UINT8_MAX },
};

#define MBIT_MIN 0.001 // below it would round to 0, which means no limit

static uint64_t
scaled(const json_t *v, const struct place *at, const struct key *k)
{
	bool rate = k->type == KEY_MBIT && k->min == 0, whole = k->type >= KEY_U64;
	double max = k->max > 0 ? k->max : units[k->type].max, min = rate ? MBIT_MIN : k->min;
	double value = json_number_value(v);
	bool zero = (k->or_zero || rate) && value == 0;

	if (!json_is_number(v) || !(zero || (value >= min && value <= max)) ||
		(whole && value != floor(value)))
		place_value_fatal(at, k->name, "must be %sa %snumber from %.10g to %.10g",
			k->or_zero || rate ? "0 or " : "", whole ? "whole " : "", min, max);
	return (uint64_t)llround(value * units[k->type].factor);
}

// It stands in the result and in lines of events.
static bool
is_name(const char *s)
{
	if (s == NULL || s[0] == '\0' || strlen(s) >= NAME_LEN)
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f || *s == '"' || *s == '\\')
			return false;
	return true;
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
			place_value_fatal(at, k->name, "must be true or false");
		*(bool *)k->target = json_is_true(v);
		break;
	case KEY_NAME:
		if (!is_name(json_string_value(v)))
			place_value_fatal(at, k->name,
				"must be a text of 1 to %d characters, without \" and \\",
				NAME_LEN - 1);
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

	if (object == NULL)
		place_fatal(at, NULL, "is missing");
	if (!json_is_object(object))
		place_value_fatal(at, NULL, "must be an object");
	json_object_foreach ((json_t *)(uintptr_t)object, name, v) {
		for (k = keys; k->type != KEY_END && strcmp(k->name, name) != 0;)
			k++;
		if (k->type == KEY_END)
			place_fatal(at, name, "unknown key");
		read_one(v, at, k);
	}
}
