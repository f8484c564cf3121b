// SPDX-License-Identifier: BSD-3-Clause
// Rules and routes that lead the edge's own packets into the tunnel.
//
// The kernel sends them into a TAP, and packets for this machine come out of it. The routing table
// "kernel.table", T, leads to the TAP. The other end knows the LANs' addresses only, so each of these has
// three rules:
//
//   T - 2: from ADDRESS to the hub, table T    (the main table may route the hub through a WAN's gateway)
//   T - 1: from ADDRESS, the main table without its default routes
//   T:     from ADDRESS, table T
//
// With "kernel.metric" the main table gets a default route to the TAP too, as long as a path is up. Rules
// and routes that somebody removed are restored each second. All are removed when wanbond ends.
#include "edge_tap.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kstate.h"
#include "log.h"
#include "netlink.h"
#include "sysctl.h"

#define RULES 3 // of an address

static void
fill_rules(const struct edge_tap *e, const struct edge_address *a, struct netlink_rule rules[RULES])
{
	const struct wb_config_address *hub = &e->hub;
	uint32_t table = e->in->conf->kernel.table;

	for (unsigned i = 0; i < RULES; i++) {
		rules[i] = (struct netlink_rule){
			.family = a->family, .priority = table - 2 + i, .table = table
		};
		memcpy(rules[i].from, a->ip, sizeof(a->ip));
	}
	if (hub->family == a->family) {
		rules[0].has_to = true;
		memcpy(rules[0].to, hub->ip, sizeof(hub->ip));
	}
	rules[1].table = RT_TABLE_MAIN;
	rules[1].no_default = true;
}

// Logs that the kernel refuses a rule or route. Only the first time: the next attempt is a second away.
static void
tell(struct edge_tap *e, const char *what, int r)
{
	if (r == 0 || r == -EEXIST || e->told)
		return;
	e->told = true;
	ctl_warn("kernel: %s for this machine's own packets: %s", what, strerror(-r));
}

static void
change_rules(struct edge_tap *e, const struct edge_address *a, bool add)
{
	struct netlink_rule rules[RULES];

	fill_rules(e, a, rules);
	for (unsigned i = 0; i < RULES; i++) {
		if (i == 0 && !rules[i].has_to)
			continue;
		if (add)
			tell(e, "no rule", netlink_rule_add(e->netlink, &rules[i]));
		else
			netlink_rule_remove(e->netlink, &rules[i]);
	}
}

