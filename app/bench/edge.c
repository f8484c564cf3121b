// SPDX-License-Identifier: BSD-3-Clause
// The gateway under test: an edge with one tunnel of three paths, as the control thread would set it
// up after a handshake. Ports: the LAN is net_pcap playing a file for ever (decapsulating: a sink),
// the WANs are sinks.
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "bench.h"

#define EDGE_INDEX 7
#define PEER_INDEX 8
#define RATE 1000000000000ull // bit/s of a path: never a reason to wait
#define UP_LIMIT 2000         // ms
#define SINK "no-rx=1"

static const uint8_t edge_mac[6] = { 2, 0, 0, 0, 1, 0 }, gateway_mac[6] = { 2, 0, 0, 0, 2, 0 };
static const uint8_t host_mac[6] = { 2, 0, 0, 0, 3, 9 };

static int
fail(const char *what, int err)
{
	fprintf(stderr, "wanbond-bench: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return err < 0 ? err : -err;
}

// ---- ports

static int
plug(struct edge *e, unsigned port, const char *driver, const char *args)
{
	static unsigned serial;
	int err;

	snprintf(e->devices[port], sizeof(e->devices[port]), "%s%u", driver, serial++);
	err = rte_eal_hotplug_add("vdev", e->devices[port], args);
	if (err == 0)
		err = rte_eth_dev_get_port_by_name(e->devices[port], &e->ethdevs[port]);
	return err == 0 ? 0 : fail(e->devices[port], err);
}

static int
plug_all(struct edge *e)
{
	uint8_t mac[6];
	char args[64];
	unsigned i;
	int err;

	for (i = 0; i < BENCH_PATHS; i++) {
		err = plug(e, PORT_WAN + i, "net_null", SINK);
		if (err != 0)
			return err;
	}
	if (e->direction == DECAPSULATE)
		return plug(e, PORT_LAN, "net_null", SINK);
	memcpy(mac, edge_mac, sizeof(mac));
	mac[5] = PORT_LAN;
	e->file = generator_file(e->inner, mac, host_mac);
	if (e->file < 0)
		return fail("generator", e->file);
	snprintf(args, sizeof(args), "rx_pcap=/proc/self/fd/%d,infinite_rx=1", e->file);
	return plug(e, PORT_LAN, "net_pcap", args);
}

// ---- what the kernel would say

static void
prefix(struct wb_dp_prefix *p, uint32_t ip, uint8_t len)
{
	*p = (struct wb_dp_prefix){ .family = 4, .len = len };
	ip = rte_cpu_to_be_32(ip);
	memcpy(p->ip, &ip, 4);
}

static void
neighbour(struct wb_dp_snapshot *s, unsigned port, uint32_t ip, const uint8_t *mac)
{
	struct wb_dp_neighbour *n = &s->neighbours[s->n_neighbours++];

	n->family = 4;
	n->port = port;
	ip = rte_cpu_to_be_32(ip);
	memcpy(n->ip, &ip, 4);
	memcpy(n->mac, mac, 6);
}

static int
set_network(struct edge *e)
{
	struct wb_dp_snapshot *s = wb_dp_snapshot_new(1 + e->routes);
	struct wb_dp_route lan = { .to = WB_DP_TO_PORT, .port = PORT_LAN };
	unsigned i;

	if (s == NULL)
		return -ENOMEM;
	for (i = 0; i < PORTS; i++) {
		struct wb_dp_net_port *p = &s->ports[i];
		uint32_t net =
			i == PORT_LAN ? RTE_IPV4(192, 168, 40, 0) : RTE_IPV4(198, 51, 100 + i, 0);
		uint32_t gateway = rte_cpu_to_be_32(net + 254);

		p->usable = true;
		p->mtu = 1500;
		memcpy(p->mac, edge_mac, 6);
		p->mac[5] = i;
		prefix(&p->addresses[p->n_addresses++], net + 1, 24);
		memcpy(p->source, p->addresses[0].ip, 4);
		if (i != PORT_LAN)
			memcpy(p->next_hop, &gateway, 4);
		neighbour(s, i, i == PORT_LAN ? net + 9 : net + 254,
			i == PORT_LAN ? host_mac : gateway_mac);
	}
	prefix(&lan.prefix, RTE_IPV4(192, 168, 40, 0), 24);
	wb_dp_snapshot_add(s, &lan);
	scatter_routes(s, e->routes);
	wb_dp_set_snapshot(e->dp, s);
	return 0;
}

// ---- the tunnel

static struct wb_aead *
key(uint8_t first)
{
	uint8_t bytes[WB_AEAD_KEY_MAX] = { first };

	return wb_aead_create(wb_aead_best(), bytes, -1);
}

static void
add_paths(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	int *err = arg;
	unsigned i;

	for (i = 0; i < BENCH_PATHS && *err >= 0; i++) {
		struct wb_path_conf conf = { .name = "wan0", .rate_up = RATE };
		struct wb_addr hub = { .ip = { 203, 0, 113, 10 },
			.family = 4,
			.udp_port = WB_UDP_PORT,
			.port = PORT_WAN + i };

		conf.name[3] += i;
		*err = wb_tunnel_path_add(t, &conf, &hub, now);
	}
}

static int
set_tunnel(struct edge *e, const struct options *o)
{
	struct peer_conf peer = { .seal = key(1),
		.receiver = EDGE_INDEX,
		.in_flight = o->in_flight,
		.inner = e->direction == DECAPSULATE ? e->inner : 0,
		.ethdevs = e->ethdevs,
		.mac = edge_mac,
		.gateway_mac = gateway_mac };
	struct wb_dp_keys keys = { .tx = key(2),
		.rx = key(1),
		.local_index = EDGE_INDEX,
		.remote_index = PEER_INDEX,
		.new_session = true,
		.features = WB_FEATURE_FRAGMENT };
	int err = wb_dp_tunnel_add(e->dp, 0, o->scheduler);

	if (err != 0)
		return fail("tunnel", err);
	wb_dp_tunnel_call(e->dp, 0, add_paths, &err);
	e->peer = peer_create(&peer);
	if (err < 0 || e->peer == NULL)
		return fail("paths", err < 0 ? err : -ENOMEM);
	err = peer_attach(e->peer);
	if (err == 0)
		err = wb_dp_keys_install(e->dp, 0, &keys);
	return err == 0 ? 0 : fail("keys", err);
}

// ---- stats, from the worker's own thread

struct stats_call {
	struct edge *e;
	struct wb_tunnel_stats *tunnel;
	struct wb_path_stats *path;
	unsigned slot;
	int err;
};

static void
get_stats(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct stats_call *c = arg;

	(void)now;
	if (c->tunnel != NULL)
		wb_tunnel_stats(t, c->tunnel);
	if (c->path != NULL)
		c->err = wb_tunnel_path_stats(t, c->slot, c->path);
}

int
edge_tunnel_stats(struct edge *e, struct wb_tunnel_stats *s)
{
	struct stats_call c = { .tunnel = s };

	return wb_dp_tunnel_call(e->dp, 0, get_stats, &c);
}

int
edge_path_stats(struct edge *e, unsigned slot, struct wb_path_stats *s)
{
	struct stats_call c = { .path = s, .slot = slot };
	int err = wb_dp_tunnel_call(e->dp, 0, get_stats, &c);

	return err == 0 ? c.err : err;
}

void
edge_settle(struct edge *e)
{
	struct wb_tunnel_stats s;

	edge_tunnel_stats(e, &s);
}

static uint16_t
walked(uint16_t port, uint16_t queue, struct rte_mbuf **pkts, uint16_t n, uint16_t max, void *arg)
{
	(void)port;
	(void)queue;
	(void)pkts;
	(void)max;
	measure_walked(arg);
	return n;
}

// Holds the generator until the paths are up, and at the end.
static uint16_t
gate(uint16_t port, uint16_t queue, struct rte_mbuf **pkts, uint16_t n, uint16_t max, void *arg)
{
	struct edge *e = arg;

	(void)port;
	(void)queue;
	(void)max;
	if (!atomic_load_explicit(&e->stop, memory_order_relaxed)) {
		scatter_packets(e, pkts, n);
		return n;
	}
	rte_pktmbuf_free_bulk(pkts, n);
	return 0;
}

static int
wait_up(struct edge *e)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	struct wb_path_stats s;
	unsigned ms, i, up = 0;

	for (ms = 0; ms < UP_LIMIT && up < BENCH_PATHS; ms++) {
		nanosleep(&pause, NULL);
		for (i = up = 0; i < BENCH_PATHS; i++)
			up += edge_path_stats(e, i, &s) == 0 && s.state == WB_PATH_UP;
	}
	return up == BENCH_PATHS ? 0 : fail("paths do not come up", -ETIMEDOUT);
}

