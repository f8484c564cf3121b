// SPDX-License-Identifier: BSD-3-Clause
// What the paths of a tunnel take: told, found, and fallen.
#include "harness.h"
#include "tunnel_pair.h"

#define EDGE WB_ROLE_EDGE
#define HUB WB_ROLE_HUB

static struct pair p;

// The hub learns from the edge what a path takes, and cuts what it sends there to it.
static void
hub_learns_the_mtu(void)
{
	struct wb_path_conf conf = { .name = "a", .mtu = 1400 };

	pair_open(&p, 1, NULL);
	wb_tunnel_path_configure(p.end[EDGE].t, 0, &conf);
	pair_session(&p, WB_FEATURE_FRAGMENT);
	CU_ASSERT_FATAL(pair_wait(&p, HUB, 0, WB_PATH_UP, 500 * WB_MS));
	CU_ASSERT_EQUAL(wb_tunnel_inner_mtu(p.end[EDGE].t), 1332);
	CU_ASSERT_EQUAL(wb_tunnel_inner_mtu(p.end[HUB].t), 1332);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).mtu_limit, 1400);
	pair_run(&p, 200 * WB_MS); // it is tried before it is used
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).mtu, 1400);
	pair_send(&p, HUB, 3, 1500, 1);
	pair_run(&p, 100 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).tx_data, 2); // two fragments
	CU_ASSERT_EQUAL(p.end[EDGE].delivered, 1);
	pair_close(&p);
}

// A link that says nothing of what it takes: both ends find it, and both announce it.
static void
mtu_is_found(void)
{
	pair_open(&p, 2, NULL);
	p.mtu[1] = 1400;
	pair_session(&p, WB_FEATURE_FRAGMENT);
	CU_ASSERT_EQUAL(wb_tunnel_inner_mtu(p.end[EDGE].t), 1432);
	pair_run(&p, 4 * WB_SEC);
	for (unsigned end = 0; end < 2; end++) {
		CU_ASSERT_EQUAL(pair_path(&p, end, 0).mtu, 1500);
		CU_ASSERT_TRUE(
			pair_path(&p, end, 1).mtu <= 1400 && pair_path(&p, end, 1).mtu > 1400 - 4);
		CU_ASSERT_EQUAL(
			wb_tunnel_inner_mtu(p.end[end].t), pair_path(&p, end, 1).mtu - WB_OVERHEAD);
		CU_ASSERT_EQUAL(pair_path(&p, end, 1).lost, 0); // probes that vanished are no loss
		CU_ASSERT_EQUAL(pair_path(&p, end, 1).downs, 0);
	}
	pair_close(&p);
}

// From one moment on only small datagrams pass. All that was sent arrives, by the other path and in
// fragments; the path stays in use.
static void
mtu_black_hole(void)
{
	pair_open(&p, 2, NULL);
	pair_session(&p, WB_FEATURE_FRAGMENT);
	pair_run(&p, WB_SEC);
	p.mtu[0] = 1250;
	for (unsigned i = 0; i < 300; i++) {
		pair_send(&p, EDGE, 3, 1400, 10);
		pair_run(&p, 10 * WB_MS);
	}
	pair_run(&p, WB_SEC);
	// All but what CoDel took, in order, and no packet is held anywhere any more.
	CU_ASSERT(p.end[EDGE].released[WB_DROP_CODEL] < 300);
	CU_ASSERT_EQUAL(p.end[HUB].delivered, 3000 - p.end[EDGE].released[WB_DROP_CODEL]);
	CU_ASSERT_EQUAL(p.end[HUB].out_of_order, 0);
	CU_ASSERT_EQUAL(p.live, 0);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).black_holes, 1);
	CU_ASSERT_TRUE(pair_path(&p, EDGE, 0).mtu <= 1250 && pair_path(&p, EDGE, 0).mtu > 1250 - 4);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).state, WB_PATH_UP);
	CU_ASSERT_EQUAL(wb_tunnel_inner_mtu(p.end[EDGE].t), WB_INNER_MTU_MIN);
	CU_ASSERT_EQUAL(wb_tunnel_inner_mtu(p.end[HUB].t), WB_INNER_MTU_MIN);
	pair_close(&p);
}

static const struct harness_test tests[] = {
	{ "the hub learns the MTU", hub_learns_the_mtu },
	{ "the MTU of a path is found", mtu_is_found },
	{ "black hole for large datagrams", mtu_black_hole },
};

int
main(void)
{
	return HARNESS_RUN("tunnel_mtu", tests);
}
