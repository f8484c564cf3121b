// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "program.h"
#include "scenario.h"
#include "sim.h"
#include "trace.h"

const char *const flow_kind_name[FLOW_KINDS] = { "cubic", "bbr", "quic", "udp", "voip", "ping" };

static const char *
text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static double
number(const json_t *object, const char *key, double absent)
{
	const json_t *v = json_object_get(object, key);

	return json_is_number(v) ? json_number_value(v) : absent;
}

static wb_ns_t
seconds(double value)
{
	return (wb_ns_t)llround(value * 1e9);
}

void
scenario_link_direction(
	const struct scenario *s, const json_t *j, const char *where, struct wb_em_conf *conf)
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
		{ NULL, KEY_END, NULL },
	};

	keys_read(j, where, keys);
	if (json_object_get(j, "trace") != NULL)
		conf->trace = trace_load(s->traces, s->dir, json_object_get(j, "trace"));
	else if (json_object_get(j, "rate_mbit") != NULL)
		conf->trace = NULL;
	if (conf->trace != NULL)
		conf->rate = 0;
	conf->jitter_kind = conf->jitter == 0 ? WB_EM_JITTER_NONE
			    : reorder         ? WB_EM_JITTER_REORDER
					      : WB_EM_JITTER_FIFO;
}

static struct scenario_event *
event_add(struct scenario *s, unsigned link, double at, enum event_kind kind)
{
	struct scenario_event *e = &s->events[s->n_events];
	unsigned i = s->n_events++;

	if (s->n_events == EVENTS_MAX)
		sim_fatal("too many events");
	for (; i > 0 && s->events[i - 1].at > seconds(at); i--, e--)
		*e = s->events[i - 1];
	*e = (struct scenario_event){ .at = seconds(at), .kind = kind, .link = (uint16_t)link };
	e->dir[DIR_UP] = e->dir[DIR_DOWN] = true;
	return e;
}

static void
only_direction(struct scenario_event *e, const json_t *j)
{
	const char *direction = text(j, "direction");

	if (direction != NULL) {
		e->dir[DIR_UP] = strcmp(direction, "up") == 0;
		e->dir[DIR_DOWN] = strcmp(direction, "down") == 0;
	}
}

static void
read_outages(struct scenario *s, unsigned link, const json_t *list)
{
	size_t i;
	json_t *j;

	json_array_foreach (list, i, j) {
		double at = number(j, "at", 0), length = number(j, "for", 1);

		only_direction(event_add(s, link, at, EVENT_OUTAGE), j);
		only_direction(event_add(s, link, at + length, EVENT_HEALED), j);
	}
}

static void
read_events(struct scenario *s, unsigned link, const json_t *list)
{
	size_t i;
	json_t *j, *set, *v;

	json_array_foreach (list, i, j) {
		struct scenario_event *e = event_add(s, link, number(j, "at", 0), EVENT_SET);

		if (json_is_true(json_object_get(j, "rebind")))
			e->kind = EVENT_REBIND;
		v = json_object_get(j, "enable");
		if (v != NULL)
			e->kind = json_is_true(v) ? EVENT_ENABLE : EVENT_DISABLE;
		set = json_object_get(j, "set");
		e->set[DIR_UP] = json_object_get(set, "up");
		e->set[DIR_DOWN] = json_object_get(set, "down");
		for (unsigned dir = 0; dir < DIRS && e->kind == EVENT_SET; dir++)
			e->dir[dir] = e->set[dir] != NULL;
	}
}

