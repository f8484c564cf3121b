// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "rate.h"

// A report every `step` us, for `us` in all: 1500 bytes each, sent at the same beat.
static struct rate_sample
steady(struct rate *r, uint32_t step, uint32_t us, uint32_t offset, uint32_t bytes)
{
	struct rate_sample s = { 0 };

	for (uint32_t t = 0; t <= us; t += step)
		s = rate_report(r, t + offset, bytes += 1500, WB_SEC + t * WB_US);
	return s;
}

static void
steady_rate(void)
{
	struct rate r;

	rate_init(&r);
	CU_ASSERT_EQUAL(steady(&r, 1000, 30000, 0, 0).bps, 0); // too short to tell
	rate_init(&r);
	CU_ASSERT_EQUAL(steady(&r, 1000, 100000, 0, 0).bps, 12000000);
	rate_init(&r); // both 32-bit counters wrap on the way
	CU_ASSERT_EQUAL(
		steady(&r, 1000, 100000, UINT32_MAX - 50000, UINT32_MAX - 30000).bps, 12000000);
}

// A thousand reports a second still reach back over the whole window.
static void
dense_reports(void)
{
	struct rate r;
	struct rate_sample s;

	rate_init(&r);
	s = steady(&r, 100, 200000, 0, 0);
	CU_ASSERT_EQUAL(s.bps, 120000000);
	CU_ASSERT(s.sent_to - s.sent_from >= RATE_WINDOW);
	CU_ASSERT(s.sent_to - s.sent_from < 2 * RATE_WINDOW);
}

// What left at 12 Mbit/s but arrived in a bunch proves 12 Mbit/s, not what the bunch looks like.
static void
bunches_do_not_count(void)
{
	struct rate_sample s = { 0 };
	struct rate r;

	rate_init(&r);
	for (uint32_t i = 0; i < 100; i++) {
		s = rate_report(&r, i / 50 * 50000 + i % 50 * 100, 1500 * i, WB_SEC + i * WB_MS);
		CU_ASSERT(s.bps <= 12000000);
	}
}

static void
late_reports_are_ignored(void)
{
	struct rate r;

	rate_init(&r);
	steady(&r, 1000, 100000, 0, 0);
	CU_ASSERT_EQUAL(rate_report(&r, 50000, 75000, WB_SEC + 50 * WB_MS).bps, 0);
}

static const struct harness_test tests[] = {
	{ "steady rate", steady_rate },
	{ "dense reports", dense_reports },
	{ "bunches do not count", bunches_do_not_count },
	{ "late reports are ignored", late_reports_are_ignored },
};

int
main(void)
{
	return HARNESS_RUN("rate", tests);
}
