// SPDX-License-Identifier: BSD-3-Clause
// wanbond-bench: Mpps and ticks a packet of an edge's worker, both directions.
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <rte_common.h>
#include <rte_eal.h>

#include "bench.h"
#include "wb_key.h"

#define HUGEPAGES_MIN 128

static const unsigned sizes[BENCH_SIZES] = { 64, 512, 1424 };

static bool
hugepages_free(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "r");
	unsigned n = 0;

	if (f == NULL)
		return false;
	if (fscanf(f, "%u", &n) != 1)
		n = 0;
	fclose(f);
	return n >= HUGEPAGES_MIN;
}

// Main lcore 0 on the first CPU allowed, worker lcore 1 on `cpu` (negative: the last).
static int
start_eal(int cpu, bool hugepages)
{
	char lcores[64];
	char *args[] = { "wanbond-bench", lcores, "--no-pci", "--no-telemetry", "--no-shconf",
		"--log-level=error", "-m", "512", hugepages ? "--in-memory" : "--no-huge" };
	int first = -1, last = 0, i;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return -errno;
	for (i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set)) {
			first = first < 0 ? i : first;
			last = i;
		}
	snprintf(lcores, sizeof(lcores), "--lcores=0@%d,1@%d", first, cpu < 0 ? last : cpu);
	return rte_eal_init(RTE_DIM(args), args);
}

static int
run(struct report *r, enum bench_direction d, unsigned i)
{
	struct edge e = { .direction = d, .inner = sizes[i], .lcore = 1 };
	struct result *result = &r->results[d][i];
	int err = edge_open(&e, r->options);

	if (err == 0)
		err = measure(&e, r->options, result);
	result->aead = measure_aead(r->cipher, sizes[i] + BENCH_SEALED_MORE);
	edge_close(&e);
	return err;
}

int
main(int argc, char **argv)
{
	struct options o;
	static struct report r;
	int cpu = -1, err = options_read(argc, argv, &o, &cpu);
	unsigned d, i;

	if (err >= 0)
		return err;
	setpriority(PRIO_PROCESS, 0, -20); // where allowed; the worker inherits it
	r = (struct report){ .options = &o, .hugepages = hugepages_free() };
	if (wb_crypto_init() < 0 || start_eal(cpu, r.hugepages) < 0) {
		fprintf(stderr, "wanbond-bench: EAL or libsodium did not start\n");
		return 1;
	}
	r.cipher = wb_aead_best();
	err = measure_memory(&r.memory);
	for (d = 0; d < DIRECTIONS; d++)
		for (i = 0; i < BENCH_SIZES && err == 0; i++)
			if (o.only == NULL || strcmp(o.only, report_directions[d]) == 0)
				err = run(&r, d, i);
	if (err == 0 && !o.json)
		report_table(&r);
	if (err == 0 && (o.json || o.json_file != NULL))
		err = report_json(&r, o.json_file);
	rte_eal_cleanup();
	return err == 0 ? 0 : 1;
}
