// SPDX-License-Identifier: BSD-3-Clause
// Finds out whether a port's driver would lose frames of its interface, and replaces such a driver.
#include "frames.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "devargs.h"
#include "port_driver.h"
#include "wb_config.h"
#include "wb_control.h"
#include "wb_tunnel.h"
#include "xdp_features.h"

bool
frames_lost(const struct wb_config_port *p, const struct frames_interface *i, char *why, size_t len)
{
	const struct port_driver *driver = port_driver_of(p->dev);
	enum dev_kind kind = driver->kind;

	// Its fanout group makes the kernel reassemble IP fragments, and its ring cuts packets that are larger
	// than one of its frames.
	if (kind == DEV_PACKET && p->use == WB_CONFIG_LAN && !driver->own_socket) {
		snprintf(why, len,
			"this driver loses large frames: IP fragments, TCP that the kernel has "
			"merged");
		return true;
	}
	if (kind == DEV_AF_XDP && i->mtu > WB_PATH_MTU_MAX) {
		snprintf(why, len,
			"interface %s has an MTU of %u, and AF_XDP takes one of at most %u here "
			"(ip link set %s mtu 1500)",
			p->kernel_if, i->mtu, WB_PATH_MTU_MAX, p->kernel_if);
		return true;
	}
	// Without XDP in the driver the kernel runs the program, after it has merged packets (GRO).
	if (kind == DEV_AF_XDP && p->use == WB_CONFIG_LAN && i->no_xdp) {
		snprintf(why, len,
			"the driver of %s has no XDP of its own, and TCP that the kernel has "
			"merged would be lost",
			p->kernel_if);
		return true;
	}
	return false;
}

bool
frames_doubtful(
	const struct wb_config_port *p, const struct frames_interface *i, char *why, size_t len)
{
	if (port_driver_of(p->dev)->kind != DEV_AF_XDP || p->use != WB_CONFIG_LAN ||
		!i->xdp_unknown || !i->gro)
		return false;
	snprintf(why, len,
		"this kernel does not tell whether the driver of %s has XDP of its own; if not, "
		"merged TCP is lost (ethtool -K %s gro off, or \"packet0,iface=%s\")",
		p->kernel_if, p->kernel_if, p->kernel_if);
	return true;
}

static struct frames_interface
look_at(const char *ifname)
{
	struct ethtool_value gro = { .cmd = ETHTOOL_GGRO };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned index = if_nametoindex(ifname);
	struct frames_interface known = { 0 };
	int xdp = xdp_features(index);
	struct ifreq ifr = { 0 };

	known.no_xdp = xdp == 0;
	known.xdp_unknown = xdp < 0 && index != 0;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (fd < 0)
		return known;
	if (ioctl(fd, SIOCGIFMTU, &ifr) == 0)
		known.mtu = (unsigned)ifr.ifr_mtu;
	ifr.ifr_data = (void *)&gro;
	known.gro = ioctl(fd, SIOCETHTOOL, &ifr) == 0 && gro.data != 0;
	close(fd);
	return known;
}

void
wb_control_replace_devices(struct wb_config *c, char *text, size_t len)
{
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < c->n_ports; i++) {
		struct wb_config_port *p = &c->ports[i];
		struct frames_interface known;
		char iface[IF_NAMESIZE], why[256];

		if (devargs_value(p->dev, "iface", iface, sizeof(iface)) < 0)
			continue;
		known = look_at(iface);
		if (at < len && frames_doubtful(p, &known, why, sizeof(why)))
			at += (size_t)snprintf(
				text + at, len - at, "ports[%u].dev: warning: %s\n", i, why);
		if (!frames_lost(p, &known, why, sizeof(why)))
			continue;
		snprintf(p->dev, sizeof(p->dev), "packet%u,iface=%s", i, iface);
		if (at < len)
			at += (size_t)snprintf(text + at, len - at,
				"ports[%u].dev: warning: %s; \"%s\" is used instead\n", i, why,
				p->dev);
	}
}
