// SPDX-License-Identifier: BSD-3-Clause
// Telemetry commands: questions, and the table of them all. They run in telemetry's threads and reach
// the links through link_call().
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "control.h"
#include "orders.h"

// A registration: telemetry's callbacks have no context.
struct loop *the_loop;

int
refuse(struct rte_tel_data *d, const char *what, const char *value, const char *allowed)
{
	char text[REPLY], shown[128];

	snprintf(text, sizeof(text), "%s: \"%.60s\" is not allowed here: %.800s", what,
		value != NULL ? value : "", allowed);
	fprintf(stderr, "wanbond-emu: telemetry: %s\n", text);
	snprintf(shown, sizeof(shown), "%.127s", text);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "error", shown);
	return 0;
}

struct link *
find_link(const char *name)
{
	for (unsigned i = 0; name != NULL && i < the_loop->n_links; i++) {
		if (strcmp(the_loop->links[i].conf->name, name) == 0)
			return &the_loop->links[i];
	}
	return NULL;
}

int
refuse_link(struct rte_tel_data *d, const char *name)
{
	char names[EMU_LINKS * (EMU_NAME + 2)] = "";
	size_t used = 0;

	for (unsigned i = 0; i < the_loop->n_links; i++)
		used += snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
			the_loop->links[i].conf->name);
	return refuse(d, "link", name, names);
}

// --- /emu/links and /emu/link,NAME

struct snapshot {
	struct link *link;
	struct direction_conf conf[2];
	struct wb_em_stats stats[2];
	wb_em_ns_t clock;
	uint64_t capacity[2], tx_full[2], truncated[2], bad_checksum[2];
	bool hole[2], down, by_trace[2];
	unsigned outages;
};

static int
take_snapshot(struct link *k, void *arg)
{
	struct snapshot *s = arg;

	s->clock = loop_now();
	for (int side = 0; side < 2; side++) {
		const struct direction *d = &k->direction[side];

		s->conf[side] = d->conf;
		wb_em_stats(d->em, &s->stats[side]);
		s->capacity[side] = wb_em_capacity(d->em, s->clock);
		s->tx_full[side] = d->tx_full;
		s->truncated[side] = d->truncated;
		s->bad_checksum[side] = d->bad_checksum;
		s->hole[side] = k->hole[side];
		s->by_trace[side] = d->conf.trace[0] != '\0';
	}
	s->down = k->down;
	s->outages = k->outages;
	return 0;
}

static const char *
state_name(const struct snapshot *s)
{
	if (s->down)
		return "link_down";
	if (s->hole[A_TO_B] && s->hole[B_TO_A])
		return "black_hole";
	if (s->hole[A_TO_B])
		return "black_hole a_to_b";
	return s->hole[B_TO_A] ? "black_hole b_to_a" : "up";
}

static void
add_link(struct rte_tel_data *d, const struct snapshot *s)
{
	rte_tel_data_add_dict_string(d, "name", s->link->conf->name);
	rte_tel_data_add_dict_string(d, "state", state_name(s));
	for (int i = 0; i < 2; i++)
		rte_tel_data_add_dict_string(d, i == 0 ? "a" : "b",
			s->link->port[i].kernel_if[0] != '\0' ? s->link->port[i].kernel_if
							      : s->link->conf->dev[i]);
	rte_tel_data_add_dict_uint(d, "clock_us", s->clock / 1000);
	for (int side = 0; side < 2; side++) {
		const struct wb_em_stats *e = &s->stats[side];
		char text[128];

		snprintf(text, sizeof(text), "%g", s->conf[side].value[RATE_MBIT]);
		if (s->by_trace[side])
			snprintf(text, sizeof(text), "trace");
		rte_tel_data_add_dict_string(
			d, side == A_TO_B ? "a_to_b_rate_mbit" : "b_to_a_rate_mbit", text);
		rte_tel_data_add_dict_uint(d,
			side == A_TO_B ? "a_to_b_capacity_bytes" : "b_to_a_capacity_bytes",
			s->capacity[side]);
		rte_tel_data_add_dict_uint(
			d, side == A_TO_B ? "a_to_b_packets" : "b_to_a_packets", e->out);
		rte_tel_data_add_dict_uint(
			d, side == A_TO_B ? "a_to_b_bytes" : "b_to_a_bytes", e->bytes_out);
	}
}

static int
on_links(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	(void)params;
	rte_tel_data_start_dict(d);
	for (unsigned i = 0; i < the_loop->n_links; i++) {
		struct snapshot s = { .link = &the_loop->links[i] };
		struct rte_tel_data *one = rte_tel_data_alloc();
		char index[16];

		if (one == NULL || link_call(s.link, take_snapshot, &s) < 0) {
			rte_tel_data_free(one);
			return -ENOMEM;
		}
		snprintf(index, sizeof(index), "%u", i);
		rte_tel_data_start_dict(one);
		add_link(one, &s);
		rte_tel_data_add_dict_container(d, index, one, 0);
	}
	return 0;
}

