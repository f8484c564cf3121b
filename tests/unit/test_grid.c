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
	CU_ASSERT_EQUAL(grid_last(&g, now + 14 * WB_SEC) / WB_SEC, now / WB_SEC);
	CU_ASSERT_EQUAL(grid_last(&g, now + 16 * WB_SEC) / WB_SEC, now / WB_SEC + 15);
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

// Cable: jitter, some loss, and steps of 5 to 25 ms after 1 to 14 s.
static void
random_steps_get_no_grid(void)
{
	for (unsigned s = 0; s < 20; s++) {
		begin(s);
		for (unsigned i = 0; i < 80; i++) {
			struct link l = { .noise = 4, .always = 1 };

			run(&l, 1 + (unsigned)dice(14));
			l = (struct link){ WB_SEC, now % WB_SEC, 5 + dice(20), 4, 0, 1 };
			run(&l, 1);
			CU_ASSERT(!g.known);
		}
	}
}

// The formula at the top of grid.h, where n is small enough to be met: one step in each period, at any slot.
static void
chance_is_as_worked_out(void)
{
	const unsigned periods = 20000;
	unsigned with[GRID_PERIODS + 1] = { 0 };

	begin(1);
	now = 1005 * WB_SEC; // where a period begins
	for (unsigned i = 0; i < periods; i++) {
		wb_ns_t step = (wb_ns_t)dice(GRID_SLOTS) * GRID_SLOT;

		for (wb_ns_t at = 0; at < GRID_PERIOD; at += GRID_SLOT)
			grid_delay(&g, (at < step) == i % 2 ? 30 * MS : 50 * MS, now + at);
		now += GRID_PERIOD;
		for (unsigned n = 0; n <= g.agree; n++)
			with[n]++;
		CU_ASSERT(!g.known);
	}
	// 4: 4.9 %, 5: 0.29 %, 6: 0.013 % at most; each such event is counted up to n times in it
	CU_ASSERT(with[4] < periods * 49 / 1000 && with[4] > periods * 49 / 1000 / 6);
	CU_ASSERT(with[5] < periods * 29 / 10000 && with[5] > 0);
	CU_ASSERT(with[6] < periods * 4 / 10000);
	CU_ASSERT_EQUAL(with[7], 0);
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
	{ "random steps get no grid", random_steps_get_no_grid },
	{ "chance is as worked out", chance_is_as_worked_out },
	{ "forgets", forgets },
};

int
main(void)
{
	return HARNESS_RUN("grid", tests);
}
