// SPDX-License-Identifier: BSD-3-Clause
#include <stdbool.h>
#include <string.h>

#include "deadlines.h"
#include "harness.h"

static const struct {
	uint16_t id;
	wb_ns_t at; // WB_NEVER: clear
	wb_ns_t first;
	uint16_t first_id;
} steps[] = {
	/* 0 */ { 5, 100, 100, 5 },
	/* 1 */ { 1023, 50, 50, 1023 },
	/* 2 */ { 0, 70, 50, 1023 },
	/* 3 */ { 1023, 80, 70, 0 }, // later
	/* 4 */ { 5, 10, 10, 5 },    // earlier
	/* 5 */ { 5, 10, 10, 5 },
	/* 6 */ { 5, WB_NEVER, 70, 0 },
	/* 7 */ { 5, WB_NEVER, 70, 0 }, // not in: nothing
	/* 8 */ { 0, WB_NEVER, 80, 1023 },
	/* 9 */ { 1023, WB_NEVER, WB_NEVER, 0 },
};

static void
test_table(void)
{
	struct deadlines d;

	deadlines_init(&d);
	CU_ASSERT_EQUAL(deadlines_first(&d), WB_NEVER);
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].at == WB_NEVER)
			deadlines_clear(&d, steps[i].id);
		else
			deadlines_set(&d, steps[i].id, steps[i].at);
		if (deadlines_first(&d) != steps[i].first)
			fprintf(stderr, "step %u\n", i);
		CU_ASSERT_EQUAL(deadlines_first(&d), steps[i].first);
		if (d.n)
			CU_ASSERT_EQUAL(d.heap[0], steps[i].first_id);
	}
}

// All ids in and out at random: always the least, and every slot tells the truth.
static void
test_model(void)
{
	static wb_ns_t at[WB_BUCKETS];
	struct deadlines d;
	uint64_t x = 88172645463325252ull;
	unsigned wrong = 0, full = 0;

	deadlines_init(&d);
	memset(at, 0xff, sizeof(at));
	for (unsigned i = 0; i < 60000; i++) {
		wb_ns_t least = WB_NEVER;
		uint16_t id;

		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		id = x % WB_BUCKETS;
		if ((x >> 20) % 8 < (i < 30000 ? 1 : 6)) {
			deadlines_clear(&d, id);
			at[id] = WB_NEVER;
		} else {
			at[id] = (x >> 30) % 5000;
			deadlines_set(&d, id, at[id]);
		}
		if (i % 8)
			continue;
		for (unsigned k = 0; k < WB_BUCKETS; k++)
			least = at[k] < least ? at[k] : least;
		wrong += deadlines_first(&d) != least;
		for (unsigned k = 0; k < d.n; k++)
			wrong += d.slot[d.heap[k]] != k + 1 ||
				 d.at[d.heap[k]] < d.at[d.heap[k ? (k - 1) / 2 : 0]];
		full = d.n > full ? d.n : full;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(full > 800);
}

static const struct harness_test tests[] = {
	{ "table", test_table },
	{ "against a model", test_model },
};

int
main(void)
{
	return HARNESS_RUN("deadlines", tests);
}
