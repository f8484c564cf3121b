// SPDX-License-Identifier: BSD-3-Clause
// A port that DPDK owns alone (vfio, memif), or that is a VLAN of a trunk, has a TAP in the kernel, its mirror, with its name and MAC address.
// Frames that are not ours go to the mirror, and frames from the mirror are sent on the port. So addresses, ARP,
// DHCP, ping and ssh work as on any interface, and the control thread learns addresses and routes from it.
//
// The mirror outlives the process, without a carrier, with its addresses, leases and routes. The next start
// takes it up again. Its alias names the instance that it belongs to. A start removes the mirrors of its instance
// that the configuration has no port for.
#include "mirror.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>

#include "log.h"
#include "port_driver.h"
#include "netlink.h"
#include "wb_kport.h"

bool
mirror_needed(const struct wb_config_port *p)
{
	enum port_mirror mirror = port_driver_of(p->dev)->mirror;

	if (p->use == WB_CONFIG_TRUNK)
		return false; // each VLAN on it has one
	return p->vlan != 0 || mirror == MIRROR_ALWAYS ||
	       (mirror == MIRROR_WITHOUT_INTERFACE && p->kernel_if[0] == 0);
}

static void
alias_of(const struct ports *p, char *alias, size_t len)
{
	snprintf(alias, len, "wanbond %s", p->conf->name);
}

// Returns the interface of that name if an earlier run of this instance left it as a mirror, else NULL.
static const struct k_link *
left_over(const struct ports *p, const char *name)
{
	const struct k_link *l = kstate_link(p->kernel, name);
	char alias[sizeof(l->alias)];

	alias_of(p, alias, sizeof(alias));
	return l != NULL && strcmp(l->alias, alias) == 0 ? l : NULL;
}

static int
can_be_named(const struct ports *p, const char *name)
{
	if (strlen(name) >= IFNAMSIZ) {
		ctl_err("port %s: its mirror in the kernel, a TAP of the same name, cannot be "
			"made: an "
			"interface's name has at most 15 letters",
			name);
		return -EINVAL;
	}
	if (if_nametoindex(name) != 0 && left_over(p, name) == NULL) {
		ctl_err("port %s: its mirror in the kernel, a TAP of the same name, cannot be "
			"made: there "
			"is an interface of that name, and it is not this instance's; rename the "
			"port, or remove it (ip link delete %s)",
			name, name);
		return -EEXIST;
	}
	return 0;
}

// Makes the TAP, or takes up one that was left.
static int
open_tap(struct ports *p, const char *name, const uint8_t mac[6], struct wb_kport **kport)
{
	char alias[64];
	int r = wb_kport_open_mirror(name, p->n_workers, mac, kport);

	alias_of(p, alias, sizeof(alias));
	if (r == 0)
		r = netlink_link_alias(p->netlink, (int)if_nametoindex(name), alias);
	if (r < 0)
		ctl_err("port %s: its mirror in the kernel, a TAP, cannot be made: %s", name,
			strerror(-r));
	return r;
}

static int
open_mirror(struct ports *p, unsigned of)
{
	struct snapshot_port *real = &p->in.ports[of];
	struct snapshot_port *in = &p->in.ports[p->n];
	struct control_port *port = &p->list[p->n];
	const char *name = p->list[of].name;
	int r;

	if (p->n == WB_DP_PORTS_MAX) {
		ctl_err("port %s: too many ports to give it a TAP in the kernel", name);
		return -ENOSPC;
	}
	port->ethdev = WB_DP_ABSENT;
	port->kept = left_over(p, name) != NULL;
	r = can_be_named(p, name);
	if (r == 0)
		r = open_tap(p, name, real->mac, &port->kport);
	if (r < 0)
		return r;
	snprintf(port->mirror_name, sizeof(port->mirror_name), "%.26s-tap", name);
	port->name = port->mirror_name;
	port->opened = true;
	port->mirrors = (uint16_t)of;
	in->use = WB_DP_MIRROR;
	port_read(in, port);
	p->list[of].mirrored = true;
	snprintf(real->kernel_if, sizeof(real->kernel_if), "%s", name);
	p->n++;
	return kstate_watch(p->kernel, name);
}

