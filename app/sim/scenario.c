// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "program.h"
#include "scenario.h"
#include "sim.h"
#include "trace.h"

#define INNER_MTU_MAX 9000

static const char *
text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const json_t *
scenario_list(const json_t *object, const struct place *at, const char *key)
{
	const json_t *list = json_object_get(object, key);

	if (list != NULL && !json_is_array(list))
		place_value_fatal(at, key, "must be a list");
	return list;
}

struct scenario_event *
scenario_event_add(struct scenario *s, unsigned link, wb_ns_t at, enum event_kind kind)
{
	struct scenario_event *e = &s->events[s->n_events];
	unsigned i = s->n_events++;

	if (s->n_events == EVENTS_MAX)
		place_fatal(&s->place, "links", "more than %d events", EVENTS_MAX - 1);
	for (; i > 0 && s->events[i - 1].at > at; i--, e--)
		*e = s->events[i - 1];
	*e = (struct scenario_event){ .at = at, .kind = kind, .link = (uint16_t)link };
	e->dir[DIR_UP] = e->dir[DIR_DOWN] = true;
	return e;
}

unsigned
scenario_choice(const json_t *j, const struct place *at, const char *key, const char *const *names,
	unsigned absent)
{
	char list[128] = "";
	unsigned i = 0;

	if (json_object_get(j, key) == NULL)
		return absent;
	for (; names[i] != NULL; i++) {
		size_t n = strlen(list);

		if (text(j, key) != NULL && strcmp(text(j, key), names[i]) == 0)
			return i;
		snprintf(list + n, sizeof(list) - n, "%s%s",
			i == 0         ? ""
			: names[i + 1] ? ", "
				       : " or ",
			names[i]);
	}
	place_value_fatal(at, key, "must be %s", list);
}

const char *const direction_name[DIRS + 1] = { "up", "down", NULL };

// Ends the program if none is called so. in_file: named there, and not by an option.
static void
check_scheduler(const struct scenario *s, bool in_file)
{
	char list[128] = "";

	for (unsigned i = 0; wb_scheduler_name(i) != NULL; i++) {
		size_t n = strlen(list);

		if (strcmp(wb_scheduler_name(i), s->scheduler) == 0)
			return;
		snprintf(list + n, sizeof(list) - n, "%s, ", wb_scheduler_name(i));
	}
	if (in_file)
		place_value_fatal(&s->place, "scheduler", "must be %sor a file FILE.bpf.o", list);
	sim_fatal("--scheduler %s: must be %sor a file FILE.bpf.o", s->scheduler, list);
}

void
scenario_set_scheduler(struct scenario *s, const char *name)
{
	snprintf(s->scheduler, sizeof(s->scheduler), "%s", name);
	if (!program_is_file(name))
		check_scheduler(s, false);
}

void
scenario_check_start(const struct scenario *s)
{
	if (!s->direct && s->session_at >= s->duration)
		place_fatal(&s->place, "session_at", "is after the end, at %.10g s",
			(double)s->duration / 1e9);
	for (unsigned i = 0; i < s->n_flows; i++)
		if (s->flows[i].start < s->duration)
			return;
	place_fatal(&s->place, "duration", "ends after %.10g s, before any flow begins",
		(double)s->duration / 1e9);
}

// A name, or an object file relative to the scenario's folder.
static void
read_scheduler(struct scenario *s)
{
	const json_t *v = json_object_get(s->root, "scheduler");
	const char *name = json_string_value(v);
	bool below;
	int n;

	if (v == NULL)
		return;
	if (name == NULL)
		place_value_fatal(&s->place, "scheduler", "must be a text");
	below = program_is_file(name) && name[0] != '/';
	n = snprintf(s->scheduler, sizeof(s->scheduler), "%s%s%s", below ? s->dir : "",
		below ? "/" : "", name);
	if (n < 0 || (size_t)n >= sizeof(s->scheduler))
		place_fatal(&s->place, "scheduler", "is too long");
	if (!program_is_file(name))
		check_scheduler(s, true);
}

static void
check_expect(const struct scenario *s)
{
	static const struct key keys[] = {
		{ "value", .type = KEY_OTHER },
		{ "min", .type = KEY_OTHER },
		{ "max", .type = KEY_OTHER },
		{ .type = KEY_END },
	};
	size_t i;
	json_t *j;

	json_array_foreach (s->expect, i, j) {
		const struct place at = place_index(&s->place, "expect", i);
		const json_t *min = json_object_get(j, "min"), *max = json_object_get(j, "max");

		keys_read(j, &at, keys);
		if (text(j, "value") == NULL || (min == NULL && max == NULL) ||
			(min != NULL && !json_is_number(min)) ||
			(max != NULL && !json_is_number(max)))
			place_fatal(&at, NULL,
				"must have \"value\", a text, and \"min\" or \"max\", numbers");
	}
}

