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

const char *const flow_kind_name[FLOW_KINDS + 1] = { "cubic", "bbr", "quic", "udp", "voip", "ping",
	"request", "web", NULL };

static const char *
text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

void
scenario_link_direction(
	const struct scenario *s, const json_t *j, const struct place *at, struct wb_em_conf *conf)
{
	bool reorder = conf->jitter_kind == WB_EM_JITTER_REORDER;
	const struct key keys[] = {
		{ "rate_mbit", KEY_MBIT, &conf->rate },
		{ "trace", KEY_OTHER, NULL },
		{ "delay_ms", KEY_MS, &conf->delay },
		{ "delay_trace", KEY_OTHER, NULL },
		{ "jitter_ms", KEY_MS, &conf->jitter },
		{ "reorder", KEY_BOOL, &reorder },
		{ "loss_percent", KEY_PERCENT, &conf->loss_ppm },
		{ "ge_enter_percent", KEY_PERCENT, &conf->ge_enter_ppm },
		{ "ge_leave_percent", KEY_PERCENT, &conf->ge_leave_ppm },
		{ "ge_loss_percent", KEY_PERCENT, &conf->ge_loss_ppm },
		{ "queue_bytes", KEY_U32, &conf->queue_bytes },
		{ "mtu", KEY_U32, &conf->mtu },
		{ NULL, KEY_END, NULL },
	};

	keys_read(j, at, keys);
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

// Of a text that must be one of the names (NULL at their end): which; `absent` when not there.
static unsigned
choice(const json_t *j, const struct place *at, const char *key, const char *const *names,
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
	place_fatal(at, key, "must be %s", list);
}

static const char *const directions[] = { "up", "down", NULL };

static void
only_direction(struct scenario_event *e, const json_t *j, const struct place *at)
{
	unsigned dir = choice(j, at, "direction", directions, DIRS);

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
			{ "at", KEY_SECONDS, &at },
			{ "for", KEY_SECONDS, &length },
			{ "direction", KEY_OTHER, NULL },
			{ NULL, KEY_END, NULL },
		};

		keys_read(j, &here, keys);
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
		const struct place here = place_below(&set, directions[dir]);

		if (e->set[dir] != NULL)
			scenario_link_direction(s, e->set[dir], &here, &conf);
	}
}

static void
read_events(struct scenario *s, unsigned link, const json_t *list, const struct place *of)
{
	size_t i;
	json_t *j, *set;

	json_array_foreach (list, i, j) {
		const struct place here = place_index(of, "events", i);
		bool rebind = false, enable = false;
		wb_ns_t at = 0;
		const struct key keys[] = {
			{ "at", KEY_SECONDS, &at },
			{ "rebind", KEY_BOOL, &rebind },
			{ "enable", KEY_BOOL, &enable },
			{ "set", KEY_OTHER, NULL },
			{ NULL, KEY_END, NULL },
		};
		struct scenario_event *e;

		keys_read(j, &here, keys);
		e = scenario_event_add(s, link, at, rebind ? EVENT_REBIND : EVENT_SET);
		if (json_object_get(j, "enable") != NULL)
			e->kind = enable ? EVENT_ENABLE : EVENT_DISABLE;
		set = json_object_get(j, "set");
		e->set[DIR_UP] = json_object_get(set, "up");
		e->set[DIR_DOWN] = json_object_get(set, "down");
		for (unsigned dir = 0; dir < DIRS && e->kind == EVENT_SET; dir++)
			e->dir[dir] = e->set[dir] != NULL;
		if (e->kind == EVENT_SET && !e->dir[DIR_UP] && !e->dir[DIR_DOWN])
			place_fatal(&here, "set", "must have \"up\" or \"down\"");
		try_set(s, e, &here);
	}
}

