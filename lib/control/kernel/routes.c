// SPDX-License-Identifier: BSD-3-Clause
// Makes the edge's routes out of the kernel's main table.
//
// The tunnel takes the place of the default routes only. What any other route leads to stays the kernel's to
// forward. Routes into a LAN also lead packets that come out of the tunnel (docs/config.md, "What goes into
// the tunnel").
#include "routes.h"

#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "kstate.h"

#define NO_PORT UINT_MAX

static bool
link_local6(uint8_t family, const uint8_t *ip)
{
	return family == 6 && ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
}

// Orders routes by prefix, the longest first, and those of one prefix by metric, as the kernel prefers them.
static int
compare(const void *a, const void *b)
{
	const struct k_route *x = *(const struct k_route *const *)a;
	const struct k_route *y = *(const struct k_route *const *)b;
	int dst;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->len != y->len)
		return x->len > y->len ? -1 : 1;
	dst = memcmp(x->dst, y->dst, sizeof(x->dst));
	if (dst != 0)
		return dst;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	return x < y ? -1 : x > y; // else as the kernel lists them
}

static bool
same_prefix(const struct k_route *a, const struct k_route *b)
{
	return a->family == b->family && a->len == b->len &&
	       memcmp(a->dst, b->dst, sizeof(a->dst)) == 0;
}

static unsigned
port_of(const struct snapshot_in *in, int index)
{
	const struct k_link *l = index == 0 ? NULL : kstate_link_index(in->kernel, index);

	for (unsigned i = 0; l != NULL && i < in->n_ports; i++)
		if (strcmp(in->ports[i].kernel_if, l->name) == 0)
			return i;
	return NO_PORT;
}

// Returns whether the tunnel takes the place of this route. That goes for default routes, also for two halves
// of one or for 2000::/3 through a WAN. A route through a WAN's gateway that covers the hub is for our datagrams.
static bool
is_default(const struct snapshot_in *in, const struct k_route *r, unsigned port)
{
	const struct wb_config_address *hub = &in->hub;

	if (r->len == 0)
		return true;
	if (port == NO_PORT || in->ports[port].use != WB_DP_WAN)
		return false;
	return r->len <= (r->family == 4 ? 1 : 3) ||
	       (r->has_gateway && r->family == hub->family &&
		       kstate_prefix_holds(r->dst, r->len, hub->ip));
}

static void
add_kernel_route(const struct snapshot_in *in, const struct k_route *k, struct wb_dp_snapshot *s)
{
	unsigned port = port_of(in, k->index);
	struct wb_dp_route r = { .to = WB_DP_TO_KERNEL };

	if (link_local6(k->family, k->dst) || is_default(in, k, port))
		return;
	memcpy(r.prefix.ip, k->dst, sizeof(r.prefix.ip));
	r.prefix.family = k->family;
	r.prefix.len = k->len;
	if (port != NO_PORT && in->ports[port].use == WB_DP_EGRESS) {
		r.to = WB_DP_TO_TUNNEL;
	} else if (port != NO_PORT && in->ports[port].use == WB_DP_LAN) {
		r.to = WB_DP_TO_PORT;
		r.port = (uint16_t)port;
		memcpy(r.next_hop, k->gateway, sizeof(r.next_hop));
	}
	wb_dp_snapshot_add(s, &r);
}

static void
mask(uint8_t *ip, unsigned len)
{
	for (unsigned i = 0; i < 16; i++, len -= len < 8 ? len : 8)
		ip[i] &= len >= 8 ? 0xff : (uint8_t)(0xff00 >> len);
}

// Adds a port's own networks that the main table lacks: of configured addresses, and of interfaces whose
// routes are in another table.
static void
add_connected(const struct snapshot_in *in, unsigned port, struct wb_dp_snapshot *s)
{
	const struct wb_dp_net_port *p = &s->ports[port];
	bool lan = in->ports[port].use == WB_DP_LAN;

	for (unsigned i = 0; i < p->n_addresses; i++) {
		const struct wb_dp_prefix *a = &p->addresses[i];
		struct wb_dp_route r = {
			.prefix = *a,
			.to = lan ? WB_DP_TO_PORT : WB_DP_TO_KERNEL,
			.port = lan ? (uint16_t)port : 0,
		};
		bool known = false;

		if (a->len == 0 || a->len == (a->family == 4 ? 32 : 128) ||
			link_local6(a->family, a->ip))
			continue;
		mask(r.prefix.ip, a->len);
		for (unsigned n = 0; n < s->n_routes && !known; n++)
			known = memcmp(&s->routes[n].prefix, &r.prefix, sizeof(r.prefix)) == 0;
		if (!known)
			wb_dp_snapshot_add(s, &r);
	}
}

void
routes_fill(const struct snapshot_in *in, struct wb_dp_snapshot *s)
{
	const struct k_route *all = in->kernel->routes.items;
	const struct k_route **sorted = calloc(in->kernel->routes.n + 1, sizeof(const void *));
	size_t n = 0;

	for (size_t i = 0; sorted != NULL && i < in->kernel->routes.n; i++)
		if (all[i].table == RT_TABLE_MAIN)
			sorted[n++] = &all[i];
	if (n > 0)
		qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !same_prefix(sorted[i], sorted[i - 1]))
			add_kernel_route(in, sorted[i], s);
	for (unsigned i = 0; i < in->n_ports; i++)
		if (in->ports[i].use == WB_DP_LAN || in->ports[i].use == WB_DP_WAN)
			add_connected(in, i, s);
	free(sorted);
}
