// SPDX-License-Identifier: BSD-3-Clause
// lib/emulate with a hand-driven clock.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "wb_emulate.h"

#define MS 1000000ULL
#define S 1000000000ULL
#define START (7 * S + 123) // links do not begin at time 0

static void *
alloc(void *ctx, size_t size)
{
	(*(int *)ctx)++;
	return malloc(size);
}

static void *
alloc_nothing(void *ctx, size_t size)
{
	(void)ctx;
	(void)size;
	return NULL;
}

static struct wb_em_link *
create(const struct wb_em_conf *conf)
{
	int calls = 0;
	struct wb_em_link *l = wb_em_create(conf, alloc, &calls, START);

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT_EQUAL(calls, 1); // so that free(l) is all there is to free
	return l;
}

static void *
number(uintptr_t n)
{
	return (void *)(n + 1);
}

// The time of the next arrival, which must be the deadline and the item n's.
static wb_em_ns_t
arrives(struct wb_em_link *l, uintptr_t n)
{
	wb_em_ns_t at = wb_em_next_deadline(l), when = 0;
	void *item = NULL;

	CU_ASSERT_NOT_EQUAL_FATAL(at, WB_EM_NEVER);
	// Time never goes back: what is due at a time already seen comes with any `now`.
	if (wb_em_pull(l, &item, &when, 1, at - 1) == 0)
		CU_ASSERT_EQUAL(wb_em_pull(l, &item, &when, 1, at), 1);
	CU_ASSERT_PTR_EQUAL(item, number(n));
	CU_ASSERT_EQUAL(when, at);
	return at - START;
}

static void
balance(const struct wb_em_link *l)
{
	struct wb_em_stats s;
	uint64_t dropped = 0;

	wb_em_stats(l, &s);
	for (int i = 0; i < WB_EM_DROPS; i++)
		dropped += s.drops[i];
	CU_ASSERT_EQUAL(s.in, s.out + dropped + s.in_flight);
}

static void
test_conf_invalid(void)
{
	static const uint32_t good[] = { 1, 2, 2, 9 }, bad[] = { 1, 3, 2 };
	const struct wb_em_trace trace = { good, 4, 9 }, none = { good, 0, 9 },
				 unordered = { bad, 3, 9 }, no_period = { good, 4, 0 },
				 short_period = { good, 4, 8 };
	const struct {
		struct wb_em_conf conf;
		bool valid;
	} rows[] = {
		{ { 0 }, true },
		{ { .rate = 1 }, true },
		{ { .trace = &trace }, true },
		{ { .rate = 1, .trace = &trace }, false },
		{ { .trace = &none }, false },
		{ { .trace = &unordered }, false },
		{ { .trace = &no_period }, false },
		{ { .trace = &short_period }, false },
		{ { .loss_ppm = 1000000 }, true },
		{ { .loss_ppm = 1000001 }, false },
		{ { .ge_enter_ppm = 1000001 }, false },
		{ { .police_rate = 1 }, true },
		{ { .pauses = { 60, 5, 50 } }, true },
		{ { .pauses = { 60, 0, 0 } }, true },
		{ { .pauses = { 60, 50, 5 } }, false },
		{ { .pauses = { 60, 5, 60 } }, false },
		{ { .pauses = { 0, 5, 50 } }, false },
		{ { .pauses = { 60, 5, 50 }, .trace = &trace }, false },
		{ { .ge_leave_ppm = 1000001 }, false },
		{ { .ge_loss_ppm = 1000001 }, false },
		{ { .delay = UINT64_MAX }, false },
	};
	const struct wb_em_conf any = { .rate = 1000 };
	struct wb_em_link *used = create(&any);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int calls = 0;
		struct wb_em_link *l = wb_em_create(&rows[i].conf, alloc, &calls, START);

		CU_ASSERT_EQUAL(l != NULL, rows[i].valid);
		CU_ASSERT_EQUAL(
			wb_em_configure(used, &rows[i].conf, START), rows[i].valid ? 0 : -EINVAL);
		free(l);
	}
	CU_ASSERT_PTR_NULL(wb_em_create(&any, alloc_nothing, NULL, START));
	free(used);
}

