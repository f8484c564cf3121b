// SPDX-License-Identifier: BSD-3-Clause
// A port that DPDK owns alone (vfio, memif) has a TAP of its name and MAC in the kernel. Whatever is not
// ours goes there and comes from there, so that addresses, ARP, DHCP, ping and ssh work on it as on
// any interface; the control thread learns from it what it learns elsewhere from the card's own.
#include <net/if.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>

#include "control.h"
#include "devargs.h"
#include "log.h"
#include "netlink.h"

bool
mirror_needed(const struct wb_config_port *p)
{
	enum dev_kind kind = devargs_kind(p->dev);

	return kind == DEV_ALONE || (kind == DEV_PCI && p->kernel_if[0] == 0);
}

static int
open_mirror(struct control *ctl, unsigned of)
{
	struct snapshot_port *real = &ctl->in.ports[of];
	struct snapshot_port *in = &ctl->in.ports[ctl->n_ports];
	struct control_port *port = &ctl->ports[ctl->n_ports];
	const char *name = ctl->ports[of].name;
	const uint8_t *m = real->mac;
	char dev[128];
	int r;

	if (ctl->n_ports == WB_DP_PORTS_MAX) {
		ctl_err("port %s: too many ports to give it a TAP in the kernel", name);
		return -ENOSPC;
	}
	if (strlen(name) >= IFNAMSIZ || if_nametoindex(name) != 0) {
		ctl_err("port %s: a TAP of this name is to stand for it in the kernel, but %s",
			name,
			strlen(name) >= IFNAMSIZ ? "an interface's name has at most 15 letters"
						 : "there is such an interface already");
		return -EEXIST;
	}
	snprintf(dev, sizeof(dev), "net_tap_mirror%u,iface=%s,mac=%02x:%02x:%02x:%02x:%02x:%02x",
		of, name, m[0], m[1], m[2], m[3], m[4], m[5]);
	r = open_device(name, dev, dev, &port->ethdev);
	if (r < 0)
		return r;
	snprintf(port->mirror_name, sizeof(port->mirror_name), "%.26s-tap", name);
	port->name = port->mirror_name;
	port->opened = true;
	port->slot = -1;
	port->mirrors = (uint16_t)of;
	in->use = WB_DP_MIRROR;
	read_device(in, port);
	ctl->ports[of].mirrored = true;
	snprintf(real->kernel_if, sizeof(real->kernel_if), "%s", name);
	ctl->n_ports++;
	return kstate_watch(&ctl->kernel, name);
}

int
mirrors_open(struct control *ctl)
{
	int r = 0;

	for (unsigned i = 0; i < ctl->conf->n_ports && r == 0; i++)
		if (mirror_needed(&ctl->conf->ports[i]))
			r = open_mirror(ctl, i);
	return r;
}

int
mirrors_start(struct control *ctl)
{
	netlink_read(ctl->netlink);
	for (unsigned i = 0; i < ctl->n_ports; i++) {
		const struct k_link *l = kstate_link(&ctl->kernel, ctl->in.ports[i].kernel_if);
		int r;

		if (!ctl->ports[i].mirrored)
			continue;
		if (l == NULL) {
			ctl_err("port %s: its TAP has not appeared", ctl->ports[i].name);
			return -ENODEV;
		}
		r = netlink_link_set_up(ctl->netlink, l->index, true, ctl->in.ports[i].mtu);
		if (r < 0) {
			ctl_err("port %s: its TAP: %s", ctl->ports[i].name, strerror(-r));
			return r;
		}
	}
	return 0;
}

void
mirrors_check_links(struct control *ctl)
{
	for (unsigned i = 0; i < ctl->n_ports; i++) {
		struct rte_eth_link link = { 0 };
		bool no_link;

		if (!ctl->ports[i].mirrored)
			continue;
		// a TAP is always up
		no_link = rte_eth_link_get_nowait(ctl->ports[i].ethdev, &link) == 0 &&
			  link.link_status == RTE_ETH_LINK_DOWN;
		if (no_link != ctl->in.ports[i].no_link)
			ctl->kernel.generation++; // a new snapshot is due
		ctl->in.ports[i].no_link = no_link;
	}
}
