// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "swing.h"

#define MBIT 1000000ull
#define TARGET (20 * WB_MS)
#define SECOND (WB_SEC / SWING_EVERY) // calls

static void
run(struct swing *s, uint64_t bps, unsigned calls)
{
	for (unsigned i = 0; i < calls; i++)
		swing_rate(s, bps);
}

static void
steady_paths_keep_the_target(void)
{
	struct swing s = { 0 };

	CU_ASSERT_EQUAL(swing_target(&s, 0, TARGET), TARGET);
	for (unsigned i = 0; i < 30 * SECOND; i++)
		swing_rate(&s, (i % 5 ? 100 : 99) * MBIT);
	CU_ASSERT(swing_target(&s, 100 * MBIT, TARGET) >= TARGET);
	CU_ASSERT(swing_target(&s, 100 * MBIT, TARGET) < TARGET + 12 * WB_MS);
}

static void
lost_rate_lets_the_same_bytes_wait(void)
{
	struct swing s = { 0 };

	run(&s, 100 * MBIT, 10 * SECOND);
	CU_ASSERT(swing_target(&s, 25 * MBIT, TARGET) >= 4 * TARGET - WB_MS);
	CU_ASSERT_EQUAL(swing_target(&s, 1 * MBIT, TARGET), 10 * TARGET);
	// For good: after a minute it is the rate.
	run(&s, 25 * MBIT, 60 * SECOND);
	CU_ASSERT(swing_target(&s, 25 * MBIT, TARGET) < TARGET + 2 * WB_MS);
}

static void
swinging_paths_get_more(void)
{
	struct swing s = { 0 };

	for (unsigned i = 0; i < 20; i++) {
		run(&s, 100 * MBIT, SECOND);
		run(&s, 50 * MBIT, SECOND);
	}
	CU_ASSERT(swing_target(&s, 100 * MBIT, TARGET) > TARGET + 150 * WB_MS);
	CU_ASSERT(swing_target(&s, 100 * MBIT, TARGET) <= 11 * TARGET + 200 * WB_MS);
}

static void
growth_is_no_swing(void)
{
	struct swing s = { 0 };

	for (unsigned i = 1; i <= 5 * SECOND; i++)
		swing_rate(&s, i * MBIT);
	swing_rate(&s, 0); // not known
	CU_ASSERT_EQUAL(swing_target(&s, 5 * SECOND * MBIT, TARGET), TARGET);
}

static const struct harness_test tests[] = {
	{ "steady paths keep the target", steady_paths_keep_the_target },
	{ "lost rate lets the same bytes wait", lost_rate_lets_the_same_bytes_wait },
	{ "swinging paths get more", swinging_paths_get_more },
	{ "growth is no swing", growth_is_no_swing },
};

int
main(void)
{
	return HARNESS_RUN("swing", tests);
}
