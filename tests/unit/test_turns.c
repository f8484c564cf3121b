// SPDX-License-Identifier: BSD-3-Clause
#include "harness.h"
#include "turns.h"

struct thing {
	uint64_t other;
	struct turn turn;
};

static struct thing things[5];
static const struct turns_of of = { &things[0].turn, sizeof(struct thing) };

static struct turns
list_of(unsigned n)
{
	struct turns l = { TURNS_NONE, TURNS_NONE };

	for (uint16_t i = 0; i < n; i++)
		turns_append(&l, &of, i, 7);
	return l;
}

static void
first_come_first_served(void)
{
	struct turns l = list_of(3);

	CU_ASSERT_EQUAL(things[1].turn.list, 7);
	CU_ASSERT_EQUAL(turns_take(&l, &of), 0);
	CU_ASSERT_EQUAL(things[0].turn.list, 0);
	turns_append(&l, &of, 0, 7); // its next turn
	CU_ASSERT_EQUAL(turns_take(&l, &of), 1);
	CU_ASSERT_EQUAL(turns_take(&l, &of), 2);
	CU_ASSERT_EQUAL(turns_take(&l, &of), 0);
	CU_ASSERT_EQUAL(l.head, TURNS_NONE);
	turns_append(&l, &of, 4, 7); // a list that has been empty
	CU_ASSERT_EQUAL(turns_take(&l, &of), 4);
	CU_ASSERT_EQUAL(l.head, TURNS_NONE);
}

static void
any_of_them_leaves(void)
{
	for (uint16_t gone = 0; gone < 4; gone++) {
		struct turns l = list_of(4);

		turns_remove(&l, &of, gone);
		CU_ASSERT_EQUAL(things[gone].turn.list, 0);
		turns_append(&l, &of, 4, 7); // the end is where it should be
		for (uint16_t i = 0; i < 5; i++)
			if (i != gone)
				CU_ASSERT_EQUAL(turns_take(&l, &of), i);
		CU_ASSERT_EQUAL(l.head, TURNS_NONE);
	}
}

static const struct harness_test tests[] = {
	{ "first come, first served", first_come_first_served },
	{ "any of them leaves", any_of_them_leaves },
};

int
main(void)
{
	return HARNESS_RUN("turns", tests);
}
