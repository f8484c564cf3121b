// SPDX-License-Identifier: BSD-3-Clause
// wanbond-bench-fec: what the erasure code costs, in ticks a data packet. JSON.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <rte_cycles.h>

#include "wb_rs.h"

#define ROUNDS 401
#define QUICK (ROUNDS / 10) // the quickest tenth: a busy machine adds to the others
#define PASSES 25
#define LEN 1420

static const struct {
	unsigned k, rows;
} codes[] = { { 8, 1 }, { 10, 1 }, { 8, 2 }, { 16, 2 }, { 16, 4 } };

static uint8_t sources[WB_RS_SOURCES][2048], symbols[WB_RS_ROWS][2048];
static uint8_t *const rows[WB_RS_ROWS] = { symbols[0], symbols[1], symbols[2], symbols[3] };

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

// A whole group: cleared symbols, then each source as it comes by.
static void
encode(const struct wb_rs *rs, unsigned k, unsigned n)
{
	for (unsigned r = 0; r < n; r++)
		memset(symbols[r], 0, LEN);
	for (unsigned i = 0; i < k; i++)
		wb_rs_add(rs, rows, n, i, sources[i], LEN);
}

static void
solve(const struct wb_rs *rs, unsigned k, unsigned n)
{
	struct wb_rs_loss loss = { .n = n };

	(void)k;
	for (unsigned i = 0; i < n; i++)
		loss.rows[i] = loss.missing[i] = (uint8_t)i;
	if (wb_rs_solve(rs, rows, &loss, LEN))
		abort();
}

static void
sum(const struct wb_rs *rs, unsigned k, unsigned n)
{
	(void)n;
	for (unsigned i = 0; i < k; i++)
		wb_rs_crc32c(rs, 0, sources[i], LEN);
}

static double
measure(const struct wb_rs *rs, void (*fn)(const struct wb_rs *, unsigned, unsigned), unsigned k,
	unsigned n)
{
	double rounds[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t start = rte_rdtsc_precise();

		for (unsigned pass = 0; pass < PASSES; pass++)
			fn(rs, k, n);
		rounds[i] = (double)(rte_rdtsc_precise() - start) / PASSES;
	}
	qsort(rounds, ROUNDS, sizeof(rounds[0]), compare);
	return rounds[QUICK];
}

int
main(void)
{
	json_t *report = json_object(), *list = json_array();
	uint64_t start = rte_rdtsc_precise();
	struct wb_rs *rs = wb_rs_create();

	json_object_set_new(
		report, "create_ticks", json_integer((json_int_t)(rte_rdtsc_precise() - start)));
	if (rs == NULL || report == NULL || list == NULL)
		return 1;
	for (unsigned i = 0; i < WB_RS_SOURCES; i++)
		memset(sources[i], (int)(17 * i + 1), sizeof(sources[i]));
	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		unsigned k = codes[i].k, n = codes[i].rows;
		json_t *j = json_pack("{si si}", "sources", k, "repairs", n);

		json_object_set_new(j, "encode_ticks_per_packet",
			json_real((long)(measure(rs, encode, k, n) / k * 10) / 10.0));
		json_object_set_new(j, "solve_ticks_per_packet",
			json_real((long)(measure(rs, solve, k, n) / n * 10) / 10.0));
		json_array_append_new(list, j);
	}
	json_object_set_new(report, "check_ticks_per_packet",
		json_real((long)(measure(rs, sum, 10, 0) / 10 * 10) / 10.0));
	json_object_set_new(report, "backend", json_string(wb_rs_backend(rs)));
	json_object_set_new(report, "bytes", json_integer(LEN));
	json_object_set_new(report, "codes", list);
	json_dumpf(report, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(report);
	wb_rs_destroy(rs);
	return 0;
}
