// SPDX-License-Identifier: BSD-3-Clause
// Builds the workers' snapshot from the configuration and the kernel's tables.
#include "snapshot.h"

#include <assert.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kstate.h"
#include "routes.h"

static const uint8_t none[16], raw_ip_mac[6] = WB_DP_RAW_IP_MAC;

// All networks of a configuration fit, beside 4096 routes of the kernel's.
static_assert(WB_CONFIG_NETWORKS + 4096 <= WB_DP_ROUTES_MAX, "routes of the edges' networks");

static const struct k_link *
link_of(const struct snapshot_in *in, const struct snapshot_port *p)
{
	return p->kernel_if[0] != 0 ? kstate_link(in->kernel, p->kernel_if) : NULL;
}

static void
add_address(struct wb_dp_net_port *out, uint8_t family, uint8_t len, const uint8_t *ip)
{
	struct wb_dp_prefix *a = &out->addresses[out->n_addresses];

	if (out->n_addresses == WB_DP_ADDRESSES_MAX)
		return;
	memcpy(a->ip, ip, sizeof(a->ip));
	a->family = family;
	a->len = len;
	out->n_addresses++;
}

static bool
is_peer_link(const struct snapshot_in *in, int index)
{
	const struct k_link *l = kstate_link_index(in->kernel, index);

	for (unsigned i = 0; l != NULL && i < in->n_ports; i++)
		if (in->ports[i].peer && in->ports[i].use == WB_DP_LAN &&
			strcmp(in->ports[i].kernel_if, l->name) == 0)
			return true;
	return false;
}

static void
fill_addresses(
	const struct snapshot_in *in, const struct snapshot_port *p, struct wb_dp_net_port *out)
{
	const struct k_addr *a = in->kernel->addrs.items;
	const struct k_link *l = link_of(in, p);

	if (p->conf != NULL && p->conf->address.family != 0)
		add_address(out, p->conf->address.family,
			p->conf->address.len != 0 ? p->conf->address.len : 32, p->conf->address.ip);
	for (size_t i = 0; l != NULL && !p->peer && i < in->kernel->addrs.n; i++)
		if (a[i].index == l->index)
			add_address(out, a[i].family, a[i].len, a[i].ip);
	// A LAN host may use any address of this machine. (On a hub the kernel receives all anyway.)
	for (size_t i = 0; p->use == WB_DP_LAN && i < in->kernel->addrs.n; i++)
		if ((l == NULL || a[i].index != l->index) && a[i].scope < RT_SCOPE_LINK &&
			!is_peer_link(in, a[i].index))
			add_address(out, a[i].family, a[i].family == 4 ? 32 : 128, a[i].ip);
}

// Chooses the outer source address: the configured one, else the one on the next hop's network, else the first
// one with more than link scope.
static void
fill_source(const struct snapshot_in *in, const struct snapshot_port *p, struct wb_dp_net_port *out)
{
	const struct k_addr *a = in->kernel->addrs.items, *best = NULL;
	const struct k_link *l = link_of(in, p);

	if (p->conf->address.family == 4) {
		memcpy(out->source, p->conf->address.ip, 4);
		return;
	}
	for (size_t i = 0; l != NULL && !p->peer && i < in->kernel->addrs.n; i++) {
		if (a[i].index != l->index || a[i].family != 4 || a[i].scope >= RT_SCOPE_LINK)
			continue;
		if (best == NULL)
			best = &a[i];
		if (kstate_prefix_holds(a[i].ip, a[i].len, out->next_hop)) {
			best = &a[i];
			break;
		}
	}
	if (best != NULL)
		memcpy(out->source, best->ip, 4);
}

// Finds the next hop: of a WAN toward the hub, of an uplink the default gateway.
static void
fill_next_hop(
	const struct snapshot_in *in, const struct snapshot_port *p, struct wb_dp_net_port *out)
{
	const uint8_t *to = p->use == WB_DP_WAN ? in->hub.ip : none;
	const struct k_link *l = link_of(in, p);
	const struct k_route *r;

	if (p->conf->gateway.family == 4) {
		memcpy(out->next_hop, p->conf->gateway.ip, 4);
		return;
	}
	r = l != NULL && !p->peer ? kstate_route_to(in->kernel, l->index, 4, to) : NULL;
	if (r != NULL && r->has_gateway)
		memcpy(out->next_hop, r->gateway, 4);
	else if (p->use == WB_DP_WAN && (r != NULL || (l != NULL && l->noarp && !p->peer)))
		memcpy(out->next_hop, to, 4); // on link, or a link that needs no next hop
}

