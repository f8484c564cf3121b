// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "horizon.h"

static void
passes_what_left_before(void)
{
	struct horizon h = { 0 };

	CU_ASSERT_TRUE(horizon_passed(&h, 0, 0)); // a path that brings nothing
	horizon_received(&h, 100000, WB_SEC);
	CU_ASSERT_FALSE(horizon_passed(&h, 98000, WB_SEC));
	CU_ASSERT_TRUE(horizon_passed(&h, 97999, WB_SEC)); // HORIZON_MARGIN
	horizon_received(&h, 99000, WB_SEC);               // overtaken: it does not go back
	CU_ASSERT_TRUE(horizon_passed(&h, 97900, WB_SEC));
}

static void
silence_is_not_waited_for(void)
{
	struct horizon h = { 0 };

	horizon_received(&h, 100000, WB_SEC);
	CU_ASSERT_FALSE(horizon_passed(&h, 200000, WB_SEC + HORIZON_SILENT));
	CU_ASSERT_TRUE(horizon_passed(&h, 200000, WB_SEC + HORIZON_SILENT + 1));
}

// Where every second datagram comes 30 ms late, what left 20 ms before the newest may still come.
static void
overtaking_is_learned(void)
{
	struct horizon h = { 0 };
	uint32_t us = 0;
	wb_ns_t now = WB_SEC;

	for (unsigned i = 0; i < 200; i++) {
		horizon_received(&h, us += 1000, now += WB_MS);
		if (us > 30000)
			horizon_received(&h, us - 30000, now);
	}
	CU_ASSERT_FALSE(horizon_passed(&h, us - 20000, now));
	CU_ASSERT_TRUE(horizon_passed(&h, us - 40000, now));
}

static void
the_clock_goes_round(void)
{
	struct horizon h = { 0 };

	horizon_received(&h, UINT32_MAX - 1000, WB_SEC);
	horizon_received(&h, 5000, WB_SEC + 6 * WB_MS);
	CU_ASSERT_TRUE(horizon_passed(&h, UINT32_MAX - 1000, WB_SEC + 6 * WB_MS));
	CU_ASSERT_FALSE(horizon_passed(&h, 4000, WB_SEC + 6 * WB_MS));
	// After an hour it seems to be behind.
	horizon_received(&h, 5000 + 3600000000u, 3600 * WB_SEC);
	CU_ASSERT_TRUE(horizon_passed(&h, 3600000000u, 3600 * WB_SEC));
	CU_ASSERT_EQUAL(h.newest_us, 5000 + 3600000000u);
}

static const struct harness_test tests[] = {
	{ "passes what left before", passes_what_left_before },
	{ "silence is not waited for", silence_is_not_waited_for },
	{ "overtaking is learned", overtaking_is_learned },
	{ "the clock goes round", the_clock_goes_round },
};

int
main(void)
{
	return HARNESS_RUN("horizon", tests);
}
