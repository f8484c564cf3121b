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

struct info {
	const char *version, *name, *role, *idle, *aead;
	wb_ns_t uptime;
	unsigned udp_port, tunnels, ports, workers;
	bool hugepages, stopped;
};
#define INFO(...) WB_COUNTER_ROW(struct info, __VA_ARGS__)
static const struct wb_counter info_rows[] = {
	INFO(version, "version", STRING, "of wanbond"),
	INFO(name, "name", STRING, "of the configuration"),
	INFO(role, "role", STRING, "edge or hub"),
	INFO(uptime, "uptime_ms", MS, "since the start"),
	INFO(udp_port, "udp_port", NUMBER, "that tunnels come to"),
	INFO(tunnels, "tunnels", NUMBER, "one at an edge, one for each edge at a hub"),
	INFO(ports, "ports", NUMBER, "in use"),
	INFO(workers, "workers", NUMBER, "threads that carry packets"),
	INFO(idle, "idle", STRING, "what a worker does without work: poll or adaptive"),
	INFO(aead, "aead", STRING, "library that encrypts"),
	INFO(hugepages, "hugepages", NUMBER, "1: packets lie in hugepages"),
	INFO(stopped, "stopped", NUMBER, "1: after the command `stop`"),
	WB_COUNTER_END,
};

static int
reply_info(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct info v = {
		.version = WB_VERSION,
		.name = ctl->conf->name,
		.role = ctl->conf->role == WB_CONFIG_EDGE ? "edge" : "hub",
		.uptime = control_now() - ctl->started,
		.udp_port = ctl->udp_port,
		.tunnels = ctl->tunnels.n,
		.ports = ctl->ports.n,
		.workers = ctl->eal.n_workers,
		.idle = ctl->conf->idle == WB_CONFIG_POLL ? "poll" : "adaptive",
		.aead = wb_aead_backend(wb_aead_best()),
		.hugepages = ctl->eal.huge,
		.stopped = ctl->stopped,
	};

	(void)params;
	reply_rows(d, "", info_rows, &v);
	return 0;
}

struct port {
	struct view_port v;
	char source[16], next_hop[16];
};
#define PORT(...) WB_COUNTER_ROW(struct port, __VA_ARGS__)
static const struct wb_counter port_rows[] = {
	PORT(v.name, "name", STRING, "of the port"),
	PORT(v.use, "use", STRING, "lan, wan, uplink, egress, mirror or trunk"),
	PORT(v.device, "device", TEXT, "of DPDK, or the kind of socket; of a VLAN trunk:vlan"),
	PORT(v.trunk, "trunk", STRING, "that the port is a VLAN of; empty: none"),
	PORT(v.vlan, "vlan", NUMBER, "of the port on its trunk; 0: none"),
	PORT(v.interface, "interface", STRING, "of the kernel; empty: none"),
	PORT(v.usable, "usable", NUMBER, "1: packets can pass"),
	PORT(v.why_not, "why_not", STRING, "what is missing; empty: nothing"),
	PORT(v.mtu, "mtu", BYTES, "of the interface"),
	PORT(source, "source", TEXT, "IPv4 address that tunnels are sent from"),
	PORT(next_hop, "next_hop", TEXT, "IPv4 address of the gateway"),
	PORT(v.rx_packets, "rx_packets", PACKETS, "received"),
	PORT(v.rx_bytes, "rx_bytes", BYTES, "received"),
	PORT(v.rx_missed, "rx_missed", PACKETS, "lost because the receive queue was full"),
	PORT(v.rx_errors, "rx_errors", PACKETS, "received with errors"),
	PORT(v.rx_no_mbuf, "rx_no_mbuf", PACKETS, "lost because packet memory was exhausted"),
	PORT(v.tx_packets, "tx_packets", PACKETS, "sent"),
	PORT(v.tx_bytes, "tx_bytes", BYTES, "sent"),
	PORT(v.tx_errors, "tx_errors", PACKETS, "that could not be sent"),
	WB_COUNTER_END,
};

