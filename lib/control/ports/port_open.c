// SPDX-License-Identifier: BSD-3-Clause
// From a port's device string to an ethdev, and back.
#include <net/if.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "control.h"
#include "devargs.h"
#include "log.h"
#include "site.h"
#include "wb_kport.h"

static enum filter_kind
filter_of(enum dev_kind kind)
{
	return kind == DEV_AF_XDP ? FILTER_XDP : kind == DEV_PACKET ? FILTER_TC : FILTER_NONE;
}

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

// Frames of a queue without a socket of ours go to the kernel: none of ours may arrive there.
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

// A modem that is not plugged in must not keep the other lines from being used.
static bool
can_be_absent(const struct control *ctl, const struct wb_config_port *absent)
{
	char iface[WB_CONFIG_NAME];

	if (absent->use != WB_CONFIG_WAN)
		return false;
	for (unsigned i = 0; i < ctl->conf->n_ports; i++) {
		const struct wb_config_port *p = &ctl->conf->ports[i];

		if (p->use == WB_CONFIG_WAN &&
			(filter_of(devargs_kind(p->dev)) == FILTER_NONE ||
				devargs_value(p->dev, "iface", iface, sizeof(iface)) < 0 ||
				if_nametoindex(iface) != 0))
			return true;
	}
	return false;
}

int
control_ports_check(struct control *ctl)
{
	for (unsigned i = 0; i < ctl->conf->n_ports; i++) {
		const struct wb_config_port *p = &ctl->conf->ports[i];
		enum dev_kind kind = devargs_kind(p->dev);
		char iface[WB_CONFIG_NAME];
		int r;

		if (kind != DEV_AF_XDP && kind != DEV_PACKET)
			continue;
		if (devargs_value(p->dev, "iface", iface, sizeof(iface)) < 0)
			continue; // the driver says what it misses
		if (if_nametoindex(iface) == 0) {
			if (can_be_absent(ctl, p)) {
				ctl_warn("port %s: network interface \"%s\" does not exist (see: "
					 "ip link): the other WANs start without it, and it is "
					 "used once it is there",
					p->name, iface);
				ctl->in.ports[i].gone = true;
				continue;
			}
			ctl_err("port %s: network interface \"%s\" does not exist (see: ip link)",
				p->name, iface);
			return -ENODEV;
		}
		r = filter_remove_stale(p->name, iface, filter_of(kind));
		if (r < 0)
			return r;
		if (kind == DEV_AF_XDP)
			warn_queues(p);
	}
	return 0;
}

// The device string with what the driver needs to know and the user need not.
static int
full_devargs(const struct wb_config_port *p, char *out, size_t len)
{
	char path[512], given[512];
	int n;

	if (devargs_kind(p->dev) != DEV_AF_XDP ||
		devargs_value(p->dev, "xdp_prog", given, sizeof(given)) == 0) {
		snprintf(out, len, "%s", p->dev);
		return 0;
	}
	if (filter_path("wanbond_xdp", path, sizeof(path)) < 0) {
		ctl_err("port %s: wanbond_xdp.bpf.o not found beside the program", p->name);
		return -ENOENT;
	}
	n = snprintf(out, len, "%s,xdp_prog=%s", p->dev, path);
	return n < 0 || (size_t)n >= len ? -ENAMETOOLONG : 0;
}

// net_tap reports a qdisc that the kernel lacks, and which it does without, as errors: it is only
// heard where it fails.
static int
probe(const char *devargs, enum dev_kind kind)
{
	int level = rte_log_get_level((int)rte_log_register("pmd.net.tap")), r;

	if (kind == DEV_TAP)
		rte_log_set_level_pattern("pmd.net.tap", RTE_LOG_EMERG);
	r = rte_dev_probe(devargs);
	if (kind == DEV_TAP && level >= 0)
		rte_log_set_level_pattern("pmd.net.tap", (uint32_t)level);
	return r < 0 && r != -EEXIST && kind == DEV_TAP ? rte_dev_probe(devargs) : r;
}

static void
tell_refused(const char *port, const char *dev, int r)
{
	char nearest[64];

	if (!site_driver(dev, nearest, sizeof(nearest)))
		ctl_err("port %s: no driver of DPDK is called \"%.*s\"%s%s%s", port,
			(int)strcspn(dev, ","), dev, nearest[0] != 0 ? "; did you mean \"" : "",
			nearest, nearest[0] != 0 ? "\"?" : "");
	else
		ctl_err("port %s: device \"%s\" cannot be opened: no such device, or its driver "
			"refuses it (its message is above; error: %s)",
			port, dev, strerror(-r));
}

int
open_device(const char *port, const char *devargs, const char *dev, uint16_t *ethdev)
{
	char name[WB_CONFIG_TEXT];
	int r = devargs_name(dev, name, sizeof(name));

	if (r < 0)
		return r;
	if (rte_eth_dev_get_port_by_name(name, ethdev) == 0)
		return 0; // by an EAL argument of the user's
	r = probe(devargs, devargs_kind(dev));
	if (r < 0 && r != -EEXIST) {
		tell_refused(port, dev, r);
		return r;
	}
	if (rte_eth_dev_get_port_by_name(name, ethdev) < 0) {
		ctl_err("port %s: device \"%s\" is no network port for DPDK", port, dev);
		return -ENODEV;
	}
	return 0;
}

void
read_device(struct snapshot_port *out, const struct control_port *p)
{
	struct rte_ether_addr mac;

	if (p->kport != NULL) {
		memcpy(out->mac, wb_kport_mac(p->kport), sizeof(out->mac));
		out->mtu = RTE_ETHER_MTU;
		return;
	}
	if (rte_eth_macaddr_get(p->ethdev, &mac) == 0)
		memcpy(out->mac, mac.addr_bytes, sizeof(out->mac));
	if (rte_eth_dev_get_mtu(p->ethdev, &out->mtu) < 0 || out->mtu == 0)
		out->mtu = RTE_ETHER_MTU;
}

