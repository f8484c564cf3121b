// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "owd.h"

static void
queue_is_above_the_minimum(void)
{
	struct owd_base base = { 0 };
	struct owd o = { 0 };
	wb_ns_t now = 0;

	CU_ASSERT_EQUAL(owd_queue(&o), 0);
	for (; now < WB_SEC; now += 10 * WB_MS)
		owd_sample(&o, &base, 5000, now);
	CU_ASSERT_EQUAL(owd_queue(&o), 0);
	owd_sample(&o, &base, 25000, now += 10 * WB_MS);
	CU_ASSERT_EQUAL(owd_queue(&o), 0); // a spike is no queue
	for (wb_ns_t end = now + 100 * WB_MS; now < end; now += 10 * WB_MS)
		owd_sample(&o, &base, 25000, now);
	CU_ASSERT_EQUAL(owd_queue(&o), 20 * WB_MS);
	owd_rebase(&o, now);
	CU_ASSERT_EQUAL(owd_queue(&o), 0);
}

// The receiver's 32-bit clock may wrap and be anywhere: only differences count.
static void
clocks_wrap(void)
{
	struct owd_base base = { 0 };
	struct owd a = { 0 }, b = { 0 };

	owd_sample(&a, &base, UINT32_MAX - 1000, 0);
	owd_sample(&b, &base, 9000, 0); // 10.001 ms later
	CU_ASSERT_EQUAL(b.smooth - a.smooth, 10001 * (int64_t)WB_US);
}

static void
jitter_is_not_the_queue(void)
{
	struct owd_base base = { 0 };
	struct owd swing = { 0 }, noise = { 0 };

	for (unsigned i = 0; i < 400; i++) {
		// 0 to 20 ms and back in 400 ms, against 0 or 10 ms by turns
		owd_sample(
			&swing, &base, 500 * (i % 80 < 40 ? i % 80 : 80 - i % 80), i * 5 * WB_MS);
		owd_sample(&noise, &base, i % 2 * 10000, i * 5 * WB_MS);
	}
	CU_ASSERT(swing.jitter < (int64_t)WB_MS);
	CU_ASSERT(noise.jitter > 8 * (int64_t)WB_MS);
}

// A link that has become five times slower, with a report each 20 ms: a queue that grows by as much as time goes by.
static void
a_queue_that_grows_is_seen_at_once(void)
{
	struct owd_base base = { 0 };
	struct owd o = { 0 };
	wb_ns_t now = 0;
	uint32_t us = 25000;

	for (; now < 2 * WB_SEC; now += 20 * WB_MS)
		owd_sample(&o, &base, us, now);
	for (; now < 2 * WB_SEC + 300 * WB_MS; now += 20 * WB_MS)
		owd_sample(&o, &base, us += 20000, now);
	CU_ASSERT(o.jitter < 5 * (int64_t)WB_MS);
	CU_ASSERT(owd_queue(&o) > 150 * WB_MS);
}

// Delays of 0 to 100 ms by chance, 25 samples a second: the least of two or three is not a queue.
static void
jitter_of_few_samples_is_not_the_queue(void)
{
	struct owd_base base = { 0 };
	struct owd o = { 0 };
	uint32_t x = 1;
	wb_ns_t most = 0;

	for (unsigned i = 0; i < 600; i++) {
		x = x * 1103515245 + 12345;
		owd_sample(&o, &base, (x >> 16) % 100 * 1000, i * 40 * WB_MS);
		if (i > 100 && owd_queue(&o) > most)
			most = owd_queue(&o);
	}
	CU_ASSERT(o.jitter > 20 * (int64_t)WB_MS);
	CU_ASSERT(most < 30 * WB_MS);
}

static void
queue_that_was_left_alone_drains(void)
{
	struct owd_base base = { 0 };
	struct owd o = { 0 };
	wb_ns_t now = 0;

	for (; now < WB_SEC; now += 10 * WB_MS)
		owd_sample(&o, &base, 5000, now);
	for (; now < 2 * WB_SEC; now += 10 * WB_MS)
		owd_sample(&o, &base, 105000, now); // 100 ms stand on it
	CU_ASSERT_EQUAL(owd_queue(&o), 100 * WB_MS);
	// As long as more is on the way than the queue can be, it is believed ...
	CU_ASSERT_EQUAL(owd_expected(&o, 200000, 8000000, now), o.smooth);
	// ... 50 kB are 50 ms of it, nothing is none, and what is not a queue stays.
	CU_ASSERT_EQUAL(owd_expected(&o, 50000, 8000000, now), o.smooth - 50 * (int64_t)WB_MS);
	CU_ASSERT_EQUAL(owd_expected(&o, 0, 8000000, now), o.smooth - 100 * (int64_t)WB_MS);
	owd_rebase(&o, now);
	CU_ASSERT_EQUAL(owd_expected(&o, 0, 8000000, now), o.smooth);
	// The last samples saw it drained: the smoothed delay need not follow first.
	owd_sample(&o, &base, 5000, now += 10 * WB_MS);
	CU_ASSERT(o.smooth > 70 * (int64_t)WB_MS);
	CU_ASSERT(owd_expected(&o, 0, 8000000, now) < 20 * (int64_t)WB_MS);
}

// A short flood is over before any sample says so: the last one saw all of its queue.
static void
queue_drains_unseen(void)
{
	struct owd_base base = { 0 };
	struct owd o = { 0 };
	wb_ns_t now = 0;

	for (; now < WB_SEC; now += 10 * WB_MS)
		owd_sample(&o, &base, 5000, now);
	for (uint32_t ms = 5; ms <= 105; now += 10 * WB_MS, ms += 10)
		owd_sample(&o, &base, 1000 * ms, now);
	now -= 10 * WB_MS;
	CU_ASSERT(owd_expected(&o, 0, 8000000, now) > 2 * o.jitter);
	CU_ASSERT(owd_expected(&o, 0, 8000000, now + 100 * WB_MS) <= o.jitter);
	CU_ASSERT(owd_expected(&o, 5000, 8000000, now + 100 * WB_MS) >= 5 * (int64_t)WB_MS);
}

static void
old_samples_do_not_count(void)
{
	struct owd_base base = { 0 };
	struct owd o = { 0 };

	owd_sample(&o, &base, 5000, 0);
	owd_sample(&o, &base, 205000, 50 * WB_MS);
	CU_ASSERT_EQUAL(o.smooth, 50 * (int64_t)WB_MS);
	owd_sample(&o, &base, 15000, 500 * WB_MS); // a probe, half a second later
	CU_ASSERT_EQUAL(o.smooth, 10 * (int64_t)WB_MS);
}

static const struct harness_test tests[] = {
	{ "old samples do not count", old_samples_do_not_count },
	{ "queue that was left alone drains", queue_that_was_left_alone_drains },
	{ "queue drains unseen", queue_drains_unseen },
	{ "queue is above the minimum", queue_is_above_the_minimum },
	{ "clocks wrap", clocks_wrap },
	{ "jitter is not the queue", jitter_is_not_the_queue },
	{ "a queue that grows is seen at once", a_queue_that_grows_is_seen_at_once },
	{ "jitter of few samples is not the queue", jitter_of_few_samples_is_not_the_queue },
};

int
main(void)
{
	return HARNESS_RUN("owd", tests);
}
