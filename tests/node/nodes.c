// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>

#include "nodes.h"
#include "wb_key.h"

#define WIRES 32
#define WIRE_FRAMES 4096

static struct wire wires[RTE_MAX_ETHPORTS];
static struct wb_dp_port_conf ports[RTE_MAX_ETHPORTS];
static unsigned n_wires;

int
nodes_start(int argc, char **argv)
{
	char prefix[64];
	char *args[] = { argc > 0 ? argv[0] : (char *)"test", (char *)"--no-huge", (char *)"-m",
		(char *)"512", (char *)"--no-pci", (char *)"--lcores=0@0,1@0,2@0",
		(char *)"--no-telemetry", (char *)"--no-shconf", prefix,
		(char *)"--log-level=lib.eal:error" };

	snprintf(prefix, sizeof(prefix), "--file-prefix=wbtest%d", getpid());
	if (wb_crypto_init() != 0)
		return -1;
	return rte_eal_init(RTE_DIM(args), args);
}

void
nodes_stop(void)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	rmdir(dir); // the EAL leaves it, empty
}

unsigned
wire_open(struct wb_dp_conf *conf, const char *name, enum wb_dp_use use)
{
	struct wb_dp_port_conf *p;
	char ring[RTE_RING_NAMESIZE];
	struct wire w;
	int ethdev;

	snprintf(ring, sizeof(ring), "in%u", n_wires);
	w.in = rte_ring_create(ring, WIRE_FRAMES, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(ring, sizeof(ring), "out%u", n_wires);
	w.out = rte_ring_create(ring, WIRE_FRAMES, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(ring, sizeof(ring), "wire%u", n_wires);
	ethdev = rte_eth_from_rings(ring, &w.in, 1, &w.out, 1, 0);
	if (ethdev < 0 || w.in == NULL || w.out == NULL)
		abort();
	w.ethdev = ethdev;
	wires[ethdev] = w;
	if (conf->n_ports == 0)
		conf->ports = &ports[n_wires];
	p = &ports[n_wires++];
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->use = use;
	p->ethdev = ethdev;
	p->kernel_owned = true;
	return conf->n_ports++;
}

unsigned
vlan_open(struct wb_dp_conf *conf, enum wb_dp_use use, unsigned trunk, unsigned vlan)
{
	struct wb_dp_port_conf *p = &ports[n_wires++];

	if (conf->n_ports == 0)
		conf->ports = p;
	snprintf(p->name, sizeof(p->name), "vlan%u", vlan);
	p->use = use;
	p->ethdev = WB_DP_ABSENT;
	p->trunk = trunk;
	p->vlan = vlan;
	return conf->n_ports++;
}

struct wb_dp *
dp_open(struct wb_dp_conf *conf, enum wb_role role)
{
	static const unsigned workers[] = { 1, 2 };
	struct wb_dp *dp;
	unsigned i;

	conf->role = role;
	conf->udp_port = conf->udp_port == 0 ? WB_UDP_PORT : conf->udp_port;
	conf->workers = workers;
	conf->n_workers = conf->n_workers == 0 ? 1 : conf->n_workers;
	conf->n_mbufs = conf->n_mbufs == 0 ? 8191 : conf->n_mbufs;
	dp = dp_build(conf);
	// net_ring's are all zero.
	for (i = 0; dp != NULL && i < dp->n_ports; i++)
		memcpy(&dp->ports[i].mac,
			(uint8_t[]){ 2, 0, 0, 0, 1, dp->ports[i].wire->conf.ethdev }, 6);
	return dp;
}

void
dp_close(struct wb_dp *dp)
{
	unsigned i, n = dp->n_ports;
	uint16_t ids[WB_DP_PORTS_MAX];
	struct frame f;

	for (i = 0; i < n; i++) {
		ids[i] = dp->ports[i].conf.ethdev;
		while (wire_take(dp, i, &f))
			;
	}
	wb_dp_destroy(dp);
	for (i = 0; i < n; i++) {
		struct wire w;

		if (ids[i] == WB_DP_ABSENT)
			continue;
		w = wires[ids[i]];
		rte_ring_free(w.in);
		rte_ring_free(w.out);
	}
}

struct wire *
wire_of(const struct wb_dp *dp, unsigned port)
{
	return &wires[dp->ports[port].wire->conf.ethdev];
}

void
wire_put(const struct wb_dp *dp, unsigned port, const struct frame *f)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(dp->pool);

	if (m == NULL)
		abort();
	memcpy(rte_pktmbuf_append(m, f->len), f->bytes, f->len);
	if (rte_ring_enqueue(wire_of(dp, port)->in, m) != 0)
		abort();
}

bool
wire_take(const struct wb_dp *dp, unsigned port, struct frame *f)
{
	struct rte_mbuf *m;

	if (rte_ring_dequeue(wire_of(dp, port)->out, (void **)&m) != 0)
		return false;
	f->len = rte_pktmbuf_data_len(m);
	if (f->len > FRAME_MAX || m->nb_segs != 1)
		abort();
	memcpy(f->bytes, rte_pktmbuf_mtod(m, void *), f->len);
	rte_pktmbuf_free(m);
	return true;
}

unsigned
wire_carry(const struct wb_dp *dp, unsigned port, const struct wb_dp *to, unsigned to_port)
{
	struct frame f;
	unsigned n;

	for (n = 0; wire_take(dp, port, &f); n++)
		wire_put(to, to_port, &f);
	return n;
}

void
walk(struct wb_dp *dp, wb_ns_t now, unsigned n)
{
	unsigned i;

	while (n-- != 0)
		for (i = 0; i < dp->n_workers; i++)
			worker_walk(dp->workers[i], now);
}

uint64_t
drops(const struct wb_dp *dp, enum wb_drop reason)
{
	struct wb_dp_worker_stats s;
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; wb_dp_worker_stats(dp, i, &s) == 0; i++)
		sum += s.drops[reason];
	return sum;
}

