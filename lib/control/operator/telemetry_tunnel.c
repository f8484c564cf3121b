// SPDX-License-Identifier: BSD-3-Clause
// Telemetry's replies about tunnels and their paths.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_telemetry.h>

#include "clock.h"
#include "control.h"
#include "reply.h"
#include "views.h"

// Objects of a page, so that it stays within 16 KiB.
#define PAGE_TUNNELS 5
#define PAGE_PATHS 8

static const struct wb_counter held_rows[] = {
	{ .name = "held",
		.unit = WB_UNIT_PACKETS,
		.help = "held for order, a list by how long: [i] counts those of less than 64 us x "
			"2^i, "
			"the last one all others" },
	WB_COUNTER_END,
};

// Adds a class' counters: "realtime_packets" and so on.
static void
add_class(struct rte_tel_data *d, const char *name, const struct wb_class_stats *s)
{
	struct rte_tel_data *held = rte_tel_data_alloc();
	char key[32];

	snprintf(key, sizeof(key), "%s_", name);
	reply_rows(d, key, wb_class_counters, s);
	if (held == NULL)
		return;
	rte_tel_data_start_array(held, RTE_TEL_UINT_VAL);
	for (unsigned i = 0; i < WB_HELD_BINS; i++)
		rte_tel_data_add_array_uint(held, s->held_us[i]);
	snprintf(key, sizeof(key), "%s_held", name);
	if (rte_tel_data_add_dict_container(d, key, held, 0) < 0)
		rte_tel_data_free(held);
}

struct tunnel {
	const char *name, *session, *cipher, *scheduler, *way_out, *fec_state;
	const char *hub_address, *hub_name, *hub_failed;
	wb_ns_t session_age, hub_age;
	uint64_t handshakes, failures, refused, drops, bad_sources;
	unsigned inner_mtu, paths, up;
};
#define TUNNEL(...) WB_COUNTER_ROW(struct tunnel, __VA_ARGS__)
static const struct wb_counter tunnel_rows[] = {
	TUNNEL(name, "name", STRING, "of the edge; at an edge \"hub\""),
	TUNNEL(hub_address, "hub_address", STRING,
		"edge: address of the hub in use; none: unknown"),
	TUNNEL(hub_name, "hub_name", STRING, "name that it is of; empty: a configured address"),
	TUNNEL(hub_age, "hub_resolved_s", S, "since the name was resolved; 0: not in this run"),
	TUNNEL(hub_failed, "hub_failed", STRING, "what the last question for a name failed by"),
	TUNNEL(session, "session", STRING, "state of the session"),
	TUNNEL(session_age, "session_s", S, "age of the session; 0: none"),
	TUNNEL(handshakes, "handshakes", NUMBER, "completed"),
	TUNNEL(failures, "handshake_failures", NUMBER, "not completed"),
	TUNNEL(refused, "handshakes_refused", NUMBER, "refused"),
	TUNNEL(cipher, "cipher", STRING, "of the session"),
	TUNNEL(scheduler, "scheduler", STRING, "in use"),
	TUNNEL(way_out, "way_out", STRING, "what is wrong behind the hub; empty: nothing is known"),
	TUNNEL(inner_mtu, "inner_mtu", BYTES, "largest packet that is carried in one piece"),
	TUNNEL(paths, "paths", NUMBER, "known"),
	TUNNEL(up, "paths_up", NUMBER, "that carry packets"),
	TUNNEL(fec_state, "fec_state", STRING,
		"on, or why packets go without error correction now"),
	TUNNEL(drops, "drops", PACKETS, "dropped by the tunnel, for all reasons"),
	TUNNEL(bad_sources, "bad_source", PACKETS,
		"dropped: their source is none of the edge's networks"),
	WB_COUNTER_END,
};

static void
add_tunnel(struct rte_tel_data *list, unsigned index, const struct view_tunnel *v)
{
	const struct wb_tunnel_stats *s = &v->stats;
	const struct session_info *session = &v->session;
	struct tunnel t = {
		.name = v->name,
		.session = session_state_name(session->state),
		.cipher = session->cipher != 0 ? wb_cipher_name(session->cipher) : "none",
		.scheduler = v->scheduler,
		.way_out = v->way_out,
		.fec_state = s->fec_state,
		.hub_address = v->hub_address,
		.hub_name = v->hub_name,
		.hub_failed = v->hub_failed,
		.hub_age = v->hub_resolved != 0 ? control_now() - v->hub_resolved : 0,
		.session_age = session->since != 0 ? control_now() - session->since : 0,
		.handshakes = session->handshakes,
		.failures = session->failures,
		.refused = session->refused,
		.inner_mtu = v->inner_mtu,
		.paths = v->n_paths,
		.up = v->n_up,
		.bad_sources = v->bad_sources,
	};
	struct rte_tel_data *d = reply_object();

	if (d == NULL)
		return;
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		t.drops += s->drops[i];
	reply_rows(d, "", tunnel_rows, &t);
	reply_rows(d, "", wb_tunnel_counters, s);
	reply_rows(d, "", wb_fec_counters, s);
	reply_rows(d, "", wb_tunnel_gauges, s);
	for (uint8_t c = 0; c < WB_CLASS_COUNT; c++)
		add_class(d, view_class(c), &s->classes[c]);
	reply_add(list, index, d);
}

