// SPDX-License-Identifier: BSD-3-Clause
// Makes a snapshot ready for look-ups: routes, neighbours and local addresses.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_jhash.h>

#include "fib.h"
#include "lpm.h"

#define OWN_ADDRESSES 16 // of a family, as far as memory is reckoned before they are known

static unsigned
ip_len(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

static uint32_t
ip_hash(uint8_t family, const uint8_t *ip, uint32_t seed)
{
	uint32_t key[4];

	memcpy(key, ip, ip_len(family)); // a packet's address need not be aligned
	return rte_jhash_32b(key, ip_len(family) / 4, seed);
}

static bool
prefix_match(const struct wb_dp_prefix *p, uint8_t family, const uint8_t *ip)
{
	unsigned bytes = p->len / 8, bits = p->len % 8;

	if (p->family != family || memcmp(p->ip, ip, bytes) != 0)
		return false;
	return bits == 0 || ((p->ip[bytes] ^ ip[bytes]) & (uint8_t)(0xff00 >> bits)) == 0;
}

static bool
prefix_valid(const struct wb_dp_prefix *p)
{
	return (p->family == 4 || p->family == 6) && p->len <= 8 * ip_len(p->family);
}

static bool
route_valid(const struct wb_dp_route *r)
{
	return prefix_valid(&r->prefix) && (r->to != WB_DP_TO_PORT || r->port < WB_DP_PORTS_MAX) &&
	       (r->to != WB_DP_TO_TUNNEL || r->tunnel < DP_TUNNELS);
}

static bool
snapshot_valid(const struct wb_dp_snapshot *s)
{
	unsigned i, j;

	if (s->n_routes > WB_DP_ROUTES_MAX || s->n_neighbours > WB_DP_NEIGHBOURS_MAX)
		return false;
	for (i = 0; i < s->n_routes; i++)
		if (!route_valid(&s->routes[i]))
			return false;
	for (i = 0; i < WB_DP_PORTS_MAX; i++) {
		if (s->ports[i].n_addresses > WB_DP_ADDRESSES_MAX)
			return false;
		for (j = 0; j < s->ports[i].n_addresses; j++)
			if (!prefix_valid(&s->ports[i].addresses[j]))
				return false;
	}
	return true;
}

// ---- the table of prefixes

// The meanings of a prefix's value in the table.
enum hop {
	HOP_NONE,
	HOP_LOCAL,
	HOP_KERNEL,
	HOP_TUNNEL,
	HOP_PORT = HOP_TUNNEL + DP_TUNNELS,     // a neighbour there
	HOP_ROUTE = HOP_PORT + WB_DP_PORTS_MAX, // next hop and port of that route
};
static_assert(HOP_ROUTE + WB_DP_ROUTES_MAX <= LPM_VALUE_MAX, "values of the table");

struct entries {
	struct lpm_entry *at;
	unsigned n;
};

static void
add_entry(struct entries *e, const struct wb_dp_prefix *p, uint8_t len, unsigned value)
{
	struct lpm_entry *out = &e->at[e->n++];

	memcpy(out->ip, p->ip, sizeof(out->ip));
	out->family = p->family;
	out->len = len;
	out->value = (uint16_t)value;
}

static unsigned
route_value(const struct wb_dp_snapshot *s, unsigned i)
{
	static const uint8_t none[16];
	const struct wb_dp_route *r = &s->routes[i];

	switch (r->to) {
	case WB_DP_TO_TUNNEL:
		return HOP_TUNNEL + r->tunnel;
	case WB_DP_TO_KERNEL:
		return HOP_KERNEL;
	default:
		return memcmp(r->next_hop, none, ip_len(r->prefix.family)) == 0
			       ? (unsigned)HOP_PORT + r->port
			       : HOP_ROUTE + i;
	}
}

static void
collect(const struct wb_dp *dp, const struct wb_dp_snapshot *s, struct entries *e)
{
	const struct wb_dp_net_port *p;
	unsigned i, j;

	for (i = 0; i < dp->n_ports; i++) {
		p = &s->ports[i];
		for (j = 0; j < p->n_addresses; j++)
			add_entry(
				e, &p->addresses[j], 8 * ip_len(p->addresses[j].family), HOP_LOCAL);
		if (p->source[0] != 0) {
			struct wb_dp_prefix source = { .family = 4 };

			memcpy(source.ip, p->source, 4);
			add_entry(e, &source, 32, HOP_LOCAL);
		}
	}
	for (i = 0; i < s->n_routes; i++)
		add_entry(e, &s->routes[i].prefix, s->routes[i].prefix.len, route_value(s, i));
	// A LAN's own networks, where the routes do not have them (yet).
	for (i = 0; i < dp->n_ports; i++)
		for (j = 0; dp->ports[i].conf.use == WB_DP_LAN && j < s->ports[i].n_addresses; j++)
			add_entry(e, &s->ports[i].addresses[j], s->ports[i].addresses[j].len,
				HOP_PORT + i);
}

static struct fib_table *
table_create(const struct wb_dp *dp, const struct entries *e)
{
	struct fib_table *t = calloc(1, sizeof(*t));
	char name[20];

	if (t == NULL)
		return NULL;
	snprintf(name, sizeof(name), "wb%u_%x", dp->id % 1000, (unsigned)dp->generation);
	t->lpm = lpm_create(name, e->at, e->n);
	if (t->lpm == NULL) {
		free(t);
		return NULL;
	}
	if (lpm_is_slow(t->lpm))
		LOG(WARNING,
			"%u routes: no memory for a direct table, look-ups take longer (key "
			"\"memory\")\n",
			e->n);
	return t;
}

static struct fib_table *
table_get(const struct wb_dp *dp, const struct wb_dp_snapshot *s)
{
	const struct fib *now = atomic_load_explicit(&dp->fib, memory_order_relaxed);
	struct entries e = { 0 };
	struct fib_table *t;

	e.at = calloc(s->n_routes + 3u * WB_DP_PORTS_MAX * WB_DP_ADDRESSES_MAX, sizeof(*e.at));
	if (e.at == NULL)
		return NULL;
	collect(dp, s, &e);
	t = now != NULL && lpm_made_of(now->table->lpm, e.at, e.n) ? now->table
								   : table_create(dp, &e);
	free(e.at);
	if (t != NULL)
		t->users++;
	return t;
}

static void
table_put(struct fib_table *t)
{
	if (t == NULL || --t->users != 0)
		return;
	lpm_destroy(t->lpm);
	free(t);
}

unsigned
wb_dp_routes_mib(const struct wb_dp_prefix *prefixes, unsigned n)
{
	struct entries e = { .at = calloc(n + 2 * OWN_ADDRESSES, sizeof(*e.at)) };
	struct wb_dp_prefix own = { 0 };
	size_t bytes = 0;

	for (unsigned i = 0; e.at != NULL && i < n; i++)
		add_entry(&e, &prefixes[i], prefixes[i].len, HOP_TUNNEL);
	for (unsigned i = 0; e.at != NULL && i < 2 * OWN_ADDRESSES; i++) {
		own.family = i % 2 == 0 ? 4 : 6;
		add_entry(&e, &own, 8 * ip_len(own.family), HOP_LOCAL);
	}
	for (uint8_t family = 4; family <= 6; family += 2)
		bytes += lpm_direct_bytes(family, e.at, e.n);
	free(e.at);
	return (unsigned)((2 * bytes + (1u << 20) - 1) >> 20);
}

// ----

struct fib *
fib_create(struct wb_dp *dp, struct wb_dp_snapshot *snapshot)
{
	struct fib *f = calloc(1, sizeof(*f));
	unsigned i, at;

	dp->generation++;
	if (f != NULL && snapshot_valid(snapshot))
		f->table = table_get(dp, snapshot);
	if (f == NULL || f->table == NULL) {
		free(f);
		free(snapshot);
		return NULL;
	}
	f->snapshot = snapshot;
	f->generation = dp->generation;
	for (i = 0; i < WB_DP_PORTS_MAX; i++)
		memcpy(&f->port_macs[i], snapshot->ports[i].mac, RTE_ETHER_ADDR_LEN);
	for (i = 0; i < snapshot->n_neighbours; i++) {
		const struct wb_dp_neighbour *n = &snapshot->neighbours[i];

		memcpy(&f->macs[i], n->mac, RTE_ETHER_ADDR_LEN);

		at = ip_hash(n->family, n->ip, n->port) & (FIB_SLOTS - 1);
		while (f->slots[at] != 0)
			at = (at + 1) & (FIB_SLOTS - 1);
		f->slots[at] = i + 1;
	}
	return f;
}

void
fib_destroy(struct fib *f)
{
	if (f == NULL)
		return;
	table_put(f->table);
	free(f->snapshot);
	free(f);
}

// Returns the MAC address of a neighbour on that port. NULL: not known.
static const struct rte_ether_addr *
neighbour_mac(const struct fib *f, unsigned port, uint8_t family, const uint8_t *ip)
{
	unsigned at = ip_hash(family, ip, port) & (FIB_SLOTS - 1);

	for (; f->slots[at] != 0; at = (at + 1) & (FIB_SLOTS - 1)) {
		const struct wb_dp_neighbour *n = &f->snapshot->neighbours[f->slots[at] - 1];

		if (n->port == port && n->family == family &&
			memcmp(n->ip, ip, ip_len(family)) == 0)
			return &f->macs[f->slots[at] - 1];
	}
	return NULL;
}

static bool
on_link(const struct fib *f, unsigned port, uint8_t family, const uint8_t *ip)
{
	const struct wb_dp_net_port *p = &f->snapshot->ports[port];
	unsigned i;

	for (i = 0; i < p->n_addresses; i++)
		if (prefix_match(&p->addresses[i], family, ip))
			return true;
	return false;
}

bool
fib_is_local(const struct fib *f, unsigned port, uint8_t family, const uint8_t *ip)
{
	const struct wb_dp_net_port *p = &f->snapshot->ports[port];
	unsigned i;

	if (family == 4 && p->source[0] != 0 && memcmp(p->source, ip, 4) == 0)
		return true; // where nearly every datagram goes
	for (i = 0; i < p->n_addresses; i++)
		if (p->addresses[i].family == family &&
			memcmp(p->addresses[i].ip, ip, ip_len(family)) == 0)
			return true;
	return false;
}

const struct rte_ether_addr *
fib_outer_mac(const struct fib *f, unsigned port, const uint8_t *ip, uint8_t *resolve)
{
	static const uint8_t none[4];
	const struct wb_dp_net_port *p = &f->snapshot->ports[port];
	const uint8_t *hop = p->next_hop;

	if (memcmp(hop, none, 4) == 0 || on_link(f, port, 4, ip))
		hop = ip;
	memcpy(resolve, hop, 4);
	return p->no_arp ? &f->port_macs[port] : neighbour_mac(f, port, 4, hop);
}

static struct dst
to_port(const struct fib *f, unsigned port, uint8_t family, const uint8_t *hop)
{
	struct dst d = { .kind = DST_DOWN, .port = port };

	if (!f->snapshot->ports[port].usable)
		return d;
	d.mac = f->snapshot->ports[port].no_arp ? &f->port_macs[port]
						: neighbour_mac(f, port, family, hop);
	d.kind = d.mac != NULL ? DST_PORT : DST_NO_NEIGHBOUR;
	d.next_hop = hop;
	return d;
}

struct dst
fib_lookup(const struct fib *f, uint8_t family, const uint8_t *ip)
{
	unsigned value = lpm_lookup(f->table->lpm, family, ip);
	const struct wb_dp_route *r;

	if (value >= HOP_ROUTE) {
		r = &f->snapshot->routes[value - HOP_ROUTE];
		return to_port(f, r->port, family, r->next_hop);
	}
	if (value >= HOP_PORT)
		return to_port(f, value - HOP_PORT, family, ip);
	if (value >= HOP_TUNNEL)
		return (struct dst){ .kind = DST_TUNNEL, .tunnel = value - HOP_TUNNEL };
	return (struct dst){ .kind = value == HOP_LOCAL    ? DST_LOCAL
				     : value == HOP_KERNEL ? DST_KERNEL
							   : DST_NO_ROUTE };
}
