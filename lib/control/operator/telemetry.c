// SPDX-License-Identifier: BSD-3-Clause
// The 22.11 library knows no arrays of objects, refuses '-' and '.' in keys and cuts a reply at
// 16 KiB: lists are dictionaries keyed by index, a page at a time; "next" is the index to ask for
// next, where there is more: /wanbond/flows,START.
#include "telemetry.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "clock.h"
#include "control.h"
#include "mailbox.h"
#include "views.h"

// Objects of a page, so that it stays within 16 KiB.
#define PAGE_TUNNELS 5
#define PAGE_PATHS 8
#define PAGE_PORTS 17
#define PAGE_FLOWS 60
#define PAGE_WORKERS 24
#define PAGE_NODES 24

typedef int (*build_fn)(struct control *ctl, const char *params, struct rte_tel_data *d);

// A registration: telemetry's callbacks of 22.11 get no context.
static _Atomic(struct control *) registered;

struct request {
	struct control *ctl;
	struct rte_tel_data *d;
	const char *params;
	build_fn build;
	int result;
};

static void
serve(void *arg)
{
	struct request *r = arg;

	rte_tel_data_start_dict(r->d);
	r->result = r->build(r->ctl, r->params, r->d);
}

static int
ask(build_fn build, const char *params, struct rte_tel_data *d)
{
	struct request r = {
		.ctl = atomic_load(&registered),
		.d = d,
		.params = params,
		.build = build,
	};
	int result = r.ctl != NULL ? mailbox_call(r.ctl->mailbox, serve, &r) : -ESHUTDOWN;

	return result < 0 ? result : r.result;
}

static void
text(struct rte_tel_data *d, const char *key, const char *value)
{
	rte_tel_data_add_dict_string(d, key, value);
}

static void
number(struct rte_tel_data *d, const char *key, uint64_t value)
{
	rte_tel_data_add_dict_uint(d, key, value);
}

// First index asked for. -EINVAL: not a number.
static int
start_of(const char *params, unsigned *start)
{
	unsigned long v = 0;
	char *end;

	*start = 0;
	if (params == NULL || params[0] == 0)
		return 0;
	if (params[0] < '0' || params[0] > '9')
		return -EINVAL;
	v = strtoul(params, &end, 10);
	if (*end != 0 || v > UINT32_MAX / 2)
		return -EINVAL;
	*start = (unsigned)v;
	return 0;
}

static struct rte_tel_data *
object(void)
{
	struct rte_tel_data *d = rte_tel_data_alloc();

	if (d != NULL)
		rte_tel_data_start_dict(d);
	return d;
}

static void
add_object(struct rte_tel_data *list, unsigned index, struct rte_tel_data *d)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", index);
	if (rte_tel_data_add_dict_container(list, key, d, 0) < 0)
		rte_tel_data_free(d);
}

static int
build_info(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	(void)params;
	text(d, "version", WB_VERSION);
	text(d, "name", ctl->conf->name);
	text(d, "role", ctl->conf->role == WB_CONFIG_EDGE ? "edge" : "hub");
	number(d, "uptime_ms", (control_now() - ctl->started) / WB_MS);
	number(d, "udp_port", ctl->udp_port);
	number(d, "tunnels", ctl->tunnels.n);
	number(d, "ports", ctl->ports.n);
	number(d, "workers", ctl->eal.n_workers);
	text(d, "idle", ctl->conf->idle == WB_CONFIG_POLL ? "poll" : "adaptive");
	text(d, "aead", wb_aead_backend(wb_aead_best()));
	number(d, "hugepages", ctl->eal.huge);
	number(d, "stopped", ctl->stopped);
	return 0;
}

