// SPDX-License-Identifier: BSD-3-Clause
// For which paths a bulk flow may keep a longer backlog.
#include "harness.h"
#include "tunnel_pair.h"
#include "wb_price.h"

#define EDGE WB_ROLE_EDGE
#define HUB WB_ROLE_HUB
#define MBIT UINT64_C(1000000)
#define LEN 1400

static struct pair p;

// A path of 10 Mbit/s at 10 ms, and one of 100 that takes much longer, at a price.
static void
open_up(wb_ns_t delay, wb_ns_t price, const char *scheduler)
{
	pair_open(&p, 2, NULL);
	p.delay[1][EDGE] = p.delay[1][HUB] = delay;
	for (unsigned i = 0; i < 2; i++) {
		struct wb_path_conf c = { .name = { (char)('a' + i) },
			.rate_up = (i ? 100 : 10) * MBIT,
			.price = i ? price : 0,
			.priority = (uint8_t)i };

		wb_tunnel_path_configure(p.end[EDGE].t, i, &c);
	}
	CU_ASSERT_EQUAL_FATAL(wb_tunnel_set_scheduler(p.end[EDGE].t, scheduler), 0);
	pair_session(&p, 0);
	for (unsigned i = 0; i < 2; i++)
		CU_ASSERT_FATAL(pair_wait(&p, EDGE, i, WB_PATH_UP, 10 * WB_SEC));
}

// One flow of 12 Mbit/s for so long. Returns the longest wait of its packets in the last second.
static wb_ns_t
longest_wait(wb_ns_t duration)
{
	wb_ns_t longest = 0;

	for (wb_ns_t end = p.now + duration; p.now < end;) {
		struct wb_flow_stats s;
		unsigned cursor = 0;

		pair_send(&p, EDGE, 5, LEN, 1);
		pair_run(&p, LEN * 8 * WB_SEC / (12 * MBIT));
		while (wb_tunnel_flow_stats(p.end[EDGE].t, &cursor, &s) == 0)
			if (p.now + WB_SEC > end && s.sojourn > longest)
				longest = s.sojourn;
	}
	return longest;
}

static void
one_that_helps(void)
{
	open_up(300 * WB_MS, 0, "earliest");
	longest_wait(8 * WB_SEC);
	CU_ASSERT(pair_path(&p, EDGE, 1).tx_data > 100);
	pair_close(&p);
}

// The backlog would get as old as the price of a budget that is used up.
static void
one_that_costs(void)
{
	open_up(600 * WB_MS, WB_PRICE_MAX, "earliest");
	CU_ASSERT(longest_wait(8 * WB_SEC) < 200 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 1).tx_data, 0);
	pair_close(&p);
}

// Others than `earliest` do not go by the backlog: it would only be waiting.
static void
another_scheduler(void)
{
	open_up(300 * WB_MS, 0, "failover");
	CU_ASSERT(longest_wait(8 * WB_SEC) < 200 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 1).tx_data, 0);
	pair_close(&p);
}

static const struct harness_test tests[] = {
	{ "one that helps", one_that_helps },
	{ "one that costs", one_that_costs },
	{ "another scheduler", another_scheduler },
};

int
main(void)
{
	return HARNESS_RUN("tunnel_reach", tests);
}
