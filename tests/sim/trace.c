// SPDX-License-Identifier: BSD-3-Clause
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

static FILE *
open_relative(const char *dir, const char *name)
{
	const char *traces = getenv("WB_TRACES");
	char path[1024];
	FILE *f;

	if (strncmp(name, "$WB_TRACES", 10) == 0)
		snprintf(path, sizeof(path), "%s%s", traces ? traces : TRACES_DEFAULT, name + 10);
	else if (name[0] == '/')
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (f == NULL)
		sim_fatal("trace %s: cannot be opened", path);
	return f;
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
read_mahimahi(struct loaded *l, FILE *f, double scale)
{
	char line[LINE_LEN];
	double due = 0;
	uint32_t ms = 0;

	while (fgets(line, sizeof(line), f) != NULL) {
		ms = (uint32_t)strtoul(line, NULL, 10);
		for (due += scale; due >= 1; due--)
			add(l, ms);
	}
	l->trace.period_ms = ms + 1;
}

static double
field(char *line, unsigned column)
{
	char *p = line;

	while (column-- > 0 && p != NULL) {
		p = strchr(p, ',');
		p = p ? p + 1 : NULL;
	}
	return p ? strtod(p, NULL) : 0;
}

static unsigned
column_of(char *head, const char *name)
{
	unsigned i = 0;

	head[strcspn(head, "\r\n")] = '\0';
	for (char *p = strtok(head, ","); p != NULL; p = strtok(NULL, ","), i++)
		if (strcmp(p, name) == 0)
			return i;
	sim_fatal("trace: no column \"%s\"", name);
}

// A second's rate as opportunities spread evenly over its milliseconds.
static void
read_csv(struct loaded *l, FILE *f, const json_t *j, double scale)
{
	double from = json_number_value(json_object_get(j, "from")), due = 0, rate = 0;
	double seconds = json_number_value(json_object_get(j, "seconds"));
	const char *name = json_string_value(json_object_get(j, "column"));
	char line[LINE_LEN];
	unsigned column;
	uint32_t ms = 0;

	if (fgets(line, sizeof(line), f) == NULL)
		sim_fatal("trace: empty file");
	column = column_of(line, name ? name : "");
	while (fgets(line, sizeof(line), f) != NULL) {
		double t = strtod(line, NULL);

		if (t >= from + (seconds > 0 ? seconds : 1e9))
			break;
		// A missing second holds the value before.
		for (; t >= from && ms < (t - from) * 1000; ms++)
			for (due += rate * 1e6 / 8 / 1500 / 1000; due >= 1; due--)
				add(l, ms);
		rate = field(line, column) * scale;
	}
	for (uint32_t end = ms + 1000; ms < end; ms++)
		for (due += rate * 1e6 / 8 / 1500 / 1000; due >= 1; due--)
			add(l, ms);
	l->trace.period_ms = ms;
}

const struct wb_em_trace *
trace_load(struct trace_list *list, const char *dir, const json_t *j)
{
	const char *csv = json_string_value(json_object_get(j, "csv"));
	const char *file = json_string_value(json_object_get(j, "file"));
	const json_t *scale_j = json_object_get(j, "scale");
	double scale = json_is_number(scale_j) ? json_number_value(scale_j) : 1;
	struct loaded *l = sim_alloc(sizeof(*l));
	FILE *f;

	if (json_is_string(j))
		file = json_string_value(j);
	if (csv == NULL && file == NULL)
		sim_fatal("\"trace\" must name a file");
	f = open_relative(dir, csv ? csv : file);
	if (csv != NULL)
		read_csv(l, f, j, scale);
	else
		read_mahimahi(l, f, scale);
	fclose(f);
	if (l->trace.n == 0)
		sim_fatal("trace %s: nothing in it", csv ? csv : file);
	l->trace.opportunity_ms = l->ms;
	l->next = list->first;
	list->first = l;
	return &l->trace;
}

const struct delay_trace *
delay_trace_load(struct trace_list *list, const char *dir, const json_t *name)
{
	struct loaded *l = sim_alloc(sizeof(*l));
	struct delay_trace *d = &l->delays;
	char line[LINE_LEN], *end;
	FILE *f;

	if (!json_is_string(name))
		sim_fatal("\"delay_trace\" must name a file");
	f = open_relative(dir, json_string_value(name));
	l->next = list->first;
	list->first = l;
	while (fgets(line, sizeof(line), f) != NULL) {
		double ms = strtod(line, &end);

		if (end == line || !(ms >= 0 && ms <= 10000))
			sim_fatal("%s:%u: not a delay in ms", json_string_value(name), d->n + 1);
		d->delay = realloc(d->delay, (d->n + 1) * sizeof(*d->delay));
		if (d->delay == NULL)
			sim_fatal("out of memory");
		d->delay[d->n++] = (wb_ns_t)(ms * 1e6);
	}
	fclose(f);
	if (d->n == 0)
		sim_fatal("trace %s: nothing in it", json_string_value(name));
	return d;
}
