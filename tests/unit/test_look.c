// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "cc.h"
#include "cc_tunables.h"
#include "harness.h"

#define RATE 80000000ull // what the path carries
#define RTT (40 * WB_MS)
#define STEP (10 * WB_MS)

static struct look l;
static wb_ns_t now;
static struct cc_report r;

static void
start(wb_ns_t queue)
{
	memset(&l, 0, sizeof(l));
	now = WB_SEC;
	r = (struct cc_report){ .bps = RATE, .queue = queue, .srtt = RTT };
	for (unsigned i = 0; i < LOOK_ROUNDS; i++) {
		CU_ASSERT_FALSE(look_due(&l, &r, now));
		look_round(&l, true, false);
	}
	CU_ASSERT_TRUE(look_due(&l, &r, now));
	look_begin(&l, &r, RATE, now);
}

// Reports of what left a round trip ago at the look's pace, and arrived at `arrives`.
static enum look_verdict
look(uint64_t arrives)
{
	uint64_t pace = l.pace * LOOK_PERCENT / 100;
	enum look_verdict v = LOOK_OPEN;

	for (unsigned i = 0; v == LOOK_OPEN && i < 1000; i++) {
		wb_ns_t took = STEP * pace / arrives;

		now += took;
		r.left += r.left ? STEP : now - RTT;
		r.came_us += (uint32_t)(took / WB_US);
		r.total += (uint32_t)(pace / 8 * STEP / WB_SEC);
		if (l.left)
			r.queue = r.queue + took > STEP ? r.queue + took - STEP : 0;
		v = look_report(&l, &r, now);
	}
	CU_ASSERT_FALSE(look_under_way(&l));
	return v;
}

static void
queue_shrinks(void)
{
	start(80 * WB_MS);
	CU_ASSERT_EQUAL(look(RATE), LOOK_QUEUE);
	CU_ASSERT(look_rate(&l, &r) > RATE / 100 * 98 && look_rate(&l, &r) < RATE / 100 * 102);
	CU_ASSERT(r.queue > 0); // it took no longer than it had to
	CU_ASSERT(now < WB_SEC + RTT + 100 * WB_MS);
}

static void
longer_path_stays(void)
{
	start(80 * WB_MS);
	CU_ASSERT_EQUAL(look(RATE * LOOK_PERCENT / 100), LOOK_PATH);
}

static void
slower_still_is_a_queue(void)
{
	start(80 * WB_MS);
	CU_ASSERT_EQUAL(look(RATE / 2), LOOK_QUEUE);
}

static void
noise_makes_it_longer(void)
{
	wb_ns_t quiet;

	start(80 * WB_MS);
	quiet = l.end - l.begun;
	memset(&l, 0, sizeof(l));
	r.wander = 10 * WB_MS;
	look_begin(&l, &r, RATE, now);
	CU_ASSERT(l.end - l.begun > quiet);
	r.queue = 5 * WB_MS; // no more than there is need to go
	look_begin(&l, &r, RATE, now);
	CU_ASSERT_EQUAL(l.drain, 5 * WB_MS);
}

static void
looks_are_rare(void)
{
	start(80 * WB_MS);
	look(RATE);
	for (unsigned i = 0; i < LOOK_ROUNDS; i++)
		look_round(&l, true, false);
	r.queue = 80 * WB_MS;
	CU_ASSERT_TRUE(look_due(&l, &r, now)); // it was to go, and did not
	look_short(&l);
	CU_ASSERT_FALSE(look_due(&l, &r, now));
	CU_ASSERT_TRUE(look_due(&l, &r, now + LOOK_AGAIN));
	r.queue = 170 * WB_MS; // another one
	CU_ASSERT_TRUE(look_due(&l, &r, now));
	look_round(&l, false, true);
	CU_ASSERT_FALSE(look_due(&l, &r, now));
}

static const struct harness_test tests[] = {
	{ "a queue shrinks, and shows the rate", queue_shrinks },
	{ "a longer path stays", longer_path_stays },
	{ "what becomes slower still is a queue", slower_still_is_a_queue },
	{ "noise makes it longer", noise_makes_it_longer },
	{ "looks are rare", looks_are_rare },
};

int
main(void)
{
	return HARNESS_RUN("look", tests);
}
