// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "harness.h"
#include "scheduler.h"

#define NOW (10 * WB_SEC)
#define MS WB_MS

// Two paths, in slots 1 and 4.
static struct sched_path paths[2];
static struct sched s;
static struct wb_sched_bpf seen; // what the program was shown last
static uint64_t answer;

static uint64_t
say(const void *arg, struct wb_sched_bpf *c)
{
	(void)arg;
	seen = *c;
	c->memory[0]++;
	c->up = ~0u; // what it writes there changes nothing
	c->free = ~0u;
	return answer;
}

static const struct wb_sched_program program = { .name = "mine", .run = say };

static void
reset(void)
{
	static const struct sched_path fresh[2] = {
		{ .ready = NOW,
			.owd = -3000000,
			.rate = 12000000,
			.rtt = 20 * MS,
			.slot = 1,
			.window = true,
			.priority = 7 },
		{ .ready = NOW,
			.owd = 17000000,
			.rate = 120000000,
			.rtt = 60 * MS,
			.slot = 4,
			.window = true,
			.backup = true,
			.degraded = true,
			.loss_ppm = 120000 },
	};

	memcpy(paths, fresh, sizeof(paths));
	sched_set(&s, &sched_program, &program);
	answer = 0;
}

static uint32_t
pick_at(struct sched_packet k, wb_ns_t now)
{
	k.bytes = k.bytes ? k.bytes : 1500;
	return s.ops->pick(&s, paths, 2, &k, now);
}

static uint32_t
pick(struct sched_packet k)
{
	return pick_at(k, NOW);
}

static void
context(void)
{
	reset();
	answer = 1 << 1;
	paths[1].ready = NOW + 5 * MS;
	CU_ASSERT_EQUAL(
		pick((struct sched_packet){
			.sclass = WB_CLASS_BULK, .bucket = 99, .waited = 3, .bytes = 1200 }),
		1);
	CU_ASSERT_EQUAL(seen.now, NOW);
	CU_ASSERT_EQUAL(seen.waited, 3);
	CU_ASSERT_EQUAL(seen.bytes, 1200);
	CU_ASSERT_EQUAL(seen.sclass, WB_SCHED_BULK);
	CU_ASSERT_EQUAL(seen.flags, 0);
	CU_ASSERT_EQUAL(seen.flow, 99);
	CU_ASSERT_EQUAL(seen.up, 1 << 1 | 1 << 4);
	CU_ASSERT_EQUAL(seen.free, 1 << 1);
	CU_ASSERT_EQUAL(seen.degraded, 1 << 4);
	CU_ASSERT_EQUAL(seen.backup, 1 << 4);
	CU_ASSERT_EQUAL(seen.path[1].arrival, 800000); // 9600 bits at 12 Mbit/s
	CU_ASSERT_EQUAL(seen.path[4].arrival, 5 * MS + 80000 + 20 * MS);
	CU_ASSERT_EQUAL(seen.path[4].wait, 5 * MS);
	CU_ASSERT_EQUAL(seen.path[4].rtt, 60 * MS);
	CU_ASSERT_EQUAL(seen.path[4].loss, 120000);
	CU_ASSERT_EQUAL(seen.path[1].priority, 7);
	CU_ASSERT_EQUAL(seen.path[0].rate, 0);
	pick((struct sched_packet){ .again = true, .last = 4, .tries = 2 });
	CU_ASSERT_EQUAL(seen.flags, WB_SCHED_AGAIN);
	CU_ASSERT_EQUAL(seen.last, 1 << 4);
	CU_ASSERT_EQUAL(seen.tries, 2);
	CU_ASSERT_EQUAL(seen.free, 1 << 1 | 1 << 4); // what is urgent may run 5 ms ahead
	CU_ASSERT_EQUAL(seen.memory[0], 1);
	CU_ASSERT(seen.path[1].served > 0);
}

static void
path_that_goes(void)
{
	struct sched_packet k = { .bytes = 1500 };

	reset();
	answer = 1 << 1;
	pick(k);
	CU_ASSERT_EQUAL(seen.path[4].rate, 120000000);
	CU_ASSERT_EQUAL(s.ops->pick(&s, paths, 1, &k, NOW), 1);
	CU_ASSERT_EQUAL(seen.up, 1 << 1);
	CU_ASSERT_EQUAL(seen.path[4].rate, 0);
	CU_ASSERT_EQUAL(seen.path[4].rtt, 0);
}