static void
test_delay(void)
{
	const struct wb_em_conf conf = { .delay = 20 * MS };
	struct wb_em_link *l = create(&conf);

	CU_ASSERT_EQUAL(wb_em_next_deadline(l), WB_EM_NEVER);
	for (uintptr_t i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 60000, START + i * MS), 0);
	for (uintptr_t i = 0; i < 20; i++) {
		void *item;

		CU_ASSERT_EQUAL(wb_em_pull(l, &item, NULL, 1, START + (20 + i) * MS - 1), 0);
		CU_ASSERT_EQUAL(arrives(l, i), (20 + i) * MS);
	}
	CU_ASSERT_EQUAL(wb_em_next_deadline(l), WB_EM_NEVER);
	balance(l);
	free(l);
}

static void
test_rate(void)
{
	// 12 Mbit/s: 1500 bytes a millisecond.
	const struct wb_em_conf conf = { .rate = 12000000, .delay = 5 * MS };
	struct wb_em_link *l = create(&conf);
	struct wb_em_stats s;

	for (uintptr_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1500, START), 0);
	wb_em_stats(l, &s);
	CU_ASSERT_EQUAL(s.queued_bytes, 15000);
	for (uintptr_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(arrives(l, i), (i + 6) * MS);
	wb_em_stats(l, &s);
	CU_ASSERT_EQUAL(s.queued_bytes, 0);
	CU_ASSERT_EQUAL(s.bytes_out, 15000);
	// After a rest there is no credit for the time not used.
	CU_ASSERT_EQUAL(wb_em_push(l, number(0), 750, START + S), 0);
	CU_ASSERT_EQUAL(wb_em_push(l, number(1), 1500, START + S), 0);
	CU_ASSERT_EQUAL(arrives(l, 0), S + MS / 2 + 5 * MS);
	CU_ASSERT_EQUAL(arrives(l, 1), S + MS * 3 / 2 + 5 * MS);
	free(l);
}

static void
test_droptail(void)
{
	const struct wb_em_conf conf = { .rate = 12000000, .queue_bytes = 4500 };
	struct wb_em_link *l = create(&conf);
	struct wb_em_stats s;

	for (uintptr_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1500, START), 0);
	CU_ASSERT_EQUAL(wb_em_push(l, number(3), 1, START), -(1 + WB_EM_DROP_QUEUE));
	// One has been sent: there is room for one, whether it was pulled or not.
	CU_ASSERT_EQUAL(wb_em_push(l, number(3), 1500, START + MS), 0);
	CU_ASSERT_EQUAL(wb_em_push(l, number(4), 1500, START + MS), -(1 + WB_EM_DROP_QUEUE));
	wb_em_stats(l, &s);
	CU_ASSERT_EQUAL(s.drops[WB_EM_DROP_QUEUE], 2);
	balance(l);
	for (uintptr_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(arrives(l, i), (i + 1) * MS);
	CU_ASSERT_EQUAL(
		wb_em_push(l, number(9), 9000, START + S), 0); // alone, larger than the queue
	free(l);
}

static void
test_item_limit(void)
{
	const struct wb_em_conf conf = { .delay = MS, .max_items = 3 };
	struct wb_em_link *l = create(&conf);

	for (int round = 0; round < 3; round++) {
		wb_em_ns_t now = START + round * 10 * MS;
		void *items[8];

		for (uintptr_t i = 0; i < 3; i++)
			CU_ASSERT_EQUAL(wb_em_push(l, number(i), 100, now), 0);
		CU_ASSERT_EQUAL(wb_em_push(l, number(3), 100, now), -(1 + WB_EM_DROP_LIMIT));
		balance(l);
		CU_ASSERT_EQUAL(wb_em_pull(l, items, NULL, 2, now + MS), 2);
		CU_ASSERT_EQUAL(wb_em_pull(l, items, NULL, 8, now + MS), 1);
		CU_ASSERT_PTR_EQUAL(items[0], number(2));
	}
	free(l);
}

