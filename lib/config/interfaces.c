// SPDX-License-Identifier: BSD-3-Clause
// Checks the interfaces that a configuration names, if this machine has them.
#include "interfaces.h"

#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reader.h"
#include "wb_config.h"

// Returns whether an interface has no Ethernet headers: PPP, a TUN, a modem in raw-IP mode. False if there is none.
static bool
lacks_ethernet(int fd, const char *name)
{
	struct ifreq ifr = { 0 };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return ioctl(fd, SIOCGIFHWADDR, &ifr) == 0 && ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER &&
	       ifr.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK;
}

// Returns whether the driver is one of DPDK's on a kernel interface, which all need Ethernet.
static bool
needs_ethernet(const char *dev)
{
	static const char *const drivers[] = { "net_af_packet", "eth_af_packet", "net_af_xdp",
		"net_pcap" };

	for (unsigned i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strncmp(dev, drivers[i], strlen(drivers[i])) == 0)
			return true;
	return false;
}

static void
check_header(struct config_reader *r, const struct wb_config_port *port, unsigned i)
{
	bool packet = strncmp(port->dev, "packet", strlen("packet")) == 0;

	config_enter_key(r, "ports");
	config_enter_index(r, i);
	config_enter_key(r, "dev");
	if (needs_ethernet(port->dev))
		config_error(r,
			"interface \"%s\" has no Ethernet header (as PPP, a TUN or a modem in "
			"raw-IP mode), which this driver needs; allowed: \"packet%u,iface=%s\"",
			port->kernel_if, i, port->kernel_if);
	else if (packet && (port->use == WB_CONFIG_LAN || port->use == WB_CONFIG_TRUNK))
		config_error(r,
			"interface \"%s\" has no Ethernet header; allowed as a %s: Ethernet",
			port->kernel_if, port->use == WB_CONFIG_LAN ? "LAN" : "trunk");
	r->where.depth = 0;
}

void
config_check_interfaces(struct config_reader *r, const struct wb_config *c)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return; // opening the ports will fail for the same reason
	for (unsigned i = 0; i < c->n_ports; i++)
		if (c->ports[i].kernel_if[0] != '\0' && lacks_ethernet(fd, c->ports[i].kernel_if))
			check_header(r, &c->ports[i], i);
	close(fd);
}