static bool
same_address(const struct edge_address *a, const struct edge_address *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static bool
has(const struct edge_address *list, unsigned n, const struct edge_address *a)
{
	for (unsigned i = 0; i < n; i++)
		if (same_address(&list[i], a))
			return true;
	return false;
}

// Returns whether the interface belongs to a LAN, or is the TAP.
static bool
is_inner(const struct edge_tap *e, int index)
{
	const struct k_link *l = kstate_link_index(e->in->kernel, index);

	for (unsigned i = 0; l != NULL && i < e->in->n_ports; i++) {
		const struct snapshot_port *p = &e->in->ports[i];

		if ((p->use == WB_DP_LAN || p->use == WB_DP_EGRESS) &&
			strcmp(p->kernel_if, l->name) == 0)
			return true;
	}
	return false;
}

static unsigned
list_addresses(const struct edge_tap *e, struct edge_address list[EDGE_ADDRESSES])
{
	const struct k_addr *addrs = e->in->kernel->addrs.items;
	unsigned n = 0;

	for (size_t i = 0; i < e->in->kernel->addrs.n && n < EDGE_ADDRESSES; i++) {
		struct edge_address a = { .family = addrs[i].family };

		if (addrs[i].scope >= RT_SCOPE_LINK || !is_inner(e, addrs[i].index))
			continue;
		memcpy(a.ip, addrs[i].ip, sizeof(a.ip));
		if (!has(list, n, &a))
			list[n++] = a;
	}
	return n;
}

static void
update_rules(struct edge_tap *e)
{
	struct edge_address list[EDGE_ADDRESSES] = { 0 };
	unsigned n = list_addresses(e, list);
	bool moved = memcmp(&e->hub, &e->in->hub, sizeof(e->hub)) != 0;

	for (unsigned i = 0; i < e->n; i++)
		if (moved || !has(list, n, &e->addresses[i]))
			change_rules(e, &e->addresses[i], false);
	e->hub = e->in->hub;
	memcpy(e->addresses, list, sizeof(list));
	e->n = n;
	for (unsigned i = 0; i < n; i++)
		change_rules(e, &list[i], true);
}

// Adds a default route through the TAP with the source address `source`, or removes it if `source` is NULL.
// `old` is the source address that the route had before.
static void
update_route(struct edge_tap *e, struct netlink_route *r, const struct edge_address *source,
	struct edge_address *old)
{
	if (old->family != 0 && (source == NULL || !same_address(source, old))) {
		memcpy(r->source, old->ip, sizeof(old->ip));
		netlink_route_remove(e->netlink, r);
		old->family = 0;
	}
	if (source == NULL)
		return;
	memcpy(r->source, source->ip, sizeof(source->ip));
	tell(e, "no route", netlink_route_keep(e->netlink, r));
	*old = *source;
}

static void
update_routes(struct edge_tap *e, bool carries)
{
	for (unsigned i = 0; i < 2; i++) {
		uint8_t family = i == 0 ? 4 : 6;
		const struct edge_address *source = NULL;
		struct netlink_route r = {
			.index = e->index, .family = family, .has_source = true
		};

		for (unsigned a = 0; a < e->n && source == NULL; a++)
			if (e->addresses[a].family == family)
				source = &e->addresses[a];
		r.table = e->in->conf->kernel.table;
		update_route(e, &r, source, &e->in_table[i]);
		r.table = RT_TABLE_MAIN;
		r.metric = e->in->conf->kernel.metric;
		if (r.metric != 0)
			update_route(e, &r, carries ? source : NULL, &e->in_main[i]);
	}
}

// Warns of a default route that the kernel prefers to the one of "kernel.metric".
static void
check_metric(struct edge_tap *e)
{
	const struct k_route *routes = e->in->kernel->routes.items;
	uint32_t metric = e->in->conf->kernel.metric;

	for (size_t i = 0; i < e->in->kernel->routes.n && !e->told_metric; i++) {
		const struct k_route *r = &routes[i];
		const struct k_link *l = kstate_link_index(e->in->kernel, r->index);

		if (r->table != RT_TABLE_MAIN || r->family != 4 || r->len != 0 || l == NULL ||
			r->index == e->index || r->metric > metric)
			continue;
		e->told_metric = true;
		ctl_warn("kernel.metric is %u, but the default route through %s has %u: what this "
			 "machine sends itself goes there; give \"metric\" a lower number, or that "
			 "route a higher one",
			metric, l->name, r->metric);
	}
}

void
edge_tap_upkeep(struct edge_tap *e, bool carries)
{
	if (e->index == 0)
		return;
	if (e->in->conf->kernel.metric != 0)
		check_metric(e);
	update_rules(e);
	update_routes(e, carries);
}

static bool
lan_has_ipv6(const struct edge_tap *e)
{
	for (unsigned i = 0; i < e->n; i++)
		if (e->addresses[i].family == 6)
			return true;
	return false;
}

void
edge_warn_forwarding(const struct edge_tap *e, const struct wb_config *c)
{
	if (c->role != WB_CONFIG_EDGE)
		return;
	if (sysctl_is_zero("/proc/sys/net/ipv4/ip_forward"))
		ctl_warn(
			"net.ipv4.ip_forward is 0: this kernel does not forward between LANs, nor "
			"to a WAN's own network (a modem's page): sysctl -w net.ipv4.ip_forward=1");
	if (lan_has_ipv6(e) && sysctl_is_zero("/proc/sys/net/ipv6/conf/all/forwarding"))
		ctl_info("net.ipv6.conf.all.forwarding is 0: this kernel does not forward IPv6 "
			 "between LANs (sysctl -w net.ipv6.conf.all.forwarding=1; a WAN that takes "
			 "its address from advertisements then needs accept_ra=2)");
}

void
edge_tap_start(struct edge_tap *e, struct netlink *nl, const struct snapshot_in *in, int index)
{
	uint32_t table = in->conf->kernel.table;

	e->netlink = nl;
	e->in = in;
	e->index = index;
	netlink_rules_purge(e->netlink, table - RULES + 1, table); // left by a run that was killed
	edge_tap_upkeep(e, false);
}

void
edge_tap_stop(struct edge_tap *e)
{
	// the kernel removes the routes together with the TAP
	for (unsigned i = 0; i < e->n; i++)
		change_rules(e, &e->addresses[i], false);
	e->n = 0;
}