static void
read_link(struct scenario *s, const json_t *j)
{
	unsigned n = s->n_links++;
	const struct place at = place_index(&s->place, "links", n);
	struct scenario_link *l = &s->links[n];
	const struct key keys[] = {
		{ "name", KEY_NAME, l->name },
		{ "up", KEY_OTHER, NULL },
		{ "down", KEY_OTHER, NULL },
		{ "outages", KEY_OTHER, NULL },
		{ "events", KEY_OTHER, NULL },
		{ "fixed_up_mbit", KEY_MBIT, &l->fixed_rate[DIR_UP] },
		{ "fixed_down_mbit", KEY_MBIT, &l->fixed_rate[DIR_DOWN] },
		{ "max_up_mbit", KEY_MBIT, &l->max_rate[DIR_UP] },
		{ "max_down_mbit", KEY_MBIT, &l->max_rate[DIR_DOWN] },
		{ "weight", KEY_U32, &l->weight },
		{ "priority", KEY_U8, &l->priority },
		{ "backup", KEY_BOOL, &l->backup },
		{ "metered", KEY_BOOL, &l->metered },
		{ "budget_bytes", KEY_U64, &l->budget },
		{ "mtu", KEY_U16, &l->mtu },
		{ "handovers", KEY_OTHER, NULL },
		{ NULL, KEY_END, NULL },
	};
	struct place handovers;

	if (n == LINKS_MAX)
		place_fatal(&s->place, "links", "at most %d", LINKS_MAX);
	snprintf(l->name, sizeof(l->name), "link%u", n);
	keys_read(j, &at, keys);
	for (unsigned dir = 0; dir < DIRS; dir++) {
		const struct place here = place_below(&at, directions[dir]);
		const json_t *one = json_object_get(j, directions[dir]);

		l->dir[dir].queue_bytes = 250000;
		scenario_link_direction(s, one, &here, &l->dir[dir]);
		if (json_object_get(one, "delay_trace") != NULL)
			l->delays[dir] = delay_trace_load(
				s->traces, s->dir, json_object_get(one, "delay_trace"), &here);
	}
	handovers = place_below(&at, "handovers");
	handover_read(&l->handover, json_object_get(j, "handovers"), &handovers);
	read_outages(s, n, json_object_get(j, "outages"), &at);
	read_events(s, n, json_object_get(j, "events"), &at);
}

static uint8_t
flow_class(const json_t *j, const struct place *at)
{
	static const char *const names[] = { "realtime", "bulk", NULL };
	static const uint8_t classes[] = { WB_CLASS_REALTIME, WB_CLASS_BULK, WB_CLASS_DEFAULT };

	return classes[choice(j, at, "class", names, 2)];
}

static void
flow_defaults(struct scenario_flow *f, const json_t *j, const struct place *at)
{
	*f = (struct scenario_flow){ .stop = WB_NEVER, .window = 16 << 20, .start = WB_SEC };
	f->kind = choice(j, at, "kind", flow_kind_name, FLOW_KINDS);
	if (f->kind == FLOW_KINDS)
		place_fatal(at, NULL, "\"kind\" is missing");
	f->sclass = flow_class(j, at);
	f->rate = 10000000;
	f->think = f->kind == FLOW_WEB ? 2 * WB_SEC : 500 * WB_MS;
	f->request_bytes = 500;
	f->response_bytes = 20000;
	f->interval = f->kind == FLOW_PING ? 100 * WB_MS : 20 * WB_MS;
	f->direction = choice(j, at, "direction", directions, DIR_DOWN);
	snprintf(f->name, sizeof(f->name), "%s", flow_kind_name[f->kind]);
}

#define SIZE_MIN 120 // headers of the largest kind and something inside
#define SIZE_MAX_IP 9000

static void
check_flow(const struct scenario_flow *f, const struct place *at)
{
	if (f->size != 0 && (f->size < SIZE_MIN || f->size > SIZE_MAX_IP) && f->kind != FLOW_PING)
		place_fatal(at, "size", "must be from %d to %d", SIZE_MIN, SIZE_MAX_IP);
	if (f->rate < 1000)
		place_fatal(at, "rate_mbit", "must be at least 0.001");
	if (f->request_bytes == 0 || f->request_bytes > 1u << 30)
		place_fatal(at, "request_bytes", "must be from 1 to %u", 1u << 30);
	if (f->response_bytes == 0 || f->response_bytes > 1u << 30)
		place_fatal(at, "response_bytes", "must be from 1 to %u", 1u << 30);
	if (f->interval < 10 * WB_US)
		place_fatal(at, "interval_ms", "must be at least 0.01");
	if (f->window < 65536 || f->window > 1u << 30)
		place_fatal(at, "window", "must be from 65536 to %u", 1u << 30);
	if (f->stop <= f->start)
		place_fatal(at, "stop", "must be after \"start\"");
}

