// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "harness.h"
#include "scheduler.h"
#include "wb_price.h"

#define NOW (10 * WB_SEC)

// Three paths: a quick slow one, a middle one, a fast one with the longest delay.
static struct sched_path paths[3];
static struct sched s;

static void
reset(const char *name)
{
	static const struct sched_path fresh[3] = {
		{ .ready = NOW,
			.owd = 8000000,
			.rate = 20000000,
			.weight = 20,
			.slot = 0,
			.priority = 1,
			.window = true },
		{ .ready = NOW,
			.owd = 20000000,
			.rate = 100000000,
			.weight = 100,
			.slot = 1,
			.priority = 2,
			.window = true },
		{ .ready = NOW,
			.owd = 30000000,
			.rate = 150000000,
			.weight = 150,
			.slot = 2,
			.priority = 3,
			.window = true },
	};

	memcpy(paths, fresh, sizeof(paths));
	memset(&s, 0, sizeof(s));
	s.ops = sched_find(name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.ops);
}

static uint32_t
pick(struct sched_packet k)
{
	k.bytes = k.bytes ? k.bytes : 1400;
	return s.ops->pick(&s, paths, 3, &k, NOW);
}

#define BULK                                                                                       \
	{                                                                                          \
		.sclass = WB_CLASS_BULK                                                            \
	}

static void
registry(void)
{
	static const char *const names[] = { "earliest", "weighted", "failover", "redundant" };
	const unsigned n = sizeof(names) / sizeof(names[0]);

	for (unsigned i = 0; i < n; i++)
		CU_ASSERT_STRING_EQUAL(wb_scheduler_name(i), names[i]);
	CU_ASSERT_PTR_NULL(wb_scheduler_name(n));
	CU_ASSERT_PTR_NULL(sched_find("nope"));
}

static void
earliest_takes_the_quickest(void)
{
	reset("earliest");
	CU_ASSERT_EQUAL(pick((struct sched_packet)BULK), 1);
	paths[0].ready = NOW + 15 * WB_MS; // waiting would take longer than the next path
	CU_ASSERT_EQUAL(pick((struct sched_packet){ 0 }), 2);
	paths[0].degraded = true;
	paths[0].ready = NOW;
	CU_ASSERT_EQUAL(pick((struct sched_packet)BULK), 2);
}

static void
earliest_waits_where_waiting_is_quicker(void)
{
	reset("earliest");
	paths[0].ready = NOW + WB_MS;
	CU_ASSERT_EQUAL(pick((struct sched_packet){ 0 }), 0);                    // 9 ms against 20
	CU_ASSERT_EQUAL(pick((struct sched_packet){ .waited = 11 * WB_MS }), 2); // waited enough
	CU_ASSERT_EQUAL(pick((struct sched_packet)BULK), 0); // nothing is behind it
}

// The other paths are full, and one would bring the packet later than the quickest one does.
static struct sched_packet
late_by(int64_t later)
{
	reset("earliest");
	paths[0].measured = paths[0].rate; // 20 Mbit/s, 8 ms
	paths[0].known = paths[1].known = paths[2].known = true;
	paths[0].ready = paths[1].ready = NOW + 2 * WB_MS;
	// 1400 bytes take 0.56 ms on the first path, 0.07 on the third.
	paths[2].owd = paths[0].owd + 2485336 + later;
	paths[1].owd = paths[2].owd + (int64_t)WB_SEC;
	return (struct sched_packet){ .sclass = WB_CLASS_BULK };
}

static void
earliest_backlog(void)
{
	static const int64_t delays[] = { 5, 50, 90, 110, 300, 2000 };

	for (unsigned i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		int64_t later = delays[i] * (int64_t)WB_MS;
		struct sched_packet k = late_by(later);
		uint64_t lasts = (uint64_t)later / 400; // bytes that 20 Mbit/s carry meanwhile

		k.backlog = lasts - lasts / 100;
		CU_ASSERT_EQUAL(pick(k), 0);
		k.backlog = lasts + lasts / 100;
		CU_ASSERT_EQUAL(pick(k), 4);
		k.sclass = WB_CLASS_DEFAULT; // whatever the class
		CU_ASSERT_EQUAL(pick(k), 4);
		k.backlog = 0;
		k.waited = (wb_ns_t)later - WB_MS;
		CU_ASSERT_EQUAL(pick(k), 0);
		k.waited = (wb_ns_t)later + WB_MS; // the rate is not what it was taken for
		CU_ASSERT_EQUAL(pick(k), 4);
		k.waited = 0;
		k.spills = true; // before one that costs is taken
		CU_ASSERT_EQUAL(pick(k), 4);
	}
}

