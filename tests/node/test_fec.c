// SPDX-License-Identifier: BSD-3-Clause
// What the WANs lose comes back from repair symbols, byte for byte, and every buffer comes back too.
#include <string.h>

#include "../unit/harness.h"
#include "link.h"

#define PACKETS 2000

static struct link l;

static const struct packet up = { .src = "192.168.40.9",
	.dst = "192.0.2.80",
	.sport = 5000,
	.dport = 80,
	.payload = 900,
	.proto = IPPROTO_UDP };

static void
stats(struct wb_dp *dp, struct wb_tunnel_stats *s)
{
	wb_tunnel_stats(slot_find(dp, 0)->t, s);
}

// Sends packets of three lengths, one a millisecond. Returns how many came, each with the right sums.
static unsigned
stream(unsigned n)
{
	unsigned i, got = 0;
	struct frame f;

	for (i = 0; i < n; i++) {
		struct packet p = up;

		p.payload = i % 3 == 0 ? 900 : i % 3 == 1 ? 733 : 1390;
		packet_build(&f, &l.edge->ports[EDGE_LAN].mac, &p);
		wire_put(l.edge, EDGE_LAN, &f);
		link_run(&l, WB_MS);
		while (wire_take(l.hub, HUB_EGRESS, &f)) {
			CU_ASSERT(packet_checksums(&f));
			got++;
		}
	}
	link_run(&l, 500 * WB_MS);
	while (wire_take(l.hub, HUB_EGRESS, &f))
		got++;
	return got;
}

// The classes' counters together.
static uint64_t
by_class(const struct wb_tunnel_stats *s, bool recovered)
{
	uint64_t n = 0;

	for (unsigned c = 0; c < WB_CLASS_COUNT; c++)
		n += recovered ? s->classes[c].fec_recovered : s->classes[c].fec_protected;
	return n;
}

// And the paths'.
static struct wb_path_stats
by_path(struct wb_dp *dp)
{
	struct wb_path_stats sum = { 0 }, p;

	for (unsigned i = 0; i < WB_PATHS_MAX; i++) {
		if (wb_tunnel_path_stats(slot_find(dp, 0)->t, i, &p))
			continue;
		sum.fec_repairs += p.fec_repairs;
		sum.fec_received += p.fec_received;
		sum.fec_recovered += p.fec_recovered;
		sum.fec_unneeded += p.fec_unneeded;
	}
	return sum;
}

static void
test_off(void)
{
	struct wb_tunnel_stats s;

	l.features = 1u << 1; // nor is that of before, whose packets do not prove themselves
	CU_ASSERT_FATAL(link_up(&l));
	wb_tunnel_set_fec(slot_find(l.edge, 0)->t, 25);
	l.lose_every = 25;
	CU_ASSERT_EQUAL(stream(PACKETS / 4), PACKETS / 4);
	stats(l.edge, &s);
	CU_ASSERT_EQUAL(s.fec_protected, 0);
	CU_ASSERT_STRING_EQUAL(s.fec_state, "not known to the other end");
	l.lose_every = 0;
}

static void
test_recovers(void)
{
	unsigned edge_before, hub_before;
	struct wb_tunnel_stats s;
	uint64_t before;

	l.features = WB_FEATURE_FEC;
	l.delay = 40 * WB_MS; // else a resend is as quick
	CU_ASSERT_FATAL(link_up(&l));
	link_run(&l, 500 * WB_MS);
	edge_before = rte_mempool_avail_count(l.edge->pool);
	hub_before = rte_mempool_avail_count(l.hub->pool);
	before = drops_all(l.edge) + drops_all(l.hub);
	l.lose_every = 25;
	CU_ASSERT_EQUAL(stream(PACKETS), PACKETS);
	l.lose_every = 0;
	link_run(&l, WB_SEC);
	stats(l.edge, &s);
	CU_ASSERT(s.fec_protected > PACKETS / 4);
	CU_ASSERT(s.fec_repairs > PACKETS / 60);
	CU_ASSERT_EQUAL(by_class(&s, false), s.fec_protected);
	CU_ASSERT_EQUAL(by_path(l.edge).fec_repairs, s.fec_repairs);
	stats(l.hub, &s);
	CU_ASSERT(s.fec_recovered > 10);
	CU_ASSERT_EQUAL(by_class(&s, true), s.fec_recovered);
	CU_ASSERT_EQUAL(by_path(l.hub).fec_recovered, s.fec_recovered);
	CU_ASSERT_EQUAL(by_path(l.hub).fec_unneeded, s.fec_unneeded);
	CU_ASSERT(by_path(l.hub).fec_received > PACKETS / 70);
	CU_ASSERT_EQUAL(drops_all(l.edge) + drops_all(l.hub), before);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(l.edge->pool), edge_before);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(l.hub->pool), hub_before);
}

static const struct harness_test tests[] = {
	{ "off where the other end does not know it", test_off },
	{ "recovers what the WANs lose", test_recovers },
};

int
main(void)
{
	return LINK_TEST(&l, "fec", tests);
}
