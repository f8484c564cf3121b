// SPDX-License-Identifier: BSD-3-Clause
// Opens a port's device: an ethdev, or a packet socket of ours.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "devargs.h"
#include "driver_name.h"
#include "log.h"
#include "port_driver.h"
#include "ports.h"
#include "wb_kport.h"

// Completes the device string by what the driver needs and the user need not write.
static int
full_devargs(const struct wb_config_port *p, char *out, size_t len)
{
	char path[512], given[512];
	int n;

	if (port_driver_of(p->dev)->kind != DEV_AF_XDP ||
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

// Probes a device. net_tap logs errors about a missing qdisc that it can do without, so its messages are
// suppressed unless it fails.
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

	if (!driver_name_known(dev, nearest, sizeof(nearest)))
		ctl_err("port %s: no driver of DPDK is called \"%.*s\"%s%s%s", port,
			(int)strcspn(dev, ","), dev, nearest[0] != 0 ? "; did you mean \"" : "",
			nearest, nearest[0] != 0 ? "\"?" : "");
	else
		ctl_err("port %s: device \"%s\" cannot be opened: no such device, or its driver "
			"refuses it (its message is above; error: %s)",
			port, dev, strerror(-r));
}

int
port_open_ethdev(const char *port, const char *devargs, const char *dev, uint16_t *ethdev)
{
	char name[WB_CONFIG_TEXT];
	int r = devargs_name(dev, name, sizeof(name));

	if (r < 0)
		return r;
	if (rte_eth_dev_get_port_by_name(name, ethdev) == 0)
		return 0; // the user's EAL arguments have made it
	r = probe(devargs, port_driver_of(dev)->kind);
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
port_read(struct snapshot_port *out, const struct control_port *p)
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

// Opens a packet socket of ours on the interface of a port.
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
port_open(const struct wb_config_port *conf, struct control_port *port)
{
	char devargs[WB_CONFIG_TEXT + 640];
	const struct port_driver *driver = port_driver_of(conf->dev);
	int r = 0;

	if (port->filter.ifname[0] != 0)
		r = filter_remove_stale(conf->name, port->filter.ifname, driver->filter);
	if (r == 0)
		r = full_devargs(conf, devargs, sizeof(devargs));
	if (r == 0 && driver->own_socket)
		return open_packet(conf, port);
	return r < 0 ? r : port_open_ethdev(conf->name, devargs, conf->dev, &port->ethdev);
}
