// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "rtt.h"

static void
as_rfc_9002(void)
{
	struct rtt r;

	rtt_init(&r);
	CU_ASSERT_EQUAL(r.srtt, RTT_INITIAL);
	CU_ASSERT_FALSE(rtt_valid(&r));
	rtt_sample(&r, 40 * WB_MS, 0);
	CU_ASSERT_EQUAL(r.srtt, 40 * WB_MS);
	CU_ASSERT_EQUAL(r.rttvar, 20 * WB_MS);
	rtt_sample(&r, 80 * WB_MS, WB_MS);
	CU_ASSERT_EQUAL(r.srtt, 45 * WB_MS);   // 7/8 * 40 + 1/8 * 80
	CU_ASSERT_EQUAL(r.rttvar, 25 * WB_MS); // 3/4 * 20 + 1/4 * 40
	CU_ASSERT_EQUAL(rtt_minimum(&r), 40 * WB_MS);
	CU_ASSERT_EQUAL(r.latest, 80 * WB_MS);
}

static void
minimum_is_windowed(void)
{
	struct rtt r;
	wb_ns_t now = 0;

	rtt_init(&r);
	rtt_sample(&r, 10 * WB_MS, now);
	for (; now <= RTT_MIN_WINDOW + WB_SEC; now += 100 * WB_MS)
		rtt_sample(&r, 30 * WB_MS, now);
	CU_ASSERT_EQUAL(rtt_minimum(&r), 30 * WB_MS);
}

static void
longer_path_has_another_minimum(void)
{
	struct rtt r;

	rtt_init(&r);
	rtt_rebase(&r, 0); // nothing is known yet
	CU_ASSERT_FALSE(rtt_valid(&r));
	rtt_sample(&r, 10 * WB_MS, 0);
	for (wb_ns_t now = 0; now <= WB_SEC; now += 20 * WB_MS)
		rtt_sample(&r, 90 * WB_MS, now);
	CU_ASSERT_EQUAL(rtt_minimum(&r), 10 * WB_MS);
	rtt_rebase(&r, WB_SEC);
	CU_ASSERT(rtt_minimum(&r) > 85 * WB_MS);
}

static const struct harness_test tests[] = {
	{ "as RFC 9002", as_rfc_9002 },
	{ "the minimum is windowed", minimum_is_windowed },
	{ "a longer path has another minimum", longer_path_has_another_minimum },
};

int
main(void)
{
	return HARNESS_RUN("rtt", tests);
}
