// SPDX-License-Identifier: BSD-3-Clause
// The links of a scenario, the cells that they are in, and what happens to both.
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "scenario.h"
#include "trace.h"

static void
check_pauses(const struct wb_em_pauses *p, bool trace, const struct place *at)
{
	if (p->every == 0 && p->max == 0 && p->min == 0)
		return;
	if (trace)
		place_fatal(at, "trace", "there are pauses too: one of them");
	if (p->every <= p->max)
		place_fatal(at, NULL, "\"pause_every_ms\" must be above \"pause_max_ms\"");
	if (p->max < p->min)
		place_fatal(at, NULL, "\"pause_max_ms\" must not be below \"pause_min_ms\"");
}

void
scenario_link_direction(
	const struct scenario *s, const json_t *j, const struct place *at, struct wb_em_conf *conf)
{
	bool reorder = conf->jitter_kind == WB_EM_JITTER_REORDER;
	const struct key keys[] = {
		{ "rate_mbit", KEY_MBIT, .target = &conf->rate },
		{ "trace", .type = KEY_OTHER },
		{ "delay_ms", KEY_MS, .target = &conf->delay },
		{ "delay_trace", .type = KEY_OTHER },
		{ "jitter_ms", KEY_MS, .target = &conf->jitter },
		{ "reorder", KEY_BOOL, .target = &reorder },
		{ "loss_percent", KEY_PERCENT, .target = &conf->loss_ppm },
		{ "ge_enter_percent", KEY_PERCENT, .target = &conf->ge_enter_ppm },
		{ "ge_leave_percent", KEY_PERCENT, .target = &conf->ge_leave_ppm },
		{ "ge_loss_percent", KEY_PERCENT, .target = &conf->ge_loss_ppm },
		{ "queue_bytes", KEY_U32, .target = &conf->queue_bytes, .min = 1500, .max = 1e9 },
		{ "mtu", KEY_U32, .target = &conf->mtu, .min = MTU_MIN, .max = 65535,
			.or_zero = true },
		{ "police_mbit", KEY_MBIT, .target = &conf->police_rate },
		{ "police_bytes", KEY_U32, .target = &conf->police_bytes, .min = 1500, .max = 1e9 },
		{ "pause_every_ms", KEY_MS, .target = &conf->pauses.every },
		{ "pause_min_ms", KEY_MS, .target = &conf->pauses.min },
		{ "pause_max_ms", KEY_MS, .target = &conf->pauses.max },
		{ .type = KEY_END },
	};

	keys_read(j, at, keys);
	check_pauses(&conf->pauses, json_object_get(j, "trace") != NULL, at);
	if (json_object_get(j, "trace") != NULL && json_object_get(j, "rate_mbit") != NULL)
		place_fatal(at, "trace", "there is a rate_mbit too: one of them");
	if (json_object_get(j, "delay_trace") != NULL && json_object_get(j, "delay_ms") != NULL)
		place_fatal(at, "delay_trace", "there is a delay_ms too: one of them");
	if (conf->ge_enter_ppm != 0 && conf->ge_leave_ppm == 0)
		place_fatal(at, NULL,
			"\"ge_enter_percent\" without \"ge_leave_percent\": the "
			"first burst of losses would never end");
	if (json_object_get(j, "trace") != NULL)
		conf->trace = trace_load(s->traces, s->dir, json_object_get(j, "trace"), at);
	else if (json_object_get(j, "rate_mbit") != NULL)
		conf->trace = NULL;
	if (conf->trace != NULL)
		conf->rate = 0;
	conf->jitter_kind = conf->jitter == 0 ? WB_EM_JITTER_NONE
			    : reorder         ? WB_EM_JITTER_REORDER
					      : WB_EM_JITTER_FIFO;
}

static void
only_direction(struct scenario_event *e, const json_t *j, const struct place *at)
{
	unsigned dir = scenario_choice(j, at, "direction", direction_name, DIRS);

	e->dir[DIR_UP] = dir != DIR_DOWN;
	e->dir[DIR_DOWN] = dir != DIR_UP;
}