// A class' counters as flat keys: "realtime_packets" and so on; "realtime_held" is the histogram of how
// long packets were held for order: the i-th is less than 64 us * 2^i, the last all above.
static void
add_class(struct rte_tel_data *d, const char *name, const struct wb_class_stats *s)
{
	const struct {
		const char *what;
		uint64_t value;
	} rows[] = {
		{ "packets", s->packets },
		{ "bytes", s->bytes },
		{ "copies", s->copies },
		{ "duplicates", s->duplicates },
		{ "fec_protected", s->fec_protected },
		{ "fec_recovered", s->fec_recovered },
		{ "resends", s->resends },
		{ "lost", s->lost },
		{ "hold_us", s->hold / WB_US },
	};
	struct rte_tel_data *held = rte_tel_data_alloc();
	char key[32];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(key, sizeof(key), "%s_%s", name, rows[i].what);
		number(d, key, rows[i].value);
	}
	if (held == NULL)
		return;
	rte_tel_data_start_array(held, RTE_TEL_UINT_VAL);
	for (unsigned i = 0; i < WB_HELD_BINS; i++)
		rte_tel_data_add_array_uint(held, s->held_us[i]);
	snprintf(key, sizeof(key), "%s_held", name);
	if (rte_tel_data_add_dict_container(d, key, held, 0) < 0)
		rte_tel_data_free(held);
}

static void
add_tunnel(struct rte_tel_data *list, unsigned index, const struct view_tunnel *v)
{
	const struct wb_tunnel_stats *s = &v->stats;
	struct rte_tel_data *d = object();
	wb_ns_t now = control_now();
	uint64_t drops = 0;

	if (d == NULL)
		return;
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		drops += s->drops[i];
	text(d, "name", v->name);
	text(d, "session", session_state_name(v->session.state));
	number(d, "session_s", v->session.since != 0 ? (now - v->session.since) / WB_SEC : 0);
	number(d, "handshakes", v->session.handshakes);
	number(d, "handshake_failures", v->session.failures);
	number(d, "handshakes_refused", v->session.refused);
	text(d, "cipher", v->session.cipher != 0 ? wb_cipher_name(v->session.cipher) : "none");
	text(d, "scheduler", v->scheduler);
	text(d, "way_out", v->way_out);
	number(d, "inner_mtu", v->inner_mtu);
	number(d, "paths", v->n_paths);
	number(d, "paths_up", v->n_up);
	number(d, "in_packets", s->in_packets);
	number(d, "in_bytes", s->in_bytes);
	number(d, "out_packets", s->out_packets);
	number(d, "out_bytes", s->out_bytes);
	number(d, "sent_packets", s->sent_packets);
	number(d, "queued_packets", s->queued_packets);
	number(d, "queued_bytes", s->queued_bytes);
	number(d, "retained_packets", s->retained_packets);
	number(d, "held_packets", s->held_packets);
	number(d, "resends", s->resends);
	number(d, "scheduler_overruled", s->scheduler_overruled);
	number(d, "ce_marked", s->ce_marked);
	number(d, "reorder_gaps", s->reorder_gaps);
	number(d, "late", s->late);
	number(d, "fec_protected", s->fec_protected);
	number(d, "fec_repairs", s->fec_repairs);
	number(d, "fec_bytes", s->fec_bytes);
	number(d, "fec_recovered", s->fec_recovered);
	number(d, "fec_unneeded", s->fec_unneeded);
	number(d, "fec_failed", s->fec_failed);
	text(d, "fec_state", s->fec_state);
	number(d, "flows", s->flows);
	for (uint8_t c = 0; c < WB_CLASS_COUNT; c++)
		add_class(d, view_class(c), &s->classes[c]);
	number(d, "demoted", s->demoted);
	number(d, "drops", drops);
	number(d, "bad_source", v->bad_sources);
	add_object(list, index, d);
}

static int
build_tunnels(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	unsigned start, i;
	int r = v == NULL ? -ENOMEM : start_of(params, &start);

	for (i = r < 0 ? 0 : start; r == 0 && i < ctl->tunnels.n && i < start + PAGE_TUNNELS; i++)
		if (view_tunnel(ctl, i, v) == 0)
			add_tunnel(d, i, v);
	if (r == 0 && i < ctl->tunnels.n)
		number(d, "next", i);
	free(v);
	return r;
}

