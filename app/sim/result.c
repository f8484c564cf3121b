// SPDX-License-Identifier: BSD-3-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"

static void
add_count(json_t *j, const char *name, uint64_t value)
{
	json_object_set_new(j, name, json_integer((json_int_t)value));
}

static void
add_ms(json_t *j, const char *name, int64_t ns)
{
	json_object_set_new(j, name, json_rounded((double)ns / 1e6));
}

// Counters that results do without: the other end has them, or they only tell classes apart.
static bool
left_out(const char *name)
{
	static const char *const names[] = { "rx_datagrams", "rx_data", "replies", "tx_default",
		"tx_realtime", "tx_bulk" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

// Adds all rows of a list but those that results do without.
static void
add_counters(json_t *j, const struct wb_counter *rows, const void *stats)
{
	for (const struct wb_counter *r = rows; r->name != NULL; r++)
		if (!left_out(r->name))
			add_count(j, r->name, wb_counter_read(r, stats));
}

static json_t *
path_json(const struct wb_path_stats *s)
{
	json_t *j = json_object();

	json_object_set_new(j, "name", json_string(s->name));
	json_object_set_new(j, "state", json_string(wb_path_state_name(s->state)));
	json_object_set_new(j, "rx_state", json_string(wb_path_state_name(s->rx_state)));
	json_object_set_new(j, "cc", json_string(s->cc_state));
	json_object_set_new(j, "rate_mbit", json_rounded((double)s->rate / 1e6));
	json_object_set_new(j, "pacing_mbit", json_rounded((double)s->pacing / 1e6));
	add_counters(j, wb_path_counters, s);
	add_count(j, "mtu", s->mtu);
	add_count(j, "black_holes", s->black_holes);
	add_count(j, "loss_ppm", s->loss_ppm);
	add_ms(j, "srtt_ms", (int64_t)s->srtt);
	add_ms(j, "min_rtt_ms", (int64_t)s->min_rtt);
	add_count(j, "grid_percent", s->grid_confidence);
	add_count(j, "grid_known", s->grid_next != 0);
	add_ms(j, "queue_ms", (int64_t)s->owd_above_min);
	add_ms(j, "owd_relative_ms", s->owd_relative);
	return j;
}

static json_t *
tunnel_json(const struct host *h)
{
	json_t *j = json_object(), *drops = json_object(), *paths = json_array();
	struct wb_tunnel_stats s;
	struct wb_path_stats p;

	wb_tunnel_stats(h->tunnel, &s);
	add_count(j, "in_packets", s.in_packets);
	add_count(j, "out_packets", s.out_packets);
	add_count(j, "resends", s.resends);
	add_count(j, "reorder_gaps", s.reorder_gaps);
	add_count(j, "late", s.late);
	// What was given up; what came after all is among it.
	json_object_set_new(j, "missing_ppm",
		json_rounded(
			s.out_packets ? 1e6 * (double)s.reorder_gaps / (double)s.out_packets : 0));
	add_count(j, "ce_marked", s.ce_marked);
	add_count(j, "queued", s.queued_packets);
	add_count(j, "retained", s.retained_packets);
	add_count(j, "held", s.held_packets);
	add_counters(j, wb_fec_counters, &s);
	json_object_set_new(j, "fec_state", json_string(s.fec_state));
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		if (s.drops[i] > 0)
			add_count(drops, wb_drop_name(i), s.drops[i]);
	json_object_set_new(j, "drops", drops);
	for (unsigned slot = 0; slot < WB_PATHS_MAX; slot++)
		if (wb_tunnel_path_stats(h->tunnel, slot, &p) == 0)
			json_array_append_new(paths, path_json(&p));
	json_object_set_new(j, "paths", paths);
	add_count(j, "overhead_bytes", h->head_bytes);
	add_count(j, "refused", h->rx_refused);
	add_count(j, "corrupt", h->corrupt);
	add_count(j, "wakes", h->wakes);
	add_count(j, "spins", h->spins);
	return j;
}

// n links or cells, beginning with the first.
static json_t *
links_json(struct world *w, unsigned first, unsigned n)
{
	json_t *list = json_array();

	for (unsigned i = first; i < first + n; i++) {
		json_t *j = json_object();

		json_object_set_new(j, "name", json_string(w->scenario->links[i].name));
		for (unsigned dir = 0; dir < DIRS; dir++) {
			struct link_dir *l = &w->links[i].dir[dir];
			json_t *d = json_object();
			struct wb_em_stats s;

			wb_em_stats(l->em, &s);
			json_object_set_new(d, "capacity_mbit",
				json_rounded(l->capacity * 1e3 / (double)w->scenario->duration));
			json_object_set_new(d, "carried_mbit",
				json_rounded(
					(double)s.bytes_out * 8e3 / (double)w->scenario->duration));
			json_object_set_new(d, "queue_ms", samples_queue(&w->samples, i, dir));
			json_object_set_new(d, "wrong_ms",
				json_rounded(knowledge_wrong_ms(&w->knowledge, i, dir)));
			json_object_set_new(d, "apart_ms",
				json_rounded(knowledge_apart_ms(&w->knowledge, i, dir)));
			add_count(d, "dropped_queue", s.drops[WB_EM_DROP_QUEUE]);
			add_count(d, "dropped_loss", s.drops[WB_EM_DROP_LOSS]);
			add_count(d, "dropped_outage", s.drops[WB_EM_DROP_OUTAGE]);
			if (s.drops[WB_EM_DROP_POLICE] > 0)
				add_count(d, "dropped_police", s.drops[WB_EM_DROP_POLICE]);
			json_object_set_new(j, dir == DIR_UP ? "up" : "down", d);
		}
		json_array_append_new(list, j);
	}
	return list;
}

// What both ends sent, outer headers and all, above what they delivered.
static double
wire_overhead(const struct world *w)
{
	uint64_t wire = 0, inner = 0;
	struct wb_tunnel_stats s;
	struct wb_path_stats p;

	for (unsigned side = 0; side < SIDES; side++) {
		wb_tunnel_stats(w->hosts[side].tunnel, &s);
		inner += s.out_bytes;
		for (unsigned slot = 0; slot < WB_PATHS_MAX; slot++)
			if (wb_tunnel_path_stats(w->hosts[side].tunnel, slot, &p) == 0)
				wire += p.tx_bytes;
	}
	return inner > 0 ? 100.0 * (double)wire / (double)inner - 100 : 0;
}

static void
add_shares(json_t *j, struct world *w, const json_t *flows)
{
	for (unsigned dir = 0; dir < DIRS; dir++) {
		json_t *share = samples_share(&w->samples, flows, dir);

		if (share != NULL)
			json_object_set_new(j, dir == DIR_UP ? "share_up" : "share_down", share);
	}
}

json_t *
result_json(struct world *w)
{
	const struct scenario *s = w->scenario;
	json_t *j = json_object(), *flows = json_array();

	json_object_set_new(j, "scenario", json_string(s->name));
	json_object_set_new(j, "seed", json_integer((json_int_t)s->seed));
	json_object_set_new(j, "duration", json_rounded((double)s->duration / 1e9));
	json_object_set_new(j, "steps", json_integer((json_int_t)w->sim.steps));
	for (unsigned i = 0; i < s->n_flows; i++) {
		json_t *flow = w->flows[i]->ops->result(w->flows[i]);

		json_object_set_new(flow, "name", json_string(s->flows[i].name));
		json_object_set_new(flow, "kind", json_string(flow_kind_name[s->flows[i].kind]));
		json_object_set_new(flow, "direction",
			json_string(s->flows[i].direction == DIR_UP ? "up" : "down"));
		json_array_append_new(flows, flow);
	}
	add_shares(j, w, flows);
	json_object_set_new(j, "changes", samples_changes(&w->samples));
	if (!s->direct) {
		json_object_set_new(j, "overhead_percent", json_rounded(wire_overhead(w)));
	}
	json_object_set_new(j, "flows", flows);
	json_object_set_new(j, "links", links_json(w, 0, s->n_links));
	if (s->n_cells > 0)
		json_object_set_new(j, "cells", links_json(w, s->n_links, s->n_cells));
	if (!s->direct) {
		json_object_set_new(j, "edge", tunnel_json(&w->hosts[SIDE_EDGE]));
		json_object_set_new(j, "hub", tunnel_json(&w->hosts[SIDE_HUB]));
	}
	return j;
}

// "flows.0.goodput_mbit": keys and indexes from the root. "sum.goodput_mbit": over all flows.
static double
lookup(const json_t *root, const char *path, bool *found)
{
	const json_t *j = root;
	char part[64];
	size_t n;

	for (; *path != '\0' && j != NULL; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		j = json_is_array(j) ? json_array_get(j, strtoul(part, NULL, 10))
				     : json_object_get(j, part);
	}
	*found = json_is_number(j);
	return json_number_value(j);
}

static double
value_of(const json_t *root, const char *path, bool *found)
{
	const json_t *flows = json_object_get(root, "flows"), *flow, *v;
	double sum = 0;
	size_t i;

	if (strncmp(path, "sum.", 4) != 0)
		return lookup(root, path, found);
	*found = false;
	json_array_foreach (flows, i, flow) {
		v = json_object_get(flow, path + 4);
		*found = *found || json_is_number(v);
		sum += json_number_value(v);
	}
	return sum;
}

unsigned
result_check(json_t *result, const json_t *expect)
{
	json_t *failed = json_array(), *e, *min, *max;
	char text[256];
	size_t i;

	json_array_foreach (expect, i, e) {
		const char *path = json_string_value(json_object_get(e, "value"));
		bool found = false;
		double v = path ? value_of(result, path, &found) : 0;

		min = json_object_get(e, "min");
		max = json_object_get(e, "max");
		if (found && (min == NULL || v >= json_number_value(min)) &&
			(max == NULL || v <= json_number_value(max)))
			continue;
		snprintf(text, sizeof(text), "%s is %.3f, not from %.3f to %.3f%s",
			path ? path : "?", v, json_number_value(min),
			max ? json_number_value(max) : 1e12, found ? "" : " (no such value)");
		json_array_append_new(failed, json_string(text));
	}
	i = json_array_size(failed);
	json_object_set_new(result, "failed", failed);
	return (unsigned)i;
}