static void
read_outage(struct scenario *s, unsigned link, const json_t *j, const struct place *here)
{
	wb_ns_t at = 0, length = WB_SEC;
	const struct key keys[] = {
		{ "at", KEY_SECONDS, .target = &at },
		{ "for", KEY_SECONDS, .target = &length },
		{ "direction", .type = KEY_OTHER },
		{ .type = KEY_END },
	};

	keys_read(j, here, keys);
	if (json_object_get(j, "at") == NULL)
		place_fatal(here, NULL, "\"at\" is missing");
	only_direction(scenario_event_add(s, link, at, EVENT_OUTAGE), j, here);
	only_direction(scenario_event_add(s, link, at + length, EVENT_HEALED), j, here);
}

// Tried now, so that a mistake is told before the run begins.
static void
try_set(const struct scenario *s, const struct scenario_event *e, const struct place *at)
{
	const struct place set = place_below(at, "set");

	for (unsigned dir = 0; dir < DIRS; dir++) {
		struct wb_em_conf conf = s->links[e->link].dir[dir];
		const struct place here = place_below(&set, direction_name[dir]);

		if (e->set[dir] == NULL)
			continue;
		if (json_object_get(e->set[dir], "delay_trace") != NULL)
			place_fatal(
				&here, "delay_trace", "cannot come in later; give it to the link");
		scenario_link_direction(s, e->set[dir], &here, &conf);
	}
}

static void
read_set(struct scenario *s, struct scenario_event *e, const json_t *set, const struct place *of)
{
	const struct place at = place_below(of, "set");
	const struct key keys[] = {
		{ "up", .type = KEY_OTHER },
		{ "down", .type = KEY_OTHER },
		{ .type = KEY_END },
	};

	keys_read(set, &at, keys);
	for (unsigned dir = 0; dir < DIRS; dir++) {
		e->set[dir] = json_object_get(set, direction_name[dir]);
		e->dir[dir] = e->set[dir] != NULL;
	}
	if (!e->dir[DIR_UP] && !e->dir[DIR_DOWN])
		place_fatal(&at, NULL, "must have \"up\" or \"down\"");
	try_set(s, e, of);
}

static void
read_event(struct scenario *s, unsigned link, const json_t *j, const struct place *here)
{
	bool rebind = false, enable = false, able, set;
	wb_ns_t at = 0;
	const struct key keys[] = {
		{ "at", KEY_SECONDS, .target = &at },
		{ "rebind", KEY_BOOL, .target = &rebind },
		{ "enable", KEY_BOOL, .target = &enable },
		{ "set", .type = KEY_OTHER },
		{ .type = KEY_END },
	};
	struct scenario_event *e;

	keys_read(j, here, keys);
	able = json_object_get(j, "enable") != NULL;
	set = json_object_get(j, "set") != NULL;
	if (json_object_get(j, "at") == NULL || rebind + able + set != 1)
		place_fatal(here, NULL,
			"must have \"at\", and one of \"set\", \"rebind\": true, "
			"\"enable\"");
	if (!set && link >= s->n_links)
		place_fatal(here, NULL, "a cell can have no other event than \"set\"");
	e = scenario_event_add(s, link, at,
		rebind   ? EVENT_REBIND
		: set    ? EVENT_SET
		: enable ? EVENT_ENABLE
			 : EVENT_DISABLE);
	if (set)
		read_set(s, e, json_object_get(j, "set"), here);
}

// What happens to a link or cell.
static void
read_happenings(struct scenario *s, unsigned link, const json_t *of, const struct place *at)
{
	static const struct {
		const char *name;
		void (*read)(struct scenario *, unsigned, const json_t *, const struct place *);
	} lists[] = { { "outages", read_outage }, { "events", read_event } };
	size_t i;
	json_t *j;

	for (unsigned k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
		json_array_foreach (scenario_list(of, at, lists[k].name), i, j) {
			const struct place here = place_index(at, lists[k].name, i);

			lists[k].read(s, link, j, &here);
		}
	}
}

static void
check_link_name(const struct scenario *s, unsigned link, const struct place *at)
{
	for (unsigned i = 0; i < link; i++)
		if (strcmp(s->links[i].name, s->links[link].name) == 0)
			place_fatal(at, "name", "link %u is called \"%s\" already", i,
				s->links[i].name);
}