int
reply_tunnels(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	unsigned start, i;
	int r = v == NULL ? -ENOMEM : reply_start(params, &start);

	for (i = r < 0 ? 0 : start; r == 0 && i < ctl->tunnels.n && i < start + PAGE_TUNNELS; i++)
		if (view_tunnel(ctl, i, v) == 0)
			add_tunnel(d, i, v);
	if (r == 0 && i < ctl->tunnels.n)
		reply_number(d, "next", i);
	free(v);
	return r;
}

struct path {
	char name[VIEW_NAME], remote[16];
	const char *tunnel, *state, *tx_state, *rx_state, *why_not, *cc_state;
	unsigned id, remote_port;
	uint64_t budget, budget_used;
	const char *budget_since;
};
#define PATH(...) WB_COUNTER_ROW(struct path, __VA_ARGS__)
static const struct wb_counter path_rows[] = {
	PATH(name, "name", TEXT, "of the WAN; at a hub EDGE/ID"),
	PATH(tunnel, "tunnel", STRING, "that it belongs to"),
	PATH(state, "state", STRING, "the worse of `tx_state` and `rx_state`"),
	PATH(tx_state, "tx_state", STRING, "of the direction in which this end sends"),
	PATH(rx_state, "rx_state", STRING, "of the other direction, as the other end judges it"),
	PATH(why_not, "why_not", STRING, "why it carries nothing; empty: it does"),
	PATH(id, "id", NUMBER, "of the path within the session"),
	PATH(remote, "remote", TEXT, "IPv4 address of the other end"),
	PATH(remote_port, "remote_port", NUMBER, "UDP port of the other end"),
	PATH(cc_state, "cc_state", STRING, "of the congestion control"),
	WB_COUNTER_END,
};
// Of a path whose bytes are counted against a budget.
static const struct wb_counter budget_rows[] = {
	PATH(budget, "budget", BYTES,
		"a month; 0: only counted. Of metered WANs alone, at an edge"),
	PATH(budget_used, "budget_used", BYTES, "of it, likewise"),
	PATH(budget_since, "budget_since", STRING, "day from which they are counted, likewise"),
	WB_COUNTER_END,
};

static void
add_path(struct control *ctl, struct rte_tel_data *list, const struct view_tunnel *v, unsigned slot)
{
	const struct wb_path_stats *s = &v->paths[slot];
	struct path p = {
		.tunnel = v->name,
		.state = wb_path_state_name(wb_path_state_worse(s->state, s->rx_state)),
		.tx_state = wb_path_state_name(s->state),
		.rx_state = wb_path_state_name(s->rx_state),
		.why_not = view_path_why_not(ctl, v, slot),
		.cc_state = s->cc_state,
		.id = s->id,
		.remote_port = s->remote.udp_port,
	};
	struct rte_tel_data *d = reply_object();
	int port = budget_find(&ctl->budgets, slot);

	if (d == NULL)
		return;
	view_path_name(ctl, v, slot, p.name);
	view_ip4(s->remote.ip, p.remote);
	reply_rows(d, "", path_rows, &p);
	reply_rows(d, "", wb_path_gauges, s);
	reply_rows(d, "", wb_path_counters, s);
	if (port >= 0) {
		p.budget = ctl->conf->ports[port].budget;
		p.budget_used = ctl->budgets.ports[port].usage.bytes;
		p.budget_since = ctl->budgets.ports[port].usage.since;
		reply_rows(d, "", budget_rows, &p);
	}
	reply_add(list, v->tunnel * VIEW_PATHS + slot, d);
}

// The index is tunnel x 16 + slot.
int
reply_paths(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	unsigned start, n = 0, next = 0;
	int r = v == NULL ? -ENOMEM : reply_start(params, &start);

	for (unsigned t = r < 0 ? 0 : start / VIEW_PATHS; r == 0 && t < ctl->tunnels.n && next == 0;
		t++) {
		if (view_tunnel(ctl, t, v) < 0)
			continue;
		for (unsigned i = 0; i < VIEW_PATHS; i++) {
			if (!v->used[i] || t * VIEW_PATHS + i < start)
				continue;
			if (n == PAGE_PATHS) {
				next = t * VIEW_PATHS + i;
				break;
			}
			add_path(ctl, d, v, i);
			n++;
		}
	}
	if (next != 0)
		reply_number(d, "next", next);
	free(v);
	return r;
}

static const struct reply_part parts[] = {
	{ "tunnels", "", tunnel_rows },
	{ "tunnels", "", wb_tunnel_counters },
	{ "tunnels", "", wb_fec_counters },
	{ "tunnels", "", wb_tunnel_gauges },
	{ "tunnels", "CLASS_", wb_class_counters },
	{ "tunnels", "CLASS_", held_rows },
	{ "paths", "", path_rows },
	{ "paths", "", wb_path_gauges },
	{ "paths", "", wb_path_counters },
	{ "paths", "", budget_rows },
};

const struct reply_part *
reply_tunnel_part(unsigned i)
{
	return i < sizeof(parts) / sizeof(parts[0]) ? &parts[i] : NULL;
}
