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

#define MTU_MIN 576 // of a link (RFC 791)
#define INNER_MTU_MAX 9000

static const char *
text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

// A list that may be absent.
static const json_t *
list_of(const json_t *object, const struct place *at, const char *key)
{
	const json_t *list = json_object_get(object, key);

	if (list != NULL && !json_is_array(list))
		place_value_fatal(at, key, "must be a list");
	return list;
}

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

static void
only_direction(struct scenario_event *e, const json_t *j, const struct place *at)
{
	unsigned dir = scenario_choice(j, at, "direction", direction_name, DIRS);

	e->dir[DIR_UP] = dir != DIR_DOWN;
	e->dir[DIR_DOWN] = dir != DIR_UP;
}

static void
read_outages(struct scenario *s, unsigned link, const json_t *list, const struct place *of)
{
	size_t i;
	json_t *j;

	json_array_foreach (list, i, j) {
		const struct place here = place_index(of, "outages", i);
		wb_ns_t at = 0, length = WB_SEC;
		const struct key keys[] = {
			{ "at", KEY_SECONDS, .target = &at },
			{ "for", KEY_SECONDS, .target = &length },
			{ "direction", .type = KEY_OTHER },
			{ .type = KEY_END },
		};

		keys_read(j, &here, keys);
		if (json_object_get(j, "at") == NULL)
			place_fatal(&here, NULL, "\"at\" is missing");
		only_direction(scenario_event_add(s, link, at, EVENT_OUTAGE), j, &here);
		only_direction(scenario_event_add(s, link, at + length, EVENT_HEALED), j, &here);
	}
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
read_events(struct scenario *s, unsigned link, const json_t *list, const struct place *of)
{
	size_t i;
	json_t *j;

	json_array_foreach (list, i, j) {
		const struct place here = place_index(of, "events", i);
		bool rebind = false, enable = false;
		wb_ns_t at = 0;
		const struct key keys[] = {
			{ "at", KEY_SECONDS, .target = &at },
			{ "rebind", KEY_BOOL, .target = &rebind },
			{ "enable", KEY_BOOL, .target = &enable },
			{ "set", .type = KEY_OTHER },
			{ .type = KEY_END },
		};
		bool able, set;
		struct scenario_event *e;

		keys_read(j, &here, keys);
		able = json_object_get(j, "enable") != NULL;
		set = json_object_get(j, "set") != NULL;
		if (json_object_get(j, "at") == NULL || rebind + able + set != 1)
			place_fatal(&here, NULL,
				"must have \"at\", and one of \"set\", \"rebind\": true, "
				"\"enable\"");
		e = scenario_event_add(s, link, at,
			rebind   ? EVENT_REBIND
			: set    ? EVENT_SET
			: enable ? EVENT_ENABLE
				 : EVENT_DISABLE);
		if (set)
			read_set(s, e, json_object_get(j, "set"), &here);
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
		{ .type = KEY_END },
	};
	struct place handovers;

	if (n == LINKS_MAX)
		place_fatal(&s->place, "links", "must be at most %d", LINKS_MAX);
	snprintf(l->name, sizeof(l->name), "link%u", n);
	keys_read(j, &at, keys);
	check_link_name(s, n, &at);
	for (unsigned dir = 0; dir < DIRS; dir++) {
		const struct place here = place_below(&at, direction_name[dir]);
		const json_t *one = json_object_get(j, direction_name[dir]);

		l->dir[dir].queue_bytes = 250000;
		scenario_link_direction(s, one, &here, &l->dir[dir]);
		if (json_object_get(one, "delay_trace") != NULL)
			l->delays[dir] = delay_trace_load(
				s->traces, s->dir, json_object_get(one, "delay_trace"), &here);
	}
	handovers = place_below(&at, "handovers");
	handover_read(&l->handover, json_object_get(j, "handovers"), &handovers);
	read_outages(s, n, list_of(j, &at, "outages"), &at);
	read_events(s, n, list_of(j, &at, "events"), &at);
}

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
	json_array_foreach (list_of(s->root, &s->place, "links"), i, j)
		read_link(s, j);
	json_array_foreach (list_of(s->root, &s->place, "flows"), i, j) {
		const struct place at = place_index(&s->place, "flows", i);

		scenario_flow_read(s, j, &at);
	}
	if (s->n_links == 0 || s->n_flows == 0)
		place_fatal(
			&s->place, s->n_links ? "flows" : "links", "must be a list, and not empty");
	s->expect = list_of(s->root, &s->place, "expect");
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
