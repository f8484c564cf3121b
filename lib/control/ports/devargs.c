// SPDX-License-Identifier: BSD-3-Clause
// Takes a device string apart.
#include "devargs.h"

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