// A round trip of 10 ms and 20 Mbit/s become 20 ms and more: worth it from 40 Mbit/s on.
static void
earliest_window(void)
{
	struct sched_packet k = late_by(10 * (int64_t)WB_MS);

	paths[0].rtt = 10 * WB_MS;
	paths[2].measured = 19000000;
	CU_ASSERT_EQUAL(pick(k), 0);
	paths[2].measured = 21000000;
	CU_ASSERT_EQUAL(pick(k), 4);
	paths[2].measured = 1000000;
	CU_ASSERT_EQUAL(pick(k), 0);
	paths[2].known = false; // what was never filled is taken for as good as the best
	paths[1].measured = 21000000;
	CU_ASSERT_EQUAL(pick(k), 4);
}

// What is held for a path of 5 ms more need not be held again for one of 10: 10 <= 5 + 15 x 14 / 40.
static void
earliest_held_already(void)
{
	struct sched_packet k = late_by(10 * (int64_t)WB_MS);

	paths[0].rtt = 10 * WB_MS;
	paths[1].owd = paths[0].owd + 5 * (int64_t)WB_MS;
	paths[1].measured = 20000000;
	paths[2].measured = 12000000;
	CU_ASSERT_EQUAL(pick(k), 0);
	paths[2].measured = 14000000;
	CU_ASSERT_EQUAL(pick(k), 4);
}

// A sparse flow's packets may go beyond the quickest path's rate, but not beyond its window if it brings little.
static void
earliest_sparse(void)
{
	struct sched_packet sparse = { .sparse = true };

	(void)late_by(20 * (int64_t)WB_MS);
	paths[2].measured = 8 * paths[0].measured;
	CU_ASSERT_EQUAL(pick(sparse), 1);
	paths[0].window = false;
	CU_ASSERT_EQUAL(pick(sparse), 1);
	paths[2].measured += 8;
	CU_ASSERT_EQUAL(pick(sparse), 0);
	sparse.waited = 9 * WB_MS; // 10 ms, and what it has waited
	CU_ASSERT_EQUAL(pick(sparse), 0);
	sparse.waited = 11 * WB_MS;
	CU_ASSERT_EQUAL(pick(sparse), 4);
	sparse.waited = 0;
	sparse.backlog = 100000000; // of others, which is not before it
	CU_ASSERT_EQUAL(pick(sparse), 0);
	sparse.sclass = WB_CLASS_REALTIME;
	CU_ASSERT_EQUAL(pick(sparse) & 1, 1);
}

static void
earliest_urgent(void)
{
	reset("earliest");
	paths[0].ready = NOW + 2 * WB_MS;
	CU_ASSERT_EQUAL(pick((struct sched_packet){ .sparse = true, .bytes = 100 }), 1);
	paths[0].window = false;
	CU_ASSERT_EQUAL(pick((struct sched_packet){ .again = true }), 1);
	CU_ASSERT_EQUAL(pick((struct sched_packet){ .again = true, .tries = 1 }), 3);
	CU_ASSERT_EQUAL(
		pick((struct sched_packet){ .sclass = WB_CLASS_REALTIME, .bytes = 100 }), 3);
	for (unsigned i = 0; i < 3; i++)
		paths[i].ready = NOW + WB_SEC; // even for them there is a limit
	CU_ASSERT_EQUAL(pick((struct sched_packet){ .sparse = true }), 0);
}