// ----

int
edge_open(struct edge *e, const struct options *o)
{
	static const char *const names[PORTS] = { "wan0", "wan1", "wan2", "lan" };
	struct wb_dp_port_conf ports[PORTS] = { 0 };
	struct wb_dp_conf conf = { .role = WB_ROLE_EDGE,
		.udp_port = WB_UDP_PORT,
		.idle = WB_DP_POLL,
		.workers = &e->lcore,
		.n_workers = 1,
		.ports = ports,
		.n_ports = PORTS };
	unsigned i;
	int err = plug_all(e);

	e->routes = o->routes;
	e->destinations = o->destinations;
	e->sampler = sampler_create();
	if (err != 0 || e->sampler == NULL)
		return err != 0 ? err : -ENOMEM;
	for (i = 0; i < PORTS; i++) {
		snprintf(ports[i].name, sizeof(ports[i].name), "%s", names[i]);
		ports[i].use = i == PORT_LAN ? WB_DP_LAN : WB_DP_WAN;
		ports[i].ethdev = e->ethdevs[i];
		ports[i].kernel_owned = true;
	}
	atomic_store(&e->stop, true);
	e->dp = wb_dp_create(&conf);
	if (e->dp == NULL)
		return -EIO;
	e->gate = rte_eth_add_rx_callback(e->ethdevs[PORT_LAN], 0, gate, e);
	e->walked = rte_eth_add_rx_callback(e->ethdevs[0], 0, walked, e);
	if (e->gate == NULL || e->walked == NULL)
		return fail("callbacks", -ENOTSUP);
	err = set_network(e);
	if (err == 0)
		err = set_tunnel(e, o);
	if (err == 0)
		err = wait_up(e);
	if (err == 0) {
		atomic_store(&e->stop, false);
		peer_start(e->peer);
	}
	return err;
}

void
edge_close(struct edge *e)
{
	unsigned i;

	if (e->gate != NULL)
		rte_eth_remove_rx_callback(e->ethdevs[PORT_LAN], 0, e->gate);
	if (e->walked != NULL)
		rte_eth_remove_rx_callback(e->ethdevs[0], 0, e->walked);
	if (e->peer != NULL)
		peer_detach(e->peer);
	wb_dp_destroy(e->dp);
	peer_destroy(e->peer);
	for (i = 0; i < PORTS; i++)
		if (e->devices[i][0] != 0)
			rte_eal_hotplug_remove("vdev", e->devices[i]);
	memset(e->devices, 0, sizeof(e->devices));
	if (e->file > 0)
		close(e->file);
	free(e->sampler);
	e->file = 0;
	e->gate = e->walked = NULL;
	e->dp = NULL;
	e->peer = NULL;
}
