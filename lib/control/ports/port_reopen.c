// SPDX-License-Identifier: BSD-3-Clause
// Follows ports whose kernel interface is removed and comes back, as a USB modem does. A device is bound to the
// interface that it was opened on; one of the same name that appears later is a different one.
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "log.h"
#include "ports.h"
#include "wb_kport.h"

#define TRY_AGAIN WB_SEC

static bool
can_reopen(const struct control_port *p)
{
	return p->filter.kind != FILTER_NONE && p->filter.ifname[0] != 0;
}

static void
let_go(struct ports *ports, struct wb_dp *dp, unsigned i)
{
	struct control_port *p = &ports->list[i];
	struct rte_eth_dev_info info;

	if (p->kport != NULL) { // the socket stays open, but receives nothing
		filter_close(&p->filter);
		p->opened = false;
		return;
	}
	if (!p->opened)
		return;
	if (rte_eth_dev_info_get(p->ethdev, &info) < 0)
		info.device = NULL;
	wb_dp_port_detach(dp, i);
	filter_close(&p->filter);
	if (info.device != NULL)
		rte_dev_remove(info.device);
	p->opened = false;
	p->ethdev = WB_DP_ABSENT;
}

static int
guard(struct ports *ports, struct control_port *p)
{
	int r = filter_open(&p->filter, p->name);

	ports->filtered = 0; // the next ports_filter() adds the routes
	return r < 0 ? r : filter_set(&p->filter, ports->kernel, NULL, ports->udp_port);
}

static int
bind_again(struct ports *ports, unsigned i)
{
	struct control_port *p = &ports->list[i];
	int r = filter_remove_stale(p->name, p->filter.ifname, p->filter.kind);

	if (r == 0)
		r = guard(ports, p);
	if (r == 0)
		r = wb_kport_bind(p->kport, p->filter.ifname);
	p->opened = r == 0;
	if (r == 0)
		port_read(&ports->in.ports[i], p);
	else
		filter_close(&p->filter);
	return r;
}

static int
open_again(struct ports *ports, struct wb_dp *dp, unsigned i)
{
	const struct wb_config_port *conf = ports->in.ports[i].conf;
	struct control_port *p = &ports->list[i];
	int r = port_open(conf, p);

	if (r < 0)
		return r;
	p->opened = true;
	port_read(&ports->in.ports[i], p);
	// No frame may be acted on twice, so the filter is in place before a packet socket is read. An XDP
	// program comes with the driver's queues, and passes all to the kernel until it is set.
	if (p->filter.kind == FILTER_TC)
		r = guard(ports, p);
	if (r == 0)
		r = wb_dp_port_attach(dp, i, p->ethdev);
	if (r == 0 && p->filter.kind == FILTER_XDP)
		r = guard(ports, p);
	if (r < 0)
		let_go(ports, dp, i);
	return r;
}

// Returns whether the port's interface is not the one any more that it was opened on, or changed its kind (a
// modem that went over to raw IP). Logs that.
static bool
has_changed(const struct control_port *p, const struct snapshot_port *in, const struct k_link *l)
{
	// The tables may be incomplete while they are read anew, so ask the kernel itself.
	if ((l == NULL || l->index != p->ifindex) &&
		(int)if_nametoindex(in->kernel_if) != p->ifindex) {
		ctl_warn("port %s: interface %s was removed", p->name, in->kernel_if);
		return true;
	}
	if (l == NULL || p->kport == NULL || l->raw_ip == wb_kport_raw_ip(p->kport))
		return false;
	ctl_info("port %s: interface %s changes to %s", p->name, in->kernel_if,
		l->raw_ip ? "raw IP" : "Ethernet");
	return true;
}

static void
follow(struct ports *ports, struct wb_dp *dp, unsigned i, const struct k_link *l, wb_ns_t now)
{
	struct control_port *p = &ports->list[i];
	struct snapshot_port *in = &ports->in.ports[i];

	if (!in->gone && has_changed(p, in, l)) {
		in->gone = true;
		p->reopen_at = now;
		let_go(ports, dp, i);
	}
	if (!in->gone || l == NULL || now < p->reopen_at)
		return;
	p->reopen_at = now + TRY_AGAIN;
	if ((p->kport != NULL ? bind_again(ports, i) : open_again(ports, dp, i)) < 0)
		return;
	p->ifindex = l->index;
	in->gone = false;
	ctl_info("port %s: interface %s has appeared", p->name, in->kernel_if);
}

void
ports_follow(struct ports *ports, struct wb_dp *dp, wb_ns_t now)
{
	for (unsigned i = 0; i < ports->n; i++) {
		const struct k_link *l = kstate_link(ports->kernel, ports->in.ports[i].kernel_if);
		struct control_port *p = &ports->list[i];

		if (p->ifindex == 0 && l != NULL && !ports->in.ports[i].gone)
			p->ifindex = l->index;
		if (p->ifindex == 0 && !ports->in.ports[i].gone)
			continue;
		if (can_reopen(p))
			follow(ports, dp, i, l, now);
		else if (l != NULL)
			ports->in.ports[i].gone = p->ifindex != l->index;
	}
}
