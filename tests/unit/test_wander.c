// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "harness.h"
#include "wander.h"

#define RATE 80000000ull // 10 bytes a microsecond
#define STEP (10 * WB_MS)

static struct wander w;
static wb_ns_t sent, came;
static uint32_t bytes;

static void
start(void)
{
	memset(&w, 0, sizeof(w));
	sent = WB_SEC;
	came = 2 * WB_SEC;
	bytes = 0;
}

// So much left in `left` and arrived in `received`, in steps.
static void
run(wb_ns_t left, wb_ns_t received, uint64_t bps)
{
	unsigned steps = (unsigned)(left / STEP);

	for (unsigned i = 0; i < steps; i++) {
		sent += left / steps;
		came += received / steps;
		bytes += (uint32_t)(bps / 8 * (received / steps) / WB_SEC);
		wander_report(&w, (uint32_t)(came / WB_US), bytes, sent, RATE);
	}
}

static void
steady_path_has_none(void)
{
	start();
	run(10 * WB_SEC, 10 * WB_SEC, RATE);
	CU_ASSERT(w.level < WB_MS / 10);
	run(10 * WB_SEC, 10 * WB_SEC, RATE / 4); // nor one that is used little
	CU_ASSERT(w.level < WB_MS / 10);
}

static void
own_queue_is_none(void)
{
	start();
	for (unsigned i = 0; i < 20; i++) {
		run(400 * WB_MS, 420 * WB_MS, RATE); // one that grows
		run(400 * WB_MS, 380 * WB_MS, RATE); // and shrinks
	}
	CU_ASSERT(w.level < WB_MS / 10);
}

static void
turns_are_noise(void)
{
	start();
	for (unsigned i = 0; i < 40; i++) {
		run(100 * WB_MS, 115 * WB_MS, RATE * 100 / 115); // all of it later by 15 ms
		run(100 * WB_MS, 85 * WB_MS, RATE * 100 / 85);
	}
	CU_ASSERT(w.level > 10 * WB_MS && w.level < 16 * WB_MS);
	run(10 * WB_SEC, 10 * WB_SEC, RATE);
	CU_ASSERT(w.level < WB_MS); // and forgotten
}

static void
one_step_is_little(void)
{
	start();
	run(2 * WB_SEC, 2 * WB_SEC, RATE);
	run(100 * WB_MS, 300 * WB_MS, RATE / 3);
	run(100 * WB_MS, 100 * WB_MS, RATE);
	CU_ASSERT(w.level <= 2 * WANDER_MOST / WANDER_SMOOTH);
	sent += 5 * WB_SEC; // a pause tells nothing
	came += 7 * WB_SEC;
	run(100 * WB_MS, 100 * WB_MS, RATE);
	CU_ASSERT(w.level <= 2 * WANDER_MOST / WANDER_SMOOTH);
}

static const struct harness_test tests[] = {
	{ "a steady path has none", steady_path_has_none },
	{ "a queue of ours is none", own_queue_is_none },
	{ "turns of the path are", turns_are_noise },
	{ "one step is little", one_step_is_little },
};

int
main(void)
{
	return HARNESS_RUN("wander", tests);
}
