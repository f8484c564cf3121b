// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "overload.h"

#define INTERVAL (100 * WB_MS)
#define PACKET 1000
#define WAIT (OVERLOAD_WAIT / WB_MS)

// A queue from which a packet goes each ms.
struct queue {
	struct overload o;
	unsigned now, backlog; // ms, packets
};

// A ms: `came` packets came and one is taken out, which has waited for as long as those behind it will take.
static bool
tick(struct queue *q, unsigned came, unsigned signals)
{
	struct overload_sample s = {
		.wait = q->backlog * WB_MS,
		.interval = INTERVAL,
		.bytes = PACKET,
		.signals = signals,
	};

	q->now++;
	q->backlog += came;
	s.backlog = --q->backlog * PACKET;
	return overload_took(&q->o, &s, q->now * WB_MS);
}

// Packets that were too old, of the ms up to `until`.
static unsigned
run(struct queue *q, unsigned until, unsigned came, unsigned signals)
{
	unsigned old = 0;

	while (q->now < until)
		old += tick(q, came, signals);
	return old;
}

// Twice what goes comes until the sender hears of it, 0.7 of it then: TCP, however long the queue is.
static void
one_that_slows_down_is_left_alone(void)
{
	struct queue q = { .backlog = 1 };
	unsigned old = run(&q, 200, 2, 0) + run(&q, 300, 2, 1);

	CU_ASSERT(q.backlog > 200);
	for (unsigned i = 0; i < 1000 && q.backlog > 10; i++)
		old += tick(&q, i % 10 < 7, 1 + i / 100);
	CU_ASSERT_EQUAL(old, 0);
}

// A window of packets on the way: as many come as go, for as long as one likes.
static void
a_window_is_left_alone(void)
{
	struct queue q = { .backlog = 5 * WAIT };

	CU_ASSERT_EQUAL(run(&q, 5000, 1, 1000), 0);
}

// A path slows down to a tenth while CoDel signals: the sender hears of it a round trip later.
static void
a_dip_is_left_alone(void)
{
	for (unsigned at = 150; at < 500; at += 10) {
		struct queue q = { .backlog = 30 };
		unsigned old = run(&q, 101, 1, 0) + run(&q, at, 1, 1);

		for (unsigned i = 0; i < 6; i++) // ten come a packet that goes, for 60 ms
			old += tick(&q, 10, 2), q.now += 9;
		for (unsigned i = 0; i < 100; i++)
			old += tick(&q, 1, 3), q.now += 9;
		CU_ASSERT_EQUAL(old, 0);
	}
}

static void
one_that_does_not_is_bounded(void)
{
	struct queue q = { .backlog = 1 };
	unsigned first = 0;

	CU_ASSERT_EQUAL(run(&q, 101, 2, 0), 0);
	for (unsigned i = 0; i < 1000 && !first; i++)
		first = tick(&q, 2, 2) ? q.now : 0;
	CU_ASSERT_EQUAL(first, 102 + OVERLOAD_WINDOWS * INTERVAL / WB_MS);
	CU_ASSERT(overload_limits(&q.o, q.now * WB_MS));
	CU_ASSERT_EQUAL(run(&q, q.now + 100, 1, 2), 100);
	// What is younger goes.
	q.backlog = WAIT / 2;
	CU_ASSERT_EQUAL(run(&q, q.now + 100, 1, 2), 0);
}

// It is remembered through times in which all has room.
static void
it_is_remembered(void)
{
	struct queue q = { .backlog = 3 * WAIT };

	CU_ASSERT(run(&q, 500, 2, 1) > 0);
	q.backlog = 2;
	CU_ASSERT_EQUAL(run(&q, 5000, 1, 0), 0);
	q.backlog = 2 * WAIT;
	CU_ASSERT_EQUAL(run(&q, 5010, 1, 0), 10);
	q.now += OVERLOAD_MEMORY / WB_MS;
	CU_ASSERT_EQUAL(run(&q, q.now + 10, 1, 0), 0);
}

static const struct harness_test tests[] = {
	{ "one that slows down is left alone", one_that_slows_down_is_left_alone },
	{ "a window is left alone", a_window_is_left_alone },
	{ "a dip is left alone", a_dip_is_left_alone },
	{ "one that does not slow down is bounded", one_that_does_not_is_bounded },
	{ "it is remembered", it_is_remembered },
};

int
main(void)
{
	return HARNESS_RUN("overload", tests);
}
