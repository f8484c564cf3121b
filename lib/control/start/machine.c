// SPDX-License-Identifier: BSD-3-Clause
// Reads which CPUs and hugepages this process may use.
#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eal_args.h"

static void
read_cpus(struct machine *m)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		CPU_SET(0, &set);
	for (unsigned i = 0; i < CPU_SETSIZE && m->n_cpus < MACHINE_CPUS_MAX; i++)
		if (CPU_ISSET(i, &set))
			m->cpus[m->n_cpus++] = i;
}

static unsigned long
read_number(const char *path)
{
	unsigned long v = 0;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu", &v) != 1)
		v = 0;
	fclose(f);
	return v;
}

// Returns the free pages of one size, without those that processes have reserved but not touched.
static unsigned long
free_pages(const char *pool)
{
	char path[PATH_MAX];
	unsigned long n, promised;

	snprintf(path, sizeof(path), "%s/free_hugepages", pool);
	n = read_number(path);
	snprintf(path, sizeof(path), "%s/resv_hugepages", pool);
	promised = read_number(path);
	return n > promised ? n - promised : 0;
}

static void
read_hugepages(struct machine *m, const char *sysfs)
{
	char folder[PATH_MAX / 2], pool[PATH_MAX - 32];
	struct dirent *e;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/kernel/mm/hugepages", sysfs);
	dir = opendir(folder);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		unsigned long kib, mib;

		if (sscanf(e->d_name, "hugepages-%lukB", &kib) != 1)
			continue;
		snprintf(pool, sizeof(pool), "%s/%s", folder, e->d_name);
		mib = kib * free_pages(pool) / 1024;
		if (mib > m->free_huge_mib) // the EAL takes one size for all
			m->free_huge_mib = (unsigned)mib;
	}
	if (dir != NULL)
		closedir(dir);
}

void
machine_read(struct machine *m, const char *sysfs)
{
	memset(m, 0, sizeof(*m));
	read_cpus(m);
	read_hugepages(m, sysfs);
}