static void
add_path(struct control *ctl, struct rte_tel_data *list, const struct view_tunnel *v, unsigned slot)
{
	const struct wb_path_stats *s = &v->paths[slot];
	struct rte_tel_data *d = object();
	char name[VIEW_NAME], remote[16];

	if (d == NULL)
		return;
	view_path_name(ctl, v, slot, name);
	text(d, "name", name);
	text(d, "tunnel", v->name);
	text(d, "state", wb_path_state_name(wb_path_state_worse(s->state, s->rx_state)));
	text(d, "tx_state", wb_path_state_name(s->state));
	text(d, "rx_state", wb_path_state_name(s->rx_state));
	number(d, "rx_rate", s->rx_rate);
	number(d, "rx_loss_ppm", s->rx_loss_ppm);
	text(d, "why_not", view_path_why_not(ctl, v, slot));
	number(d, "id", s->id);
	text(d, "remote", view_ip4(s->remote.ip, remote));
	number(d, "remote_port", s->remote.udp_port);
	number(d, "rate", s->rate);
	number(d, "pacing", s->pacing);
	text(d, "cc_state", s->cc_state);
	number(d, "grid_confidence", s->grid_confidence);
	number(d, "grid_next_ms", s->grid_next / WB_MS);
	number(d, "srtt_us", s->srtt / WB_US);
	number(d, "rttvar_us", s->rttvar / WB_US);
	number(d, "min_rtt_us", s->min_rtt == WB_NEVER ? 0 : s->min_rtt / WB_US);
	number(d, "queue_us", s->owd_above_min / WB_US);
	rte_tel_data_add_dict_int(d, "owd_relative_us", (int)(s->owd_relative / (int64_t)WB_US));
	number(d, "jitter_us", s->jitter / WB_US);
	number(d, "overtaken_us", s->overtaken / WB_US);
	number(d, "ceiling", s->ceiling);
	number(d, "loss_ppm", s->loss_ppm);
	number(d, "inflight", s->inflight);
	number(d, "cwnd", s->cwnd);
	number(d, "mtu", s->mtu);
	number(d, "mtu_limit", s->mtu_limit);
	number(d, "price_us", s->price / WB_US);
	number(d, "carried", s->carried);
	if (budget_find(&ctl->budgets, slot) >= 0) {
		unsigned port = (unsigned)budget_find(&ctl->budgets, slot);

		number(d, "budget", ctl->conf->ports[port].budget);
		number(d, "budget_used", ctl->budgets.ports[port].usage.bytes);
		text(d, "budget_since", ctl->budgets.ports[port].usage.since);
	}
	number(d, "tx_datagrams", s->tx_datagrams);
	number(d, "tx_bytes", s->tx_bytes);
	number(d, "rx_datagrams", s->rx_datagrams);
	number(d, "rx_bytes", s->rx_bytes);
	number(d, "tx_data", s->tx_data);
	number(d, "rx_data", s->rx_data);
	number(d, "lost", s->lost);
	number(d, "spurious", s->spurious);
	number(d, "resent", s->resent);
	number(d, "copies", s->copies);
	number(d, "duplicates", s->duplicates);
	number(d, "fec_repairs", s->fec_repairs);
	number(d, "fec_received", s->fec_received);
	number(d, "fec_recovered", s->fec_recovered);
	number(d, "fec_unneeded", s->fec_unneeded);
	for (uint8_t c = 0; c < WB_CLASS_COUNT; c++) {
		snprintf(name, sizeof(name), "tx_%s", view_class(c));
		number(d, name, s->classes[c]);
	}
	number(d, "black_holes", s->black_holes);
	number(d, "probes", s->probes);
	number(d, "replies", s->replies);
	number(d, "downs", s->downs);
	add_object(list, v->tunnel * VIEW_PATHS + slot, d);
}