static void
test_trace(void)
{
	// Per 10 ms: one at 2, two at 5, one at 10 (the end of the cycle).
	static const uint32_t ms[] = { 2, 5, 5, 10 };
	const struct wb_em_trace trace = { ms, 4, 10 };
	const struct wb_em_conf conf = { .trace = &trace, .delay = MS };
	static const unsigned whole[] = { 2, 5, 5, 10, 12, 15, 15, 20, 22 };
	struct wb_em_link *l = create(&conf);

	for (uintptr_t i = 0; i < 9; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1500, START), 0);
	for (uintptr_t i = 0; i < 9; i++)
		CU_ASSERT_EQUAL(arrives(l, i), (whole[i] + 1) * MS);
	// Long after, in the middle of a cycle: the one at 1000.005 s has two.
	for (uintptr_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1500, START + 1000 * S + 2 * MS + 1), 0);
	CU_ASSERT_EQUAL(arrives(l, 0), 1000 * S + 6 * MS);
	CU_ASSERT_EQUAL(arrives(l, 1), 1000 * S + 6 * MS);
	CU_ASSERT_EQUAL(arrives(l, 2), 1000 * S + 11 * MS);
	// On the last opportunity of a cycle.
	CU_ASSERT_EQUAL(wb_em_push(l, number(0), 1500, START + 2000 * S), 0);
	CU_ASSERT_EQUAL(arrives(l, 0), 2000 * S + MS);
	free(l);
}

static void
test_trace_bytes(void)
{
	static const uint32_t ms[] = { 2, 5, 5, 10 };
	const struct wb_em_trace trace = { ms, 4, 10 };
	const struct wb_em_conf conf = { .trace = &trace };
	struct wb_em_link *l = create(&conf);

	// Three of 500 share one opportunity; a larger one needs parts of two.
	for (uintptr_t i = 0; i < 3; i++)
		wb_em_push(l, number(i), 500, START);
	wb_em_push(l, number(3), 2000, START);
	wb_em_push(l, number(4), 1001, START);
	for (uintptr_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(arrives(l, i), 2 * MS);
	CU_ASSERT_EQUAL(arrives(l, 3), 5 * MS);
	CU_ASSERT_EQUAL(arrives(l, 4), 10 * MS);
	// What an opportunity has left is lost for who comes after it.
	wb_em_push(l, number(0), 100, START + 11 * MS);
	CU_ASSERT_EQUAL(arrives(l, 0), 12 * MS);
	wb_em_push(l, number(1), 100, START + 12 * MS + 1);
	CU_ASSERT_EQUAL(arrives(l, 1), 15 * MS);
	free(l);
}

static void
test_capacity(void)
{
	static const uint32_t ms[] = { 2, 5, 5, 10 };
	const struct wb_em_trace trace = { ms, 4, 10 };
	const struct wb_em_conf by_trace = { .trace = &trace }, by_rate = { .rate = 12000000 };
	static const unsigned opportunities[] = { 0, 0, 1, 1, 1, 3, 3, 3, 3, 3, 4, 4, 5 };
	struct wb_em_link *l = create(&by_trace);

	for (unsigned i = 0; i < 13; i++)
		CU_ASSERT_EQUAL(wb_em_capacity(l, START + i * MS), opportunities[i] * 1500);
	CU_ASSERT_EQUAL(wb_em_capacity(l, START + 1000 * S), 100000 * 4 * 1500);
	free(l);
	l = create(&by_rate);
	CU_ASSERT_EQUAL(wb_em_capacity(l, START), 0);
	CU_ASSERT_EQUAL(wb_em_capacity(l, START + 3 * S + S / 2), 1500000 * 7 / 2);
	free(l);
	l = create(&(struct wb_em_conf){ 0 });
	CU_ASSERT_EQUAL(wb_em_capacity(l, START + S), 0);
	free(l);
}

// What passes of items of 1500 bytes that come at n times the contract's rate.
static unsigned
count_policed(const struct wb_em_conf *conf, unsigned n, wb_em_ns_t seconds)
{
	wb_em_ns_t every = 1500 * 8 * S / conf->police_rate / n, now = START;
	struct wb_em_link *l = create(conf);
	unsigned passed = 0;

	for (; now < START + seconds * S; now += every) {
		void *item;
		int rc = wb_em_push(l, l, 1500, now);

		CU_ASSERT_TRUE(rc == 0 || rc == -(1 + WB_EM_DROP_POLICE));
		passed += rc == 0;
		while (wb_em_pull(l, &item, NULL, 1, now) == 1)
			;
	}
	balance(l);
	free(l);
	return passed;
}

static void
test_police(void)
{
	// 12 Mbit/s: one of 1500 bytes a ms; the bucket holds twenty.
	struct wb_em_conf conf = { .police_rate = 12000000, .police_bytes = 30000 };
	struct wb_em_link *l = create(&conf);
	struct wb_em_stats s;

	for (uintptr_t i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1500, START), 0);
	CU_ASSERT_EQUAL(wb_em_push(l, number(20), 1, START), -(1 + WB_EM_DROP_POLICE));
	CU_ASSERT_EQUAL(wb_em_push(l, number(20), 1500, START + MS - 1), -(1 + WB_EM_DROP_POLICE));
	CU_ASSERT_EQUAL(wb_em_push(l, number(20), 1500, START + MS), 0);
	// After a pause the bucket is full, and no fuller.
	for (uintptr_t i = 0; i < 21; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1500, START + 60 * S),
			i < 20 ? 0 : -(1 + WB_EM_DROP_POLICE));
	wb_em_stats(l, &s);
	CU_ASSERT_EQUAL(s.drops[WB_EM_DROP_POLICE], 3);
	CU_ASSERT_EQUAL(wb_em_capacity(l, START + 60 * S), 60 * 1500000);
	// What passes is not delayed; another contract begins with a full bucket.
	CU_ASSERT_EQUAL(arrives(l, 0), 0);
	conf.police_bytes = 3000;
	CU_ASSERT_EQUAL(wb_em_configure(l, &conf, START + 60 * S), 0);
	for (uintptr_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1500, START + 60 * S),
			i < 2 ? 0 : -(1 + WB_EM_DROP_POLICE));
	free(l);
	// In the long run the rate, plus the bucket once; below the rate nothing is lost.
	CU_ASSERT_EQUAL(count_policed(&conf, 1, 5), 5000);
	CU_ASSERT_EQUAL(count_policed(&conf, 4, 5), 5001);
}