uint64_t
drops_all(const struct wb_dp *dp)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < WB_DROP_COUNT; i++)
		sum += drops(dp, i);
	return sum;
}

struct wb_dp_snapshot *
snapshot_new(void)
{
	return wb_dp_snapshot_new(16);
}

void
parse_prefix(const char *text, struct wb_dp_prefix *p)
{
	char ip[64];
	unsigned len;

	memset(p, 0, sizeof(*p));
	if (sscanf(text, "%63[^/]/%u", ip, &len) != 2)
		abort();
	p->family = strchr(ip, ':') != NULL ? 6 : 4;
	p->len = len;
	if (inet_pton(p->family == 4 ? AF_INET : AF_INET6, ip, p->ip) != 1)
		abort();
}

void
snapshot_port(struct wb_dp_snapshot *s, const struct wb_dp *dp, unsigned port, const char *address)
{
	struct wb_dp_net_port *p = &s->ports[port];

	p->usable = true;
	p->mtu = 1500;
	memcpy(p->mac, &dp->ports[port].mac, 6);
	parse_prefix(address, &p->addresses[p->n_addresses]);
	if (p->addresses[p->n_addresses].family == 4)
		memcpy(p->source, p->addresses[p->n_addresses].ip, 4);
	p->n_addresses++;
}

void
snapshot_neighbour(struct wb_dp_snapshot *s, unsigned port, const char *ip, uint8_t last)
{
	struct wb_dp_neighbour *n = &s->neighbours[s->n_neighbours++];

	n->family = strchr(ip, ':') != NULL ? 6 : 4;
	inet_pton(n->family == 4 ? AF_INET : AF_INET6, ip, n->ip);
	n->mac[0] = 2;
	n->mac[5] = last;
	n->port = port;
}

void
snapshot_route(struct wb_dp_snapshot *s, const char *prefix, unsigned port, int tunnel)
{
	struct wb_dp_route r = { .to = tunnel < 0 ? WB_DP_TO_PORT : WB_DP_TO_TUNNEL,
		.port = port,
		.tunnel = tunnel < 0 ? 0 : tunnel };

	parse_prefix(prefix, &r.prefix);
	if (!wb_dp_snapshot_add(s, &r))
		abort();
}

void
snapshot_kernel_route(struct wb_dp_snapshot *s, const char *prefix)
{
	snapshot_route(s, prefix, 0, -1);
	s->routes[s->n_routes - 1].to = WB_DP_TO_KERNEL;
}