static void
read_link(struct scenario *s, const json_t *j)
{
	unsigned n = s->n_links++;
	struct scenario_link *l = &s->links[n];
	const struct key keys[] = {
		{ "name", KEY_NAME, l->name },
		{ "up", KEY_OTHER, NULL },
		{ "down", KEY_OTHER, NULL },
		{ "outages", KEY_OTHER, NULL },
		{ "events", KEY_OTHER, NULL },
		{ "fixed_up_mbit", KEY_MBIT, &l->fixed_rate[DIR_UP] },
		{ "fixed_down_mbit", KEY_MBIT, &l->fixed_rate[DIR_DOWN] },
		{ "weight", KEY_U32, &l->weight },
		{ "priority", KEY_U8, &l->priority },
		{ "backup", KEY_BOOL, &l->backup },
		{ "mtu", KEY_U16, &l->mtu },
		{ NULL, KEY_END, NULL },
	};

	if (n == LINKS_MAX)
		sim_fatal("links: at most %d", LINKS_MAX);
	snprintf(l->name, sizeof(l->name), "link%u", n);
	keys_read(j, "link", keys);
	for (unsigned dir = 0; dir < DIRS; dir++) {
		const json_t *one = json_object_get(j, dir == DIR_UP ? "up" : "down");

		l->dir[dir].queue_bytes = 250000;
		scenario_link_direction(s, one, l->name, &l->dir[dir]);
		if (json_object_get(one, "delay_trace") != NULL)
			l->delays[dir] = delay_trace_load(
				s->traces, s->dir, json_object_get(one, "delay_trace"));
	}
	read_outages(s, n, json_object_get(j, "outages"));
	read_events(s, n, json_object_get(j, "events"));
}

static enum flow_kind
flow_kind(const json_t *j)
{
	for (unsigned i = 0; i < FLOW_KINDS && text(j, "kind") != NULL; i++)
		if (strcmp(text(j, "kind"), flow_kind_name[i]) == 0)
			return i;
	sim_fatal("flow: \"kind\" must be cubic, bbr, quic, udp, voip or ping");
}

static uint8_t
flow_class(const json_t *j)
{
	const char *name = text(j, "class");

	if (name == NULL)
		return WB_CLASS_DEFAULT;
	if (strcmp(name, "realtime") == 0)
		return WB_CLASS_REALTIME;
	if (strcmp(name, "bulk") == 0)
		return WB_CLASS_BULK;
	sim_fatal("flow: \"class\" must be realtime or bulk");
}

static void
flow_defaults(struct scenario_flow *f, const json_t *j)
{
	*f = (struct scenario_flow){ .stop = WB_NEVER, .window = 16 << 20, .start = WB_SEC };
	f->kind = flow_kind(j);
	f->sclass = flow_class(j);
	f->rate = 10000000;
	f->interval = f->kind == FLOW_PING ? 100 * WB_MS : 20 * WB_MS;
	f->direction = DIR_DOWN;
	snprintf(f->name, sizeof(f->name), "%s", flow_kind_name[f->kind]);
	if (text(j, "direction") != NULL && strcmp(text(j, "direction"), "up") == 0)
		f->direction = DIR_UP;
}

static void
read_flow(struct scenario *s, const json_t *j)
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
		{ NULL, KEY_END, NULL },
	};

	flow_defaults(&f, j);
	keys_read(j, "flow", keys);
	for (uint32_t i = 0; i < count; i++) {
		if (s->n_flows == FLOWS_MAX)
			sim_fatal("flows: at most %d", FLOWS_MAX);
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
		{ "links", KEY_OTHER, NULL },
		{ "flows", KEY_OTHER, NULL },
		{ "expect", KEY_OTHER, NULL },
		{ NULL, KEY_END, NULL },
	};
	size_t i;
	json_t *j;

	keys_read(s->root, "scenario", keys);
	read_scheduler(s);
	s->direct = strcmp(transport, "direct") == 0;
	if (!s->direct && strcmp(transport, "tunnel") != 0)
		sim_fatal("\"transport\" must be tunnel or direct");
	json_array_foreach (json_object_get(s->root, "links"), i, j)
		read_link(s, j);
	json_array_foreach (json_object_get(s->root, "flows"), i, j)
		read_flow(s, j);
	if (s->n_links == 0 || s->n_flows == 0)
		sim_fatal("\"links\" and \"flows\" must not be empty");
	s->expect = json_object_get(s->root, "expect");
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
	snprintf(s->dir, sizeof(s->dir), "%.*s", slash ? (int)(slash - file) : 1,
		slash ? file : ".");
	snprintf(s->name, sizeof(s->name), "%.*s", (int)strcspn(slash ? slash + 1 : file, "."),
		slash ? slash + 1 : file);
	s->root = json_load_file(file, 0, &error);
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
	free(s);
}