static void
test_pauses(void)
{
	// 12 Mbit/s, one of 1500 bytes a ms, and in each 60 ms a pause of 5 to 50.
	const struct wb_em_conf conf = { .rate = 12000000,
		.queue_bytes = 100000000,
		.pauses = { 60 * MS, 5 * MS, 50 * MS },
		.seed = 3 };
	struct wb_em_link *l = create(&conf);
	wb_em_ns_t before = 0, gap, open, longest = 0;
	unsigned n = 20000, pauses = 0;

	for (uintptr_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1500, START), 0);
	for (uintptr_t i = 0; i < n; i++) {
		wb_em_ns_t at = arrives(l, i);

		gap = at - before - MS;
		pauses += gap > 0;
		CU_ASSERT_TRUE(gap == 0 || i == 0 || gap >= 5 * MS);
		longest = gap > longest ? gap : longest;
		before = at;
	}
	// A pause at one period's end and one at the next one's begin may touch.
	CU_ASSERT_TRUE(longest > 40 * MS && longest <= 100 * MS);
	// 27.5 of 60 ms are lost on average.
	CU_ASSERT_DOUBLE_EQUAL((double)before, n * 1e6 / (1 - 27.5 / 60), n * 1e6 * 0.05);
	CU_ASSERT_DOUBLE_EQUAL(pauses, (double)before / 60e6, before / 60e6 * 0.05);
	open = wb_em_open_time(&conf, START, START + before);
	CU_ASSERT_EQUAL(open, n * MS);
	CU_ASSERT_EQUAL(wb_em_open_time(&conf, START, START + before / 2) +
				wb_em_open_time(&conf, START + before / 2, START + before),
		open);
	CU_ASSERT_DOUBLE_EQUAL(
		(double)wb_em_capacity(l, START + before), n * 1500.0, n * 1500 * 0.05);
	free(l);
}

static void
test_pauses_change(void)
{
	struct wb_em_conf conf = { .rate = 12000000, .pauses = { 60 * MS, 50 * MS, 50 * MS } };
	struct wb_em_link *l = create(&conf);

	for (uintptr_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1500, START), 0);
	conf.pauses = (struct wb_em_pauses){ 0 };
	CU_ASSERT_EQUAL(wb_em_configure(l, &conf, START), 0);
	for (uintptr_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(arrives(l, i), (i + 1) * MS);
	free(l);
}

static unsigned
count_lost(const struct wb_em_conf *conf, unsigned n, unsigned *bursts)
{
	struct wb_em_link *l = create(conf);
	unsigned lost = 0;
	bool before = false;

	*bursts = 0;
	for (unsigned i = 0; i < n; i++) {
		wb_em_ns_t now = START + i * MS;
		void *item;
		bool drop = wb_em_push(l, l, 100, now) == -(1 + WB_EM_DROP_LOSS);

		lost += drop;
		*bursts += drop && !before;
		before = drop;
		wb_em_pull(l, &item, NULL, 1, now);
	}
	balance(l);
	free(l);
	return lost;
}

