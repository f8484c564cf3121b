// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "way_out.h"

static struct way_out w;
static wb_ns_t now;
static uint64_t asked, answered;

static void
begin(void)
{
	w = (struct way_out){ 0 };
	now = WB_SEC;
	asked = answered = 0;
}

// Looks each second, with so many more of each. Returns how often `word` was said.
static unsigned
said(enum way_word word, unsigned seconds, unsigned ask, unsigned answer, bool reached)
{
	unsigned n = 0;

	for (unsigned i = 0; i < seconds; i++, now += WB_SEC) {
		asked += ask;
		answered += answer;
		n += way_out(&w, asked, answered, reached, now) == word;
	}
	return n;
}

static void
dead_then_back(void)
{
	begin();
	CU_ASSERT_EQUAL(said(WAY_IS_DEAD, 10, 2, 0, true), 0);
	CU_ASSERT_EQUAL(said(WAY_IS_DEAD, 1, 2, 0, true), 1);
	CU_ASSERT_TRUE(w.dead);
	CU_ASSERT_EQUAL(said(WAY_IS_DEAD, 3600, 2, 0, true), 0); // once
	CU_ASSERT_EQUAL(said(WAY_IS_BACK, 5, 2, 1, true), 1);
	CU_ASSERT_FALSE(w.dead);
	CU_ASSERT_EQUAL(said(WAY_IS_DEAD, 20, 2, 0, true), 1);
}

static void
no_false_alarm(void)
{
	begin();
	CU_ASSERT_EQUAL(said(WAY_SAYS_NOTHING, 3600, 0, 0, true), 3600); // nobody asks
	CU_ASSERT_EQUAL(said(WAY_SAYS_NOTHING, 3600, 5, 1, true), 3600); // some hosts are silent
	CU_ASSERT_EQUAL(said(WAY_SAYS_NOTHING, 1, 9, 0, true), 1);       // a few, and no more
	CU_ASSERT_EQUAL(said(WAY_SAYS_NOTHING, 60, 0, 0, true), 60);
	CU_ASSERT_EQUAL(said(WAY_SAYS_NOTHING, 60, 5, 0, false), 60); // the hub is not reached
	CU_ASSERT_EQUAL(said(WAY_SAYS_NOTHING, 8, 5, 0, true), 8);
}

static void
cleared_counters(void)
{
	begin();
	said(WAY_IS_DEAD, 10, 5, 5, true);
	asked = 0;
	answered = 0;
	CU_ASSERT_EQUAL(said(WAY_IS_DEAD, 10, 5, 0, true), 0);
	CU_ASSERT_EQUAL(said(WAY_IS_DEAD, 5, 5, 0, true), 1);
}

static void
stays_dead_without_a_path(void)
{
	begin();
	said(WAY_IS_DEAD, 20, 5, 0, true);
	CU_ASSERT_EQUAL(said(WAY_IS_BACK, 5, 5, 0, false), 0);
	CU_ASSERT_TRUE(w.dead);
	CU_ASSERT_EQUAL(said(WAY_IS_DEAD, 60, 5, 0, true), 0);
	CU_ASSERT_EQUAL(said(WAY_IS_BACK, 1, 5, 1, true), 1);
}

static const struct harness_test tests[] = {
	{ "dead, then back", dead_then_back },
	{ "no false alarm", no_false_alarm },
	{ "cleared counters", cleared_counters },
	{ "stays dead without a path", stays_dead_without_a_path },
};

int
main(void)
{
	return HARNESS_RUN("way_out", tests);
}
