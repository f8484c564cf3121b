// SPDX-License-Identifier: BSD-3-Clause
#include "devargs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

bool
devargs_is_pci(const char *dev)
{
	unsigned domain, bus, slot, function;
	int n = 0;

	if (sscanf(dev, "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &n) != 4 &&
		sscanf(dev, "%2x:%2x.%1x%n", &bus, &slot, &function, &n) != 3)
		return strncmp(dev, "pci:", 4) == 0;
	return dev[n] == 0 || dev[n] == ',';
}

static bool
driver_is(const char *dev, const char *driver)
{
	size_t len = strlen(driver);

	if (strncmp(dev, driver, len) != 0)
		return false;
	while (isdigit((unsigned char)dev[len]))
		len++;
	return dev[len] == 0 || dev[len] == ',' || dev[len] == '_';
}

bool
devargs_is_packet(const char *dev)
{
	return driver_is(dev, "packet");
}

enum dev_kind
devargs_kind(const char *dev)
{
	char iface[64];

	if (devargs_is_pci(dev))
		return DEV_PCI;
	if (driver_is(dev, "net_af_xdp"))
		return DEV_AF_XDP;
	if (driver_is(dev, "net_af_packet") || driver_is(dev, "eth_af_packet"))
		return DEV_PACKET;
	if (devargs_is_packet(dev))
		return DEV_PACKET;
	if (driver_is(dev, "net_pcap") && devargs_value(dev, "iface", iface, sizeof(iface)) == 0)
		return DEV_PACKET;
	if (driver_is(dev, "net_tap") || driver_is(dev, "net_tun") ||
		driver_is(dev, "virtio_user") || driver_is(dev, "net_virtio_user"))
		return DEV_TAP;
	if (driver_is(dev, "net_memif") || driver_is(dev, "net_vhost") ||
		driver_is(dev, "eth_vhost"))
		return DEV_ALONE;
	return DEV_OTHER;
}

int
devargs_name(const char *dev, char *name, size_t len)
{
	size_t n = strcspn(dev, ",");

	if (n >= len)
		return -ENAMETOOLONG;
	memcpy(name, dev, n);
	name[n] = 0;
	return 0;
}

int
devargs_value(const char *dev, const char *key, char *value, size_t len)
{
	size_t key_len = strlen(key);

	for (const char *at = strchr(dev, ','); at != NULL; at = strchr(at, ',')) {
		size_t n;

		at++;
		if (strncmp(at, key, key_len) != 0 || at[key_len] != '=')
			continue;
		at += key_len + 1;
		n = strcspn(at, ",");
		if (n >= len)
			return -ENAMETOOLONG;
		memcpy(value, at, n);
		value[n] = 0;
		return 0;
	}
	return -ENOENT;
}