static void
read_flow(struct scenario *s, const json_t *j, const struct place *at)
{
	struct scenario_flow f;
	uint32_t count = 1;
	const struct key keys[] = {
		{ "name", KEY_NAME, f.name },
		{ "kind", KEY_OTHER, NULL },
		{ "direction", KEY_OTHER, NULL },
		{ "class", KEY_OTHER, NULL },
		{ "count", KEY_U32, &count },
		{ "start", KEY_SECONDS, &f.start },
		{ "stop", KEY_SECONDS, &f.stop },
		{ "rate_mbit", KEY_MBIT, &f.rate },
		{ "bytes", KEY_U64, &f.bytes },
		{ "size", KEY_U32, &f.size },
		{ "window", KEY_U32, &f.window },
		{ "interval_ms", KEY_MS, &f.interval },
		{ "ecn", KEY_BOOL, &f.ecn },
		{ "think_ms", KEY_MS, &f.think },
		{ "request_bytes", KEY_U32, &f.request_bytes },
		{ "response_bytes", KEY_U32, &f.response_bytes },
		{ "objects", KEY_U32, &f.objects },
		{ NULL, KEY_END, NULL },
	};

	flow_defaults(&f, j, at);
	keys_read(j, at, keys);
	check_flow(&f, at);
	if (count == 0)
		place_fatal(at, "count", "must be at least 1");
	for (uint32_t i = 0; i < count; i++) {
		if (s->n_flows == FLOWS_MAX)
			place_fatal(at, NULL, "more than %d flows", FLOWS_MAX);
		s->flows[s->n_flows++] = f;
	}
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
		sim_fatal("scenario: \"scheduler\" must be a text");
	below = program_is_file(name) && name[0] != '/';
	n = snprintf(s->scheduler, sizeof(s->scheduler), "%s%s%s", below ? s->dir : "",
		below ? "/" : "", name);
	if (n < 0 || (size_t)n >= sizeof(s->scheduler))
		sim_fatal("scenario: \"scheduler\" is too long");
}

static void
read_root(struct scenario *s)
{
	char transport[NAME_LEN] = "tunnel";
	const struct key keys[] = {
		{ "name", KEY_NAME, s->name },
		{ "comment", KEY_OTHER, NULL },
		{ "duration", KEY_SECONDS, &s->duration },
		{ "session_at", KEY_SECONDS, &s->session_at },
		{ "seed", KEY_U64, &s->seed },
		{ "transport", KEY_NAME, transport },
		{ "scheduler", KEY_OTHER, NULL },
		{ "beyond_ms", KEY_MS, &s->beyond },
		{ "tick_us", KEY_US, &s->tick },
		{ "stall_ms", KEY_MS, &s->stall },
		{ "stall_every_ms", KEY_MS, &s->stall_every },
		{ "inner_mtu", KEY_U32, &s->inner_mtu },
		{ "fec_percent", KEY_U32, &s->fec_percent },
		{ "links", KEY_OTHER, NULL },
		{ "flows", KEY_OTHER, NULL },
		{ "expect", KEY_OTHER, NULL },
		{ NULL, KEY_END, NULL },
	};
	size_t i;
	json_t *j;

	keys_read(s->root, &s->place, keys);
	read_scheduler(s);
	s->direct = strcmp(transport, "direct") == 0;
	if (!s->direct && strcmp(transport, "tunnel") != 0)
		place_fatal(&s->place, "transport", "must be tunnel or direct");
	json_array_foreach (json_object_get(s->root, "links"), i, j)
		read_link(s, j);
	json_array_foreach (json_object_get(s->root, "flows"), i, j) {
		const struct place at = place_index(&s->place, "flows", i);

		read_flow(s, j, &at);
	}
	if (s->n_links == 0 || s->n_flows == 0)
		place_fatal(
			&s->place, s->n_links ? "flows" : "links", "must be a list, and not empty");
	if (s->duration < WB_MS)
		place_fatal(&s->place, "duration", "must be at least 0.001");
	s->expect = json_object_get(s->root, "expect");
}

static char *
read_file(const char *file)
{
	FILE *f = fopen(file, "r");
	char *text = NULL;
	size_t n = 0, room = 0, got = 1;

	if (f == NULL)
		sim_fatal("%s: cannot be opened: %s", file, strerror(errno));
	while (got > 0) {
		room = 2 * room + 65536;
		text = realloc(text, room);
		if (text == NULL)
			sim_fatal("out of memory");
		got = fread(text + n, 1, room - n - 1, f);
		n += got;
	}
	if (ferror(f))
		sim_fatal("%s: cannot be read", file);
	fclose(f);
	text[n] = '\0';
	return text;
}

struct scenario *
scenario_load(const char *file)
{
	struct scenario *s = sim_alloc(sizeof(*s));
	const char *slash = strrchr(file, '/');
	json_error_t error;

	s->traces = trace_list_create();
	s->seed = 1;
	s->duration = 15 * WB_SEC;
	s->fec_percent = FEC_PERCENT;
	snprintf(s->dir, sizeof(s->dir), "%.*s", slash ? (int)(slash - file) : 1,
		slash ? file : ".");
	snprintf(s->name, sizeof(s->name), "%.*s", (int)strcspn(slash ? slash + 1 : file, "."),
		slash ? slash + 1 : file);
	s->text = read_file(file);
	s->place = (struct place){ .file = file, .text = s->text };
	s->root = json_loads(s->text, JSON_REJECT_DUPLICATES, &error);
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
