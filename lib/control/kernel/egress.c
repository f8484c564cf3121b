// SPDX-License-Identifier: BSD-3-Clause
// Brings up the TAPs' interfaces, and adds the hub's routes to its edges' networks.
#include "egress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kstate.h"
#include "log.h"
#include "netlink.h"
#include "sysctl.h"

// Turns off what the kernel does by itself on an interface: IPv6 autoconfiguration and strict source checks.
static void
quieten(const char *ifname)
{
	static const struct {
		const char *family, *key, *value;
	} settings[] = {
		{ "ipv6", "addr_gen_mode", "1" },
		{ "ipv6", "accept_ra", "0" },
		{ "ipv6", "autoconf", "0" },
		{ "ipv6", "dad_transmits", "0" },
		{ "ipv4", "rp_filter", "2" },
	};
	char path[128];

	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", settings[i].family,
			ifname, settings[i].key);
		if (sysctl_write(path, settings[i].value) < 0) // IPv6 may be off altogether
			ctl_debug("%s: cannot be set", path);
	}
}

static bool
has_ipv6(const struct wb_config *c)
{
	for (unsigned e = 0; e < c->n_edges; e++)
		for (unsigned n = 0; n < c->edges[e].n_networks; n++)
			if (c->edges[e].networks[n].family == 6)
				return true;
	return false;
}

static void
change_routes(struct netlink *nl, const struct wb_config *c, int index,
	int (*change)(struct netlink *nl, const struct netlink_route *r), bool tell)
{
	for (unsigned e = 0; e < c->n_edges; e++)
		for (unsigned n = 0; n < c->edges[e].n_networks; n++) {
			const struct wb_config_prefix *p = &c->edges[e].networks[n];
			struct netlink_route r = {
				.index = index,
				.family = p->family,
				.len = p->len,
			};
			int result;

			memcpy(r.dst, p->ip, sizeof(r.dst));
			result = change(nl, &r);
			if (result < 0 && tell)
				ctl_warn("edge %s: route number %u to egress: %s", c->edges[e].name,
					n + 1, strerror(-result));
		}
}

// Sets a TAP's interface up and returns its index. The interface appeared with the device; the datapath has
// started it by now.
static int
bring_up(struct netlink *nl, const struct snapshot_in *in, const struct snapshot_port *p)
{
	const struct k_link *l;
	int r;

	netlink_read(nl);
	l = kstate_link(in->kernel, p->kernel_if);
	if (l == NULL) {
		ctl_err("interface %s has not appeared", p->kernel_if);
		return -ENODEV;
	}
	quieten(p->kernel_if);
	r = netlink_link_set_up(nl, l->index, false, 0);
	if (r < 0)
		ctl_err("interface %s: %s", p->kernel_if, strerror(-r));
	return r < 0 ? r : l->index;
}

int
egress_start(struct netlink *nl, const struct snapshot_in *in, struct edge_tap *edge)
{
	for (unsigned i = 0; i < in->n_ports; i++) {
		const struct snapshot_port *p = &in->ports[i];
		int index;

		if (!p->peer || p->kernel_if[0] == 0)
			continue;
		index = bring_up(nl, in, p);
		if (index < 0)
			return index;
		if (p->use != WB_DP_EGRESS)
			continue;
		if (in->conf->role == WB_CONFIG_EDGE) {
			edge_tap_start(edge, nl, in, index);
			continue;
		}
		change_routes(nl, in->conf, index, netlink_route_add, true);
		if (sysctl_is_zero("/proc/sys/net/ipv4/ip_forward"))
			ctl_warn("net.ipv4.ip_forward is 0: this hub's kernel will not forward "
				 "what comes out of the tunnels (sysctl -w net.ipv4.ip_forward=1)");
		if (has_ipv6(in->conf) && sysctl_is_zero("/proc/sys/net/ipv6/conf/all/forwarding"))
			ctl_warn("net.ipv6.conf.all.forwarding is 0: this hub's kernel will not "
				 "forward "
				 "the edges' IPv6 (sysctl -w net.ipv6.conf.all.forwarding=1, and "
				 "net.ipv6.conf.UPLINK.accept_ra=2 before it)");
	}
	return 0;
}

void
egress_stop(struct netlink *nl, const struct snapshot_in *in, struct edge_tap *edge)
{
	edge_tap_stop(edge);
	for (unsigned i = 0; i < in->n_ports; i++) {
		const struct k_link *l = kstate_link(in->kernel, in->ports[i].kernel_if);

		if (in->ports[i].use == WB_DP_EGRESS && l != NULL)
			change_routes(nl, in->conf, l->index, netlink_route_remove, false);
	}
}
