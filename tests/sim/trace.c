// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "trace.h"

#define LINE_LEN 4096
#define TRACES_DEFAULT "/usr/share/wanbond/traces"

struct trace_list {
	struct loaded {
		struct wb_em_trace trace;
		uint32_t *ms;
		size_t room;
		struct delay_trace delays;
		struct loaded *next;
	} * first;
};

// What "trace" says.
struct trace_conf {
	const char *csv, *file, *column;
	double from, seconds, scale;
};

struct trace_list *
trace_list_create(void)
{
	return sim_alloc(sizeof(struct trace_list));
}

void
trace_list_free(struct trace_list *list)
{
	for (struct loaded *l = list->first, *next; l != NULL; l = next) {
		next = l->next;
		free(l->ms);
		free(l->delays.delay);
		free(l);
	}
	free(list);
}

// A text file read by lines.
struct lines {
	FILE *f;
	char path[1024], line[LINE_LEN];
	unsigned n;
};

static bool
next_line(struct lines *l)
{
	if (fgets(l->line, sizeof(l->line), l->f) == NULL)
		return false;
	l->n++;
	return true;
}

_Noreturn static void
line_fatal(const struct lines *l, const char *reason)
{
	sim_fatal("%s:%u: %s", l->path, l->n, reason);
}

static double
number_at(const struct lines *l, const char *s, double max, const char *what)
{
	char *end;
	double value = strtod(s, &end);

	if (end == s || !(value >= 0 && value <= max) || strchr(",\r\n \t", *end) == NULL)
		line_fatal(l, what);
	return value;
}

static void
open_relative(struct lines *l, const char *dir, const char *name, const struct place *at)
{
	const char *traces = getenv("WB_TRACES");

	if (strncmp(name, "$WB_TRACES", 10) == 0)
		snprintf(l->path, sizeof(l->path), "%s%s", traces ? traces : TRACES_DEFAULT,
			name + 10);
	else if (name[0] == '/')
		snprintf(l->path, sizeof(l->path), "%s", name);
	else
		snprintf(l->path, sizeof(l->path), "%s/%s", dir, name);
	l->n = 0;
	l->f = fopen(l->path, "r");
	if (l->f == NULL)
		place_fatal(at, "trace", "%s: %s", l->path, strerror(errno));
}

static void
add(struct loaded *l, uint32_t ms)
{
	if (l->trace.n == l->room) {
		l->room = l->room ? 2 * l->room : 4096;
		l->ms = realloc(l->ms, l->room * sizeof(*l->ms));
		if (l->ms == NULL)
			sim_fatal("out of memory");
	}
	l->ms[l->trace.n++] = ms;
}

static void
read_mahimahi(struct loaded *l, struct lines *f, double scale)
{
	double due = 0;
	uint32_t ms = 0;

	while (next_line(f)) {
		uint32_t at = (uint32_t)number_at(f, f->line, 1e9, "not a millisecond");

		if (at < ms)
			line_fatal(f, "earlier than the line before");
		ms = at;
		for (due += scale; due >= 1; due--)
			add(l, ms);
	}
	l->trace.period_ms = ms + 1;
}

static double
field(struct lines *f, unsigned column)
{
	char *p = f->line;

	while (column-- > 0 && p != NULL) {
		p = strchr(p, ',');
		p = p ? p + 1 : NULL;
	}
	if (p == NULL)
		line_fatal(f, "has too few columns");
	// An empty field is a second without measurement: no rate.
	return strchr(",\r\n", *p) ? 0 : number_at(f, p, 1e6, "not a rate in Mbit/s");
}

static unsigned
column_of(struct lines *f, const char *name)
{
	unsigned i = 0;

	f->line[strcspn(f->line, "\r\n")] = '\0';
	for (char *p = strtok(f->line, ","); p != NULL; p = strtok(NULL, ","), i++)
		if (strcmp(p, name) == 0)
			return i;
	sim_fatal("%s:1: no column \"%s\"", f->path, name);
}

