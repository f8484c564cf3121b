// SPDX-License-Identifier: BSD-3-Clause
// The table of drivers. A driver of DPDK that needs nothing special works without a row.
#include "port_driver.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "devargs.h"

#define PACKET_SOCKET .kind = DEV_PACKET, .filter = FILTER_TC
#define TAP .kind = DEV_TAP
#define ALONE .kind = DEV_ALONE, .mirror = MIRROR_ALWAYS

static const struct port_driver drivers[] = {
	{ .name = "net_af_xdp", .kind = DEV_AF_XDP, .filter = FILTER_XDP },
	{ .name = "net_af_packet", PACKET_SOCKET },
	{ .name = "eth_af_packet", PACKET_SOCKET },
	{ .name = "packet", PACKET_SOCKET, .own_socket = true },
	{ .name = "net_pcap", .key = "iface", PACKET_SOCKET },
	{ .name = "net_tap", TAP },
	{ .name = "net_tun", TAP },
	{ .name = "virtio_user", TAP },
	{ .name = "net_virtio_user", TAP },
	{ .name = "net_memif", ALONE },
	{ .name = "net_vhost", ALONE },
	{ .name = "eth_vhost", ALONE },
};

static const struct port_driver pci = { .kind = DEV_PCI, .mirror = MIRROR_WITHOUT_INTERFACE };
static const struct port_driver other = { .kind = DEV_OTHER };

static bool
matches(const struct port_driver *d, const char *dev)
{
	size_t len = strlen(d->name);
	char value[64];

	if (strncmp(dev, d->name, len) != 0)
		return false;
	while (isdigit((unsigned char)dev[len]))
		len++;
	if (dev[len] != 0 && dev[len] != ',' && dev[len] != '_')
		return false;
	return d->key == NULL || devargs_value(dev, d->key, value, sizeof(value)) == 0;
}

const struct port_driver *
port_driver_of(const char *dev)
{
	if (devargs_is_pci(dev))
		return &pci;
	for (unsigned i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (matches(&drivers[i], dev))
			return &drivers[i];
	return &other;
}
