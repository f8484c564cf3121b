// SPDX-License-Identifier: BSD-3-Clause
// Opens the TAPs of the hub's egress and of the edge's own kernel.
#include "tap_ports.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "wb_kport.h"

// Opens a TAP of ours. If the kernel cannot do that, opens DPDK's, which passes packet by packet.
static int
open_egress_tap(struct ports *p, struct control_port *port)
{
	const char *name = p->conf->egress.tap;
	char dev[WB_CONFIG_TEXT];
	int r;

	if (if_nametoindex(name) != 0) {
		ctl_err("egress: interface \"%s\" exists already and is not ours: remove it or "
			"give \"egress\" another \"tap\"",
			name);
		return -EEXIST;
	}
	r = wb_kport_open_tap(name, p->n_workers, &port->kport);
	if (r == 0)
		return 0;
	ctl_warn(
		"egress: no TAP with offloads (%s): DPDK's is used, which is slower", strerror(-r));
	snprintf(dev, sizeof(dev), "net_tap_egress,iface=%s", name);
	return port_open_ethdev("egress", dev, dev, &port->ethdev);
}

int
tap_open_egress(struct ports *p)
{
	struct control_port *port = &p->list[p->n];
	struct snapshot_port *in = &p->in.ports[p->n];
	const char *dev = p->conf->egress.dev;
	int r;

	port->name = "egress";
	port->ethdev = WB_DP_ABSENT;
	r = dev[0] == 0 ? open_egress_tap(p, port)
			: port_open_ethdev("egress", dev, dev, &port->ethdev);
	if (r < 0)
		return r;
	port_read(in, port);
	port->opened = true;
	in->use = WB_DP_EGRESS;
	in->peer = true;
	snprintf(in->kernel_if, sizeof(in->kernel_if), "%s", p->conf->egress.tap);
	if (kstate_watch(p->kernel, in->kernel_if) < 0)
		return -ENOSPC;
	p->n++;
	return 0;
}

int
tap_open_edge(struct ports *p)
{
	struct control_port *port = &p->list[p->n];
	struct snapshot_port *in = &p->in.ports[p->n];
	const char *name = p->conf->kernel.tap;
	int r;

	if (if_nametoindex(name) != 0) {
		ctl_err("kernel: interface \"%s\" exists already and is not ours: remove it, or "
			"give \"kernel\" another \"tap\"",
			name);
		return -EEXIST;
	}
	r = wb_kport_open_tap(name, p->n_workers, &port->kport);
	if (r < 0) {
		ctl_warn("kernel: no TAP (%s): what this machine sends itself cannot take the "
			 "tunnel, nor is it reached through it",
			strerror(-r));
		return 0;
	}
	port->name = "kernel";
	port->ethdev = WB_DP_ABSENT;
	port->opened = true;
	port_read(in, port);
	in->use = WB_DP_EGRESS;
	in->peer = true;
	snprintf(in->kernel_if, sizeof(in->kernel_if), "%s", name);
	p->n++;
	return kstate_watch(p->kernel, name);
}
