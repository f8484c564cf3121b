// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include <rte_jhash.h>

#include "fib.h"

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
snapshot_valid(const struct wb_dp_snapshot *s)
{
	unsigned i, j;

	if (s->n_routes > WB_DP_ROUTES_MAX || s->n_neighbours > WB_DP_NEIGHBOURS_MAX)
		return false;
	for (i = 0; i < s->n_routes; i++)
		if (s->routes[i].prefix.len > 8 * ip_len(s->routes[i].prefix.family) ||
			s->routes[i].port >= WB_DP_PORTS_MAX)
			return false;
	for (i = 0; i < WB_DP_PORTS_MAX; i++) {
		if (s->ports[i].n_addresses > WB_DP_ADDRESSES_MAX)
			return false;
		for (j = 0; j < s->ports[i].n_addresses; j++)
			if (s->ports[i].addresses[j].len >
				8 * ip_len(s->ports[i].addresses[j].family))
				return false;
	}
	return true;
}

struct fib *
fib_create(struct wb_dp_snapshot *snapshot, uint64_t generation)
{
	struct fib *f = calloc(1, sizeof(*f));
	unsigned i, at;

	if (f == NULL || !snapshot_valid(snapshot)) {
		free(f);
		free(snapshot);
		return NULL;
	}
	f->snapshot = snapshot;
	f->generation = generation;
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
	free(f->snapshot);
	free(f);
}

const struct rte_ether_addr *
fib_neighbour(const struct fib *f, unsigned port, uint8_t family, const uint8_t *ip)
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

	for (i = 0; i < p->n_addresses; i++)
		if (p->addresses[i].family == family &&
			memcmp(p->addresses[i].ip, ip, ip_len(family)) == 0)
			return true;
	return family == 4 && p->source[0] != 0 && memcmp(p->source, ip, 4) == 0;
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
	return fib_neighbour(f, port, 4, hop);
}

// The address family's route of longest prefix, NULL: none. Routes are sorted so.
static const struct wb_dp_route *
route_find(const struct fib *f, uint8_t family, const uint8_t *ip)
{
	unsigned i;

	for (i = 0; i < f->snapshot->n_routes; i++)
		if (prefix_match(&f->snapshot->routes[i].prefix, family, ip))
			return &f->snapshot->routes[i];
	return NULL;
}

static void
resolve_port(const struct fib *f, struct dst *d, unsigned port, const uint8_t *hop)
{
	const struct rte_ether_addr *mac = fib_neighbour(f, port, d->family, hop);

	d->port = port;
	if (!f->snapshot->ports[port].usable) {
		d->kind = DST_DOWN;
	} else if (mac != NULL) {
		d->kind = DST_PORT;
		d->mac = *mac;
	} else {
		d->kind = DST_NO_NEIGHBOUR;
		memcpy(d->next_hop, hop, ip_len(d->family));
	}
}

static void
dst_fill(const struct wb_dp *dp, const struct fib *f, struct dst *d)
{
	static const uint8_t none[16];
	const struct wb_dp_route *r;
	unsigned i;

	d->kind = DST_NO_ROUTE;
	for (i = 0; i < dp->n_ports; i++)
		if (fib_is_local(f, i, d->family, d->ip)) {
			d->kind = DST_LOCAL;
			return;
		}
	r = route_find(f, d->family, d->ip);
	if (r != NULL && r->tunnel >= 0) {
		d->kind = DST_TUNNEL;
		d->tunnel = r->tunnel;
	} else if (r != NULL && r->kernel) {
		d->kind = DST_KERNEL;
	} else if (r != NULL && r->port < dp->n_ports) {
		bool direct = memcmp(r->next_hop, none, ip_len(d->family)) == 0;

		resolve_port(f, d, r->port, direct ? d->ip : r->next_hop);
	} else {
		// A LAN's own prefix, where the routes do not have it (yet).
		for (i = 0; i < dp->n_ports; i++)
			if (dp->ports[i].conf.use == WB_DP_LAN && on_link(f, i, d->family, d->ip)) {
				resolve_port(f, d, i, d->ip);
				return;
			}
	}
}

const struct dst *
fib_lookup(struct worker *w, uint8_t family, const uint8_t *ip)
{
	unsigned len = ip_len(family);
	struct dst *d = &w->dsts[ip_hash(family, ip, family) & (DST_CACHE - 1)];

	if (d->generation == w->fib->generation && d->family == family &&
		memcmp(d->ip, ip, len) == 0)
		return d;
	memset(d, 0, sizeof(*d));
	memcpy(d->ip, ip, len);
	d->family = family;
	d->generation = w->fib->generation;
	dst_fill(w->dp, w->fib, d);
	return d;
}