// By slot: sched_sort() moves the paths.
static uint32_t
pick_priced(struct sched_packet k)
{
	uint32_t mask, slots = 0;

	k.bytes = k.bytes ? k.bytes : 1400;
	sched_sort(paths, 3);
	mask = sched_pick(&s, paths, 3, &k, NOW);
	for (unsigned i = 0; i < 3; i++)
		slots |= mask >> i & 1 ? 1u << paths[i].slot : 0;
	return slots;
}

static struct sched_path *
slot(unsigned i)
{
	for (unsigned j = 0; j < 3; j++) {
		if (paths[j].slot == i)
			return &paths[j];
	}
	return NULL;
}

// The quickest path costs 10 ms: not before the others are full, and that for so long.
static void
spill(void)
{
	reset("earliest");
	paths[0].price = 10 * WB_MS;
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet)BULK), 2);
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .sparse = true }), 2);
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .sclass = WB_CLASS_REALTIME }), 6);
	CU_ASSERT_EQUAL(
		pick_priced((struct sched_packet){ .sclass = WB_CLASS_BULK, .waited = WB_SEC }),
		2); // they have room
	slot(1)->ready = slot(2)->ready = NOW + 15 * WB_MS;
	CU_ASSERT_EQUAL(
		pick_priced((struct sched_packet){ .sclass = WB_CLASS_BULK, .waited = 9 * WB_MS }),
		0);
	CU_ASSERT_EQUAL(
		pick_priced((struct sched_packet){ .sclass = WB_CLASS_BULK, .waited = 10 * WB_MS }),
		1);
	CU_ASSERT_EQUAL(
		pick_priced((struct sched_packet){ .again = true, .waited = 30 * WB_MS }), 1);
	slot(1)->ready = slot(2)->ready = NOW;
	slot(1)->degraded = slot(2)->degraded = true; // the others lose too much
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .sparse = true }), 1);
}

// A burst, or what came together after a stall, is no reason to pay: the free paths must have been busy.
static void
spill_not_for_a_burst(void)
{
	struct sched_packet bulk = { .sclass = WB_CLASS_BULK, .waited = 40 * WB_MS };

	reset("earliest");
	paths[0].price = 10 * WB_MS;
	for (unsigned i = 0; i < 3; i++) {
		slot(i)->ready = NOW + (i ? 15 * WB_MS : 0);
		slot(i)->idle_at = NOW - SCHED_FULL_AFTER + WB_MS;
	}
	CU_ASSERT_EQUAL(pick_priced(bulk), 0);
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .again = true, .waited = WB_SEC }), 0);
	CU_ASSERT_EQUAL(
		pick_priced((struct sched_packet){ .sparse = true, .waited = 10 * WB_MS }), 1);
	slot(2)->idle_at -= WB_MS; // one of them is full
	CU_ASSERT_EQUAL(pick_priced(bulk), 1);
	slot(2)->idle_at = NOW; // and had a short pause since: as a TCP flow makes them
	CU_ASSERT_EQUAL(pick_priced(bulk), 1);
	s.spills_until = NOW; // nothing has spilled for some time
	CU_ASSERT_EQUAL(pick_priced(bulk), 0);
	slot(1)->degraded = slot(2)->degraded = true; // no question of room
	CU_ASSERT_EQUAL(pick_priced(bulk), 1);
}

// The free path loses some: a call goes on one that costs as well, but at no price; all else stays.
static void
duplicates(void)
{
	reset("earliest");
	paths[1].price = 10 * WB_MS;
	paths[2].price = WB_PRICE_MAX;
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .sclass = WB_CLASS_REALTIME }), 1);
	slot(0)->doubtful = true;
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .sclass = WB_CLASS_REALTIME }), 3);
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .sparse = true }), 1);
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet)BULK), 1);
	slot(1)->price = WB_PRICE_MAX;
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .sclass = WB_CLASS_REALTIME }), 1);
	slot(1)->price = 0; // a free one that is well: one of them is enough to be sure
	slot(2)->price = 10 * WB_MS;
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .sclass = WB_CLASS_REALTIME }), 3);
	reset("failover");
	paths[1].price = 10 * WB_MS;
	slot(0)->doubtful = true;
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){ .sclass = WB_CLASS_REALTIME }), 1);
}

