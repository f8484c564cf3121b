// SPDX-License-Identifier: BSD-3-Clause
// A worker in its own thread: calls, snapshots and keys changed under it, idle, the end. What takes
// time is waited for by condition.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "../unit/harness.h"
#include "packet.h"

static struct wb_dp *dp;

static const struct wb_dp_conf base = {
	.role = WB_ROLE_EDGE,
	.udp_port = WB_UDP_PORT,
	.workers = (const unsigned[]){ 1 },
	.n_workers = 1,
	.n_mbufs = 4095,
};

static bool
wait_for(bool (*done)(void))
{
	static const struct timespec pause = { .tv_nsec = 200 * WB_US };
	wb_ns_t end = clock_now() + 5 * WB_SEC;

	while (!done()) {
		if (clock_now() > end)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static void
note_thread(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	CU_ASSERT_PTR_NOT_NULL(t);
	CU_ASSERT(now <= clock_now());
	*(unsigned *)arg = rte_lcore_id();
}

// A datapath that cannot start closes the ports that it was given.
static void
test_refused(void)
{
	struct wb_dp_conf conf = base;
	unsigned main_lcore = rte_get_main_lcore();

	wire_open(&conf, "lan", WB_DP_LAN);
	conf.n_workers = 0;
	CU_ASSERT_PTR_NULL(wb_dp_create(&conf));
	conf.n_workers = 1;
	conf.workers = &main_lcore; // the control thread's own lcore
	CU_ASSERT_PTR_NULL(wb_dp_create(&conf));
	CU_ASSERT_FALSE(rte_eth_dev_is_valid_port(conf.ports[0].ethdev));
	conf.workers = base.workers;
	CU_ASSERT_PTR_NULL(wb_dp_create(&conf)); // the port has gone
}

static void
test_create(void)
{
	struct wb_dp_conf conf = base;

	wire_open(&conf, "lan", WB_DP_LAN);
	wire_open(&conf, "wan0", WB_DP_WAN);
	dp = wb_dp_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dp);
}

static void
test_call(void)
{
	unsigned lcore = 99;

	CU_ASSERT_EQUAL(wb_dp_tunnel_call(dp, 0, note_thread, &lcore), -ENOENT);
	CU_ASSERT_EQUAL(wb_dp_tunnel_add(dp, 0, NULL), 0);
	CU_ASSERT_EQUAL(wb_dp_tunnel_add(dp, 0, NULL), -EEXIST);
	CU_ASSERT_EQUAL(wb_dp_tunnel_add(dp, 1000, NULL), -EINVAL);
	CU_ASSERT_EQUAL(wb_dp_tunnel_call(dp, 0, note_thread, &lcore), 0);
	CU_ASSERT_EQUAL(lcore, 1);
}

static bool
all_seen(void)
{
	return drops_all(dp) >= 200;
}

// Swapped many times while packets look things up.
static void
test_snapshots(void)
{
	struct packet p = {
		.src = "192.168.40.9", .dst = "192.168.40.1", .payload = 9, .proto = 17
	};
	struct wb_dp_worker_stats s;
	struct frame f;
	unsigned i;

	wb_dp_stats_clear(dp);
	for (i = 0; i < 200; i++) {
		struct wb_dp_snapshot *snap = snapshot_new();

		snapshot_port(snap, dp, 0, "192.168.40.1/24");
		wb_dp_set_snapshot(dp, snap);
		packet_build(&f, &dp->ports[0].mac, &p);
		wire_put(dp, 0, &f);
	}
	CU_ASSERT(wait_for(all_seen));
	CU_ASSERT_EQUAL(wb_dp_worker_stats(dp, 0, &s), 0);
	CU_ASSERT_EQUAL(s.drops[WB_DROP_NOT_OURS], 200);
	CU_ASSERT_EQUAL(wb_dp_worker_stats(dp, 1, &s), -ENOENT);
}

static bool
slept(void)
{
	struct wb_dp_worker_stats s;

	return wb_dp_worker_stats(dp, 0, &s) == 0 && s.sleeps > 20;
}

static void
test_idle(void)
{
	struct wb_dp_worker_stats s;

	wb_dp_stats_clear(dp);
	CU_ASSERT(wait_for(slept));
	CU_ASSERT_EQUAL(wb_dp_worker_stats(dp, 0, &s), 0);
	CU_ASSERT(s.walks >= s.sleeps);
}

static void
test_node_stats(void)
{
	struct wb_dp_node_stats s;
	unsigned i, found = 0;

	for (i = 0; wb_dp_node_stats(dp, 0, i, &s) == 0; i++)
		found += strcmp(s.name, "wb_port_rx") == 0 && s.calls > 0;
	CU_ASSERT_EQUAL(i, NODE_COUNT);
	CU_ASSERT_EQUAL(found, 1);
}

static struct wb_aead *
any_key(void)
{
	static const uint8_t k[WB_AEAD_KEY_MAX] = { 1 };

	return wb_aead_create(wb_aead_best(), k, -1);
}

static void
test_keys(void)
{
	struct wb_dp_keys keys = { .new_session = true };
	unsigned i;

	for (i = 0; i < 5; i++) {
		keys.tx = any_key();
		keys.rx = any_key();
		keys.local_index = 10 + i;
		CU_ASSERT_EQUAL(wb_dp_keys_install(dp, 0, &keys), 0);
		CU_ASSERT(index_lookup(atomic_load(&dp->indexes), 10 + i) == 0);
		keys.new_session = false;
	}
	CU_ASSERT_EQUAL(index_lookup(atomic_load(&dp->indexes), 13), 0);
	CU_ASSERT_EQUAL(index_lookup(atomic_load(&dp->indexes), 12), -1);
	CU_ASSERT_EQUAL(wb_dp_keys_retire(dp, 0), 0);
	CU_ASSERT_EQUAL(index_lookup(atomic_load(&dp->indexes), 13), -1);
	CU_ASSERT_EQUAL(index_lookup(atomic_load(&dp->indexes), 14), 0);
	CU_ASSERT_EQUAL(wb_dp_keys_clear(dp, 0), 0);
	CU_ASSERT_EQUAL(index_lookup(atomic_load(&dp->indexes), 14), -1);
	keys.tx = any_key();
	keys.rx = any_key();
	CU_ASSERT_EQUAL(wb_dp_keys_install(dp, 7, &keys), -ENOENT);
	CU_ASSERT_EQUAL(wb_dp_keys_clear(dp, 7), -ENOENT);
}

static void
test_remove(void)
{
	unsigned lcore;

	CU_ASSERT_EQUAL(wb_dp_tunnel_remove(dp, 0), 0);
	CU_ASSERT_EQUAL(wb_dp_tunnel_remove(dp, 0), -ENOENT);
	CU_ASSERT_EQUAL(wb_dp_tunnel_call(dp, 0, note_thread, &lcore), -ENOENT);
	CU_ASSERT_EQUAL(wb_dp_tunnel_add(dp, 0, "failover"), 0);
}

static const struct harness_test tests[] = {
	{ "refused", test_refused },
	{ "create", test_create },
	{ "call in the worker", test_call },
	{ "snapshots", test_snapshots },
	{ "idle sleeps", test_idle },
	{ "node statistics", test_node_stats },
	{ "keys", test_keys },
	{ "remove a tunnel", test_remove },
};

int
main(int argc, char **argv)
{
	int failed;

	if (nodes_start(argc, argv) < 0)
		return 1;
	failed = HARNESS_RUN("worker", tests);
	dp_close(dp);
	nodes_stop();
	return failed;
}