static void
test_loss_random(void)
{
	unsigned bursts;

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct wb_em_conf conf = { .loss_ppm = 10000, .seed = seed };
		unsigned lost = count_lost(&conf, 100000, &bursts);

		// Binomial: 1000, deviation 31.5; five of them.
		CU_ASSERT(lost > 842 && lost < 1158);
		CU_ASSERT(bursts > lost * 97 / 100);
		CU_ASSERT_EQUAL(lost, count_lost(&conf, 100000, &bursts)); // same seed
		conf.seed += 100;
		CU_ASSERT_NOT_EQUAL(lost, count_lost(&conf, 100000, &bursts));
	}
}

static void
test_loss_extremes(void)
{
	struct wb_em_conf all = { .loss_ppm = 1000000 }, none = { .loss_ppm = 0 };
	unsigned bursts;

	CU_ASSERT_EQUAL(count_lost(&all, 1000, &bursts), 1000);
	CU_ASSERT_EQUAL(count_lost(&none, 1000, &bursts), 0);
}

static void
test_loss_gilbert_elliott(void)
{
	// Bad 1/26 of the time, in runs of 5 on average.
	struct wb_em_conf conf = { .ge_enter_ppm = 8000, .ge_leave_ppm = 200000, .seed = 1 };
	unsigned bursts, lost = count_lost(&conf, 200000, &bursts);

	CU_ASSERT(lost > 7692 * 90 / 100 && lost < 7692 * 110 / 100);
	CU_ASSERT(lost > bursts * 45 / 10 && lost < bursts * 55 / 10);
	// Half of the bad state's items get through.
	conf.ge_loss_ppm = 500000;
	lost = count_lost(&conf, 200000, &bursts);
	CU_ASSERT(lost > 3846 * 88 / 100 && lost < 3846 * 112 / 100);
}

static void
test_jitter_reorder(void)
{
	const struct wb_em_conf conf = {
		.delay = 50 * MS, .jitter = 5 * MS, .jitter_kind = WB_EM_JITTER_REORDER, .seed = 3
	};
	enum { N = 20000 };
	struct wb_em_link *l = create(&conf);
	int64_t sum = 0, squares = 0; // microseconds around 50 ms
	unsigned overtaken = 0, beyond = 0;
	uintptr_t newest = 0;
	wb_em_ns_t last = 0;

	for (uintptr_t i = 0; i < N; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1200, START + i * MS), 0);
	for (unsigned i = 0; i < N; i++) {
		wb_em_ns_t at = wb_em_next_deadline(l), when;
		void *item;
		int64_t us;

		CU_ASSERT_EQUAL_FATAL(wb_em_pull(l, &item, &when, 1, at), 1);
		CU_ASSERT(when >= last);
		last = when;
		us = (int64_t)(when - START - ((uintptr_t)item - 1) * MS) / 1000 - 50000;
		sum += us;
		squares += us * us;
		beyond += us > 10000 || us < -10000;
		overtaken += (uintptr_t)item < newest;
		if ((uintptr_t)item > newest)
			newest = (uintptr_t)item;
	}
	CU_ASSERT(llabs(sum / N) < 150);
	CU_ASSERT(squares / N > 4800 * 4800 && squares / N < 5200 * 5200);
	CU_ASSERT(beyond > N * 38 / 1000 && beyond < N * 53 / 1000); // 2 sigma: 4.55 %
	CU_ASSERT(overtaken > N / 2);
	free(l);
}

