// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "harness.h"
#include "window.h"

static void
falls_at_once_and_forgets(void)
{
	struct window w = { 0 };

	CU_ASSERT_EQUAL(window_min(&w, 100, 50, 0), 50);
	CU_ASSERT_EQUAL(window_min(&w, 100, 60, 30), 50);
	CU_ASSERT_EQUAL(window_min(&w, 100, 40, 50), 40);
	CU_ASSERT_EQUAL(window_min(&w, 100, 70, 90), 40);
	CU_ASSERT_EQUAL(window_min(&w, 100, 70, 149), 40);
	CU_ASSERT(window_min(&w, 100, 70, 151) > 40);       // 40 was seen at 50
	CU_ASSERT_EQUAL(window_min(&w, 100, 90, 1000), 90); // a long pause: all are old
}

// Never below the true minimum of the window, never below a value that is in it for sure (the
// filter may keep a sample of up to the window's age, never an older one).
static void
against_brute_force(void)
{
	static int64_t v[5000];
	struct window w = { 0 };
	unsigned seed = 5;

	for (unsigned i = 0; i < 5000; i++) {
		int64_t got, least = INT64_MAX;

		v[i] = rand_r(&seed) % 1000;
		got = window_min(&w, 100, v[i], i);
		for (unsigned j = i > 100 ? i - 100 : 0; j <= i; j++)
			least = v[j] < least ? v[j] : least;
		CU_ASSERT_FATAL(got >= least && got <= v[i]);
	}
}

static const struct harness_test tests[] = {
	{ "falls at once and forgets", falls_at_once_and_forgets },
	{ "against brute force", against_brute_force },
};

int
main(void)
{
	return HARNESS_RUN("window", tests);
}
