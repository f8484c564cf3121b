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

static void
test_off(void)
{
	struct wb_tunnel_stats s;

	CU_ASSERT_FATAL(link_up(&l));
	wb_tunnel_set_fec(slot_find(l.edge, 0)->t, 25);
	l.lose_every = 25;
	CU_ASSERT_EQUAL(stream(PACKETS / 4), PACKETS / 4);
	stats(l.edge, &s);
	CU_ASSERT_EQUAL(s.fec_protected, 0); // the other end does not know it
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
	stats(l.hub, &s);
	CU_ASSERT(s.fec_recovered > 10);
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
