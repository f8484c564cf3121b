// SPDX-License-Identifier: BSD-3-Clause
// wanbond-bench-scheduler [FILE.o ...]: ticks a decision, of the schedulers of lib/bond and of eBPF
// programs, with 3 and with 16 paths. JSON.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <rte_cycles.h>

#include "scheduler.h"
#include "wb_bpf.h"

#define ROUNDS 401
#define QUICK (ROUNDS / 10) // the quickest tenth: a busy machine adds to the others
#define DECISIONS 512

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
make_paths(struct sched_path *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (struct sched_path){ .ready = WB_SEC,
			.owd = (int64_t)(5 + 7 * (i % 4)) * (int64_t)WB_MS,
			.rate = (50 + 20 * i) * 1000000ull,
			.weight = 50 + 20 * i,
			.rtt = (20 + 5 * i) * WB_MS,
			.slot = (uint8_t)i,
			.window = i != 1 };
}

// All classes in turn, on paths of which one has no room.
static double
measure(struct sched *s, unsigned n)
{
	static const struct sched_packet kinds[] = {
		{ .bytes = 1500, .sclass = WB_CLASS_BULK },
		{ .bytes = 1500, .sclass = WB_CLASS_BULK, .waited = 5 * WB_MS },
		{ .bytes = 1000, .sclass = WB_CLASS_DEFAULT },
		{ .bytes = 200, .sclass = WB_CLASS_REALTIME },
	};
	struct sched_path p[WB_PATHS_MAX];
	double rounds[ROUNDS], sum = 0;
	uint32_t sink = 0;

	make_paths(p, n);
	for (unsigned r = 0; r < ROUNDS; r++) {
		uint64_t start = rte_rdtsc_precise();

		for (unsigned i = 0; i < DECISIONS; i++)
			sink += s->ops->pick(s, p, n, &kinds[i % 4], 2 * WB_SEC);
		rounds[r] = (double)(rte_rdtsc_precise() - start) / DECISIONS;
	}
	RTE_SET_USED(*(volatile uint32_t *)&sink);
	qsort(rounds, ROUNDS, sizeof(rounds[0]), compare);
	for (unsigned i = 0; i < QUICK; i++)
		sum += rounds[i];
	return sum / QUICK;
}

static void
add(json_t *list, struct sched *s, const char *name)
{
	json_array_append_new(list,
		json_pack("{s:s, s:f, s:f, s:I}", "scheduler", name, "ticks_3_paths", measure(s, 3),
			"ticks_16_paths", measure(s, 16), "overruled", (json_int_t)s->overruled));
}

int
main(int argc, char **argv)
{
	static struct sched s;
	json_t *list = json_array();
	char err[512];

	for (unsigned i = 0; wb_scheduler_name(i) != NULL; i++) {
		sched_set(&s, sched_find(wb_scheduler_name(i)), NULL);
		add(list, &s, wb_scheduler_name(i));
	}
	for (int i = 1; i < argc; i++) {
		struct wb_bpf_scheduler *b = wb_bpf_scheduler_load(argv[i], err, sizeof(err));

		if (b == NULL) {
			fprintf(stderr, "%s\n", err);
			return 1;
		}
		sched_set(&s, &sched_program, wb_bpf_scheduler_program(b));
		add(list, &s, wb_bpf_scheduler_program(b)->name);
		wb_bpf_scheduler_free(b);
	}
	json_dumpf(list, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(4));
	putchar('\n');
	json_decref(list);
	return 0;
}
