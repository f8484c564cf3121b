// SPDX-License-Identifier: BSD-3-Clause
// wanbond-bench: Mpps and ticks a packet of an edge's worker, both directions.
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <rte_common.h>
#include <rte_eal.h>

#include "bench.h"
#include "wb_key.h"

#define WINDOWS BENCH_WINDOWS_MAX
#define WINDOWS_QUICK 150
#define IN_FLIGHT 4096
#define HUGEPAGES_MIN 128

static const unsigned sizes[BENCH_SIZES] = { 64, 512, 1424 };

static const char usage[] =
	"usage: wanbond-bench [options]\n"
	"  --quick            about 5 s in all instead of 20\n"
	"  --json[=FILE]      JSON instead of the table; with FILE both\n"
	"  --in-flight N      datagrams on the way before they are acknowledged [4096]\n"
	"  --direction D      only encapsulate or decapsulate\n"
	"  --scheduler NAME   [earliest]\n"
	"  --routes N         into the tunnel, up to 16000 [0: a default one]\n"
	"  --destinations N   of the LAN's packets, compared with one; up to 1000000 [1]\n"
	"  --cpu N            of the worker [the last one allowed]\n";

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

static int
parse(int argc, char **argv, struct options *o, int *cpu)
{
	static const struct option longs[] = { { "quick", no_argument, NULL, 'q' },
		{ "json", optional_argument, NULL, 'j' },
		{ "in-flight", required_argument, NULL, 'f' },
		{ "direction", required_argument, NULL, 'd' },
		{ "scheduler", required_argument, NULL, 's' },
		{ "routes", required_argument, NULL, 'r' },
		{ "destinations", required_argument, NULL, 'n' },
		{ "cpu", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		switch (c) {
		case 'q':
			o->windows = WINDOWS_QUICK;
			break;
		case 'j':
			o->json = optarg == NULL;
			o->json_file = optarg;
			break;
		case 'f':
			o->in_flight = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			o->only = optarg;
			break;
		case 's':
			o->scheduler = optarg;
			break;
		case 'r':
			o->routes = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			o->destinations = strtoul(optarg, NULL, 10);
			break;
		case 'c':
			*cpu = atoi(optarg);
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	if (o->routes > BENCH_ROUTES_MAX || o->destinations < 1 || o->destinations > 1000000) {
		fputs(usage, stderr);
		return 2;
	}
	return optind == argc ? -1 : 2;
}

int
main(int argc, char **argv)
{
	struct options o = { .scheduler = "earliest",
		.windows = WINDOWS,
		.in_flight = IN_FLIGHT,
		.destinations = 1 };
	static struct report r;
	int cpu = -1, err = parse(argc, argv, &o, &cpu);
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