// What is read alike of a link and of a cell.
static void
read_way(struct scenario *s, unsigned n, const json_t *j, const struct place *at)
{
	struct scenario_link *l = &s->links[n];

	for (unsigned dir = 0; dir < DIRS; dir++) {
		const struct place here = place_below(at, direction_name[dir]);
		const json_t *one = json_object_get(j, direction_name[dir]);

		l->dir[dir].queue_bytes = 250000;
		scenario_link_direction(s, one, &here, &l->dir[dir]);
		if (json_object_get(one, "delay_trace") != NULL)
			l->delays[dir] = delay_trace_load(
				s->traces, s->dir, json_object_get(one, "delay_trace"), &here);
	}
	read_happenings(s, n, j, at);
}

static void
read_link(struct scenario *s, const json_t *j)
{
	unsigned n = s->n_links++;
	const struct place at = place_index(&s->place, "links", n);
	struct scenario_link *l = &s->links[n];
	const struct key keys[] = {
		{ "name", KEY_NAME, .target = l->name },
		{ "up", .type = KEY_OTHER },
		{ "down", .type = KEY_OTHER },
		{ "outages", .type = KEY_OTHER },
		{ "events", .type = KEY_OTHER },
		{ "fixed_up_mbit", KEY_MBIT, .target = &l->fixed_rate[DIR_UP] },
		{ "fixed_down_mbit", KEY_MBIT, .target = &l->fixed_rate[DIR_DOWN] },
		{ "max_up_mbit", KEY_MBIT, .target = &l->max_rate[DIR_UP] },
		{ "max_down_mbit", KEY_MBIT, .target = &l->max_rate[DIR_DOWN] },
		{ "weight", KEY_U32, .target = &l->weight, .max = 1000 },
		{ "priority", KEY_U8, .target = &l->priority },
		{ "backup", KEY_BOOL, .target = &l->backup },
		{ "metered", KEY_BOOL, .target = &l->metered },
		{ "budget_bytes", KEY_U64, .target = &l->budget },
		{ "mtu", KEY_U16, .target = &l->mtu, .min = 1280, .max = 9200, .or_zero = true },
		{ "handovers", .type = KEY_OTHER },
		{ "cell", KEY_NAME, .target = l->in_cell },
		{ .type = KEY_END },
	};
	struct place handovers;

	if (n == LINKS_MAX)
		place_fatal(&s->place, "links", "must be at most %d", LINKS_MAX);
	snprintf(l->name, sizeof(l->name), "link%u", n);
	keys_read(j, &at, keys);
	check_link_name(s, n, &at);
	read_way(s, n, j, &at);
	handovers = place_below(&at, "handovers");
	handover_read(&l->handover, json_object_get(j, "handovers"), &handovers);
}

static void
read_cell(struct scenario *s, const json_t *j)
{
	const struct place at = place_index(&s->place, "cells", s->n_cells);
	unsigned n = s->n_links + s->n_cells++;
	struct scenario_link *l = &s->links[n];
	const struct key keys[] = {
		{ "name", KEY_NAME, .target = l->name },
		{ "up", .type = KEY_OTHER },
		{ "down", .type = KEY_OTHER },
		{ "outages", .type = KEY_OTHER },
		{ "events", .type = KEY_OTHER },
		{ .type = KEY_END },
	};

	if (s->n_cells > CELLS_MAX)
		place_fatal(&s->place, "cells", "must be at most %d", CELLS_MAX);
	snprintf(l->name, sizeof(l->name), "cell%u", s->n_cells - 1);
	keys_read(j, &at, keys);
	check_link_name(s, n, &at);
	read_way(s, n, j, &at);
}

// Each link's cell, by its name.
static void
find_cells(struct scenario *s)
{
	for (unsigned i = 0; i < s->n_links; i++) {
		struct scenario_link *l = &s->links[i];
		const struct place at = place_index(&s->place, "links", i);

		for (unsigned c = s->n_links; c < s->n_links + s->n_cells; c++)
			if (strcmp(s->links[c].name, l->in_cell) == 0)
				l->cell = (uint16_t)c;
		if (l->in_cell[0] != '\0' && l->cell == 0)
			place_value_fatal(&at, "cell", "must be the name of one of \"cells\"");
	}
}

void
scenario_links_read(struct scenario *s)
{
	size_t i;
	json_t *j;

	json_array_foreach (scenario_list(s->root, &s->place, "links"), i, j)
		read_link(s, j);
	json_array_foreach (scenario_list(s->root, &s->place, "cells"), i, j)
		read_cell(s, j);
	find_cells(s);
}