// Index: tunnel x 16 + slot.
static int
build_paths(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	unsigned start, n = 0, next = 0;
	int r = v == NULL ? -ENOMEM : start_of(params, &start);

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
		number(d, "next", next);
	free(v);
	return r;
}

static void
add_port(struct rte_tel_data *list, unsigned index, const struct view_port *v)
{
	struct rte_tel_data *d = object();
	char ip[16];

	if (d == NULL)
		return;
	text(d, "name", v->name);
	text(d, "use", v->use);
	text(d, "device", v->device);
	text(d, "interface", v->interface);
	number(d, "usable", v->usable);
	text(d, "why_not", v->why_not);
	number(d, "mtu", v->mtu);
	text(d, "source", view_ip4(v->source, ip));
	text(d, "next_hop", view_ip4(v->next_hop, ip));
	number(d, "rx_packets", v->rx_packets);
	number(d, "rx_bytes", v->rx_bytes);
	number(d, "rx_missed", v->rx_missed);
	number(d, "rx_errors", v->rx_errors);
	number(d, "rx_no_mbuf", v->rx_no_mbuf);
	number(d, "tx_packets", v->tx_packets);
	number(d, "tx_bytes", v->tx_bytes);
	number(d, "tx_errors", v->tx_errors);
	add_object(list, index, d);
}

static int
build_ports(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct view_port v;
	unsigned start, i;
	int r = start_of(params, &start);

	if (r < 0)
		return r;
	for (i = start; i < ctl->ports.n && i < start + PAGE_PORTS; i++)
		if (view_port(ctl, i, &v) == 0)
			add_port(d, i, &v);
	if (i < ctl->ports.n)
		number(d, "next", i);
	return 0;
}

static void
add_flow(struct rte_tel_data *list, const struct tunnel_flow *f)
{
	struct rte_tel_data *d = object();

	if (d == NULL)
		return;
	number(d, "tunnel", f->tunnel);
	number(d, "bucket", f->stats.bucket);
	text(d, "class", view_class(f->stats.sclass));
	number(d, "packets", f->stats.packets);
	number(d, "bytes", f->stats.bytes);
	number(d, "drops", f->stats.drops);
	number(d, "marks", f->stats.marks);
	number(d, "queued_packets", f->stats.queued_packets);
	number(d, "sojourn_us", f->stats.sojourn / WB_US);
	number(d, "idle_ms", f->idle / WB_MS);
	add_object(list, f->tunnel * WB_BUCKETS + f->stats.bucket, d);
}

// Index: tunnel x 1024 + bucket.
static int
build_flows(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct tunnel_flow flows[PAGE_FLOWS + 1];
	unsigned start, n = 0;
	int r = start_of(params, &start);

	if (r < 0)
		return r;
	for (unsigned t = start / WB_BUCKETS; t < ctl->tunnels.n && n <= PAGE_FLOWS; t++)
		n += view_flows(ctl, t, t == start / WB_BUCKETS ? start % WB_BUCKETS : 0, flows + n,
			PAGE_FLOWS + 1 - n);
	for (unsigned i = 0; i < n && i < PAGE_FLOWS; i++)
		add_flow(d, &flows[i]);
	if (n > PAGE_FLOWS)
		number(d, "next",
			flows[PAGE_FLOWS].tunnel * WB_BUCKETS + flows[PAGE_FLOWS].stats.bucket);
	return 0;
}

// "no_route_last_1", the newest, to "no_route_last_4"; "" where there are fewer.
static void
add_recent(
	struct control *ctl, enum wb_dp_recent_kind kind, const char *name, struct rte_tel_data *d)
{
	char lines[WB_DP_RECENT][VIEW_RECENT], key[32];

	view_recent(ctl, kind, -1, lines);
	for (unsigned i = 0; i < WB_DP_RECENT; i++) {
		snprintf(key, sizeof(key), "%s_last_%u", name, i + 1);
		text(d, key, lines[i]);
	}
}