static void
answers(void)
{
	reset();
	answer = 1 << 1 | 1 << 4;
	CU_ASSERT_EQUAL(pick((struct sched_packet){ 0 }), 3);
	paths[0].window = false;
	CU_ASSERT_EQUAL(pick((struct sched_packet){ 0 }), 2); // only what has room
	answer = 1 << 1;
	CU_ASSERT_EQUAL(pick((struct sched_packet){ 0 }), 0); // waits for it
	answer = 0;
	CU_ASSERT_EQUAL(pick((struct sched_packet){ 0 }), 0);
	CU_ASSERT_EQUAL(s.overruled, 0);
}

static void
nonsense(void)
{
	static const uint64_t bad[] = { 1, 1 << 2, 1 << 1 | 1 << 15, 1ull << 32 | 1 << 1, ~0ull,
		1ull << 63, 1 << 16 };

	reset();
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		answer = bad[i];
		CU_ASSERT_EQUAL(pick((struct sched_packet){ .sclass = WB_CLASS_BULK }), 1);
		CU_ASSERT_EQUAL(s.overruled, i + 1);
		CU_ASSERT_EQUAL(s.answer, bad[i]);
	}
}

// It may wait, but not for good.
static void
stalls(void)
{
	struct sched_packet k = { .sclass = WB_CLASS_BULK };
	wb_ns_t now = NOW;

	reset();
	for (; now < NOW + 500 * MS; now += MS)
		CU_ASSERT_EQUAL(pick_at(k, now), 0);
	CU_ASSERT_EQUAL(pick_at(k, now), 1);
	CU_ASSERT_EQUAL(pick_at(k, now + MS), 1); // the next ones do not wait again
	CU_ASSERT_EQUAL(s.overruled, 2);
	answer = 1 << 4;
	CU_ASSERT_EQUAL(pick_at(k, now + 2 * MS), 2); // it has come to its senses
	answer = 0;
	CU_ASSERT_EQUAL(pick_at(k, now + 3 * MS), 0);
	CU_ASSERT_EQUAL(pick_at(k, now + 20 * WB_SEC), 0); // a pause in traffic is no waiting
	CU_ASSERT_EQUAL(s.overruled, 2);
	paths[0].window = paths[1].window = false;
	for (now = NOW + 30 * WB_SEC; now < NOW + 32 * WB_SEC; now += MS)
		CU_ASSERT_EQUAL(pick_at(k, now), 0); // nobody could send
	CU_ASSERT_EQUAL(s.overruled, 2);
}

static void
helpers(void)
{
	struct wb_sched_bpf c = { .up = 0x15 };

	for (unsigned i = 0; i < WB_SCHED_PATHS; i++)
		c.path[i] = (struct wb_sched_bpf_path){ .rtt = 100 - i, .arrival = i, .price = 5 };
	CU_ASSERT_EQUAL(wb_sched_least(&c, c.up, WB_BY_RTT), 1 << 4);
	CU_ASSERT_EQUAL(wb_sched_least(&c, ~0ull, WB_BY_RTT), 1 << 4); // only those that are up
	CU_ASSERT_EQUAL(wb_sched_least(&c, 5, WB_BY_RTT), 1 << 2);
	CU_ASSERT_EQUAL(wb_sched_least(&c, c.up, WB_BY_PRICE), 1); // equals: by arrival
	CU_ASSERT_EQUAL(wb_sched_value(&c, 5, WB_BY_RTT), 98);
	CU_ASSERT_EQUAL(wb_sched_least(&c, 0, WB_BY_RTT), 0);
	CU_ASSERT_EQUAL(wb_sched_least(&c, 2, WB_BY_RTT), 0);
	CU_ASSERT_EQUAL(wb_sched_value(&c, 0, WB_BY_RTT), UINT64_MAX);
	CU_ASSERT_EQUAL(wb_sched_least(&c, c.up, WB_BY_COUNT), 0);
	CU_ASSERT_EQUAL(wb_sched_least(&c, c.up, ~0ull), 0);
	c.up = ~0u;
	CU_ASSERT_EQUAL(wb_sched_least(&c, ~0ull << 15, WB_BY_RTT), 1 << 15); // 16 and up: no paths
	CU_ASSERT_EQUAL(wb_sched_least(&c, ~0ull << 16, WB_BY_RTT), 0);
}

static const struct harness_test tests[] = {
	{ "what it sees", context },
	{ "a path that goes", path_that_goes },
	{ "answers", answers },
	{ "nonsense", nonsense },
	{ "lets all wait", stalls },
	{ "helpers", helpers },
};

int
main(void)
{
	return HARNESS_RUN("scheduler_program", tests);
}
