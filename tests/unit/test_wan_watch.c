// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "wan_watch.h"

// Looks each second; returns how often `word` was said.
static unsigned
said(struct wan_watch *w, enum wan_word word, bool probed, enum wb_path_state state, wb_ns_t *now,
	unsigned seconds)
{
	unsigned n = 0;

	for (unsigned i = 0; i < seconds; i++, *now += WB_SEC)
		n += wan_watch(w, probed, state, *now) == word;
	return n;
}

static void
silent_then_answers(void)
{
	struct wan_watch w = { 0 };
	wb_ns_t now = WB_SEC;

	CU_ASSERT_EQUAL(said(&w, WAN_IS_SILENT, true, WB_PATH_PROBING, &now, 10), 0);
	CU_ASSERT_EQUAL(said(&w, WAN_IS_SILENT, true, WB_PATH_PROBING, &now, 1), 1);
	CU_ASSERT_EQUAL(said(&w, WAN_IS_SILENT, true, WB_PATH_PROBING, &now, 3600), 0); // once
	CU_ASSERT_EQUAL(said(&w, WAN_ANSWERS, true, WB_PATH_UP, &now, 10), 1);
	CU_ASSERT_EQUAL(said(&w, WAN_IS_SILENT, true, WB_PATH_PROBING, &now, 12), 1); // anew
}

static void
comes_up_in_time(void)
{
	struct wan_watch w = { 0 };
	wb_ns_t now = WB_SEC;

	said(&w, WAN_IS_SILENT, true, WB_PATH_PROBING, &now, 9);
	CU_ASSERT_EQUAL(said(&w, WAN_SAYS_NOTHING, true, WB_PATH_UP, &now, 5), 5);
	CU_ASSERT_EQUAL(said(&w, WAN_SAYS_NOTHING, true, WB_PATH_PROBING, &now, 9), 9);
}

static void
other_reasons(void)
{
	struct wan_watch w = { 0 };
	wb_ns_t now = WB_SEC;

	CU_ASSERT_EQUAL(said(&w, WAN_SAYS_NOTHING, false, WB_PATH_PROBING, &now, 60), 60);
	CU_ASSERT_EQUAL(said(&w, WAN_SAYS_NOTHING, true, WB_PATH_DISABLED, &now, 60), 60);
	CU_ASSERT_EQUAL(said(&w, WAN_SAYS_NOTHING, true, WB_PATH_DOWN, &now, 60), 60);
	// Its address comes and goes: the time counts from when it can be used.
	said(&w, WAN_IS_SILENT, true, WB_PATH_PROBING, &now, 8);
	said(&w, WAN_IS_SILENT, false, WB_PATH_DISABLED, &now, 8);
	CU_ASSERT_EQUAL(said(&w, WAN_IS_SILENT, true, WB_PATH_PROBING, &now, 8), 0);
	CU_ASSERT_EQUAL(said(&w, WAN_IS_SILENT, true, WB_PATH_PROBING, &now, 8), 1);
}

static const struct harness_test tests[] = {
	{ "silent, then it answers", silent_then_answers },
	{ "comes up in time", comes_up_in_time },
	{ "other reasons are told elsewhere", other_reasons },
};

int
main(void)
{
	return HARNESS_RUN("wan_watch", tests);
}
