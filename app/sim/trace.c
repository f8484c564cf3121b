// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim.h"
#include "trace.h"

#define LINE_LEN 4096
#define OPPORTUNITIES_MAX (64u << 20) // 256 MiB
#define DAYS_30 (30 * 86400.0)
#define STEP_MAX 3600.0 // seconds from line to line
#define SCALE_MAX 1000
#define TRACES_DEFAULT "/usr/share/wanbond/traces"

struct trace_list {
	struct loaded {
		struct wb_em_trace trace;
		uint32_t *ms;
		size_t room;
		struct delay_trace delays;
		double due; // opportunities: what is left over
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

_Noreturn static void
line_fatal(const struct lines *l, const char *reason)
{
	sim_fatal("%s:%u: %s", l->path, l->n, reason);
}

// The next one, without its end. Read by characters: fgets() would hide what follows a NUL.
static bool
next_line(struct lines *l)
{
	size_t len = 0;
	int c;

	l->n++;
	while ((c = getc(l->f)) != EOF && c != '\n') {
		if (c == '\0')
			line_fatal(l, "has a NUL byte: not a text file");
		if (len == LINE_LEN - 1)
			line_fatal(l, "longer than 4095 characters: not a trace");
		l->line[len++] = (char)c;
	}
	if (ferror(l->f))
		sim_fatal("%s: cannot be read: %s", l->path, strerror(errno));
	if (len > 0 && l->line[len - 1] == '\r')
		len--;
	l->line[len] = '\0';
	return c != EOF || len > 0;
}

static double
number_at(const struct lines *l, const char *s, double max, const char *what)
{
	char *end;
	double value = strtod(s, &end);

	// strtod takes "nan", "inf" and "0x1f" too
	if (strchr("0123456789.", *s) == NULL || end == s || s[1] == 'x' || s[1] == 'X' ||
		!(value >= 0 && value <= max) || strchr(", \t", *end) == NULL)
		line_fatal(l, what);
	return value;
}

struct named {
	const char *key, *name;
};

static void
open_relative(struct lines *l, const char *dir, const struct named *n, const struct place *at)
{
	const char *traces = getenv("WB_TRACES"), *name = n->name;
	struct stat st;

	if (strncmp(name, "$WB_TRACES", 10) == 0)
		snprintf(l->path, sizeof(l->path), "%s%s", traces ? traces : TRACES_DEFAULT,
			name + 10);
	else if (name[0] == '/')
		snprintf(l->path, sizeof(l->path), "%s", name);
	else
		snprintf(l->path, sizeof(l->path), "%s/%s", dir, name);
	l->n = 0;
	l->f = fopen(l->path, "r");
	if (l->f != NULL && fstat(fileno(l->f), &st) == 0 && S_ISDIR(st.st_mode)) {
		fclose(l->f);
		l->f = NULL;
		errno = EISDIR;
	}
	if (l->f == NULL)
		place_fatal(at, n->key, "%s: %s", l->path, strerror(errno));
}

static void
add(struct loaded *l, const struct lines *f, uint32_t ms)
{
	if (l->trace.n == OPPORTUNITIES_MAX)
		line_fatal(f, "more than 67108864 opportunities up to here");
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
		double at = number_at(f, f->line, DAYS_30 * 1000, "not a millisecond");

		if (at != (uint32_t)at || strchr(f->line, ',') != NULL)
			line_fatal(f, "not a whole millisecond (\"csv\" and \"column\" for CSV)");
		if (at < ms)
			line_fatal(f, "earlier than the line before");
		ms = (uint32_t)at;
		for (due += scale; due >= 1; due--)
			add(l, f, ms);
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
	return strchr(",", *p) ? 0 : number_at(f, p, 1e6, "not a rate in Mbit/s");
}

static unsigned
column_of(struct lines *f, const char *name)
{
	unsigned i = 0;

	for (char *p = strtok(f->line, ","); p != NULL; p = strtok(NULL, ","), i++)
		if (strcmp(p, name) == 0)
			return i;
	sim_fatal("%s:1: no column \"%s\"", f->path, name);
}

// Opportunities of `rate` Mbit/s spread evenly over the milliseconds up to `to`.
static void
spread(struct loaded *l, const struct lines *f, double rate, double to)
{
	for (; l->trace.period_ms < to; l->trace.period_ms++)
		for (l->due += rate * 1e6 / 8 / 1500 / 1000; l->due >= 1; l->due--)
			add(l, f, l->trace.period_ms);
}

static void
read_csv(struct loaded *l, struct lines *f, const struct trace_conf *c)
{
	double rate = 0, before = -1, t;
	unsigned column;

	if (!next_line(f))
		sim_fatal("%s: nothing in it", f->path);
	column = column_of(f, c->column);
	while (next_line(f)) {
		t = number_at(f, f->line, 1e10, "does not begin with a second");
		if (before >= 0 && (t <= before || t - before > STEP_MAX))
			line_fatal(f, "not after the line before, or by more than an hour");
		before = t;
		if (t >= c->from + (c->seconds > 0 ? c->seconds : INFINITY))
			break;
		if (t - c->from > DAYS_30)
			line_fatal(f, "more than 30 days after \"from\"");
		// A missing second holds the value before.
		spread(l, f, rate, (t - c->from) * 1000);
		rate = field(f, column) * c->scale;
	}
	if (before + 1 <= c->from)
		sim_fatal("%s: ends before \"from\"", f->path);
	spread(l, f, rate, l->trace.period_ms + 1000.0);
}

struct limits {
	double absent, min, max;
};

static double
number_or(const json_t *j, const char *key, struct limits l, const struct place *at)
{
	const json_t *v = json_object_get(j, key);
	double value = json_number_value(v);

	if (v != NULL && !(json_is_number(v) && value >= l.min && value <= l.max))
		place_value_fatal(at, key, "must be a number from %.10g to %.10g", l.min, l.max);
	return v ? value : l.absent;
}

static const char *
name_of(const json_t *j, const char *key, const struct place *at)
{
	const json_t *v = json_object_get(j, key);

	if (v != NULL && !json_is_string(v))
		place_value_fatal(at, key, "must be a text");
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
	c.from = number_or(j, "from", (struct limits){ 0, 0, 1e10 }, &at);
	c.seconds = number_or(j, "seconds", (struct limits){ 0, 0, DAYS_30 }, &at);
	c.scale = number_or(j, "scale", (struct limits){ 1, 0.001, SCALE_MAX }, &at);
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
		place_value_fatal(of, "trace", "must name a file (\"file\" or \"csv\")");
	if (c.csv == NULL && (c.column != NULL || json_object_get(j, "from") != NULL ||
				     json_object_get(j, "seconds") != NULL))
		place_fatal(&at, NULL, "\"column\", \"from\" and \"seconds\" are for \"csv\"");
	if (c.csv != NULL && c.column == NULL)
		place_fatal(&at, NULL, "\"column\" is missing");
	return c;
}

const struct wb_em_trace *
trace_load(struct trace_list *list, const char *dir, const json_t *j, const struct place *at)
{
	const struct trace_conf c = trace_conf(j, at);
	const struct named named = { "trace", c.csv ? c.csv : c.file };
	struct loaded *l = sim_alloc(sizeof(*l));
	struct lines f;

	open_relative(&f, dir, &named, at);
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
	struct named named = { "delay_trace", NULL };
	struct delay_trace *d = &l->delays;
	struct lines f;

	if (!json_is_string(name))
		place_value_fatal(at, "delay_trace", "must name a file");
	named.name = json_string_value(name);
	open_relative(&f, dir, &named, at);
	l->next = list->first;
	list->first = l;
	while (next_line(&f)) {
		double ms = number_at(&f, f.line, 10000, "not a delay in ms, up to 10000");

		if (d->n == OPPORTUNITIES_MAX / 8)
			line_fatal(&f, "more than 8388608 delays up to here");

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