static int
build_drops(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	uint64_t drops[WB_DROP_COUNT];

	(void)params;
	view_drops(ctl, drops);
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		number(d, wb_drop_name((enum wb_drop)i), drops[i]);
	add_recent(ctl, WB_DP_BAD_SOURCES, wb_drop_name(WB_DROP_BAD_SOURCE), d);
	add_recent(ctl, WB_DP_NO_ROUTES, wb_drop_name(WB_DROP_NO_ROUTE), d);
	return 0;
}

static int
build_workers(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	unsigned start, i;
	int r = start_of(params, &start);

	for (i = r < 0 ? ctl->eal.n_workers : start;
		i < ctl->eal.n_workers && i < start + PAGE_WORKERS; i++) {
		struct wb_dp_worker_stats s;
		struct rte_tel_data *o = object();

		if (o == NULL || wb_dp_worker_stats(ctl->dp, i, &s) < 0) {
			rte_tel_data_free(o);
			continue;
		}
		number(o, "lcore", s.lcore);
		rte_tel_data_add_dict_int(o, "socket", s.socket);
		number(o, "walks", s.walks);
		number(o, "busy_cycles", s.busy_cycles);
		number(o, "idle_cycles", s.idle_cycles);
		number(o, "sleeps", s.sleeps);
		add_object(d, i, o);
	}
	if (r == 0 && i < ctl->eal.n_workers)
		number(d, "next", i);
	return r;
}

// The nodes of one worker's graph.
static int
build_nodes(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct wb_dp_node_stats s;
	unsigned worker;
	int r = start_of(params, &worker);

	for (unsigned i = 0; r == 0 && i < PAGE_NODES; i++) {
		struct rte_tel_data *o;

		if (wb_dp_node_stats(ctl->dp, worker, i, &s) < 0)
			break;
		o = object();
		if (o == NULL)
			break;
		text(o, "name", s.name);
		number(o, "calls", s.calls);
		number(o, "packets", s.packets);
		number(o, "cycles", s.cycles);
		add_object(d, i, o);
	}
	return r;
}

// NAME, help
#define COMMANDS(X)                                                                                \
	X(info, "What runs here. No parameters")                                                   \
	X(tunnels, "Tunnels by index. CLASS_held: packets held for order, by how long ([i]: less " \
		   "than 64 us x 2^i). Parameter: first index")                                    \
	X(paths, "Paths, index = tunnel x 16 + slot. Parameter: first index")                      \
	X(ports, "Ports by index. Parameter: first index")                                         \
	X(flows, "Flow buckets, index = tunnel x 1024 + bucket. Parameter: first index")           \
	X(drops, "Dropped packets by reason, all workers and tunnels. No parameters")              \
	X(workers, "Workers by index. Parameter: first index")                                     \
	X(nodes, "Graph nodes of a worker. Parameter: index of the worker")

#define X(name, help)                                                                              \
	static int on_##name(const char *cmd, const char *params, struct rte_tel_data *d)          \
	{                                                                                          \
		(void)cmd;                                                                         \
		return ask(build_##name, params, d);                                               \
	}
COMMANDS(X)
#undef X

static const struct {
	const char *command, *help;
	telemetry_cb run;
} commands[] = {
#define X(name, help) { "/wanbond/" #name, help, on_##name },
	COMMANDS(X)
#undef X
};

const char *
telemetry_command(unsigned i, const char **help)
{
	if (i >= sizeof(commands) / sizeof(commands[0]))
		return NULL;
	*help = commands[i].help;
	return commands[i].command;
}

void
telemetry_start(struct control *ctl)
{
	atomic_store(&registered, ctl);
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		rte_telemetry_register_cmd(commands[i].command, commands[i].run, commands[i].help);
}

void
telemetry_stop(void)
{
	atomic_store(&registered, NULL);
}