static void
add_port(struct rte_tel_data *list, unsigned index, struct port *p)
{
	struct rte_tel_data *d = reply_object();

	if (d == NULL)
		return;
	view_ip4(p->v.source, p->source);
	view_ip4(p->v.next_hop, p->next_hop);
	reply_rows(d, "", port_rows, p);
	reply_add(list, index, d);
}

static int
reply_ports(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct port p;
	unsigned start, i;
	int r = reply_start(params, &start);

	if (r < 0)
		return r;
	for (i = start; i < ctl->ports.n && i < start + PAGE_PORTS; i++)
		if (view_port(ctl, i, &p.v) == 0)
			add_port(d, i, &p);
	if (i < ctl->ports.n)
		reply_number(d, "next", i);
	return 0;
}

struct flow {
	unsigned tunnel, bucket;
	const char *sclass;
	wb_ns_t idle;
};
#define FLOW(...) WB_COUNTER_ROW(struct flow, __VA_ARGS__)
static const struct wb_counter flow_rows[] = {
	FLOW(tunnel, "tunnel", NUMBER, "its index"),
	FLOW(bucket, "bucket", NUMBER, "of 1024"),
	FLOW(sclass, "class", STRING, "of the last packet: default, realtime or bulk"),
	FLOW(idle, "idle_ms", MS, "since the last packet"),
	WB_COUNTER_END,
};

static void
add_flow(struct rte_tel_data *list, const struct tunnel_flow *f)
{
	struct flow v = { f->tunnel, f->stats.bucket, view_class(f->stats.sclass), f->idle };
	struct rte_tel_data *d = reply_object();

	if (d == NULL)
		return;
	reply_rows(d, "", flow_rows, &v);
	reply_rows(d, "", wb_flow_counters, &f->stats);
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

// The row's names begin as those of the drops do.
static const struct wb_counter recent_rows[] = {
	{ .name = "last_N",
		.unit = WB_UNIT_STRING,
		.help = "the N-th last address dropped so, N from 1 to 4" },
	WB_COUNTER_END,
};

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

#define WORKER(...) WB_COUNTER_ROW(struct wb_dp_worker_stats, __VA_ARGS__)
static const struct wb_counter worker_rows[] = {
	WORKER(lcore, "lcore", NUMBER, "that it runs on"),
	WORKER(socket, "socket", SIGNED, "NUMA node of the lcore; -1: any"),
	WORKER(walks, "walks", NUMBER, "of the graph"),
	WORKER(busy_cycles, "busy_cycles", CYCLES, "in walks that moved packets"),
	WORKER(idle_cycles, "idle_cycles", CYCLES, "in all others"),
	WORKER(sleeps, "sleeps", NUMBER, "times that it slept"),
	WB_COUNTER_END,
};

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
		reply_rows(o, "", worker_rows, &s);
		reply_add(d, i, o);
	}
	if (r == 0 && i < ctl->eal.n_workers)
		reply_number(d, "next", i);
	return r;
}

#define NODE(...) WB_COUNTER_ROW(struct wb_dp_node_stats, __VA_ARGS__)
static const struct wb_counter node_rows[] = {
	NODE(name, "name", TEXT, "of the node"),
	NODE(calls, "calls", NUMBER, "of the node"),
	NODE(packets, "packets", PACKETS, "that it was given"),
	NODE(cycles, "cycles", CYCLES, "spent in it"),
	WB_COUNTER_END,
};

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
		reply_rows(o, "", node_rows, &s);
		reply_add(d, i, o);
	}
	return r;
}

// NAME, help
#define COMMANDS(X)                                                                                \
	X(info, "What runs here. No parameters")                                                   \
	X(tunnels, "Tunnels by index. Parameter: first index")                                     \
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

static const struct reply_part parts[] = {
	{ "info", "", info_rows },
	{ "ports", "", port_rows },
	{ "flows", "", flow_rows },
	{ "flows", "", wb_flow_counters },
	{ "drops", "bad_source_", recent_rows },
	{ "drops", "no_route_", recent_rows },
	{ "workers", "", worker_rows },
	{ "nodes", "", node_rows },
};

const struct reply_part *
telemetry_part(unsigned i)
{
	const unsigned n = sizeof(parts) / sizeof(parts[0]);

	return i < n ? &parts[i] : reply_tunnel_part(i - n);
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
