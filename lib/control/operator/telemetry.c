// SPDX-License-Identifier: BSD-3-Clause
// The commands, and the replies of all but tunnels and paths (telemetry_tunnel.c).
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
#include "reply.h"
#include "views.h"

// Objects of a page, so that it stays within 16 KiB.
#define PAGE_PORTS 17
#define PAGE_FLOWS 60
#define PAGE_WORKERS 24
#define PAGE_NODES 24

typedef int (*build_fn)(struct control *ctl, const char *params, struct rte_tel_data *d);

// The one that is registered: telemetry's callbacks get no context in DPDK 22.11.
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

static int
reply_info(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	(void)params;
	reply_text(d, "version", WB_VERSION);
	reply_text(d, "name", ctl->conf->name);
	reply_text(d, "role", ctl->conf->role == WB_CONFIG_EDGE ? "edge" : "hub");
	reply_number(d, "uptime_ms", (control_now() - ctl->started) / WB_MS);
	reply_number(d, "udp_port", ctl->udp_port);
	reply_number(d, "tunnels", ctl->tunnels.n);
	reply_number(d, "ports", ctl->ports.n);
	reply_number(d, "workers", ctl->eal.n_workers);
	reply_text(d, "idle", ctl->conf->idle == WB_CONFIG_POLL ? "poll" : "adaptive");
	reply_text(d, "aead", wb_aead_backend(wb_aead_best()));
	reply_number(d, "hugepages", ctl->eal.huge);
	reply_number(d, "stopped", ctl->stopped);
	return 0;
}

static void
add_port(struct rte_tel_data *list, unsigned index, const struct view_port *v)
{
	struct rte_tel_data *d = reply_object();
	char ip[16];

	if (d == NULL)
		return;
	reply_text(d, "name", v->name);
	reply_text(d, "use", v->use);
	reply_text(d, "device", v->device);
	reply_text(d, "interface", v->interface);
	reply_number(d, "usable", v->usable);
	reply_text(d, "why_not", v->why_not);
	reply_number(d, "mtu", v->mtu);
	reply_text(d, "source", view_ip4(v->source, ip));
	reply_text(d, "next_hop", view_ip4(v->next_hop, ip));
	reply_number(d, "rx_packets", v->rx_packets);
	reply_number(d, "rx_bytes", v->rx_bytes);
	reply_number(d, "rx_missed", v->rx_missed);
	reply_number(d, "rx_errors", v->rx_errors);
	reply_number(d, "rx_no_mbuf", v->rx_no_mbuf);
	reply_number(d, "tx_packets", v->tx_packets);
	reply_number(d, "tx_bytes", v->tx_bytes);
	reply_number(d, "tx_errors", v->tx_errors);
	reply_add(list, index, d);
}

static int
reply_ports(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct view_port v;
	unsigned start, i;
	int r = reply_start(params, &start);

	if (r < 0)
		return r;
	for (i = start; i < ctl->ports.n && i < start + PAGE_PORTS; i++)
		if (view_port(ctl, i, &v) == 0)
			add_port(d, i, &v);
	if (i < ctl->ports.n)
		reply_number(d, "next", i);
	return 0;
}

static void
add_flow(struct rte_tel_data *list, const struct tunnel_flow *f)
{
	struct rte_tel_data *d = reply_object();

	if (d == NULL)
		return;
	reply_number(d, "tunnel", f->tunnel);
	reply_number(d, "bucket", f->stats.bucket);
	reply_text(d, "class", view_class(f->stats.sclass));
	reply_number(d, "packets", f->stats.packets);
	reply_number(d, "bytes", f->stats.bytes);
	reply_number(d, "drops", f->stats.drops);
	reply_number(d, "marks", f->stats.marks);
	reply_number(d, "queued_packets", f->stats.queued_packets);
	reply_number(d, "sojourn_us", f->stats.sojourn / WB_US);
	reply_number(d, "idle_ms", f->idle / WB_MS);
	reply_add(list, f->tunnel * WB_BUCKETS + f->stats.bucket, d);
}

// The index is tunnel x 1024 + bucket.
static int
reply_flows(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct tunnel_flow flows[PAGE_FLOWS + 1];
	unsigned start, n = 0;
	int r = reply_start(params, &start);

	if (r < 0)
		return r;
	for (unsigned t = start / WB_BUCKETS; t < ctl->tunnels.n && n <= PAGE_FLOWS; t++)
		n += view_flows(ctl, t, t == start / WB_BUCKETS ? start % WB_BUCKETS : 0, flows + n,
			PAGE_FLOWS + 1 - n);
	for (unsigned i = 0; i < n && i < PAGE_FLOWS; i++)
		add_flow(d, &flows[i]);
	if (n > PAGE_FLOWS)
		reply_number(d, "next",
			flows[PAGE_FLOWS].tunnel * WB_BUCKETS + flows[PAGE_FLOWS].stats.bucket);
	return 0;
}

// Adds "no_route_last_1", the newest, to "no_route_last_4"; "" if there are fewer.
static void
add_recent(
	struct control *ctl, enum wb_dp_recent_kind kind, const char *name, struct rte_tel_data *d)
{
	char lines[WB_DP_RECENT][VIEW_RECENT], key[32];

	view_recent(ctl, kind, -1, lines);
	for (unsigned i = 0; i < WB_DP_RECENT; i++) {
		snprintf(key, sizeof(key), "%s_last_%u", name, i + 1);
		reply_text(d, key, lines[i]);
	}
}

static int
reply_drops(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	uint64_t drops[WB_DROP_COUNT];

	(void)params;
	view_drops(ctl, drops);
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		reply_number(d, wb_drop_name((enum wb_drop)i), drops[i]);
	add_recent(ctl, WB_DP_BAD_SOURCES, wb_drop_name(WB_DROP_BAD_SOURCE), d);
	add_recent(ctl, WB_DP_NO_ROUTES, wb_drop_name(WB_DROP_NO_ROUTE), d);
	return 0;
}

static int
reply_workers(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	unsigned start, i;
	int r = reply_start(params, &start);

	for (i = r < 0 ? ctl->eal.n_workers : start;
		i < ctl->eal.n_workers && i < start + PAGE_WORKERS; i++) {
		struct wb_dp_worker_stats s;
		struct rte_tel_data *o = reply_object();

		if (o == NULL || wb_dp_worker_stats(ctl->dp, i, &s) < 0) {
			rte_tel_data_free(o);
			continue;
		}
		reply_number(o, "lcore", s.lcore);
		rte_tel_data_add_dict_int(o, "socket", s.socket);
		reply_number(o, "walks", s.walks);
		reply_number(o, "busy_cycles", s.busy_cycles);
		reply_number(o, "idle_cycles", s.idle_cycles);
		reply_number(o, "sleeps", s.sleeps);
		reply_add(d, i, o);
	}
	if (r == 0 && i < ctl->eal.n_workers)
		reply_number(d, "next", i);
	return r;
}

// Replies with the nodes of one worker's graph.
static int
reply_nodes(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct wb_dp_node_stats s;
	unsigned worker;
	int r = reply_start(params, &worker);

	for (unsigned i = 0; r == 0 && i < PAGE_NODES; i++) {
		struct rte_tel_data *o;

		if (wb_dp_node_stats(ctl->dp, worker, i, &s) < 0)
			break;
		o = reply_object();
		if (o == NULL)
			break;
		reply_text(o, "name", s.name);
		reply_number(o, "calls", s.calls);
		reply_number(o, "packets", s.packets);
		reply_number(o, "cycles", s.cycles);
		reply_add(d, i, o);
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
		return ask(reply_##name, params, d);                                               \
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