// A packet socket of our own.
static int
open_packet(const struct wb_config_port *p, struct control_port *port)
{
	char iface[WB_CONFIG_NAME] = "";
	int r;

	devargs_value(p->dev, "iface", iface, sizeof(iface));
	r = wb_kport_open_packet(iface, &port->kport);
	if (r < 0)
		ctl_err("port %s: no packet socket on interface \"%s\": %s", p->name, iface,
			strerror(-r));
	return r;
}

int
port_open_device(const struct wb_config_port *conf, struct control_port *port)
{
	char devargs[WB_CONFIG_TEXT + 640];
	enum dev_kind kind = devargs_kind(conf->dev);
	int r = 0;

	if (port->filter.ifname[0] != 0)
		r = filter_remove_stale(conf->name, port->filter.ifname, filter_of(kind));
	if (r == 0)
		r = full_devargs(conf, devargs, sizeof(devargs));
	if (r == 0 && devargs_is_packet(conf->dev))
		return open_packet(conf, port);
	return r < 0 ? r : open_device(conf->name, devargs, conf->dev, &port->ethdev);
}

static int
open_port(struct control *ctl, const struct wb_config_port *p)
{
	static const enum wb_dp_use uses[] = { [WB_CONFIG_LAN] = WB_DP_LAN,
		[WB_CONFIG_WAN] = WB_DP_WAN,
		[WB_CONFIG_UPLINK] = WB_DP_UPLINK };
	struct control_port *port = &ctl->ports[ctl->n_ports];
	struct snapshot_port *in = &ctl->in.ports[ctl->n_ports];
	enum dev_kind kind = devargs_kind(p->dev);
	int r;

	port->name = p->name;
	port->slot = -1;
	port->ethdev = WB_DP_ABSENT;
	r = in->gone && !devargs_is_packet(p->dev) ? 0 : port_open_device(p, port);
	if (r < 0)
		return r;
	port->opened = !in->gone;
	in->conf = p;
	in->use = uses[p->use];
	in->peer = kind == DEV_TAP;
	snprintf(in->kernel_if, sizeof(in->kernel_if), "%s", p->kernel_if);
	if (port->opened)
		read_device(in, port);
	if (p->kernel_if[0] != 0 && kstate_watch(&ctl->kernel, p->kernel_if) < 0)
		return -ENOSPC;
	port->filter.kind = filter_of(kind);
	port->filter.wan = p->use != WB_CONFIG_LAN;
	devargs_value(p->dev, "iface", port->filter.ifname, sizeof(port->filter.ifname));
	ctl->n_ports++;
	return 0;
}

// A TAP of our own, or else (a kernel that cannot) DPDK's, which works packet by packet.
static int
open_egress_tap(struct control *ctl, struct control_port *port)
{
	const char *name = ctl->conf->egress.tap;
	char dev[WB_CONFIG_TEXT];
	int r;

	if (if_nametoindex(name) != 0) {
		ctl_err("egress: interface \"%s\" exists already and is not ours: remove it or "
			"give \"egress\" another \"tap\"",
			name);
		return -EEXIST;
	}
	r = wb_kport_open_tap(name, ctl->n_workers, &port->kport);
	if (r == 0)
		return 0;
	ctl_warn("egress: no TAP that takes packets in large pieces (%s): slower, not wrong",
		strerror(-r));
	snprintf(dev, sizeof(dev), "net_tap_egress,iface=%s", name);
	return open_device("egress", dev, dev, &port->ethdev);
}

static int
open_egress(struct control *ctl)
{
	struct control_port *port = &ctl->ports[ctl->n_ports];
	struct snapshot_port *in = &ctl->in.ports[ctl->n_ports];
	const char *dev = ctl->conf->egress.dev;
	int r;

	port->name = "egress";
	port->slot = -1;
	port->ethdev = WB_DP_ABSENT;
	r = dev[0] == 0 ? open_egress_tap(ctl, port)
			: open_device("egress", dev, dev, &port->ethdev);
	if (r < 0)
		return r;
	read_device(in, port);
	port->opened = true;
	in->use = WB_DP_EGRESS;
	in->peer = true;
	snprintf(in->kernel_if, sizeof(in->kernel_if), "%s", ctl->conf->egress.tap);
	if (kstate_watch(&ctl->kernel, in->kernel_if) < 0)
		return -ENOSPC;
	ctl->n_ports++;
	return 0;
}

int
control_ports_open(struct control *ctl)
{
	int r = 0;

	mirrors_remove_old(ctl);
	for (unsigned i = 0; i < ctl->conf->n_ports && r == 0; i++)
		r = open_port(ctl, &ctl->conf->ports[i]);
	if (r == 0 && ctl->conf->role == WB_CONFIG_HUB)
		r = open_egress(ctl);
	if (r == 0 && ctl->conf->role == WB_CONFIG_EDGE)
		r = edge_tap_open(ctl);
	if (r == 0)
		r = mirrors_open(ctl);
	ctl->in.n_ports = ctl->n_ports;
	return r;
}

void
control_ports_close(struct control *ctl)
{
	for (unsigned i = 0; i < WB_DP_PORTS_MAX; i++) {
		struct control_port *p = &ctl->ports[i];

		wb_kport_close(p->kport);
		p->kport = NULL;
		if (!p->opened)
			continue;
		// the datapath closes what it started
		if (rte_eth_dev_is_valid_port(p->ethdev))
			rte_eth_dev_close(p->ethdev);
		filter_close(&p->filter);
		p->opened = false;
	}
}
