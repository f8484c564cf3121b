// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "ack.h"
#include "harness.h"

static struct ack a;
static struct wb_frame f;

static void
receive(const char *numbers)
{
	ack_init(&a);
	for (char *end; *numbers; numbers = *end ? end + 1 : end)
		ack_received(&a, strtoul(numbers, &end, 10), 100, WB_SEC);
}

static void
ranges(void)
{
	static const struct {
		const char *in;
		unsigned n;
		struct wb_ack_range r[4];
	} rows[] = {
		/* 0 */ { "5", 1, { { 5, 5 } } },
		/* 1 */ { "0,1,2,3", 1, { { 0, 3 } } },
		/* 2 */ { "0,2,4", 3, { { 4, 4 }, { 2, 2 }, { 0, 0 } } },
		/* 3 */ { "0,2,1", 1, { { 0, 2 } } },
		/* 4 */ { "9,5,7,6,8", 1, { { 5, 9 } } },
		/* 5 */ { "9,5,5,9", 2, { { 9, 9 }, { 5, 5 } } },
		/* 6 */ { "1,2,10,11,3", 2, { { 10, 11 }, { 1, 3 } } },
		/* 7 */ { "10,1,9", 2, { { 9, 10 }, { 1, 1 } } },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		receive(rows[i].in);
		ack_report(&a, 3, 32, &f);
		CU_ASSERT_EQUAL(f.ack.n_ranges, rows[i].n);
		CU_ASSERT_EQUAL(
			memcmp(f.ack.ranges, rows[i].r, rows[i].n * sizeof(rows[i].r[0])), 0);
		CU_ASSERT_EQUAL(f.ack.largest, rows[i].r[0].high);
		CU_ASSERT_EQUAL(f.ack.path, 3);
	}
}

// More gaps than there is room: the newest ranges stay.
static void
full(void)
{
	ack_init(&a);
	for (uint64_t n = 0; n < 200; n += 2)
		ack_received(&a, n, 100, WB_SEC);
	ack_received(&a, 1, 100, WB_SEC); // far below all: not remembered
	ack_report(&a, 0, 32, &f);
	CU_ASSERT_EQUAL(f.ack.n_ranges, 33);
	CU_ASSERT_EQUAL(f.ack.ranges[0].high, 198);
	CU_ASSERT_EQUAL(f.ack.ranges[32].low, 134);
	ack_report(&a, 0, 4, &f);
	CU_ASSERT_EQUAL(f.ack.n_ranges, 5);
}

// What arrives below the ranges of a frame goes into another one, which repeats their last range; that
// is said twice.
static void
goes_on_below(void)
{
	ack_init(&a);
	for (uint64_t n = 0; n < 100; n += 2)
		ack_received(&a, n, 100, WB_SEC);
	for (unsigned i = 0; i < 3; i++)
		ack_report(&a, 0, 16, &f); // all have been told of
	CU_ASSERT(!ack_report_more(&a, 0, 16, &f));
	ack_received(&a, 51, 100, WB_SEC);
	for (unsigned i = 0; i < 2; i++) {
		ack_report(&a, 0, 16, &f);
		CU_ASSERT_EQUAL(f.ack.ranges[16].low, 66);
		CU_ASSERT(ack_report_more(&a, 0, 4, &f));
		CU_ASSERT_EQUAL(f.ack.largest, 66);
		CU_ASSERT_EQUAL(f.ack.ranges[4].low, 58);
		CU_ASSERT(ack_report_more(&a, 0, 8, &f));
		CU_ASSERT_EQUAL(f.ack.largest, 58);
		CU_ASSERT_EQUAL(f.ack.ranges[3].low, 50);
		CU_ASSERT_EQUAL(f.ack.ranges[3].high, 52);
		CU_ASSERT(!ack_report_more(&a, 0, 8, &f));
	}
	ack_report(&a, 0, 16, &f);
	CU_ASSERT(!ack_report_more(&a, 0, 16, &f));
}

static void
forgets_what_is_old(void)
{
	ack_init(&a);
	ack_received(&a, 1, 100, WB_SEC);
	ack_received(&a, 3, 100, WB_SEC);
	ack_received(&a, 5, 100, WB_SEC + ACK_HORIZON);
	ack_received(&a, 7, 100, WB_SEC + 2 * ACK_HORIZON);
	ack_report(&a, 0, 16, &f);
	CU_ASSERT_EQUAL(f.ack.n_ranges, 2);
	CU_ASSERT_EQUAL(f.ack.ranges[1].low, 5);
}

// The cumulative count is that of the moment when the largest arrived.
static void
bytes_go_with_the_largest(void)
{
	ack_init(&a);
	ack_received(&a, 1, 1000, 5 * WB_MS);
	ack_received(&a, 3, 1000, 7 * WB_MS);
	ack_received(&a, 2, 1000, 9 * WB_MS);
	ack_report(&a, 0, 32, &f);
	CU_ASSERT_EQUAL(f.ack.bytes, 2000);
	CU_ASSERT_EQUAL(f.ack.recv_us, 7000);
	CU_ASSERT_EQUAL(a.bytes, 3000);
}

static void
when_due(void)
{
	ack_init(&a);
	CU_ASSERT_EQUAL(a.due, WB_NEVER);
	ack_received(&a, 0, 100, WB_SEC);
	CU_ASSERT_EQUAL(a.due, WB_NEVER); // it did not ask
	ack_elicited(&a, 100 * WB_MS, WB_SEC);
	CU_ASSERT_EQUAL(a.due, WB_SEC + ACK_DELAY);
	for (unsigned i = 1; i < ACK_EVERY; i++)
		ack_elicited(&a, 100 * WB_MS, WB_SEC + WB_MS);
	CU_ASSERT_EQUAL(a.due, WB_SEC + WB_MS);
	ack_report(&a, 0, 32, &f);
	CU_ASSERT_EQUAL(a.due, WB_NEVER);
	ack_elicited(&a, 16 * WB_MS, WB_SEC);
	CU_ASSERT_EQUAL(a.due, WB_SEC + 4 * WB_MS);
	ack_init(&a);
	ack_elicited(&a, 0, WB_SEC);
	CU_ASSERT_EQUAL(a.due, WB_SEC + ACK_DELAY_MIN);
}

static const struct harness_test tests[] = {
	{ "ranges", ranges },
	{ "full", full },
	{ "goes on below", goes_on_below },
	{ "forgets what is old", forgets_what_is_old },
	{ "bytes go with the largest", bytes_go_with_the_largest },
	{ "when due", when_due },
};

int
main(void)
{
	return HARNESS_RUN("ack", tests);
}