static void
read_root(struct scenario *s)
{
	char transport[NAME_LEN] = "tunnel";
	const struct key keys[] = {
		{ "name", KEY_NAME, .target = s->name },
		{ "comment", .type = KEY_OTHER },
		{ "duration", KEY_SECONDS, .target = &s->duration, .min = 0.001 },
		{ "session_at", KEY_SECONDS, .target = &s->session_at },
		{ "seed", KEY_U64, .target = &s->seed },
		{ "transport", KEY_NAME, .target = transport },
		{ "scheduler", .type = KEY_OTHER },
		{ "beyond_ms", KEY_MS, .target = &s->beyond },
		{ "tick_us", KEY_US, .target = &s->tick },
		{ "stall_ms", KEY_MS, .target = &s->stall },
		{ "stall_every_ms", KEY_MS, .target = &s->stall_every },
		{ "inner_mtu", KEY_U32, .target = &s->inner_mtu, MTU_MIN, INNER_MTU_MAX,
			.or_zero = true },
		{ "fec_percent", KEY_U32, .target = &s->fec_percent, .max = 50 },
		{ "links", .type = KEY_OTHER },
		{ "cells", .type = KEY_OTHER },
		{ "flows", .type = KEY_OTHER },
		{ "expect", .type = KEY_OTHER },
		{ .type = KEY_END },
	};
	size_t i;
	json_t *j;

	keys_read(s->root, &s->place, keys);
	read_scheduler(s);
	s->direct = strcmp(transport, "direct") == 0;
	if (!s->direct && strcmp(transport, "tunnel") != 0)
		place_value_fatal(&s->place, "transport", "must be tunnel or direct");
	scenario_links_read(s);
	json_array_foreach (scenario_list(s->root, &s->place, "flows"), i, j) {
		const struct place at = place_index(&s->place, "flows", i);

		scenario_flow_read(s, j, &at);
	}
	if (s->n_links == 0 || s->n_flows == 0)
		place_fatal(
			&s->place, s->n_links ? "flows" : "links", "must be a list, and not empty");
	s->expect = scenario_list(s->root, &s->place, "expect");
	check_expect(s);
}

#define FILE_MAX (64u << 20)

static char *
read_file(const char *file, size_t *len)
{
	FILE *f = fopen(file, "r");
	char *text = NULL;
	size_t n = 0, room = 0, got = 1;

	if (f == NULL)
		sim_fatal("%s: cannot be opened: %s", file, strerror(errno));
	while (got > 0 && n < FILE_MAX) {
		room = 2 * room + 65536;
		text = realloc(text, room);
		if (text == NULL)
			sim_fatal("out of memory");
		got = fread(text + n, 1, room - n - 1, f);
		n += got;
	}
	if (ferror(f))
		sim_fatal("%s: cannot be read: %s", file, strerror(errno));
	if (n >= FILE_MAX)
		sim_fatal("%s: is no scenario: larger than %u MiB", file, FILE_MAX >> 20);
	fclose(f);
	text[n] = '\0';
	*len = n;
	return text;
}

struct scenario *
scenario_load(const char *file)
{
	struct scenario *s = sim_alloc(sizeof(*s));
	const char *slash = strrchr(file, '/');
	json_error_t error;
	size_t len;

	s->traces = trace_list_create();
	s->seed = 1;
	s->duration = 15 * WB_SEC;
	s->fec_percent = FEC_PERCENT;
	snprintf(s->dir, sizeof(s->dir), "%.*s", slash ? (int)(slash - file) : 1,
		slash ? file : ".");
	snprintf(s->name, sizeof(s->name), "%.*s", (int)strcspn(slash ? slash + 1 : file, "."),
		slash ? slash + 1 : file);
	s->text = read_file(file, &len);
	s->place = (struct place){ .file = file, .text = s->text };
	s->root = json_loadb(s->text, len, JSON_REJECT_DUPLICATES, &error);
	if (s->root == NULL)
		sim_fatal("%s:%d: %s", file, error.line, error.text);
	read_root(s);
	return s;
}

void
scenario_free(struct scenario *s)
{
	trace_list_free(s->traces);
	json_decref(s->root);
	free(s->text);
	free(s);
}
