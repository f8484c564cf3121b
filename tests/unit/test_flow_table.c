// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "flow_table.h"
#include "harness.h"

#define SECOND (1000 * WB_MS)

static struct flow_table *
table(void)
{
	struct flow_table *t = calloc(1, sizeof(*t));

	t->seed = 0x1234567890abcdefull;
	return t;
}

static struct flow_place
come(struct flow_table *t, uint32_t flow, uint32_t host, wb_ns_t now)
{
	struct wb_pkt pkt = { .hash = flow, .host = host, .bucket = flow_table_guess(t, flow) };

	return flow_table_find(t, &pkt, now);
}

// Few flows at once never share a bucket, and keep theirs.
static void
few_flows_have_buckets_of_their_own(void)
{
	struct flow_table *t = table();
	static uint16_t bucket[100];
	unsigned shared = 0, moved = 0;

	for (uint32_t i = 0; i < 100; i++) {
		struct flow_place p = come(t, i, 1, SECOND);

		bucket[i] = p.bucket;
		CU_ASSERT_TRUE(p.fresh);
		for (uint32_t k = 0; k < i; k++)
			shared += bucket[k] == bucket[i];
	}
	for (uint32_t i = 0; i < 100; i++) {
		// With a wrong guess too.
		struct wb_pkt pkt = { .hash = i, .host = 1, .bucket = (uint16_t)(7 * i) };
		struct flow_place p = flow_table_find(t, &pkt, 60 * SECOND);

		moved += flow_table_guess(t, i) != bucket[i] || p.bucket != bucket[i] || p.fresh;
	}
	CU_ASSERT_EQUAL(shared, 0);
	CU_ASSERT_EQUAL(moved, 0);
	free(t);
}

// Another flow gets a bucket only when no packet of the last one can be on the way any more.
static void
a_bucket_is_kept_until_it_is_stale(void)
{
	struct flow_table *t = table();
	unsigned early = 0, late = 0;

	for (uint32_t i = 0; i < 100 * WB_BUCKETS; i++)
		come(t, i, 1, SECOND);
	for (uint32_t i = 0; i < WB_BUCKETS; i++)
		early += come(t, ~i, 1, SECOND + FLOW_TABLE_STALE - WB_MS).fresh;
	for (uint32_t i = 0; i < WB_BUCKETS; i++)
		late += come(t, ~i, 1, SECOND + 2 * FLOW_TABLE_STALE + 2 * WB_MS).fresh;
	CU_ASSERT_EQUAL(early, 0);
	CU_ASSERT(late > WB_BUCKETS / 2);
	free(t);
}

// A host with any number of flows leaves buckets to the others.
static void
a_flood_leaves_buckets(void)
{
	struct flow_table *t = table();
	static uint16_t bucket[64];
	unsigned lost = 0, first = 0;
	uint16_t host = 0;

	for (uint32_t i = 0; i < 10000; i++)
		come(t, i, 1, SECOND);
	for (uint32_t i = 0; i < 64; i++) {
		struct flow_place p = come(t, 0x10000 + i, 2, SECOND);

		bucket[i] = p.bucket;
		first += p.fresh;
	}
	CU_ASSERT_EQUAL(first, 64);
	for (uint32_t i = 0; i < 10000; i++)
		come(t, i, 1, SECOND);
	for (uint32_t i = 0; i < 64; i++) {
		struct flow_place p = come(t, 0x10000 + i, 2, SECOND);

		host = p.host;
		lost += p.bucket != bucket[i] || p.fresh;
	}
	CU_ASSERT_EQUAL(lost, 0);
	for (uint32_t i = 0; i < WB_BUCKETS; i++)
		lost += t->owners[i] == host && t->flow_seen[i];
	CU_ASSERT_EQUAL(lost, 64);
	free(t);
}

