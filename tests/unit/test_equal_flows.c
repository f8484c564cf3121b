// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "equal_flows.h"
#include "harness.h"

static struct equal_flows f;

// A packet of each hash in turn, so many times, and all looked at.
static void
seen(const uint32_t *hashes, unsigned n, unsigned times)
{
	for (unsigned i = 0; i < n * times; i++) {
		f.sample_due = true;
		equal_flows_sent(&f, hashes[i % n], 1000);
		CU_ASSERT_FALSE(f.sample_due);
	}
}

static void
heaviest(void)
{
	static const uint32_t few[] = { 1, 2, 3, 1 };
	uint32_t many[EQUAL_SAMPLES];

	memset(&f, 0, sizeof(f));
	seen(few, 4, 8);
	CU_ASSERT_TRUE(equal_flows_choose(&f, false));
	CU_ASSERT_EQUAL(f.n, 3);
	CU_ASSERT_PTR_NOT_NULL(equal_flows_find(&f, 3));
	CU_ASSERT_PTR_NULL(equal_flows_find(&f, 4));
	CU_ASSERT_EQUAL(equal_flows_bytes(&f), 0); // counted from now on
	seen(few, 4, 1);
	equal_flows_sent(&f, 4, 1000);
	CU_ASSERT_EQUAL(equal_flows_bytes(&f), 4000);

	// Many flows: none of them carries much, and those that were chosen stay.
	for (uint32_t i = 0; i < EQUAL_SAMPLES; i++)
		many[i] = 100 + i;
	seen(many, EQUAL_SAMPLES, 1);
	CU_ASSERT_FALSE(equal_flows_choose(&f, true));
	CU_ASSERT_EQUAL(f.n, 3);
}

static void
held_and_tried(void)
{
	static const uint32_t two[] = { 1, 2 }, three[] = { 1, 2, 3 };

	memset(&f, 0, sizeof(f));
	seen(two, 2, EQUAL_SAMPLES);
	CU_ASSERT_TRUE_FATAL(equal_flows_choose(&f, false));
	equal_flows_find(&f, 2)->answered = true;
	equal_flows_keep_answered(&f);
	CU_ASSERT_EQUAL(f.n, 1);
	equal_flows_hold(&f);
	CU_ASSERT_EQUAL(equal_flows_held(&f), 1);
	// One that is held is no news, nor is one that was tried; a third one is.
	f.tried[0] = 1;
	CU_ASSERT_FALSE(equal_flows_choose(&f, false));
	CU_ASSERT_EQUAL(f.n, 1);
	CU_ASSERT_TRUE(equal_flows_choose(&f, true));
	CU_ASSERT_EQUAL(f.n, 2);
	seen(three, 3, EQUAL_SAMPLES);
	CU_ASSERT_TRUE(equal_flows_choose(&f, false));
	CU_ASSERT_EQUAL(f.n, 3);
	CU_ASSERT_TRUE(equal_flows_find(&f, 2)->on);
	CU_ASSERT_EQUAL(equal_flows_held(&f), 1);
	equal_flows_keep_held(&f);
	CU_ASSERT_EQUAL(f.n, 1);
	equal_flows_tried(&f);
	CU_ASSERT_EQUAL(f.tried[0], 2);
	CU_ASSERT_EQUAL(f.tried[1], 0);
}

static const struct harness_test tests[] = {
	{ "heaviest", heaviest },
	{ "held and tried", held_and_tried },
};

int
main(void)
{
	return HARNESS_RUN("equal_flows", tests);
}