// A second's rate as opportunities spread evenly over its milliseconds.
static void
read_csv(struct loaded *l, struct lines *f, const struct trace_conf *c)
{
	double due = 0, rate = 0;
	unsigned column;
	uint32_t ms = 0;

	if (!next_line(f))
		sim_fatal("%s: nothing in it", f->path);
	column = column_of(f, c->column);
	while (next_line(f)) {
		double t = number_at(f, f->line, 1e9, "does not begin with a second");

		if (t >= c->from + (c->seconds > 0 ? c->seconds : 1e9))
			break;
		// A missing second holds the value before.
		for (; t >= c->from && ms < (t - c->from) * 1000; ms++)
			for (due += rate * 1e6 / 8 / 1500 / 1000; due >= 1; due--)
				add(l, ms);
		rate = field(f, column) * c->scale;
	}
	for (uint32_t end = ms + 1000; ms < end; ms++)
		for (due += rate * 1e6 / 8 / 1500 / 1000; due >= 1; due--)
			add(l, ms);
	l->trace.period_ms = ms;
}

static double
number_or(const json_t *j, const char *key, double absent, const struct place *at)
{
	const json_t *v = json_object_get(j, key);

	if (v != NULL && !(json_is_number(v) && json_number_value(v) >= 0))
		place_fatal(at, key, "must be a number, and not below 0");
	return v ? json_number_value(v) : absent;
}

static const char *
name_of(const json_t *j, const char *key, const struct place *at)
{
	const json_t *v = json_object_get(j, key);

	if (v != NULL && !json_is_string(v))
		place_fatal(at, key, "must be a text");
	return json_string_value(v);
}

static struct trace_conf
trace_conf(const json_t *j, const struct place *of)
{
	static const char *const known[] = { "csv", "file", "column", "from", "seconds", "scale" };
	const struct place at = place_below(of, "trace");
	struct trace_conf c = { .csv = name_of(j, "csv", &at), .file = name_of(j, "file", &at) };
	const char *key;
	json_t *v;

	c.column = name_of(j, "column", &at);
	c.from = number_or(j, "from", 0, &at);
	c.seconds = number_or(j, "seconds", 0, &at);
	c.scale = number_or(j, "scale", 1, &at);
	if (json_is_string(j))
		c.file = json_string_value(j);
	json_object_foreach ((json_t *)(uintptr_t)j, key, v) {
		unsigned i = 0;

		while (i < sizeof(known) / sizeof(known[0]) && strcmp(key, known[i]) != 0)
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			place_fatal(&at, key, "unknown key");
	}
	if ((c.csv == NULL) == (c.file == NULL))
		place_fatal(of, "trace", "must name a file");
	if (c.csv != NULL && c.column == NULL)
		place_fatal(&at, NULL, "\"column\" is missing");
	return c;
}

const struct wb_em_trace *
trace_load(struct trace_list *list, const char *dir, const json_t *j, const struct place *at)
{
	const struct trace_conf c = trace_conf(j, at);
	struct loaded *l = sim_alloc(sizeof(*l));
	struct lines f;

	open_relative(&f, dir, c.csv ? c.csv : c.file, at);
	if (c.csv != NULL)
		read_csv(l, &f, &c);
	else
		read_mahimahi(l, &f, c.scale);
	fclose(f.f);
	if (l->trace.n == 0)
		sim_fatal("%s: lets nothing pass", f.path);
	l->trace.opportunity_ms = l->ms;
	l->next = list->first;
	list->first = l;
	return &l->trace;
}

const struct delay_trace *
delay_trace_load(
	struct trace_list *list, const char *dir, const json_t *name, const struct place *at)
{
	struct loaded *l = sim_alloc(sizeof(*l));
	struct delay_trace *d = &l->delays;
	struct lines f;

	if (!json_is_string(name))
		place_fatal(at, "delay_trace", "must name a file");
	open_relative(&f, dir, json_string_value(name), at);
	l->next = list->first;
	list->first = l;
	while (next_line(&f)) {
		double ms = number_at(&f, f.line, 10000, "not a delay in ms");

		d->delay = realloc(d->delay, (d->n + 1) * sizeof(*d->delay));
		if (d->delay == NULL)
			sim_fatal("out of memory");
		d->delay[d->n++] = (wb_ns_t)(ms * 1e6);
	}
	fclose(f.f);
	if (d->n == 0)
		sim_fatal("%s: nothing in it", f.path);
	return d;
}
