// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "wb_price.h"

#define GB 1000000000ull
#define DAY 86400ull

// 100 GB a month of 30 days.
static wb_ns_t
after(uint64_t days, uint64_t gigabytes)
{
	struct wb_price p = { .metered = true,
		.budget = 100 * GB,
		.used = gigabytes * GB,
		.period = 30 * DAY,
		.left = (30 - days) * DAY };

	return wb_price(&p);
}

static void
without_budget(void)
{
	CU_ASSERT_EQUAL(wb_price(&(struct wb_price){ 0 }), 0);
	CU_ASSERT_EQUAL(wb_price(&(struct wb_price){ .backup = true }), 10 * WB_MS);
	CU_ASSERT_EQUAL(wb_price(&(struct wb_price){ .metered = true }), 10 * WB_MS);
	CU_ASSERT_EQUAL(
		wb_price(&(struct wb_price){ .backup = true, .metered = true }), 20 * WB_MS);
}

static void
as_the_month_goes(void)
{
	CU_ASSERT_EQUAL(after(0, 0), 10 * WB_MS);
	CU_ASSERT_EQUAL(after(15, 50), 10 * WB_MS);
	CU_ASSERT_EQUAL(after(15, 10), 10 * WB_MS); // what is saved makes nothing cheaper
	CU_ASSERT(after(15, 75) >= 19990000 && after(15, 75) <= 20010000);
	CU_ASSERT(after(3, 90) >= 89900000 && after(3, 90) <= 90100000);
	CU_ASSERT_EQUAL(after(29, 96), 10 * WB_MS); // the last day: what is left may go
	CU_ASSERT(after(29, 99) > 10 * WB_MS);
}

// It rises all the way, without a step, and ends at the top.
static void
rises(void)
{
	wb_ns_t last = 0;

	for (uint64_t used = 0; used < 100; used++) {
		wb_ns_t price = after(2, used);

		CU_ASSERT(price >= last);
		CU_ASSERT(last == 0 || used > 90 || price <= last + last / 5);
		last = price;
	}
	CU_ASSERT_EQUAL(after(2, 100), WB_PRICE_MAX);
	CU_ASSERT_EQUAL(after(2, 1000000), WB_PRICE_MAX);
	CU_ASSERT_EQUAL(after(30, 100), WB_PRICE_MAX);
}

static void
odd_numbers(void)
{
	struct wb_price p = {
		.budget = UINT64_MAX, .used = UINT64_MAX / 2, .period = 100, .left = 90
	};

	CU_ASSERT(wb_price(&p) >= 17900000 && wb_price(&p) <= 18100000); // a budget is metered
	p = (struct wb_price){ .budget = 1, .period = 0, .left = 0 };
	CU_ASSERT_EQUAL(wb_price(&p), 10 * WB_MS);
	p = (struct wb_price){ .budget = 1, .used = 1 };
	CU_ASSERT_EQUAL(wb_price(&p), WB_PRICE_MAX);
	p = (struct wb_price){ .budget = 100, .used = 50, .period = 10, .left = 1000 };
	CU_ASSERT_EQUAL(wb_price(&p), 20 * WB_MS); // a clock that was set back
}

static const struct harness_test tests[] = {
	{ "without a budget", without_budget },
	{ "as the month goes", as_the_month_goes },
	{ "rises", rises },
	{ "odd numbers", odd_numbers },
};

int
main(void)
{
	return HARNESS_RUN("price", tests);
}
