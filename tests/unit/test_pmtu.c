// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "pmtu.h"

#define WAIT (100 * WB_MS)

// Probes until the search is complete on a link that passes `link` bytes and loses the first `lose`
// probes. Returns how many were sent.
static unsigned
run_search(struct pmtu *p, unsigned link, unsigned lose, wb_ns_t *now)
{
	unsigned sent = 0;

	while (!p->complete && sent < 1000) {
		uint16_t size = pmtu_poll(p, *now);

		if (size == 0 && p->complete)
			break;
		if (size == 0) {
			*now = pmtu_due(p);
			continue;
		}
		pmtu_sent(p, WAIT, *now);
		sent++;
		if (size <= link && sent > lose)
			pmtu_acked(p, size, *now += 20 * WB_MS);
	}
	return sent;
}

static const struct {
	unsigned max, link, lose;
	unsigned mtu, probes; // found, at most so many probes
} searches[] = {
	/* 0 */ { 1500, 1500, 0, 1500, 1 },
	/* 1 */ { 1500, 1500, 2, 1500, 3 },
	/* 2 */ { 1500, 1492, 0, 1492, 7 },
	/* 3 */ { 1500, 1420, 0, 1420, 20 },
	/* 4 */ { 1500, 1280, 0, 1280, 21 },
	/* 5 */ { 1500, 1200, 0, 1200, 26 },
	/* 6 */ { 1492, 1492, 0, 1492, 1 },
	/* 7 */ { 1280, 1280, 0, 1280, 1 },
	/* 8 */ { 1200, 1500, 0, 1200, 0 },
	/* 9 */ { 576, 1500, 0, 1200, 0 },
	/* 10 */ { 9000, 9000, 0, 9000, 1 },
	/* 11 */ { 9000, 1500, 0, 1500, 36 },
	/* 12 */ { 65535, 65535, 0, 65534, 1 },
};

static void
test_search(void)
{
	for (unsigned i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
		wb_ns_t now = WB_SEC;
		struct pmtu p;
		unsigned sent;

		pmtu_init(&p, (uint16_t)searches[i].max, true, now);
		CU_ASSERT_EQUAL(p.mtu, WB_MTU_BASE);
		CU_ASSERT_TRUE(p.settled >= searches[i].max || searches[i].max > 65534 ||
			       searches[i].max < WB_MTU_BASE);
		sent = run_search(&p, searches[i].link, searches[i].lose, &now);
		CU_ASSERT_TRUE(p.complete);
		CU_ASSERT_EQUAL(p.settled, p.mtu);
		CU_ASSERT_TRUE(
			p.mtu <= searches[i].mtu && p.mtu + PMTU_STEP + 0u > searches[i].mtu);
		CU_ASSERT_TRUE(sent <= searches[i].probes);
		if (sent > searches[i].probes)
			printf("row %u: %u, %u probes\n", i, p.mtu, sent);
	}
}

// After a complete search it looks once more each ten minutes, and announces nothing else meanwhile.
static void
test_raise(void)
{
	wb_ns_t now = WB_SEC;
	struct pmtu p;

	pmtu_init(&p, 1500, true, now);
	run_search(&p, 1400, 0, &now);
	CU_ASSERT_EQUAL(pmtu_due(&p), now + PMTU_RAISE);
	CU_ASSERT_EQUAL(pmtu_poll(&p, pmtu_due(&p) - 1), 0);
	now = pmtu_due(&p);
	CU_ASSERT_EQUAL(pmtu_poll(&p, now), 1500);
	CU_ASSERT_FALSE(p.complete);
	CU_ASSERT_TRUE(p.settled <= 1400 && p.settled > 1400 - PMTU_STEP);
	run_search(&p, 1500, 0, &now);
	CU_ASSERT_EQUAL(p.settled, 1500);
	CU_ASSERT_EQUAL(pmtu_due(&p), WB_NEVER);
}

