// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "harness.h"

#define MS ((int64_t)WB_MS)
#define TICK (10 * WB_MS)

static struct grid g;
static wb_ns_t now;
static unsigned seed;

static int64_t
dice(int64_t n)
{
	return rand_r(&seed) % n;
}

// A path with noise of `noise` ms; every `period` at `phase` its delay becomes another by `step` ms, and
// `loss` % are lost for 200 ms, `always` % else.
struct link {
	wb_ns_t period, phase;
	int64_t step, noise;
	unsigned loss, always;
};

static void
run(const struct link *l, unsigned seconds)
{
	int64_t base = 30 * MS;

	for (wb_ns_t end = now + seconds * WB_SEC; now < end; now += TICK) {
		wb_ns_t since = l->period ? (now + GRID_PERIOD - l->phase) % l->period : WB_SEC;

		if (l->period && since < TICK)
			base = 30 * MS + (base > 32 * MS ? 0 : l->step * MS);
		grid_delay(&g, base + (l->noise ? dice(l->noise * MS) : 0), now);
		for (unsigned i = 0; i < 5; i++)
			grid_count(&g, 1, dice(100) < (since < 200 * WB_MS ? l->loss : l->always),
				now);
	}
}

static void
begin(unsigned s)
{
	memset(&g, 0, sizeof(g));
	now = 1000 * WB_SEC;
	seed = s;
}

static void
learns_the_phase(void)
{
	struct link l = { GRID_PERIOD, 12 * WB_SEC + 30 * WB_MS, 7, 3, 3, 1 };

	begin(1);
	run(&l, 60);
	CU_ASSERT(!g.known); // too early to tell
	run(&l, 180);
	CU_ASSERT(g.known);
	CU_ASSERT(g.slot >= 119 && g.slot <= 121);
	CU_ASSERT(grid_confidence(&g) >= 70);
	now = 3000 * WB_SEC + 12 * WB_SEC;
	CU_ASSERT_EQUAL(grid_last(&g, now + WB_SEC) / WB_SEC, now / WB_SEC);
	CU_ASSERT(grid_changes(&g, now + 60 * WB_MS) && grid_changes(&g, now + 200 * WB_MS));
	CU_ASSERT(!grid_changes(&g, now + WB_SEC) && !grid_changes(&g, now - WB_SEC));
}

// Wherever it lies, also across the end of the period.
static void
any_phase(void)
{
	for (unsigned i = 0; i < 15; i++) {
		struct link l = { GRID_PERIOD, i * WB_SEC, 10, 2, 0, 0 };

		begin(i);
		run(&l, 240);
		CU_ASSERT(g.known);
		CU_ASSERT(g.slot % (GRID_SLOTS - 1) <= i * 10 + 1 && g.slot + 2u >= i * 10);
	}
}

// Steady, lossy, noisy; and what has another period: 1, 3 or 5 s come more than once in 15, 7 and 20 wander.
static void
others_get_no_grid(void)
{
	static const struct link rows[] = {
		{ 0, 0, 0, 0, 0, 0 },
		{ 0, 0, 0, 20, 0, 3 },
		{ WB_SEC, 0, 8, 3, 0, 0 },
		{ 3 * WB_SEC, WB_SEC, 8, 3, 5, 1 },
		{ 5 * WB_SEC, 2 * WB_SEC, 12, 3, 0, 0 },
		{ 7 * WB_SEC, 0, 12, 3, 3, 0 },
		{ 20 * WB_SEC, 0, 12, 3, 3, 0 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(i);
		for (unsigned k = 0; k < 60; k++) {
			run(&rows[i], 15);
			CU_ASSERT(!g.known);
		}
	}
}

static void
forgets(void)
{
	struct link l = { GRID_PERIOD, 5 * WB_SEC, 9, 3, 0, 0 }, steady = { .noise = 3 };

	begin(3);
	run(&l, 240);
	CU_ASSERT(g.known);
	run(&steady, 240);
	CU_ASSERT(!g.known);
	CU_ASSERT_EQUAL(grid_last(&g, now), 0);
	// Not by a pause.
	run(&l, 240);
	CU_ASSERT(g.known);
	now += 1234 * WB_SEC;
	run(&l, 5);
	CU_ASSERT(g.known);
}

static const struct harness_test tests[] = {
	{ "learns the phase", learns_the_phase },
	{ "any phase", any_phase },
	{ "others get no grid", others_get_no_grid },
	{ "forgets", forgets },
};

int
main(void)
{
	return HARNESS_RUN("grid", tests);
}
