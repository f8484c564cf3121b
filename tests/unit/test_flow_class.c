// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "flow_class.h"
#include "harness.h"
#include "wb_wire.h"

static void *
alloc(void *ctx, size_t size)
{
	(void)ctx;
	return calloc(1, size);
}

static enum wb_class
send_as(struct flow_class *c, uint32_t hash, uint32_t len, int rule, wb_ns_t now)
{
	struct wb_pkt pkt = { .hash = hash, .len = len };

	if (rule >= 0) {
		pkt.sclass = (uint8_t)rule;
		pkt.flags = WB_PKT_CLASS_SET;
	}
	flow_class_packet(c, &pkt, now);
	return pkt.sclass;
}

// A flow of `burst` packets of `len` bytes each `every_us`, for five seconds: how many of the last
// second's packets are realtime.
static const struct {
	const char *what;
	unsigned every_us, burst, len;
	unsigned realtime_percent;
} flows[] = {
	/* 0 */ { "call, G.711", 20000, 1, 200, 100 },
	/* 1 */ { "call, 60 ms", 60000, 1, 520, 100 },
	/* 2 */ { "game, 64 Hz", 15625, 1, 300, 100 },
	/* 3 */ { "game, 128 Hz", 7812, 1, 250, 100 },
	/* 4 */ { "keys in a terminal", 150000, 2, 100, 100 },
	/* 5 */ { "three small at once", 50000, 3, 300, 100 },
	/* 6 */ { "full packets, slowly", 100000, 1, 1400, 0 },
	/* 7 */ { "full packets, 10 Mbit/s", 1120, 1, 1400, 0 },
	/* 8 */ { "small packets, 2 Mbit/s", 800, 1, 200, 0 },
	/* 9 */ { "acknowledgements of 100 Mbit/s", 240, 1, 52, 0 },
	/* 10 */ { "ten small at once", 200000, 10, 300, 0 },
	/* 11 */ { "one a second", 1000000, 1, 100, 0 },
};

static void
test_behaviour(void)
{
	for (unsigned i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		struct flow_class *c = flow_class_create(alloc, NULL);
		unsigned n = 0, realtime = 0;

		flow_class_set_cap(c, 10000000);
		for (wb_ns_t t = 0; t < 5 * WB_SEC; t += flows[i].every_us * WB_US)
			for (unsigned k = 0; k < flows[i].burst; k++) {
				int got = send_as(c, 77, flows[i].len, -1, t);

				n += t >= 4 * WB_SEC;
				realtime += t >= 4 * WB_SEC && got == WB_CLASS_REALTIME;
			}
		CU_ASSERT_EQUAL(realtime * 100, n * flows[i].realtime_percent);
		if (realtime * 100 != n * flows[i].realtime_percent)
			printf("row %u: %s: %u of %u\n", i, flows[i].what, realtime, n);
		CU_ASSERT_EQUAL(flow_class_demoted(c), 0);
		free(c);
	}
}

// From the eighth packet of a call on, once 150 ms have passed; after a burst not for two seconds.
static void
test_turns(void)
{
	struct flow_class *c = flow_class_create(alloc, NULL);
	wb_ns_t t = WB_SEC;

	for (unsigned i = 0; i < 8; i++, t += 20 * WB_MS)
		CU_ASSERT_EQUAL(send_as(c, 5, 200, -1, t), WB_CLASS_DEFAULT);
	CU_ASSERT_EQUAL(send_as(c, 5, 200, -1, t), WB_CLASS_REALTIME);
	t += 4900 * WB_MS; // it listens
	CU_ASSERT_EQUAL(send_as(c, 5, 200, -1, t), WB_CLASS_REALTIME);
	CU_ASSERT_EQUAL(send_as(c, 5, 1200, -1, t += 20 * WB_MS), WB_CLASS_DEFAULT);
	for (wb_ns_t end = t + FLOW_CLASS_PENALTY; (t += 20 * WB_MS) < end;)
		CU_ASSERT_EQUAL(send_as(c, 5, 200, -1, t), WB_CLASS_DEFAULT);
	CU_ASSERT_EQUAL(send_as(c, 5, 200, -1, t), WB_CLASS_REALTIME);
	t += FLOW_CLASS_SILENT;
	CU_ASSERT_EQUAL(send_as(c, 5, 200, -1, t), WB_CLASS_DEFAULT);
	free(c);
}

static void
test_rule_stands(void)
{
	struct flow_class *c = flow_class_create(alloc, NULL);

	for (wb_ns_t t = 0; t < WB_SEC; t += 20 * WB_MS) {
		CU_ASSERT_EQUAL(send_as(c, 1, 200, WB_CLASS_BULK, t), WB_CLASS_BULK);
		CU_ASSERT_EQUAL(send_as(c, 2, 200, WB_CLASS_DEFAULT, t), WB_CLASS_DEFAULT);
		CU_ASSERT_EQUAL(send_as(c, 3, 1400, WB_CLASS_REALTIME, t + 1), WB_CLASS_REALTIME);
		t += 40 * WB_MS;
	}
	free(c);
}