static void
fill_port(const struct snapshot_in *in, unsigned i, struct wb_dp_net_port *out)
{
	const struct snapshot_port *p = &in->ports[i];
	const struct k_link *l = link_of(in, p);

	memcpy(out->mac, l == NULL ? p->mac : l->raw_ip ? raw_ip_mac : l->mac, 6);
	out->no_arp = l != NULL && !p->peer && l->noarp;
	out->mtu = p->conf != NULL && p->conf->mtu != 0 ? p->conf->mtu
		   : l != NULL && l->mtu <= UINT16_MAX  ? (uint16_t)l->mtu
							: p->mtu;
	fill_addresses(in, p, out);
	out->usable = !p->gone && !p->no_link && (p->kernel_if[0] == 0 || (l != NULL && l->up));
	if (p->use != WB_DP_WAN && p->use != WB_DP_UPLINK)
		return;
	fill_next_hop(in, p, out);
	fill_source(in, p, out);
	if (memcmp(out->source, none, 4) == 0 ||
		(p->use == WB_DP_WAN &&
			(in->hub.family == 0 || memcmp(out->next_hop, none, 4) == 0)))
		out->usable = false;
}

static void
add_tunnel_routes(const struct snapshot_in *in, struct wb_dp_snapshot *s)
{
	const struct wb_config *c = in->conf;

	for (unsigned e = 0; e < c->n_edges; e++)
		for (unsigned n = 0; n < c->edges[e].n_networks; n++) {
			struct wb_dp_route r = { .to = WB_DP_TO_TUNNEL, .tunnel = (uint16_t)e };

			memcpy(r.prefix.ip, c->edges[e].networks[n].ip, sizeof(r.prefix.ip));
			r.prefix.family = c->edges[e].networks[n].family;
			r.prefix.len = c->edges[e].networks[n].len;
			wb_dp_snapshot_add(s, &r);
		}
	if (c->role == WB_CONFIG_EDGE) {
		for (uint8_t family = 4; family <= 6; family += 2)
			wb_dp_snapshot_add(s, &(struct wb_dp_route){ .prefix.family = family,
						      .to = WB_DP_TO_TUNNEL });
	}
}

static void
add_neighbour(struct wb_dp_snapshot *s, unsigned port, const struct k_neigh *k)
{
	struct wb_dp_neighbour *n = &s->neighbours[s->n_neighbours];

	if (s->n_neighbours == WB_DP_NEIGHBOURS_MAX)
		return;
	memcpy(n->ip, k->ip, sizeof(n->ip));
	n->family = k->family;
	memcpy(n->mac, k->mac, sizeof(n->mac));
	n->port = (uint16_t)port;
	s->n_neighbours++;
}

static void
add_neighbours(const struct snapshot_in *in, unsigned port, struct wb_dp_snapshot *s)
{
	const struct k_neigh *neighs = in->kernel->neighs.items;
	const struct k_addr *addrs = in->kernel->addrs.items;
	const struct k_link *l = link_of(in, &in->ports[port]);

	for (size_t i = 0; l != NULL && i < in->kernel->neighs.n; i++)
		if (neighs[i].index == l->index)
			add_neighbour(s, port, &neighs[i]);
	// the host behind a TAP is this machine's kernel
	for (size_t i = 0; l != NULL && in->ports[port].peer && i < in->kernel->addrs.n; i++) {
		struct k_neigh n = { .family = addrs[i].family };

		if (addrs[i].index != l->index)
			continue;
		memcpy(n.ip, addrs[i].ip, sizeof(n.ip));
		memcpy(n.mac, l->mac, sizeof(n.mac));
		add_neighbour(s, port, &n);
	}
}

