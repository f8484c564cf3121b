// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "harness.h"
#include "resend.h"

static void *
get(void *ctx, size_t size)
{
	(void)ctx;
	return calloc(1, size);
}

static void
first_in_first_out(void)
{
	struct wb_pkt pkt = { .sclass = WB_CLASS_BULK };
	struct resend r;

	CU_ASSERT_EQUAL_FATAL(resend_init(&r, 4, get, NULL), 0);
	CU_ASSERT_PTR_NULL(resend_peek(&r));
	for (uint16_t round = 0; round < 5; round++) {
		for (uint16_t i = 0; i < 4; i++)
			CU_ASSERT_EQUAL(
				resend_push(&r,
					&(struct resend_entry){ .pkt = &pkt, .off = i, .len = 9 }),
				0);
		CU_ASSERT_EQUAL(resend_push(&r, &(struct resend_entry){ .pkt = &pkt }), -28);
		CU_ASSERT_EQUAL(resend_count(&r), 4);
		for (uint16_t i = 0; i < 4; i++) {
			CU_ASSERT_EQUAL(resend_peek(&r)->off, i);
			resend_pop(&r);
		}
		CU_ASSERT_PTR_NULL(resend_peek(&r));
	}
	free(r.realtime.entries);
	free(r.other.entries);
}

// A call's packets wait behind no window of bulk; what is half sent is gone on with after them.
static void
realtime_first(void)
{
	struct wb_pkt bulk = { .sclass = WB_CLASS_BULK }, call = { .sclass = WB_CLASS_REALTIME };
	struct resend r;

	CU_ASSERT_EQUAL_FATAL(resend_init(&r, 4, get, NULL), 0);
	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(
			resend_push(&r, &(struct resend_entry){ .pkt = &bulk, .len = 9 }), 0);
	resend_peek(&r)->off = 5;
	CU_ASSERT_EQUAL(resend_push(&r, &(struct resend_entry){ .pkt = &call, .off = 1 }), 0);
	CU_ASSERT_EQUAL(resend_push(&r, &(struct resend_entry){ .pkt = &call, .off = 2 }), 0);
	CU_ASSERT_EQUAL(resend_count(&r), 6);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_PTR_EQUAL(resend_peek(&r)->pkt, &call);
		CU_ASSERT_EQUAL(resend_peek(&r)->off, i + 1);
		resend_pop(&r);
	}
	CU_ASSERT_PTR_EQUAL(resend_peek(&r)->pkt, &bulk);
	CU_ASSERT_EQUAL(resend_peek(&r)->off, 5);
	CU_ASSERT_PTR_NULL(resend_nth(&r, 4));
	free(r.realtime.entries);
	free(r.other.entries);
}

static void
budgets(void)
{
	CU_ASSERT_EQUAL(resend_budget(WB_CLASS_REALTIME), 120 * WB_MS);
	CU_ASSERT(resend_budget(WB_CLASS_BULK) > resend_budget(WB_CLASS_REALTIME));
	CU_ASSERT_EQUAL(resend_budget(77), resend_budget(WB_CLASS_DEFAULT));
}

static const struct harness_test tests[] = {
	{ "first in, first out", first_in_first_out },
	{ "realtime first", realtime_first },
	{ "budgets", budgets },
};

int
main(void)
{
	return HARNESS_RUN("resend", tests);
}
