// SPDX-License-Identifier: BSD-3-Clause
#include <dirent.h>
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

static void
read_hugepages(struct machine *m)
{
	DIR *dir = opendir("/sys/kernel/mm/hugepages");
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		unsigned long kib, best = m->free_huge_mib;
		char path[320];

		if (sscanf(e->d_name, "hugepages-%lukB", &kib) != 1)
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/free_hugepages",
			e->d_name);
		kib = kib * read_number(path) / 1024;
		if (kib > best) // the EAL takes one size for all
			m->free_huge_mib = (unsigned)kib;
	}
	if (dir != NULL)
		closedir(dir);
}

void
machine_read(struct machine *m)
{
	memset(m, 0, sizeof(*m));
	read_cpus(m);
	read_hugepages(m);
}
