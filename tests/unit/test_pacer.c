// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "pacer.h"

// Bytes sent in any time T <= rate * (T + PACER_BURST) + one datagram.
static void
keeps_its_formula(void)
{
	static const struct {
		uint64_t bps;
		wb_ns_t tick;
	} rows[] = {
		{ 1000000, 100 * WB_US },
		{ 10000000, 50 * WB_US },
		{ 150000000, 100 * WB_US },
		{ 150000000, 8 * WB_MS }, // a worker that wakes up late
		{ 2000000000, WB_MS },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pacer p = { .next = WB_SEC };
		uint64_t bytes = 0, bound;

		pacer_set_rate(&p, rows[i].bps);
		for (wb_ns_t now = WB_SEC; now < 2 * WB_SEC; now += rows[i].tick) {
			while (pacer_ready(&p, now, 0)) {
				pacer_sent(&p, 1500, now);
				bytes += 1500;
			}
			bound = rows[i].bps * (now - WB_SEC + PACER_BURST) / 8 / WB_SEC + 1500;
			CU_ASSERT_FATAL(bytes <= bound);
		}
		if (rows[i].tick <= PACER_BURST) // and it does not fall behind either
			CU_ASSERT(bytes >= rows[i].bps / 8 * 99 / 100);
	}
}

static void
idle_time_is_not_saved_up(void)
{
	struct pacer p = { .next = WB_SEC };
	unsigned n = 0;

	pacer_set_rate(&p, 12000000); // a datagram a millisecond
	CU_ASSERT_FALSE(pacer_idle(&p, WB_SEC));
	CU_ASSERT(pacer_idle(&p, 10 * WB_SEC));
	for (; pacer_ready(&p, 10 * WB_SEC, 0); n++)
		pacer_sent(&p, 1500, 10 * WB_SEC);
	CU_ASSERT_EQUAL(n, 5);
}

static const struct harness_test tests[] = {
	{ "keeps its formula", keeps_its_formula },
	{ "idle time is not saved up", idle_time_is_not_saved_up },
};

int
main(void)
{
	return HARNESS_RUN("pacer", tests);
}