static const struct wb_dp_neighbour *
find_hop(const struct wb_dp_snapshot *s, unsigned port)
{
	for (unsigned i = 0; i < s->n_neighbours; i++)
		if (s->neighbours[i].port == port && s->neighbours[i].family == 4 &&
			memcmp(s->neighbours[i].ip, s->ports[port].next_hop, 4) == 0)
			return &s->neighbours[i];
	return NULL;
}

static void
add_remembered(const struct snapshot_in *in, unsigned port, struct wb_dp_snapshot *s)
{
	const struct wb_dp_neighbour *hop = &in->ports[port].hop;

	if (hop->family == 4 && s->ports[port].usable && find_hop(s, port) == NULL &&
		memcmp(hop->ip, s->ports[port].next_hop, 4) == 0 &&
		s->n_neighbours < WB_DP_NEIGHBOURS_MAX)
		s->neighbours[s->n_neighbours++] = *hop;
}

void
snapshot_remember(struct snapshot_in *in, const struct wb_dp_snapshot *s)
{
	for (unsigned i = 0; i < in->n_ports; i++) {
		const struct wb_dp_neighbour *hop = find_hop(s, i);
		bool outer = in->ports[i].use == WB_DP_WAN || in->ports[i].use == WB_DP_UPLINK;

		if (!outer || !s->ports[i].usable)
			in->ports[i].hop.family = 0; // the port may come back on another network
		else if (hop != NULL)
			in->ports[i].hop = *hop;
	}
}

// Returns how many routes to make room for, at most what the datapath takes.
static unsigned
count_routes(const struct snapshot_in *in)
{
	// the edge's default routes, the ports' own networks
	size_t n = in->kernel->routes.n + 2 + (size_t)in->n_ports * WB_DP_ADDRESSES_MAX;

	for (unsigned e = 0; e < in->conf->n_edges; e++)
		n += in->conf->edges[e].n_networks;
	return n < WB_DP_ROUTES_MAX ? (unsigned)n : WB_DP_ROUTES_MAX;
}

struct wb_dp_snapshot *
snapshot_build(const struct snapshot_in *in)
{
	struct wb_dp_snapshot *s = wb_dp_snapshot_new(count_routes(in));

	if (s == NULL)
		return NULL;
	// the tunnels' own first: if the table is full, the kernel's are left out
	add_tunnel_routes(in, s);
	for (unsigned i = 0; i < in->n_ports; i++)
		fill_port(in, i, &s->ports[i]);
	if (in->conf->role == WB_CONFIG_EDGE)
		routes_fill(in, s);
	// next hops of WANs and uplinks before a LAN's hosts, which may be many
	for (unsigned i = 0; i < in->n_ports; i++)
		if (in->ports[i].use != WB_DP_LAN) {
			add_neighbours(in, i, s);
			add_remembered(in, i, s);
		}
	for (unsigned i = 0; i < in->n_ports; i++)
		if (in->ports[i].use == WB_DP_LAN)
			add_neighbours(in, i, s);
	return s;
}

void
snapshot_why_not(const struct snapshot_in *in, const struct wb_dp_snapshot *s, unsigned port,
	char *why, size_t len)
{
	const struct snapshot_port *p = &in->ports[port];
	const struct k_link *l = link_of(in, p);

	if (s->ports[port].usable)
		snprintf(why, len, "%s", "");
	else if (p->gone && l != NULL)
		snprintf(why, len,
			"interface %s was removed, and the one in its place cannot be opened yet",
			p->kernel_if);
	else if (p->no_link)
		snprintf(why, len, "its %s has no link",
			p->conf != NULL && p->conf->vlan != 0 ? "trunk" : "device");
	else if (p->kernel_if[0] != 0 && l == NULL)
		snprintf(why, len, "interface %s does not exist", p->kernel_if);
	else if (l != NULL && !l->up)
		snprintf(why, len, "interface %s is down", p->kernel_if);
	else if (memcmp(s->ports[port].source, none, 4) == 0)
		snprintf(why, len, "it has no IPv4 address");
	else if (in->hub.family == 0)
		snprintf(why, len, "no address of the hub is known yet");
	else
		snprintf(why, len, "no route to the hub through it (key \"gateway\" can give one)");
}
