// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "harness.h"
#include "replay.h"

#define W WB_REPLAY_WINDOW

static const struct {
	uint64_t number;
	bool accepted;
} steps[] = {
	/* 0 */ { 0, true },
	/* 1 */ { 0, false },
	/* 2 */ { 1, true },
	/* 3 */ { 1, false },
	/* 4 */ { 9, true },
	/* 5 */ { 8, true },
	/* 6 */ { 7, true },
	/* 7 */ { 7, false },
	/* 8 */ { W, true }, // 0 is now exactly W behind, and known
	/* 9 */ { 0, false },
	/* 10 */ { 2, true },
	/* 11 */ { W + 3, true }, // 3 is exactly W behind, 2 further
	/* 12 */ { 3, true },
	/* 13 */ { 2, false },
	/* 14 */ { 3, false },
	/* 15 */ { 64 * W, true }, // jump over the whole ring
	/* 16 */ { 64 * W, false },
	/* 17 */ { 63 * W, true },
	/* 18 */ { 63 * W - 1, false },
	/* 19 */ { 64 * W - 1, true },
	/* 20 */ { UINT64_MAX, false }, // never: next would wrap
	/* 21 */ { UINT64_MAX - 1, true },
	/* 22 */ { UINT64_MAX - 1, false },
	/* 23 */ { UINT64_MAX - 1 - W, true },
	/* 24 */ { UINT64_MAX - 2 - W, false },
	/* 25 */ { 0, false },
};

static void
test_table(void)
{
	struct replay r;

	replay_init(&r);
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		bool checked = replay_check(&r, steps[i].number);
		bool accepted = replay_accept(&r, steps[i].number);

		if (checked != steps[i].accepted || accepted != steps[i].accepted)
			fprintf(stderr, "step %u\n", i);
		CU_ASSERT_EQUAL(checked, steps[i].accepted);
		CU_ASSERT_EQUAL(accepted, steps[i].accepted);
	}
}

static void
test_starts_anywhere(void)
{
	struct replay r;

	replay_init(&r);
	CU_ASSERT_TRUE(replay_accept(&r, 12345678));
	CU_ASSERT_TRUE(replay_accept(&r, 12345678 - W));
	CU_ASSERT_FALSE(replay_accept(&r, 12345678 - W - 1));
}

// Against a model that remembers everything: jumps of all sizes around word and window edges.
static void
test_model(void)
{
	static uint8_t seen[1 << 20];
	struct replay r;
	uint64_t top = 0, x = 88172645463325252ull;
	unsigned wrong = 0, accepted = 0;

	replay_init(&r);
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < 400000; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		uint64_t number;
		bool expect;

		if (x % 1000 == 0)
			number = top + x / 1000 % (W + 200);
		else if (x % 3 == 0)
			number = top + x / 3 % 3;
		else
			number = top - (x / 3 % (W + 100) < top ? x / 3 % (W + 100) : 0);
		if (number >= sizeof(seen))
			break;
		expect = !seen[number] && number + W >= top;
		wrong += replay_check(&r, number) != expect;
		wrong += replay_accept(&r, number) != expect;
		seen[number] |= expect;
		accepted += expect;
		if (number > top)
			top = number;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(accepted > 100000);
	CU_ASSERT_TRUE(top > 20 * W);
}

static const struct harness_test tests[] = {
	{ "table", test_table },
	{ "starts anywhere", test_starts_anywhere },
	{ "against a model", test_model },
};

int
main(void)
{
	return HARNESS_RUN("replay", tests);
}