// 200 Mbit/s marked EF beside ten calls, with a cap of 10 Mbit/s: the calls keep the class, the
// flood gets what its bursts are allowed, and what went as realtime obeys the formula in the header.
static void
test_flood(void)
{
	struct flow_class *c = flow_class_create(alloc, NULL);
	uint64_t flood = 0, calls = 0, lost_calls = 0, bytes, bound;

	flow_class_set_cap(c, 10000000);
	for (unsigned i = 0; i < 10 * 25000; i++) { // 1000 bytes each 40 us
		wb_ns_t t = WB_SEC + i * 40 * WB_US;

		flood += send_as(c, 999, 1000, WB_CLASS_REALTIME, t) == WB_CLASS_REALTIME;
		if (i % 50 == 0) { // one of ten calls each 2 ms
			bool ok = send_as(c, 1 + i / 50 % 10, 200, WB_CLASS_REALTIME, t) ==
				  WB_CLASS_REALTIME;

			calls += ok;
			lost_calls += !ok;
		}
	}
	bytes = flood * (1000 + WB_OVERHEAD) + calls * (200 + WB_OVERHEAD);
	bound = 10 * 1250000 + 1250000 / 10 + 1250000 / 10;
	CU_ASSERT_EQUAL(lost_calls, 0);
	CU_ASSERT_EQUAL(calls, 5000);
	CU_ASSERT_TRUE(bytes <= bound);
	CU_ASSERT_TRUE(flood < 250000 / 100);
	CU_ASSERT_EQUAL(flow_class_demoted(c), 250000 - flood);
	free(c);
}

// A flood of many flows, each below any share: bounded all the same.
static void
test_many(void)
{
	struct flow_class *c = flow_class_create(alloc, NULL);
	uint64_t passed = 0;

	for (unsigned i = 0; i < 100000; i++) // 1000 flows, 100 packets a second each, for a second
		passed += send_as(c, 1 + i % 1000, 200, WB_CLASS_REALTIME,
				  WB_SEC + i * 10 * WB_US) == WB_CLASS_REALTIME;
	CU_ASSERT_TRUE(passed * (200 + WB_OVERHEAD) <=
		       FLOW_CLASS_CAP_MIN + FLOW_CLASS_DEPTH_MIN + FLOW_CLASS_CAP_MIN / 10);
	CU_ASSERT_TRUE(passed * (200 + WB_OVERHEAD) >= FLOW_CLASS_CAP_MIN / 2);
	free(c);
}

// Time may stand, and begins anywhere; hours may pass.
static void
test_clock(void)
{
	struct flow_class *c = flow_class_create(alloc, NULL);
	wb_ns_t t = 3600 * 24 * 365 * WB_SEC;

	CU_ASSERT_EQUAL(send_as(c, 0, 0, WB_CLASS_REALTIME, 0), WB_CLASS_REALTIME);
	CU_ASSERT_EQUAL(send_as(c, 0, 0, WB_CLASS_REALTIME, 0), WB_CLASS_REALTIME);
	CU_ASSERT_EQUAL(send_as(c, 1, 200, WB_CLASS_REALTIME, t), WB_CLASS_REALTIME);
	CU_ASSERT_EQUAL(send_as(c, 1, 65535, WB_CLASS_REALTIME, t), WB_CLASS_DEFAULT);
	free(c);
}

static void
test_dscp(void)
{
	unsigned realtime = 0, bulk = 0;

	for (unsigned i = 0; i < 64; i++) {
		realtime += wb_class_of_dscp(i) == WB_CLASS_REALTIME;
		bulk += wb_class_of_dscp(i) == WB_CLASS_BULK;
	}
	CU_ASSERT_EQUAL(realtime, 9);
	CU_ASSERT_EQUAL(bulk, 2);
	CU_ASSERT_EQUAL(wb_class_of_dscp(46), WB_CLASS_REALTIME);
	CU_ASSERT_EQUAL(wb_class_of_dscp(32), WB_CLASS_REALTIME);
	CU_ASSERT_EQUAL(wb_class_of_dscp(34), WB_CLASS_REALTIME);
	CU_ASSERT_EQUAL(wb_class_of_dscp(26), WB_CLASS_DEFAULT); // AF31
	CU_ASSERT_EQUAL(wb_class_of_dscp(1), WB_CLASS_BULK);
	CU_ASSERT_EQUAL(wb_class_of_dscp(200), WB_CLASS_DEFAULT);
}

static const struct harness_test tests[] = {
	{ "flows are recognised from size, pace and rate", test_behaviour },
	{ "realtime after some packets, and again after a penalty", test_turns },
	{ "a rule stands", test_rule_stands },
	{ "a flood by rule does not take the lane from calls", test_flood },
	{ "many small realtime flows are bounded too", test_many },
	{ "clock", test_clock },
	{ "DSCP", test_dscp },
};

int
main(void)
{
	return HARNESS_RUN("flow_class", tests);
}
