// SPDX-License-Identifier: BSD-3-Clause
// Packet trains over a link of one rate.
#include "harness.h"
#include "train.h"

#define SIZE 1500

static struct train t;
static wb_ns_t now;

// One train; lost: which of its datagrams do not arrive. Returns what it found, bit/s.
static uint64_t
fly(uint64_t bps, uint64_t lost)
{
	wb_ns_t at = now + 20 * WB_MS, arrived[TRAIN_MOST];
	uint64_t tokens[TRAIN_MOST] = { 0 }, found = 0;
	unsigned n = t.size;

	train_begin(&t);
	for (unsigned i = 0; i < n; i++) {
		tokens[i] = train_probes(&t) ? i + 1 : 0;
		train_sent(&t, SIZE, i + 1, now + WB_SEC);
		arrived[i] = at += (uint64_t)SIZE * 8 * WB_SEC / bps;
	}
	CU_ASSERT_EQUAL(t.left, 0);
	for (unsigned i = 0; i < n; i++)
		if (tokens[i] && !(lost >> i & 1))
			found = train_answered(&t, tokens[i], (uint32_t)(arrived[i] / WB_US), at);
	now = at;
	return found;
}

static void
finds_the_rate(void)
{
	static const struct {
		uint64_t bps, least, most;
		unsigned datagrams; // at most, in all
	} rows[] = {
		{ 1000000, 990000, 1010000, 4 }, { 10000000, 9900000, 10100000, 16 },
		{ 40000000, 39500000, 40500000, 60 }, { 100000000, 99000000, 101000000, 84 },
		{ 300000000, 295000000, 305000000, 84 },
		{ 1000000000, 370000000, 380000000, 84 }, // that at least
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned datagrams = 0, trains = 0;
		uint64_t found = 0;

		train_init(&t, now = WB_SEC);
		for (; t.at != WB_NEVER && trains < 10; trains++) {
			datagrams += t.size;
			found = fly(rows[i].bps, 0);
		}
		CU_ASSERT(found >= rows[i].least && found <= rows[i].most);
		CU_ASSERT(datagrams <= rows[i].datagrams);
	}
}

static void
loss_ends_it(void)
{
	train_init(&t, now = WB_SEC);
	CU_ASSERT(fly(100000000, 2) > 0); // in the middle: no matter
	CU_ASSERT_EQUAL(t.size, 16);
	CU_ASSERT_EQUAL(fly(100000000, 1), 0);
	CU_ASSERT_TRUE(t.flies);
	train_failed(&t, now);
	CU_ASSERT_EQUAL(t.at, now); // once more
	CU_ASSERT_EQUAL(fly(100000000, 1 << 15), 0);
	train_failed(&t, now);
	CU_ASSERT_EQUAL(t.at, WB_NEVER);
	CU_ASSERT_EQUAL(train_answered(&t, 1, 0, now), 0);
}

// Datagrams may overtake each other: the last arrived first.
static void
overtaking_is_no_endless_rate(void)
{
	train_init(&t, now = WB_SEC);
	train_begin(&t);
	for (unsigned i = 0; i < TRAIN_FIRST; i++)
		train_sent(&t, SIZE, i + 1, now + WB_SEC);
	CU_ASSERT_EQUAL(train_answered(&t, 4, 1000, now), 0);
	CU_ASSERT_EQUAL(train_answered(&t, 7, 1500, now), 0); // of something else
	CU_ASSERT_EQUAL(train_answered(&t, 1, 5000, now), 3 * SIZE * 8 * WB_SEC / TRAIN_LEAST);
	CU_ASSERT_EQUAL(t.size, TRAIN_FIRST * TRAIN_GROWTH);
}

static const struct harness_test tests[] = {
	{ "finds the rate", finds_the_rate },
	{ "loss ends it", loss_ends_it },
	{ "overtaking is no endless rate", overtaking_is_no_endless_rate },
};

int
main(void)
{
	return HARNESS_RUN("train", tests);
}