// Six large ones gone while a small one sent before them passed, and nothing large since.
static void
test_black_hole(void)
{
	wb_ns_t now = WB_SEC;
	struct pmtu p;

	pmtu_init(&p, 1500, true, now);
	run_search(&p, 1500, 0, &now);
	// An outage: nothing small has passed, so the losses do not count (the caller goes by small_since).
	CU_ASSERT_EQUAL(p.small_since, WB_NEVER);
	CU_ASSERT_FALSE(pmtu_settled(&p, 0, 2 * WB_SEC, 0, now));
	CU_ASSERT_EQUAL(p.small_since, 2 * WB_SEC);
	CU_ASSERT_FALSE(pmtu_settled(&p, 0, 3 * WB_SEC, PMTU_LARGE_LOST - 1, now));
	CU_ASSERT_EQUAL(p.small_since, 2 * WB_SEC);
	// One large arrives: all is well.
	CU_ASSERT_FALSE(pmtu_settled(&p, 1500, 3 * WB_SEC, 0, now));
	CU_ASSERT_EQUAL(p.small_since, 3 * WB_SEC);
	CU_ASSERT_FALSE(pmtu_settled(&p, WB_MTU_BASE, 0, PMTU_LARGE_LOST - 1, now));
	CU_ASSERT_FALSE(pmtu_settled(&p, 0, 0, 1, now));
	// With the losses one arrived that was sent later: a full queue, which refuses the large ones first.
	CU_ASSERT_FALSE(pmtu_settled(&p, 1500, 3 * WB_SEC, 100, now + PMTU_LOST_FOR));
	CU_ASSERT_FALSE(pmtu_settled(&p, 0, 0, PMTU_LARGE_LOST, now));
	CU_ASSERT_FALSE(pmtu_settled(&p, 0, 0, 0, now + PMTU_LOST_FOR - 1));
	now += PMTU_LOST_FOR;
	CU_ASSERT_TRUE(pmtu_settled(&p, 0, now, 0, now));
	CU_ASSERT_EQUAL(p.mtu, WB_MTU_BASE);
	CU_ASSERT_EQUAL(p.settled, 1500);
	CU_ASSERT_EQUAL(p.black_holes, 1);
	// Larger than the base is not sent now: further reports of old losses mean nothing.
	CU_ASSERT_FALSE(pmtu_settled(&p, 0, 4 * WB_SEC, 100, now));
	run_search(&p, 1300, 0, &now);
	CU_ASSERT_TRUE(p.settled <= 1300 && p.settled > 1300 - PMTU_STEP);
}

static void
test_max(void)
{
	wb_ns_t now = WB_SEC;
	struct pmtu p;

	pmtu_init(&p, 1500, true, now);
	run_search(&p, 1500, 0, &now);
	pmtu_set_max(&p, 1500, now);
	CU_ASSERT_TRUE(p.complete);
	pmtu_set_max(&p, 1400, now);
	CU_ASSERT_TRUE(p.complete);
	CU_ASSERT_EQUAL(p.mtu, 1400);
	CU_ASSERT_EQUAL(p.settled, 1400);
	pmtu_set_max(&p, 1600, now);
	CU_ASSERT_FALSE(p.complete);
	CU_ASSERT_EQUAL(p.mtu, 1400);
	run_search(&p, 1600, 0, &now);
	CU_ASSERT_EQUAL(p.settled, 1600);
	pmtu_init(&p, 1500, false, now);
	CU_ASSERT_EQUAL(p.mtu, 1500);
	CU_ASSERT_TRUE(p.complete);
	CU_ASSERT_EQUAL(pmtu_poll(&p, now + 3600 * WB_SEC), 0);
}

// An answer that comes after its size was given up counts; one that cannot be does not.
static void
test_late(void)
{
	wb_ns_t now = WB_SEC;
	struct pmtu p;

	pmtu_init(&p, 1500, true, now);
	for (unsigned i = 0; i < PMTU_TRIES; i++, now += WAIT) {
		CU_ASSERT_EQUAL(pmtu_poll(&p, now), 1500);
		pmtu_sent(&p, WAIT, now);
		CU_ASSERT_EQUAL(pmtu_poll(&p, now), 0);
	}
	CU_ASSERT_EQUAL(pmtu_poll(&p, now), PMTU_PPPOE);
	pmtu_acked(&p, 1600, now);
	CU_ASSERT_EQUAL(p.mtu, WB_MTU_BASE);
	pmtu_acked(&p, 1500, now);
	CU_ASSERT_EQUAL(p.mtu, 1500);
	CU_ASSERT_TRUE(p.complete);
	pmtu_acked(&p, 1300, now);
	CU_ASSERT_EQUAL(p.mtu, 1500);
}

static const struct harness_test tests[] = {
	{ "a search finds what the link passes", test_search },
	{ "raise after ten minutes", test_raise },
	{ "black hole for large datagrams", test_black_hole },
	{ "upper bound", test_max },
	{ "late and impossible answers", test_late },
};

int
main(void)
{
	return HARNESS_RUN("pmtu", tests);
}
