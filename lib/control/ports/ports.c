// SPDX-License-Identifier: BSD-3-Clause
// Checks, opens, guards and closes the ports of a configuration.
#include "ports.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include "devargs.h"
#include "log.h"
#include "mirror.h"
#include "port_driver.h"
#include "tap_ports.h"
#include "wb_kport.h"

static unsigned
rx_queues(const char *ifname)
{
	char path[64];
	unsigned n = 0;
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/class/net/%s/queues", ifname);
	dir = opendir(path);
	while (dir != NULL && (e = readdir(dir)) != NULL)
		n += strncmp(e->d_name, "rx-", 3) == 0;
	if (dir != NULL)
		closedir(dir);
	return n;
}

// Warns of receive queues without a socket of ours: the kernel gets their frames, ours among them.
static void
warn_queues(const struct wb_config_port *p)
{
	unsigned n = rx_queues(p->kernel_if), ours = 1;
	char value[16];

	if (devargs_value(p->dev, "queue_count", value, sizeof(value)) == 0)
		ours = (unsigned)atoi(value);
	if (n > ours)
		ctl_warn("port %s: interface %s has %u receive queues and %u are wanbond's: make "
			 "them %u with \"ethtool -L %s combined %u\"",
			p->name, p->kernel_if, n, ours, ours, p->kernel_if, ours);
}

// Returns whether to start without this port: it is a WAN whose interface is missing, and another WAN exists.
static bool
can_be_absent(const struct wb_config *c, const struct wb_config_port *absent)
{
	char iface[WB_CONFIG_NAME];

	if (absent->use != WB_CONFIG_WAN)
		return false;
	for (unsigned i = 0; i < c->n_ports; i++) {
		const struct wb_config_port *p = &c->ports[i];

		if (p->use == WB_CONFIG_WAN &&
			(port_driver_of(p->dev)->filter == FILTER_NONE ||
				devargs_value(p->dev, "iface", iface, sizeof(iface)) < 0 ||
				if_nametoindex(iface) != 0))
			return true;
	}
	return false;
}

int
ports_check(struct ports *ports)
{
	for (unsigned i = 0; i < ports->conf->n_ports; i++) {
		const struct wb_config_port *p = &ports->conf->ports[i];
		enum filter_kind filter = port_driver_of(p->dev)->filter;
		char iface[WB_CONFIG_NAME];
		int r;

		if (filter == FILTER_NONE)
			continue;
		if (devargs_value(p->dev, "iface", iface, sizeof(iface)) < 0)
			continue; // the driver itself complains
		if (if_nametoindex(iface) == 0) {
			if (can_be_absent(ports->conf, p)) {
				ctl_warn("port %s: network interface \"%s\" does not exist (see: "
					 "ip link): the other WANs start without it, and it is "
					 "used once it is there",
					p->name, iface);
				ports->in.ports[i].gone = true;
				continue;
			}
			ctl_err("port %s: network interface \"%s\" does not exist (see: ip link)",
				p->name, iface);
			return -ENODEV;
		}
		r = filter_remove_stale(p->name, iface, filter);
		if (r < 0)
			return r;
		if (filter == FILTER_XDP)
			warn_queues(p);
	}
	return 0;
}

static int
open_port(struct ports *ports, const struct wb_config_port *p)
{
	static const enum wb_dp_use uses[] = { [WB_CONFIG_LAN] = WB_DP_LAN,
		[WB_CONFIG_WAN] = WB_DP_WAN,
		[WB_CONFIG_UPLINK] = WB_DP_UPLINK,
		[WB_CONFIG_TRUNK] = WB_DP_TRUNK };
	const struct port_driver *driver = port_driver_of(p->dev);
	struct control_port *port = &ports->list[ports->n];
	struct snapshot_port *in = &ports->in.ports[ports->n];
	int r;

	port->name = p->name;
	port->ethdev = WB_DP_ABSENT;
	in->conf = p;
	in->use = uses[p->use];
	port->vlan = p->vlan;
	port->trunk = (uint16_t)p->trunk;
	if (port->vlan != 0) {
		ports->n++;
		return 0;
	}
	r = in->gone && !driver->own_socket ? 0 : port_open(p, port);
	if (r < 0)
		return r;
	port->opened = !in->gone;
	in->peer = driver->kind == DEV_TAP;
	snprintf(in->kernel_if, sizeof(in->kernel_if), "%s", p->kernel_if);
	if (port->opened)
		port_read(in, port);
	if (p->kernel_if[0] != 0 && kstate_watch(ports->kernel, p->kernel_if) < 0)
		return -ENOSPC;
	port->filter.kind = driver->filter;
	port->filter.wan = p->use != WB_CONFIG_LAN;
	port->filter.trunk = p->use == WB_CONFIG_TRUNK;
	devargs_value(p->dev, "iface", port->filter.ifname, sizeof(port->filter.ifname));
	ports->n++;
	return 0;
}

// Gives each VLAN what its trunk's device says, and tells the trunk's filter of it.
static void
join_trunks(struct ports *ports)
{
	for (unsigned i = 0; i < ports->n; i++) {
		struct control_port *p = &ports->list[i],
				    *trunk = &ports->list[port_wire(ports, i)];

		if (p->vlan == 0)
			continue;
		memcpy(ports->in.ports[i].mac, ports->in.ports[p->trunk].mac, 6);
		ports->in.ports[i].mtu = ports->in.ports[p->trunk].mtu;
		trunk->filter.vlans[p->vlan / 32] |= 1u << p->vlan % 32;
	}
}

int
ports_start_filters(struct ports *ports)
{
	for (unsigned i = 0; i < ports->n; i++) {
		struct control_port *p = &ports->list[i];
		int r = p->filter.kind == FILTER_NONE || !p->opened
				? 0
				: filter_open(&p->filter, p->name);

		if (r < 0)
			return r;
	}
	return 0;
}

void
ports_filter(struct ports *p, const struct wb_dp_snapshot *s)
{
	uint64_t now_is = p->kernel->locals + p->kernel->routing;

	if (p->filtered == now_is)
		return;
	p->filtered = now_is;
	for (unsigned i = 0; i < p->n; i++) {
		struct filter *f = &p->list[i].filter;

		if (f->ifindex != 0 && filter_set(f, p->kernel, s, p->udp_port) < 0)
			ctl_warn("port %s: filter on %s could not be updated", p->list[i].name,
				f->ifname);
	}
}

int
ports_open(struct ports *p)
{
	const struct wb_config *c = p->conf;
	int r = 0;

	mirrors_remove_old(p);
	for (unsigned i = 0; i < c->n_ports && r == 0; i++)
		r = open_port(p, &c->ports[i]);
	join_trunks(p);
	if (r == 0)
		r = c->role == WB_CONFIG_HUB ? tap_open_egress(p) : tap_open_edge(p);
	if (r == 0)
		r = mirrors_open(p);
	p->in.n_ports = p->n;
	return r;
}

void
ports_close(struct ports *ports)
{
	for (unsigned i = 0; i < WB_DP_PORTS_MAX; i++) {
		struct control_port *p = &ports->list[i];

		wb_kport_close(p->kport);
		p->kport = NULL;
		if (!p->opened)
			continue;
		// those that the datapath started it has closed
		if (rte_eth_dev_is_valid_port(p->ethdev))
			rte_eth_dev_close(p->ethdev);
		filter_close(&p->filter);
		p->opened = false;
	}
}