static bool
is_mirror(const struct ports *p, const char *name)
{
	for (unsigned i = 0; i < p->conf->n_ports; i++)
		if (strcmp(p->conf->ports[i].name, name) == 0)
			return mirror_needed(&p->conf->ports[i]);
	return false;
}

void
mirrors_remove_old(struct ports *p)
{
	const struct k_link *links = p->kernel->links.items;

	for (size_t i = 0; i < p->kernel->links.n; i++) {
		const char *name = links[i].name;
		int r;

		if (left_over(p, name) == NULL || is_mirror(p, name))
			continue;
		r = netlink_link_remove(p->netlink, links[i].index);
		if (r < 0)
			ctl_warn("interface %s, of a port that is not configured any more, cannot "
				 "be removed: %s",
				name, strerror(-r));
		else
			ctl_info("interface %s, of a port that is not configured any more, is "
				 "removed",
				name);
	}
}

int
mirrors_open(struct ports *p)
{
	int r = 0;

	for (unsigned i = 0; i < p->conf->n_ports && r == 0; i++)
		if (mirror_needed(&p->conf->ports[i]))
			r = open_mirror(p, i);
	return r;
}

static const struct control_port *
mirror_of(const struct ports *p, unsigned port)
{
	unsigned i = 0;

	while (p->in.ports[i].use != WB_DP_MIRROR || p->list[i].mirrors != port)
		i++;
	return &p->list[i];
}

int
mirrors_start(struct ports *p)
{
	netlink_read(p->netlink);
	for (unsigned i = 0; i < p->n; i++) {
		const struct k_link *l = kstate_link(p->kernel, p->in.ports[i].kernel_if);
		uint32_t mtu = p->in.ports[i].mtu;
		const struct control_port *m;
		int r;

		if (!p->list[i].mirrored)
			continue;
		m = mirror_of(p, i);
		if (l == NULL) {
			ctl_err("port %s: its TAP has not appeared", p->list[i].name);
			return -ENODEV;
		}
		// a smaller one may come from a DHCP lease
		r = netlink_link_set_up(
			p->netlink, l->index, true, m->kept && l->mtu <= mtu ? 0 : mtu);
		if (r == 0)
			r = wb_kport_set_carrier(m->kport, true);
		if (r < 0) {
			ctl_err("port %s: its TAP: %s", p->list[i].name, strerror(-r));
			return r;
		}
	}
	return 0;
}

// Returns whether a port's device, or that of its trunk, says that it has no link.
static bool
has_no_link(const struct ports *p, unsigned i)
{
	unsigned wire = port_wire(p, i);
	const struct control_port *device = &p->list[wire];
	const struct k_link *l = kstate_link(p->kernel, p->in.ports[wire].kernel_if);
	struct rte_eth_link link = { 0 };

	if (device->kport != NULL)
		return p->in.ports[wire].gone || l == NULL || !l->up;
	return rte_eth_link_get_nowait(device->ethdev, &link) == 0 &&
	       link.link_status == RTE_ETH_LINK_DOWN;
}

bool
mirrors_check_links(struct ports *p)
{
	bool changed = false;

	for (unsigned i = 0; i < p->n; i++) {
		bool no_link;

		if (!p->list[i].mirrored)
			continue;
		no_link = has_no_link(p, i);
		if (no_link == p->in.ports[i].no_link)
			continue;
		p->in.ports[i].no_link = no_link;
		changed = true;
		// so that a DHCP client there sees it, too
		wb_kport_set_carrier(mirror_of(p, i)->kport, !no_link);
	}
	return changed;
}