// Two that cost: the cheaper one is as good as free where nothing else is up.
static void
prices(void)
{
	reset("earliest");
	paths[0].price = 400 * WB_MS;
	paths[1].price = paths[2].price = 20 * WB_MS;
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet)BULK), 2);
	slot(1)->ready = slot(2)->ready = NOW + 15 * WB_MS;
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){
				.sclass = WB_CLASS_BULK, .waited = 379 * WB_MS }),
		0);
	CU_ASSERT_EQUAL(pick_priced((struct sched_packet){
				.sclass = WB_CLASS_BULK, .waited = 380 * WB_MS }),
		1);
	reset("weighted");
	paths[2].price = 20 * WB_MS;
	for (unsigned i = 0; i < 100; i++)
		CU_ASSERT(pick_priced((struct sched_packet)BULK) != 4);
}

static void
sorted(void)
{
	static const wb_ns_t orders[][3] = { { 0, 0, 0 }, { 3, 2, 1 }, { 2, 1, 3 }, { 1, 3, 1 } };

	for (unsigned i = 0; i < 4; i++) {
		reset("earliest");
		for (unsigned j = 0; j < 3; j++)
			paths[j].price = orders[i][j];
		sched_sort(paths, 3);
		CU_ASSERT(paths[0].price <= paths[1].price && paths[1].price <= paths[2].price);
		for (unsigned j = 0; j < 3; j++)
			CU_ASSERT_EQUAL(slot(j)->price, orders[i][j]);
	}
}

static void
weighted_shares(void)
{
	unsigned n[3] = { 0 };

	reset("weighted");
	for (unsigned i = 0; i < 2700; i++) {
		uint32_t m = pick((struct sched_packet)BULK);

		for (unsigned j = 0; j < 3; j++)
			n[j] += m == 1u << j;
	}
	CU_ASSERT(n[0] >= 195 && n[0] <= 210); // 20 : 100 : 150
	CU_ASSERT(n[1] >= 990 && n[1] <= 1010);
	CU_ASSERT(n[2] >= 1485 && n[2] <= 1515);
	paths[2].ready = NOW + WB_SEC;
	for (unsigned i = 0; i < 100; i++)
		CU_ASSERT(pick((struct sched_packet)BULK) != 4);
}

static void
failover_keeps_to_the_first(void)
{
	reset("failover");
	paths[0].priority = 9;
	CU_ASSERT_EQUAL(pick((struct sched_packet)BULK), 2);
	paths[1].ready = NOW + WB_SEC;
	CU_ASSERT_EQUAL(pick((struct sched_packet)BULK), 0); // it waits, it does not spill
	paths[1].backup = true;
	CU_ASSERT_EQUAL(pick((struct sched_packet)BULK), 4);
}

static void
redundant_takes_all_that_are_free(void)
{
	reset("redundant");
	CU_ASSERT_EQUAL(pick((struct sched_packet)BULK), 7);
	paths[1].window = false;
	CU_ASSERT_EQUAL(pick((struct sched_packet)BULK), 5);
}

static const struct harness_test tests[] = {
	{ "registry", registry },
	{ "earliest: the quickest", earliest_takes_the_quickest },
	{ "earliest: waits", earliest_waits_where_waiting_is_quicker },
	{ "earliest: no path is too slow for a backlog", earliest_backlog },
	{ "earliest: a window instead of a backlog", earliest_window },
	{ "earliest: held for another path anyway", earliest_held_already },
	{ "earliest: sparse packets", earliest_sparse },
	{ "earliest: urgent packets", earliest_urgent },
	{ "spill", spill },
	{ "spill: not for a burst", spill_not_for_a_burst },
	{ "realtime twice where the free path is doubtful", duplicates },
	{ "prices", prices },
	{ "sorted by price", sorted },
	{ "weighted: shares", weighted_shares },
	{ "failover: the first", failover_keeps_to_the_first },
	{ "redundant: all", redundant_takes_all_that_are_free },
};

int
main(void)
{
	return HARNESS_RUN("scheduler", tests);
}