static void
test_jitter_fifo(void)
{
	const struct wb_em_conf conf = {
		.delay = 2 * MS, .jitter = 5 * MS, .jitter_kind = WB_EM_JITTER_FIFO, .seed = 3
	};
	struct wb_em_link *l = create(&conf);
	wb_em_ns_t last = 0;
	unsigned late = 0;

	for (uintptr_t i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(wb_em_push(l, number(i), 1200, START + i * MS), 0);
	for (uintptr_t i = 0; i < 1000; i++) {
		wb_em_ns_t at = arrives(l, i);

		CU_ASSERT(at >= i * MS); // never before it was sent, though 2 - 5 < 0
		CU_ASSERT(at >= last);
		late += at > (i + 4) * MS;
		last = at;
	}
	CU_ASSERT(late > 300);
	free(l);
}

static void
test_outage(void)
{
	const struct wb_em_conf conf = { .rate = 12000000, .delay = 5 * MS };
	struct wb_em_link *l = create(&conf);
	struct wb_em_stats s;
	void *items[8];

	for (uintptr_t i = 0; i < 4; i++)
		wb_em_push(l, number(i), 1500, START);
	// The first is on the way, the others are still queued: all vanish.
	wb_em_set_outage(l, true, START + MS);
	CU_ASSERT_EQUAL(wb_em_push(l, number(4), 1500, START + 2 * MS), -(1 + WB_EM_DROP_OUTAGE));
	CU_ASSERT_EQUAL(wb_em_next_deadline(l), WB_EM_NEVER);
	CU_ASSERT_EQUAL(wb_em_pull(l, items, NULL, 8, START + S), 0);
	CU_ASSERT_EQUAL(wb_em_reap(l, items, 3), 3);
	CU_ASSERT_EQUAL(wb_em_reap(l, items + 3, 3), 1);
	CU_ASSERT_EQUAL(wb_em_reap(l, items, 3), 0);
	for (uintptr_t i = 0; i < 4; i++)
		CU_ASSERT_PTR_EQUAL(items[i == 3 ? 3 : i], number(i));
	wb_em_stats(l, &s);
	CU_ASSERT_EQUAL(s.drops[WB_EM_DROP_OUTAGE], 5);
	CU_ASSERT_EQUAL(s.queued_bytes, 0);
	balance(l);
	wb_em_set_outage(l, true, START + S);
	wb_em_set_outage(l, false, START + 2 * S);
	// Nothing of the old queue is in the way.
	CU_ASSERT_EQUAL(wb_em_push(l, number(7), 1500, START + 2 * S), 0);
	CU_ASSERT_EQUAL(arrives(l, 7), 2 * S + 6 * MS);
	free(l);
}

static void
test_outage_trace(void)
{
	static const uint32_t ms[] = { 1, 2, 3, 4 };
	const struct wb_em_trace trace = { ms, 4, 4 };
	const struct wb_em_conf conf = { .trace = &trace };
	struct wb_em_link *l = create(&conf);

	for (uintptr_t i = 0; i < 100; i++)
		wb_em_push(l, number(i), 1500, START);
	wb_em_set_outage(l, true, START + 2 * MS);
	wb_em_set_outage(l, false, START + 10 * MS);
	wb_em_push(l, number(0), 1500, START + 10 * MS);
	CU_ASSERT_EQUAL(arrives(l, 0), 10 * MS);
	free(l);
}

static void
test_configure_rate(void)
{
	struct wb_em_conf conf = { .rate = 12000000, .delay = 5 * MS };
	struct wb_em_link *l = create(&conf);
	wb_em_ns_t at;

	for (uintptr_t i = 0; i < 4; i++)
		wb_em_push(l, number(i), 1500, START);
	// At 1.5 ms: 0 is on the way, half of 1 is sent, 2 and 3 wait. Half the rate from here.
	conf.rate /= 2;
	CU_ASSERT_EQUAL(wb_em_configure(l, &conf, START + MS * 3 / 2), 0);
	CU_ASSERT_EQUAL(arrives(l, 0), 6 * MS);
	at = arrives(l, 1);
	CU_ASSERT(llabs((long long)(at - (2500000 + 5 * MS))) < 5000);
	at = arrives(l, 2);
	CU_ASSERT(llabs((long long)(at - (4500000 + 5 * MS))) < 5000);
	// Then no limit at all.
	conf.rate = 0;
	CU_ASSERT_EQUAL(wb_em_configure(l, &conf, START + 9 * MS), 0);
	wb_em_push(l, number(4), 1500, START + 10 * MS);
	at = arrives(l, 3);
	CU_ASSERT(at < 12 * MS);
	CU_ASSERT_EQUAL(arrives(l, 4), 15 * MS);
	balance(l);
	free(l);
}

static void
test_configure_delay(void)
{
	struct wb_em_conf conf = { .delay = 20 * MS };
	struct wb_em_link *l = create(&conf);

	wb_em_push(l, number(0), 1500, START);
	conf.delay = 5 * MS;
	CU_ASSERT_EQUAL(wb_em_configure(l, &conf, START + MS), 0);
	wb_em_push(l, number(1), 1500, START + 2 * MS);
	wb_em_push(l, number(2), 1500, START + 30 * MS);
	CU_ASSERT_EQUAL(arrives(l, 0), 20 * MS);
	CU_ASSERT_EQUAL(arrives(l, 1), 20 * MS); // a pipe: behind the first
	CU_ASSERT_EQUAL(arrives(l, 2), 35 * MS);
	// A trace in place of no limit, and back.
	static const uint32_t ms[] = { 3 };
	const struct wb_em_trace trace = { ms, 1, 3 };
	conf.trace = &trace;
	conf.delay = 0;
	CU_ASSERT_EQUAL(wb_em_configure(l, &conf, START + 40 * MS), 0);
	wb_em_push(l, number(3), 1500, START + 40 * MS);
	wb_em_push(l, number(4), 1500, START + 40 * MS);
	CU_ASSERT_EQUAL(arrives(l, 3), 43 * MS);
	conf.trace = NULL;
	CU_ASSERT_EQUAL(wb_em_configure(l, &conf, START + 44 * MS), 0);
	CU_ASSERT_EQUAL(arrives(l, 4), 44 * MS);
	free(l);
}

static void
test_configure_while_busy(void)
{
	// Whatever is changed in use: nothing is lost from the account, and order is kept.
	struct wb_em_conf conf = { .rate = 50000000, .delay = 10 * MS, .max_items = 300 };
	struct wb_em_link *l = create(&conf);
	struct wb_em_random r;
	uintptr_t sent = 0, last = 0;
	wb_em_ns_t now = START;
	void *items[16];

	wb_em_random_seed(&r, 42);
	for (int i = 0; i < 50000; i++) {
		now += wb_em_random_next(&r) % 300000;
		if (wb_em_random_chance(&r, 20000)) {
			conf.rate = 5000000 + wb_em_random_next(&r) % 100000000;
			conf.delay = wb_em_random_next(&r) % (30 * MS);
			CU_ASSERT_EQUAL(wb_em_configure(l, &conf, now), 0);
		}
		if (wb_em_random_chance(&r, 2000))
			wb_em_set_outage(l, true, now);
		else if (wb_em_random_chance(&r, 20000))
			wb_em_set_outage(l, false, now);
		wb_em_push(l, number(sent++), 64 + wb_em_random_next(&r) % 1436, now);
		unsigned n = wb_em_pull(l, items, NULL, 16, now);
		for (unsigned k = 0; k < n; k++) {
			CU_ASSERT((uintptr_t)items[k] > last);
			last = (uintptr_t)items[k];
		}
		wb_em_reap(l, items, 16);
		balance(l);
	}
	free(l);
}

static void
test_random(void)
{
	struct wb_em_random r = { { 1, 2, 3, 4 } };
	int64_t sum = 0;

	// The first numbers of the reference code for this state.
	CU_ASSERT_EQUAL(wb_em_random_next(&r), 11520);
	CU_ASSERT_EQUAL(wb_em_random_next(&r), 0);
	CU_ASSERT_EQUAL(wb_em_random_next(&r), 1509978240);
	wb_em_random_seed(&r, 1);
	for (int i = 0; i < 100000; i++)
		sum += wb_em_random_normal(&r, 1000000);
	CU_ASSERT(llabs(sum / 100000) < 16000); // five deviations of the mean
	CU_ASSERT(!wb_em_random_chance(&r, 0));
	CU_ASSERT(wb_em_random_chance(&r, 1000000));
}

static const struct harness_test tests[] = {
	{ "conf_invalid", test_conf_invalid },
	{ "delay", test_delay },
	{ "rate", test_rate },
	{ "droptail", test_droptail },
	{ "item_limit", test_item_limit },
	{ "trace", test_trace },
	{ "trace_bytes", test_trace_bytes },
	{ "capacity", test_capacity },
	{ "police", test_police },
	{ "pauses", test_pauses },
	{ "pauses_change", test_pauses_change },
	{ "loss_random", test_loss_random },
	{ "loss_extremes", test_loss_extremes },
	{ "loss_gilbert_elliott", test_loss_gilbert_elliott },
	{ "jitter_reorder", test_jitter_reorder },
	{ "jitter_fifo", test_jitter_fifo },
	{ "outage", test_outage },
	{ "outage_trace", test_outage_trace },
	{ "configure_rate", test_configure_rate },
	{ "configure_delay", test_configure_delay },
	{ "configure_while_busy", test_configure_while_busy },
	{ "random", test_random },
};

int
main(void)
{
	return HARNESS_RUN("emulate", tests);
}