static void
hosts_have_slots(void)
{
	struct flow_table *t = table();
	static uint16_t slot[32];
	unsigned same = 0;

	for (uint32_t i = 0; i < 32; i++) {
		slot[i] = come(t, i, i, SECOND).host;
		CU_ASSERT(slot[i] < FLOW_TABLE_HOSTS);
		for (uint32_t k = 0; k < i; k++)
			same += slot[k] == slot[i];
	}
	for (uint32_t i = 0; i < 32; i++)
		same += come(t, i, i, 60 * SECOND).host != slot[i];
	CU_ASSERT_EQUAL(same, 0);
	// More than there are slots: some are shared, none is out of bounds.
	for (uint32_t i = 0; i < 10000; i++)
		same += come(t, i, i, SECOND).host >= FLOW_TABLE_HOSTS;
	CU_ASSERT_EQUAL(same, 0);
	free(t);
}

// A flow's set, as flow_table.c has it.
static unsigned
set_of(const struct flow_table *t, uint32_t flow)
{
	return flow_table_guess(t, flow) / FLOW_TABLE_WAYS;
}

// The next flow of set 0 after `flow`.
static uint32_t
next_of_set(const struct flow_table *t, uint32_t flow)
{
	do
		flow++;
	while (set_of(t, flow) != 0);
	return flow;
}

// Whichever it is, the one bucket in which nothing waits goes before those in which something does.
static void
an_empty_bucket_is_robbed_first(void)
{
	for (unsigned empty = 0; empty < FLOW_TABLE_WAYS; empty++) {
		struct flow_table *t = table();
		uint32_t flow = 0;
		struct flow_place p;

		for (unsigned i = 0; i < FLOW_TABLE_WAYS; i++) {
			flow = next_of_set(t, flow);
			t->busy[come(t, flow, 1, SECOND).bucket] = true;
		}
		t->busy[empty] = false;
		p = come(t, next_of_set(t, flow), 2, SECOND);
		CU_ASSERT_TRUE(p.fresh);
		CU_ASSERT_EQUAL(p.bucket, empty);
		free(t);
	}
}

// The next host after `host` that has a slot beside that of host 1.
static uint32_t
next_beside(struct flow_table *t, uint32_t host, wb_ns_t now)
{
	unsigned set = come(t, 1, 1, now).host / FLOW_TABLE_HOST_WAYS;

	do
		host++;
	while (come(t, 1, host, now).host / FLOW_TABLE_HOST_WAYS != set);
	return host;
}

// A host that was silent may find its slot taken: a flow of it that goes on is the new slot's.
static void
a_flow_follows_its_host(void)
{
	struct flow_table *plan = table(), *t = table();
	uint32_t others[FLOW_TABLE_HOST_WAYS], taker = 0;
	struct flow_place before, now;

	others[0] = next_beside(plan, 1, SECOND);
	for (unsigned i = 1; i < FLOW_TABLE_HOST_WAYS; i++)
		others[i] = next_beside(plan, others[i - 1], SECOND);
	before = come(t, 1, 1, SECOND);
	for (unsigned i = 0; i < FLOW_TABLE_HOST_WAYS; i++)
		if (come(t, 2 + i, others[i], 3 * SECOND).host == before.host)
			taker = others[i];
	CU_ASSERT_NOT_EQUAL(taker, 0);
	come(t, 10, taker, 5 * SECOND); // it alone has gone on
	now = come(t, 1, 1, 5 * SECOND);
	CU_ASSERT_NOT_EQUAL(now.host, before.host);
	CU_ASSERT_EQUAL(now.bucket, before.bucket);
	CU_ASSERT_EQUAL(t->owners[now.bucket], now.host);
	free(plan);
	free(t);
}

static const struct harness_test tests[] = {
	{ "few flows have buckets of their own", few_flows_have_buckets_of_their_own },
	{ "a bucket is kept until it is stale", a_bucket_is_kept_until_it_is_stale },
	{ "a flood leaves buckets", a_flood_leaves_buckets },
	{ "hosts have slots", hosts_have_slots },
	{ "an empty bucket is robbed first", an_empty_bucket_is_robbed_first },
	{ "a flow follows its host", a_flow_follows_its_host },
};

int
main(void)
{
	return HARNESS_RUN("flow table", tests);
}
