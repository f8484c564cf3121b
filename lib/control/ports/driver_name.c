// SPDX-License-Identifier: BSD-3-Clause
// Finds out by DPDK's plugins which drivers there are. A plugin that is loaded registers the device names that
// it takes with its bus.
#include "driver_name.h"

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_build_config.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_log.h>

#include "devargs.h"
#include "port_driver.h"

#define PREFIX "librte_"
#define NAME_LEN 48
#define FAR 4 // names that differ by more letters are not suggested

#ifndef RTE_EAL_PMD_PATH
#define RTE_EAL_PMD_PATH ""
#endif

// Writes the driver's name in a plugin's: "net_tap" of "librte_net_tap.so". Returns false if it is no plugin.
static bool
plugin_name(const char *file, char name[NAME_LEN])
{
	const char *end = strstr(file, ".so");

	if (strncmp(file, PREFIX, strlen(PREFIX)) != 0 || end == NULL || strcmp(end, ".so") != 0)
		return false;
	file += strlen(PREFIX);
	return (size_t)snprintf(name, NAME_LEN, "%.*s", (int)(end - file), file) < NAME_LEN;
}

// Loads all network drivers, as the EAL will. Returns false if there are no plugins.
static bool
load_plugins(void)
{
	DIR *dir = opendir(RTE_EAL_PMD_PATH);
	struct dirent *e;
	unsigned n = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		char name[NAME_LEN], path[512];

		if (!plugin_name(e->d_name, name) ||
			(strncmp(name, "net_", 4) != 0 && strcmp(name, "bus_vdev") != 0))
			continue;
		snprintf(path, sizeof(path), RTE_EAL_PMD_PATH "/%s", e->d_name);
		n += dlopen(path, RTLD_NOW | RTLD_GLOBAL) != NULL;
	}
	if (dir != NULL)
		closedir(dir);
	return n > 0;
}

// Returns how many changes of a letter make a out of b (Levenshtein's distance).
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[NAME_LEN + 1], diagonal, above;
	size_t len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i] != 0; i++) {
		diagonal = row[0]++;
		for (size_t j = 1; j <= len; j++) {
			above = row[j];
			row[j] = diagonal + (a[i] != b[j - 1]);
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			if (above + 1 < row[j])
				row[j] = above + 1;
			diagonal = above;
		}
	}
	return row[len];
}

// Returns the distance to a driver's name with or without its "net_".
static unsigned
distance_net(const char *wanted, const char *name)
{
	unsigned whole = distance(wanted, name), part = distance(wanted, name + strlen("net_"));

	return part < whole ? part : whole;
}

static void
find_nearest(const char *wanted, char *nearest, size_t len)
{
	DIR *dir = opendir(RTE_EAL_PMD_PATH);
	unsigned best = distance(strncmp(wanted, "net_", 4) == 0 ? wanted + 4 : wanted, "packet");
	struct dirent *e;

	snprintf(nearest, len, "packet");
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		char name[NAME_LEN];

		if (!plugin_name(e->d_name, name) || strncmp(name, "net_", 4) != 0 ||
			distance_net(wanted, name) >= best)
			continue;
		best = distance_net(wanted, name);
		snprintf(nearest, len, "%s", name);
	}
	if (dir != NULL)
		closedir(dir);
	if (best > FAR)
		nearest[0] = 0;
}

// Returns whether a driver takes the device string. DPDK's messages about it are suppressed: the caller has a
// better one.
static bool
parses(const char *dev)
{
	FILE *before = rte_log_get_stream(), *nowhere = fopen("/dev/null", "we");
	struct rte_devargs args = { 0 };
	bool good;

	if (nowhere != NULL)
		rte_openlog_stream(nowhere);
	good = rte_devargs_parse(&args, dev) == 0;
	free(args.data);
	if (nowhere != NULL) {
		rte_openlog_stream(before == stderr ? NULL : before);
		fclose(nowhere);
	}
	return good;
}

bool
driver_name_known(const char *dev, char *nearest, size_t len)
{
	char name[NAME_LEN];
	size_t n;

	nearest[0] = 0;
	if (devargs_is_pci(dev) || port_driver_of(dev)->own_socket || !load_plugins() ||
		parses(dev))
		return true;
	n = (size_t)snprintf(name, sizeof(name), "%.*s", (int)strcspn(dev, ",:"), dev);
	if (n >= sizeof(name))
		return false;
	while (n > 0 && isdigit((unsigned char)name[n - 1]))
		name[--n] = 0;
	find_nearest(name, nearest, len);
	return false;
}
