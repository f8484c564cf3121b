// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "fattest.h"
#include "harness.h"

#define THINGS 300

struct thing {
	uint64_t other;
	struct fattest_node node;
};

static struct thing things[THINGS];
static const struct fattest_of of = { &things[0].node, sizeof(struct thing) };

static void
resize(struct fattest *f, uint16_t i, uint32_t bytes)
{
	if (!fattest_stays(&things[i].node, bytes))
		fattest_move(f, &of, i, bytes);
}

static void
nothing_is_fattest(void)
{
	struct fattest f;

	fattest_init(&f);
	CU_ASSERT_EQUAL(fattest_find(&f, &of), FATTEST_NONE);
	resize(&f, 7, 1);
	CU_ASSERT_EQUAL(fattest_find(&f, &of), 7);
	resize(&f, 7, 0);
	CU_ASSERT_EQUAL(fattest_find(&f, &of), FATTEST_NONE);
}

static void
it_is_over_half_of_the_largest(void)
{
	uint64_t x = 0x9e3779b97f4a7c15ull;
	unsigned wrong = 0;
	struct fattest f;

	fattest_init(&f);
	for (unsigned n = 0; n < 20000; n++) {
		uint32_t most = 0;
		uint16_t i;

		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		resize(&f, (uint16_t)(x % THINGS),
			x >> 20 & 3 ? (uint32_t)(x >> 32) >> (x >> 24) % 32 : 0);
		for (unsigned k = 0; k < THINGS; k++)
			most = things[k].node.bytes > most ? things[k].node.bytes : most;
		i = fattest_find(&f, &of);
		wrong += most == 0 ? i != FATTEST_NONE : things[i].node.bytes <= most / 2;
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static const struct harness_test tests[] = {
	{ "nothing is fattest", nothing_is_fattest },
	{ "it is over half of the largest", it_is_over_half_of_the_largest },
};

int
main(void)
{
	return HARNESS_RUN("fattest", tests);
}
