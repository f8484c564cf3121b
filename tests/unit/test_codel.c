// SPDX-License-Identifier: BSD-3-Clause
#include "codel.h"
#include "harness.h"

#define TARGET (5 * WB_MS)
#define INTERVAL (100 * WB_MS)

static void
test_control_law(void)
{
	unsigned wrong = 0;

	CU_ASSERT_EQUAL(codel_control_law(7, INTERVAL, 1), 7 + INTERVAL);
	for (uint64_t count = 1; count <= UINT32_MAX; count += 1 + count / 10000) {
		double got = (double)(codel_control_law(1000, INTERVAL, (uint32_t)count) - 1000);
		double square = got * got * (double)count / ((double)INTERVAL * (double)INTERVAL);
		double error = square > 1 ? square - 1 : 1 - square;

		wrong += error > 2 * (2e-5 + 1 / got); // of the square: twice that of the root
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(codel_control_law(0, 4 * WB_SEC, 4) <= 2 * WB_SEC);
	CU_ASSERT_TRUE(codel_control_law(0, 4 * WB_SEC, 4) > 2 * WB_SEC - 100 * WB_US);
}

// Each row is one packet taken out at `ms`.
static const struct {
	unsigned ms, sojourn_ms;
	uint32_t backlog;
	bool taken, above;
} samples[] = {
	/* 0 */ { 10, 4, 9000, true, false }, // below target
	/* 1 */ { 20, 5, 9000, true, false }, // at target: the interval begins
	/* 2 */ { 119, 9, 9000, true, false },
	/* 3 */ { 120, 9, 9000, true, true },  // over
	/* 4 */ { 121, 9, 1514, true, false }, // one packet left is no standing queue
	/* 5 */ { 122, 9, 1515, true, false },
	/* 6 */ { 222, 9, 1515, true, true },
	/* 7 */ { 223, 0, 0, false, false }, // ran empty
	/* 8 */ { 224, 9, 9000, true, false },
	/* 9 */ { 323, 9, 9000, true, false },
	/* 10 */ { 400, 2, 9000, true, false }, // one short stay starts it anew
	/* 11 */ { 401, 9, 9000, true, false },
	/* 12 */ { 501, 9, 9000, true, true },
};

static void
test_above(void)
{
	struct codel c = { 0 };

	for (unsigned i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct codel_sample s = { samples[i].taken, samples[i].sojourn_ms * WB_MS,
			samples[i].backlog, 1514 };
		bool above = codel_above(&c, &s, TARGET, INTERVAL, samples[i].ms * WB_MS);

		if (above != samples[i].above)
			fprintf(stderr, "sample %u\n", i);
		CU_ASSERT_EQUAL(above, samples[i].above);
	}
}

// count and last_count at the end of an episode, how long after drop_next the next one begins, and
// the count it begins with (RFC 8289 5.5).
static const struct {
	uint32_t count, last;
	int after_ms;
	uint32_t begins;
} entries[] = {
	/* 0 */ { 0, 0, 50, 1 },
	/* 1 */ { 1, 1, 50, 1 },
	/* 2 */ { 2, 1, 50, 1 }, // delta 1 is no memory
	/* 3 */ { 3, 1, 50, 2 },
	/* 4 */ { 30, 1, 50, 29 },
	/* 5 */ { 30, 20, 50, 10 }, // only what this episode added
	/* 6 */ { 30, 1, 1599, 29 },
	/* 7 */ { 30, 1, 1600, 1 }, // 16 intervals: forgotten
	/* 8 */ { 30, 1, -40, 29 }, // drop_next still ahead
};

static void
test_enter(void)
{
	for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		wb_ns_t next = 5 * WB_SEC;
		wb_ns_t now = next + (wb_ns_t)((int64_t)entries[i].after_ms * (int64_t)WB_MS);
		struct codel c = {
			.drop_next = next, .count = entries[i].count, .last_count = entries[i].last
		};

		codel_enter(&c, INTERVAL, now);
		if (c.count != entries[i].begins)
			fprintf(stderr, "entry %u: %u\n", i, c.count);
		CU_ASSERT_TRUE(c.dropping);
		CU_ASSERT_EQUAL(c.count, entries[i].begins);
		CU_ASSERT_EQUAL(c.last_count, entries[i].begins);
		CU_ASSERT_EQUAL(c.drop_next, codel_control_law(now, INTERVAL, entries[i].begins));
	}
}

static const struct harness_test tests[] = {
	{ "control law", test_control_law },
	{ "above target", test_above },
	{ "count on re-entry", test_enter },
};

int
main(void)
{
	return HARNESS_RUN("codel", tests);
}