static void
add_direction(struct rte_tel_data *d, const struct snapshot *s, enum side side)
{
	static const char *const drops[WB_EM_DROPS] = {
		[WB_EM_DROP_QUEUE] = "drop_queue",
		[WB_EM_DROP_LOSS] = "drop_loss",
		[WB_EM_DROP_OUTAGE] = "drop_outage",
		[WB_EM_DROP_LIMIT] = "drop_max_packets",
		[WB_EM_DROP_MTU] = "drop_mtu",
		[WB_EM_DROP_POLICE] = "drop_police",
	};
	const struct wb_em_stats *e = &s->stats[side];

	for (int i = 0; i < DIRECTION_VALUES; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%.10g", s->conf[side].value[i]);
		rte_tel_data_add_dict_string(d, direction_value_name(i), text);
	}
	if (s->by_trace[side]) {
		char text[128];
		const char *name = strrchr(s->conf[side].trace, '/');

		snprintf(text, sizeof(text), "%.127s",
			name != NULL ? name + 1 : s->conf[side].trace);
		rte_tel_data_add_dict_string(d, "trace", text);
	}
	rte_tel_data_add_dict_uint(d, "capacity_bytes", s->capacity[side]);
	rte_tel_data_add_dict_uint(d, "in_packets", e->in);
	rte_tel_data_add_dict_uint(d, "in_bytes", e->bytes_in);
	rte_tel_data_add_dict_uint(d, "out_packets", e->out);
	rte_tel_data_add_dict_uint(d, "out_bytes", e->bytes_out);
	for (int i = 0; i < WB_EM_DROPS; i++)
		rte_tel_data_add_dict_uint(d, drops[i], e->drops[i]);
	rte_tel_data_add_dict_uint(d, "drop_tx_full", s->tx_full[side]);
	rte_tel_data_add_dict_uint(d, "drop_truncated", s->truncated[side]);
	rte_tel_data_add_dict_uint(d, "bad_checksum", s->bad_checksum[side]);
	rte_tel_data_add_dict_uint(d, "queued_bytes", e->queued_bytes);
	rte_tel_data_add_dict_uint(d, "in_flight", e->in_flight);
}

static int
on_link(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct snapshot s = { .link = find_link(params) };

	(void)cmd;
	if (s.link == NULL)
		return refuse_link(d, params);
	if (link_call(s.link, take_snapshot, &s) < 0)
		return -ETIMEDOUT;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "name", s.link->conf->name);
	rte_tel_data_add_dict_string(d, "state", state_name(&s));
	rte_tel_data_add_dict_uint(d, "outages", s.outages);
	for (int side = 0; side < 2; side++) {
		struct rte_tel_data *one = rte_tel_data_alloc();

		if (one == NULL)
			return -ENOMEM;
		rte_tel_data_start_dict(one);
		add_direction(one, &s, side);
		rte_tel_data_add_dict_container(d, side == A_TO_B ? "a_to_b" : "b_to_a", one, 0);
	}
	return 0;
}

// --- /emu/lateness[,clear]

struct lateness_order {
	struct lateness *release, *gap; // sums of all links
	bool clear;
};

static int
take_lateness(struct link *k, void *arg)
{
	struct lateness_order *o = arg;

	lateness_join(o->release, &k->release);
	lateness_join(o->gap, &k->gap);
	if (o->clear) {
		lateness_clear(&k->release);
		lateness_clear(&k->gap);
	}
	return 0;
}

static void
add_lateness(struct rte_tel_data *d, const char *what, const struct lateness *l)
{
	static const struct {
		const char *name;
		unsigned permille;
	} quantiles[] = { { "p1", 10 }, { "p50", 500 }, { "p99", 990 }, { "p999", 999 } };
	char key[64];

	snprintf(key, sizeof(key), "%s_n", what);
	rte_tel_data_add_dict_uint(d, key, l->n);
	snprintf(key, sizeof(key), "%s_min_us", what);
	rte_tel_data_add_dict_int(d, key, l->min / 1000);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++) {
		snprintf(key, sizeof(key), "%s_%s_us", what, quantiles[i].name);
		rte_tel_data_add_dict_int(
			d, key, lateness_quantile(l, quantiles[i].permille) / 1000);
	}
	snprintf(key, sizeof(key), "%s_max_us", what);
	rte_tel_data_add_dict_int(d, key, l->max / 1000);
}

static int
on_lateness(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct lateness_order o = { .clear = params != NULL && strcmp(params, "clear") == 0 };
	int rc = -ENOMEM;

	(void)cmd;
	if (params != NULL && !o.clear)
		return refuse(d, "parameter", params, "clear");
	o.release = calloc(1, sizeof(*o.release));
	o.gap = calloc(1, sizeof(*o.gap));
	if (o.release != NULL && o.gap != NULL)
		rc = 0;
	for (unsigned i = 0; rc == 0 && i < the_loop->n_links; i++)
		rc = link_call(&the_loop->links[i], take_lateness, &o);
	if (rc == 0) {
		rte_tel_data_start_dict(d);
		add_lateness(d, "release", o.release);
		add_lateness(d, "gap", o.gap);
	}
	free(o.release);
	free(o.gap);
	return rc;
}

int
control_register(struct loop *l)
{
	static const struct {
		const char *command;
		telemetry_cb callback;
		const char *help;
	} commands[] = {
		{ "/emu/links", on_links, "The links in short. No parameters" },
		{ "/emu/link", on_link, "One link with its values and counters. Parameters: NAME" },
		{ "/emu/set", on_set,
			"Changes a link. Parameters: NAME,a_to_b|b_to_a|both,KEY=VALUE[,...]" },
		{ "/emu/outage", on_outage,
			"Begins or ends an outage. Parameters: "
			"NAME,black_hole|link_down|none[,SECONDS[,a_to_b|b_to_a|both]]" },
		{ "/emu/lateness", on_lateness,
			"How punctual frames leave. Parameters: none, or clear (after the "
			"answer)" },
	};

	the_loop = l;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		int rc = rte_telemetry_register_cmd(
			commands[i].command, commands[i].callback, commands[i].help);

		if (rc < 0)
			return rc;
	}
	return 0;
}
