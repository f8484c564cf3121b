// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "reach.h"

#define MBIT UINT64_C(1000000)
#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct reach r;

// 60 Mbit/s, and 100 more that take 100 ms longer: bytes x 8 x (1 / 60e6 - 1 / 160e6) = 8 x 0.1 s.
static void
pays(void)
{
	struct reach_path p[] = { { 107 * (int64_t)WB_MS, 100 * MBIT },
		{ 7 * (int64_t)WB_MS, 60 * MBIT } };

	reach_set(&r, p, N(p), 0);
	CU_ASSERT_EQUAL_FATAL(r.n, 1);
	CU_ASSERT(r.steps[0].bytes > 9590000 && r.steps[0].bytes < 9610000);
	CU_ASSERT_EQUAL(reach_of(&r, 0), 0);
	CU_ASSERT_EQUAL(reach_of(&r, 9590000), 0);
	CU_ASSERT_EQUAL(reach_of(&r, 9610000), 100 * WB_MS);
	CU_ASSERT_EQUAL(reach_of(&r, UINT64_MAX), 100 * WB_MS);
}

// As long as the backlog stands anyway, it costs nothing.
static void
stands_anyway(void)
{
	struct reach_path p[] = { { 0, 60 * MBIT }, { 100 * (int64_t)WB_MS, 100 * MBIT } };

	reach_set(&r, p, N(p), 50 * WB_MS);
	CU_ASSERT_EQUAL_FATAL(r.n, 1);
	CU_ASSERT(r.steps[0].bytes > 4790000 && r.steps[0].bytes < 4810000); // half of it
	CU_ASSERT_EQUAL(r.steps[0].delay, 100 * WB_MS);
	reach_set(&r, p, N(p), 100 * WB_MS);
	CU_ASSERT_EQUAL(reach_of(&r, 0), 100 * WB_MS);
}

static void
one_after_the_other(void)
{
	struct reach_path p[] = { { -5 * (int64_t)WB_MS, 50 * MBIT },
		{ 5 * (int64_t)WB_MS, 50 * MBIT }, { 295 * (int64_t)WB_MS, 20 * MBIT } };

	reach_set(&r, p, N(p), 0);
	CU_ASSERT_EQUAL_FATAL(r.n, 2);
	CU_ASSERT(r.steps[0].bytes < r.steps[1].bytes);
	CU_ASSERT_EQUAL(r.steps[0].delay, 10 * WB_MS);
	CU_ASSERT_EQUAL(r.steps[1].delay, 300 * WB_MS);
}

// A little one in between pays only together with the large one behind it.
static void
both_at_once(void)
{
	struct reach_path p[] = { { 0, 50 * MBIT }, { 50 * (int64_t)WB_MS, MBIT },
		{ 60 * (int64_t)WB_MS, 200 * MBIT } };

	reach_set(&r, p, N(p), 0);
	CU_ASSERT_EQUAL_FATAL(r.n, 1);
	CU_ASSERT_EQUAL(r.steps[0].delay, 60 * WB_MS);
}

static void
nothing_to_reach(void)
{
	struct reach_path none[] = { { 0, 50 * MBIT }, { 50 * (int64_t)WB_MS, 0 } };
	struct reach_path unknown[] = { { 0, 0 }, { 50 * (int64_t)WB_MS, 10 * MBIT } };

	reach_set(&r, none, 0, 0);
	CU_ASSERT_EQUAL(r.n, 0);
	reach_set(&r, none, 1, 0);
	CU_ASSERT_EQUAL(r.n, 0);
	reach_set(&r, none, N(none), 0);
	CU_ASSERT_EQUAL(r.n, 0);
	CU_ASSERT_EQUAL(reach_of(&r, UINT64_MAX), 0);
	reach_set(&r, unknown, N(unknown), 0); // the quickest brings nothing: at once
	CU_ASSERT_EQUAL(reach_of(&r, 0), 50 * WB_MS);
}

// As much as the other end can say (PATH_RATE), or anybody.
static void
absurd_rates(void)
{
	struct reach_path p[] = { { 0, UINT32_MAX * UINT64_C(1000) },
		{ 300 * (int64_t)WB_MS, MBIT / 10 } };
	struct reach_path same[] = { { 0, UINT64_MAX / 2 }, { 300 * (int64_t)WB_MS, 1 } };

	reach_set(&r, p, N(p), 0);
	CU_ASSERT_EQUAL(reach_of(&r, UINT64_MAX / 2), 0);
	reach_set(&r, same, N(same), 0); // spares nothing that a double can tell
	CU_ASSERT_EQUAL(reach_of(&r, UINT64_MAX / 2), 0);
}

static void
all_slots_taken(void)
{
	struct reach_path p[WB_PATHS_MAX];

	for (unsigned i = 0; i < WB_PATHS_MAX; i++)
		p[i] = (struct reach_path){ (int64_t)i * (int64_t)WB_MS, 10 * MBIT };
	reach_set(&r, p, WB_PATHS_MAX, 0);
	CU_ASSERT_EQUAL(r.n, WB_PATHS_MAX - 1);
	CU_ASSERT_EQUAL(reach_of(&r, UINT64_MAX), (WB_PATHS_MAX - 1) * WB_MS);
}

static const struct harness_test tests[] = {
	{ "a path pays from so many bytes on", pays },
	{ "a backlog that stands anyway", stands_anyway },
	{ "one after the other", one_after_the_other },
	{ "a little one before a large one", both_at_once },
	{ "nothing to reach", nothing_to_reach },
	{ "absurd rates", absurd_rates },
	{ "all paths there can be", all_slots_taken },
};

int
main(void)
{
	return HARNESS_RUN("reach", tests);
}
