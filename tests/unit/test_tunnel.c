// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "harness.h"
#include "tunnel_pair.h"

#define EDGE WB_ROLE_EDGE
#define HUB WB_ROLE_HUB

static struct pair p;

// All that left the flow queue has arrived, in order, and no packet is held anywhere any more.
static void
check_all_delivered(enum wb_role to, uint64_t n)
{
	uint64_t codel = p.end[1 - to].released[WB_DROP_CODEL];

	CU_ASSERT(codel < n / 10);
	CU_ASSERT_EQUAL(p.end[to].delivered, n - codel);
	CU_ASSERT_EQUAL(p.end[to].out_of_order, 0);
	CU_ASSERT_EQUAL(p.live, 0);
}

static void
comes_up(void)
{
	pair_open(&p, 3, NULL);
	pair_run(&p, 100 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).tx_datagrams, 0); // nothing without a session
	pair_session(&p, 0);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT(pair_wait(&p, EDGE, i, WB_PATH_UP, 200 * WB_MS));
		CU_ASSERT(pair_wait(&p, HUB, i, WB_PATH_UP, 200 * WB_MS));
	}
	CU_ASSERT_EQUAL(wb_tunnel_inner_mtu(p.end[EDGE].t), 1432);
	pair_run(&p, 3 * WB_SEC);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).state, WB_PATH_UP);
	CU_ASSERT(pair_path(&p, EDGE, 0).srtt >= 20 * WB_MS &&
		  pair_path(&p, EDGE, 0).srtt < 24 * WB_MS);
	CU_ASSERT(pair_path(&p, EDGE, 0).tx_datagrams < 30); // an idle tunnel is nearly silent
	pair_close(&p);
	CU_ASSERT_EQUAL(p.live, 0);
}

static void
open_up(unsigned n, uint32_t features)
{
	pair_open(&p, n, NULL);
	pair_session(&p, features);
	for (unsigned i = 0; i < n; i++) {
		CU_ASSERT_FATAL(pair_wait(&p, EDGE, i, WB_PATH_UP, 500 * WB_MS));
		CU_ASSERT_FATAL(pair_wait(&p, HUB, i, WB_PATH_UP, 500 * WB_MS));
	}
}

static void
limit_paths(unsigned n, uint64_t bps)
{
	for (unsigned i = 0; i < n; i++) {
		struct wb_path_conf conf = { .rate_up = bps };

		memcpy(conf.name, pair_path(&p, EDGE, i).name, sizeof(conf.name));
		CU_ASSERT_EQUAL(wb_tunnel_path_configure(p.end[EDGE].t, i, &conf), 0);
	}
}

static void
in_order_over_unequal_paths(void)
{
	open_up(3, 0);
	p.delay[0][HUB] = 25 * WB_MS;
	p.delay[1][HUB] = 40 * WB_MS;
	limit_paths(3, 50000000);
	for (unsigned i = 0; i < 300; i++) {
		pair_send(&p, EDGE, 5, 1400, 10);
		pair_run(&p, WB_MS);
	}
	pair_run(&p, WB_SEC);
	check_all_delivered(HUB, 3000);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT(pair_path(&p, EDGE, i).tx_data > 100); // every path carried its part
	pair_close(&p);
}

static void
lost_is_sent_again(void)
{
	open_up(2, 0);
	p.lose_every[0] = 20;
	p.lose_every[1] = 33;
	for (unsigned i = 0; i < 400; i++) {
		pair_send(&p, HUB, 9, 1400, 5);
		pair_run(&p, WB_MS);
	}
	pair_run(&p, 2 * WB_SEC);
	check_all_delivered(EDGE, 2000);
	CU_ASSERT(pair_path(&p, HUB, 0).lost > 10);
	CU_ASSERT(pair_path(&p, HUB, 0).resent + pair_path(&p, HUB, 1).resent > 20);
	pair_close(&p);
}

// Behind the packet that waits for the pacer, and behind all that is to be sent again.
static void
realtime_waits_for_nothing(void)
{
	uint64_t bytes;

	open_up(2, 0);
	limit_paths(2, 10000000);
	for (unsigned i = 0; i < 20; i++) {
		pair_send(&p, EDGE, 1, 200, 1);
		pair_run(&p, 20 * WB_MS);
	}
	for (unsigned i = 0; i < 20; i++) {
		pair_send(&p, EDGE, 2, 1400, 40);
		pair_run(&p, 20 * WB_MS);
	}
	// Path 0 takes what is on it along: 24 packets wait to be sent again when it is found out.
	p.cut[0][HUB] = p.cut[0][EDGE] = true;
	CU_ASSERT_FATAL(pair_wait(&p, EDGE, 0, WB_PATH_SUSPECT, 500 * WB_MS));
	bytes = p.end[HUB].delivered_bytes;
	pair_send(&p, EDGE, 1, 200, 1);
	pair_run(&p, p.delay[1][HUB] + 6 * WB_MS);
	CU_ASSERT_EQUAL((p.end[HUB].delivered_bytes - bytes) % 1400, 200);
	pair_close(&p);
	CU_ASSERT_EQUAL(p.live, 0);
}

static void
black_hole(void)
{
	open_up(2, 0);
	p.delay[1][HUB] = p.delay[1][EDGE] = 15 * WB_MS;
	for (unsigned i = 0; i < 1000; i++) {
		pair_send(&p, EDGE, 9, 1400, 2);
		pair_run(&p, WB_MS);
		if (i == 300)
			p.cut[0][HUB] = p.cut[0][EDGE] = true;
		if (i == 450)
			CU_ASSERT(pair_path(&p, EDGE, 0).state == WB_PATH_SUSPECT);
	}
	pair_run(&p, WB_SEC);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).state, WB_PATH_DOWN);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 1).state, WB_PATH_UP);
	p.cut[0][HUB] = p.cut[0][EDGE] = false;
	CU_ASSERT(pair_wait(&p, EDGE, 0, WB_PATH_UP, WB_SEC));
	CU_ASSERT(pair_wait(&p, HUB, 0, WB_PATH_UP, WB_SEC));
	pair_run(&p, WB_SEC);
	check_all_delivered(HUB, 2000);
	CU_ASSERT_EQUAL(p.end[EDGE].released[WB_DROP_LOST], 0);
	pair_close(&p);
}

static void
idle_path_dies_and_returns(void)
{
	open_up(2, 0);
	p.cut[0][HUB] = true; // one direction is enough
	CU_ASSERT(pair_wait(&p, EDGE, 0, WB_PATH_DOWN, 5 * WB_SEC));
	p.cut[0][HUB] = false;
	CU_ASSERT(pair_wait(&p, EDGE, 0, WB_PATH_UP, WB_SEC));
	pair_close(&p);
}

static void
all_paths_silent(void)
{
	open_up(2, 0);
	for (unsigned i = 0; i < 2; i++)
		p.cut[i][HUB] = p.cut[i][EDGE] = true;
	p.end[EDGE].events[WB_EVENT_SILENT] = 0;
	pair_run(&p, 5 * WB_SEC);
	CU_ASSERT(p.end[EDGE].events[WB_EVENT_SILENT] >= 3);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).state, WB_PATH_DOWN);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 1).state, WB_PATH_DOWN);
	pair_close(&p);
}

static void
address_moves(void)
{
	open_up(1, 0);
	p.hub_sees_port[0] = 50001; // the NAT forgot us: a new mapping
	pair_send(&p, EDGE, 1, 500, 1);
	pair_run(&p, 30 * WB_MS);
	pair_send(&p, HUB, 1, 500, 1);
	pair_run(&p, 200 * WB_MS);
	CU_ASSERT_EQUAL(p.end[EDGE].delivered, 1);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).remote.udp_port, 50001);
	CU_ASSERT(p.end[HUB].events[WB_EVENT_PATH_ADDRESS] >= 2);
	pair_close(&p);
}

// Who handles an event later needs no call back into the tunnel.
static void
events_say_which_path(void)
{
	const struct wb_event *e = &p.end[HUB].last_event;

	open_up(1, 0);
	p.hub_sees_port[0] = 50001;
	for (unsigned i = 0; i < 200 && e->type != WB_EVENT_PATH_ADDRESS; i++) {
		pair_send(&p, EDGE, 1, 500, 1);
		pair_run(&p, WB_MS);
	}
	CU_ASSERT_EQUAL_FATAL(e->type, WB_EVENT_PATH_ADDRESS);
	CU_ASSERT_EQUAL(e->remote.udp_port, 50001);
	CU_ASSERT_EQUAL(e->id, pair_path(&p, HUB, 0).id);
	CU_ASSERT_STRING_EQUAL(e->name, pair_path(&p, HUB, 0).name);
	e = &p.end[EDGE].last_event;
	wb_tunnel_path_enable(p.end[EDGE].t, 0, false, p.now);
	CU_ASSERT_EQUAL_FATAL(e->type, WB_EVENT_PATH_STATE);
	CU_ASSERT_STRING_EQUAL(e->name, "a");
	pair_close(&p);
}

static void
large_packets_in_fragments(void)
{
	open_up(2, WB_FEATURE_FRAGMENT);
	for (unsigned i = 0; i < 50; i++) {
		pair_send(&p, EDGE, 3, 4000 + i, 1);
		pair_run(&p, 5 * WB_MS);
	}
	pair_run(&p, WB_SEC);
	CU_ASSERT_EQUAL(p.end[HUB].delivered, 50);
	CU_ASSERT_EQUAL(p.end[HUB].delivered_bytes, 50 * 4000 + 49 * 25);
	CU_ASSERT_EQUAL(p.live, 0);
	pair_close(&p);
}

static void
too_large_without_fragments(void)
{
	open_up(1, 0);
	pair_send(&p, EDGE, 3, 4000, 1);
	pair_run(&p, 100 * WB_MS);
	CU_ASSERT_EQUAL(p.end[EDGE].released[WB_DROP_MTU], 1);
	CU_ASSERT_EQUAL(p.live, 0);
	pair_close(&p);
}

static void
new_session_in_mid_transfer(void)
{
	open_up(2, 0);
	pair_send(&p, EDGE, 3, 1400, 200);
	pair_run(&p, 5 * WB_MS);
	pair_session(&p, 0); // the other end was restarted: all under way is gone
	CU_ASSERT(pair_wait(&p, EDGE, 0, WB_PATH_UP, WB_SEC));
	pair_run(&p, 2 * WB_SEC);
	CU_ASSERT_EQUAL(p.end[HUB].delivered + p.end[EDGE].released[WB_DROP_CODEL], 200);
	CU_ASSERT_EQUAL(p.live, 0);
	pair_close(&p);
}

// A path that carries nothing says why, whatever it is.
static void
check_why_not(unsigned paths)
{
	for (unsigned end = 0; end < 2; end++) {
		for (unsigned i = 0; i < paths; i++) {
			struct wb_path_stats before = pair_path(&p, end, i), s;

			if (before.state == WB_PATH_FREE)
				continue;
			pair_run(&p, 250 * WB_MS);
			s = pair_path(&p, end, i);
			if (s.tx_data == before.tx_data)
				CU_ASSERT(s.why_not[0] != 0);
		}
	}
}

static void
says_why_not(void)
{
	pair_open(&p, 3, NULL);
	check_why_not(3); // no session
	p.cut[2][HUB] = true;
	pair_session(&p, 0);
	check_why_not(3); // no answer on one, nothing to send
	CU_ASSERT_STRING_EQUAL(pair_path(&p, EDGE, 2).why_not, "no answer yet");
	CU_ASSERT_STRING_EQUAL(pair_path(&p, EDGE, 0).why_not, "nothing to send");
	p.cut[2][HUB] = false;
	CU_ASSERT(pair_wait(&p, EDGE, 2, WB_PATH_UP, 3 * WB_SEC));
	for (unsigned i = 0; i < 8; i++) { // little: one path is enough
		struct wb_path_stats before[] = { pair_path(&p, EDGE, 0), pair_path(&p, EDGE, 1),
			pair_path(&p, EDGE, 2) };

		for (unsigned k = 0; k < 25; k++) {
			pair_send(&p, EDGE, 1, 1000, 1);
			pair_run(&p, 10 * WB_MS);
		}
		for (unsigned k = 0; k < 3; k++)
			CU_ASSERT(pair_path(&p, EDGE, k).tx_data != before[k].tx_data ||
				  pair_path(&p, EDGE, k).why_not[0] != 0);
	}
	p.cut[1][HUB] = true;
	CU_ASSERT(pair_wait(&p, EDGE, 1, WB_PATH_DOWN, 3 * WB_SEC));
	wb_tunnel_path_enable(p.end[EDGE].t, 0, false, p.now);
	check_why_not(3); // down, taken out
	CU_ASSERT_STRING_EQUAL(pair_path(&p, EDGE, 1).why_not, "what is sent does not arrive");
	CU_ASSERT_STRING_EQUAL(pair_path(&p, EDGE, 0).why_not, "taken out");
	CU_ASSERT_STRING_EQUAL(pair_path(&p, HUB, 0).why_not, "taken out by the other end");
	pair_close(&p);
}

static void
close_is_heard(void)
{
	open_up(2, 0);
	wb_tunnel_close(p.end[EDGE].t, p.now);
	pair_send(&p, EDGE, 3, 1400, 1);
	CU_ASSERT_EQUAL(p.end[EDGE].released[WB_DROP_CLOSED], 1);
	pair_run(&p, 50 * WB_MS);
	CU_ASSERT(p.end[HUB].events[WB_EVENT_PEER_CLOSED] >= 2);
	pair_close(&p);
}

static void
destroy_gives_all_back(void)
{
	open_up(2, 0);
	p.lose_every[0] = 2;
	pair_send(&p, EDGE, 3, 1400, 3000);
	pair_run(&p, 12 * WB_MS);
	CU_ASSERT(p.live > 1000);
	pair_close(&p);
	CU_ASSERT_EQUAL(p.live, 0);
}

static void
scheduler_by_name(void)
{
	open_up(2, 0);
	CU_ASSERT_EQUAL(wb_tunnel_set_scheduler(p.end[EDGE].t, "none"), -2);
	CU_ASSERT_STRING_EQUAL(wb_tunnel_scheduler(p.end[EDGE].t), "earliest");
	CU_ASSERT_EQUAL(wb_tunnel_set_scheduler(p.end[EDGE].t, "redundant"), 0);
	for (unsigned i = 0; i < 100; i++) {
		pair_send(&p, EDGE, 3, 1000, 1);
		pair_run(&p, 5 * WB_MS);
	}
	pair_run(&p, WB_SEC);
	CU_ASSERT_EQUAL(p.end[HUB].delivered, 100);
	CU_ASSERT(p.end[HUB].released[WB_DROP_DUPLICATE] >= 90); // the second copies
	CU_ASSERT_EQUAL(p.live, 0);
	pair_close(&p);
}

static void
call(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pair_send(&p, EDGE, 3, 200, 1);
		pair_run(&p, 20 * WB_MS);
	}
}

// A call stays on the free path while that is well. Once it loses some, or its answer is late, packets go
// on the backup as well: none is lost or waits until the path is known to be silent.
static void
degraded_path_doubles_calls(void)
{
	struct wb_path_conf backup = { .name = "b", .backup = true };
	struct wb_tunnel_stats s;
	uint64_t copies;

	open_up(2, 0);
	backup.price = 10 * WB_MS;
	CU_ASSERT_EQUAL(wb_tunnel_path_configure(p.end[EDGE].t, 1, &backup), 0);
	call(100);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).copies + pair_path(&p, EDGE, 1).copies, 0);
	p.lose_every[0] = 5;
	call(200);
	copies = pair_path(&p, EDGE, 0).copies + pair_path(&p, EDGE, 1).copies;
	CU_ASSERT(copies > 100);
	CU_ASSERT_EQUAL(p.end[HUB].delivered, 300);
	wb_tunnel_stats(p.end[EDGE].t, &s);
	CU_ASSERT(s.classes[WB_CLASS_REALTIME].copies >= copies);
	wb_tunnel_stats(p.end[HUB].t, &s);
	CU_ASSERT(s.classes[WB_CLASS_REALTIME].duplicates > 70);
	CU_ASSERT_EQUAL(s.classes[WB_CLASS_REALTIME].duplicates,
		pair_path(&p, HUB, 0).duplicates + pair_path(&p, HUB, 1).duplicates);
	p.lose_every[0] = 0;
	call(1000);
	copies = pair_path(&p, EDGE, 0).copies + pair_path(&p, EDGE, 1).copies;
	call(100);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).copies + pair_path(&p, EDGE, 1).copies,
		copies); // it is well again
	p.cut[0][HUB] = p.cut[0][EDGE] = true;
	call(3);
	CU_ASSERT(p.end[HUB].delivered >= 1400 + 1);
	call(12);
	CU_ASSERT(p.end[HUB].delivered >= 1400 + 13);
	pair_close(&p);
}

// A path that is disabled carries nothing, and its share goes elsewhere.
static void
operator_disables(void)
{
	open_up(2, 0);
	wb_tunnel_path_enable(p.end[EDGE].t, 0, false, p.now);
	uint64_t before = pair_path(&p, EDGE, 0).tx_datagrams;
	pair_send(&p, EDGE, 3, 1000, 50);
	pair_run(&p, WB_SEC);
	check_all_delivered(HUB, 50);
	CU_ASSERT(pair_path(&p, EDGE, 0).tx_datagrams - before <= 2); // the words that it is out
	wb_tunnel_path_enable(p.end[EDGE].t, 0, true, p.now);
	CU_ASSERT(pair_wait(&p, EDGE, 0, WB_PATH_UP, 500 * WB_MS));
	CU_ASSERT(pair_wait(&p, HUB, 0, WB_PATH_UP, 500 * WB_MS));
	pair_close(&p);
}

// The other end does not use it either, even where it was told in vain at first.
static void
disabled_for_both(void)
{
	uint64_t before;

	open_up(2, 0);
	p.cut[0][HUB] = true;
	wb_tunnel_path_enable(p.end[EDGE].t, 0, false, p.now);
	pair_run(&p, 300 * WB_MS);
	p.cut[0][HUB] = false;
	pair_send(&p, HUB, 3, 1000, 20);
	pair_run(&p, 300 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).state, WB_PATH_DISABLED);
	before = pair_path(&p, HUB, 0).tx_datagrams;
	for (unsigned i = 0; i < 100; i++) {
		pair_send(&p, HUB, 3, 1000, 1);
		pair_run(&p, 10 * WB_MS);
	}
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).tx_datagrams, before);
	CU_ASSERT_EQUAL(p.end[HUB].events[WB_EVENT_PEER_CLOSED], 0);
	pair_run(&p, WB_SEC);
	check_all_delivered(EDGE, 120);
	pair_close(&p);
}

// A path that is taken out before the other end was told of its end leaves no deadline behind.
static void
removed_path_is_quiet(void)
{
	open_up(2, 0);
	CU_ASSERT_EQUAL(wb_tunnel_path_enable(p.end[EDGE].t, 1, false, p.now), 0);
	CU_ASSERT_EQUAL(wb_tunnel_path_remove(p.end[EDGE].t, 1, p.now), 0);
	pair_run(&p, WB_SEC);
	CU_ASSERT(wb_tunnel_next_deadline(p.end[EDGE].t) > p.now);
	pair_close(&p);
}

// The hub sends no more on a path than the edge's user says, until he says otherwise.
static void
hub_is_told_the_rate(void)
{
	static const uint64_t rates[] = { 20000000, 5000000, 0, 99000 };
	static const uint64_t taken[] = { 20000000, 5000000, 0, 0 };
	struct wb_path_conf conf = { .name = "a" };

	open_up(1, 0);
	for (unsigned i = 0; i < 4; i++) {
		conf.rate_down = rates[i];
		wb_tunnel_path_configure(p.end[EDGE].t, 0, &conf);
		pair_run(&p, 10 * WB_SEC);
		CU_ASSERT_STRING_EQUAL(
			pair_path(&p, HUB, 0).cc_state, taken[i] ? "fixed" : "startup");
		if (taken[i])
			CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).pacing, taken[i]);
		CU_ASSERT_STRING_NOT_EQUAL(pair_path(&p, EDGE, 0).cc_state, "fixed");
	}
	// What was said ends with the session.
	conf.rate_down = 7000000;
	wb_tunnel_path_configure(p.end[EDGE].t, 0, &conf);
	pair_run(&p, 10 * WB_SEC);
	CU_ASSERT_STRING_EQUAL(pair_path(&p, HUB, 0).cc_state, "fixed");
	conf.rate_down = 0;
	wb_tunnel_path_configure(p.end[EDGE].t, 0, &conf);
	pair_session(&p, 0);
	CU_ASSERT_FATAL(pair_wait(&p, HUB, 0, WB_PATH_UP, WB_SEC));
	CU_ASSERT_STRING_EQUAL(pair_path(&p, HUB, 0).cc_state, "startup");
	pair_close(&p);
}

// A ceiling: it measures, and stays below. Both ends, alone and then in place of a fixed rate.
static void
hub_is_told_the_ceiling(void)
{
	struct wb_path_conf conf = { .name = "a", .max_up = 3000000, .max_down = 8000000 };

	open_up(1, 0);
	for (unsigned i = 0; i < 2; i++) {
		wb_tunnel_path_configure(p.end[EDGE].t, 0, &conf);
		for (unsigned n = 0; n < 3000; n++) {
			pair_send(&p, EDGE, 5, 1400, 1); // 11 Mbit/s each way
			pair_send(&p, HUB, 5, 1400, 1);
			pair_run(&p, WB_MS);
		}
		CU_ASSERT_STRING_NOT_EQUAL(pair_path(&p, HUB, 0).cc_state, "fixed");
		CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).pacing, 3000000);
		CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).pacing, 8000000);
		// The operator's rate at the hub goes before, the ceiling comes back after it.
		CU_ASSERT_EQUAL(wb_tunnel_path_set_rate(p.end[HUB].t, 0, 20000000), 0);
		CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).pacing, 20000000);
		CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).ceiling, 20000000);
		CU_ASSERT_EQUAL(wb_tunnel_path_set_rate(p.end[HUB].t, 0, 0), 0);
		CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).pacing, 8000000);
		CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).ceiling, 8000000);
		conf.rate_down = 8000000;
		wb_tunnel_path_configure(p.end[EDGE].t, 0, &conf);
		CU_ASSERT_TRUE(pair_wait(&p, EDGE, 0, WB_PATH_UP, WB_SEC));
		pair_run(&p, 10 * WB_SEC);
		CU_ASSERT_STRING_EQUAL(pair_path(&p, HUB, 0).cc_state, "fixed");
		conf.rate_down = 0;
	}
	CU_ASSERT_EQUAL(wb_tunnel_path_set_rate(p.end[HUB].t, 7, 0), -ENOENT);
	pair_close(&p);
}

// The hub spills too: what the edge's configuration says of a path holds in both directions.
static void
hub_is_told_the_price(void)
{
	static const wb_ns_t prices[] = { 20 * WB_MS, 999 * WB_MS + 1, 0 };
	struct wb_path_conf conf = { .name = "a" };

	open_up(1, 0);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).price, 0);
	for (unsigned i = 0; i < 3; i++) {
		conf.price = prices[i];
		wb_tunnel_path_configure(p.end[EDGE].t, 0, &conf);
		pair_run(&p, 100 * WB_MS); // it does not wait for the next probe
		CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).price, prices[i]);
		CU_ASSERT_EQUAL(
			pair_path(&p, HUB, 0).price, (prices[i] + WB_MS - 1) / WB_MS * WB_MS);
	}
	conf.backup = true; // costs something by itself
	wb_tunnel_path_configure(p.end[EDGE].t, 0, &conf);
	pair_run(&p, 100 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).price, 10 * WB_MS);
	pair_close(&p);
}

// What a budget counts: all bytes, both directions, whatever is cleared.
static void
counts_what_is_carried(void)
{
	uint64_t carried;

	open_up(1, 0);
	pair_send(&p, EDGE, 3, 1000, 10);
	pair_send(&p, HUB, 3, 1000, 20);
	pair_run(&p, WB_SEC);
	carried = pair_path(&p, EDGE, 0).carried;
	CU_ASSERT(carried > 30 * 1000 && carried < 40 * 1000);
	CU_ASSERT_EQUAL(carried, pair_path(&p, EDGE, 0).tx_bytes + pair_path(&p, EDGE, 0).rx_bytes);
	wb_tunnel_stats_clear(p.end[EDGE].t);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).tx_bytes, 0);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).carried, carried);
	pair_close(&p);
}

// The edge sleeps for two hours while the hub goes on: its clock jumps. No storm of timers after that, one
// event that says all is silent at most, paths up again within a second, and packets pass.
static void
suspended(void)
{
	struct wb_tx tx[64];
	uint64_t probes, polls = 0;
	unsigned silent;

	pair_open(&p, 3, NULL);
	pair_session(&p, WB_FEATURE_FRAGMENT);
	pair_run(&p, 2 * WB_SEC);
	pair_send(&p, EDGE, 3, 1000, 20); // on their way when the lid is closed
	probes = pair_path(&p, EDGE, 0).probes + pair_path(&p, EDGE, 1).probes +
		 pair_path(&p, EDGE, 2).probes;
	silent = p.end[EDGE].events[WB_EVENT_SILENT];
	p.now += 7200 * WB_SEC;
	wb_tunnel_expire(p.end[EDGE].t, p.now);
	while (wb_tunnel_poll(p.end[EDGE].t, tx, 64, p.now) > 0 && polls < 1000)
		polls++;
	CU_ASSERT_TRUE(polls < 10);
	CU_ASSERT_TRUE(wb_tunnel_next_deadline(p.end[EDGE].t) > p.now);
	pair_run(&p, WB_SEC);
	probes = pair_path(&p, EDGE, 0).probes + pair_path(&p, EDGE, 1).probes +
		 pair_path(&p, EDGE, 2).probes - probes;
	CU_ASSERT_TRUE(probes <= 3 * 15); // at most one each 100 ms and path, and tails
	CU_ASSERT_TRUE(p.end[EDGE].events[WB_EVENT_SILENT] <= silent + 1);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(pair_path(&p, EDGE, i).state, WB_PATH_UP);
		CU_ASSERT_EQUAL(pair_path(&p, HUB, i).state, WB_PATH_UP);
	}
	p.end[HUB].delivered = 0;
	pair_send(&p, EDGE, 4, 1000, 50);
	pair_run(&p, WB_SEC);
	CU_ASSERT_EQUAL(p.end[HUB].delivered, 50);
	pair_close(&p);
}

// A clock that steps back by seconds, as a counter does that starts anew, is taken as standing still.
static void
clock_goes_back(void)
{
	pair_open(&p, 2, NULL);
	pair_session(&p, WB_FEATURE_FRAGMENT);
	pair_run(&p, 2 * WB_SEC);
	p.now -= 3 * WB_SEC / 2;
	pair_send(&p, EDGE, 3, 1000, 20);
	pair_run(&p, 3 * WB_SEC);
	check_all_delivered(HUB, 20);
	for (unsigned i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(pair_path(&p, EDGE, i).state, WB_PATH_UP);
	pair_close(&p);
}

static void
stream(wb_ns_t duration)
{
	for (wb_ns_t end = p.now + duration; p.now < end; pair_run(&p, 5 * WB_MS))
		for (unsigned i = 0; i < 2; i++)
			if (!p.stopped[i])
				pair_send(&p, i, 3, 1000, 4);
}

// An end is stopped in mid-transfer (SIGSTOP, a suspended machine). What it measured meanwhile is not the
// paths': half a second later all is as before, from either end's point of view.
static void
stopped(void)
{
	for (unsigned end = 0; end < 2; end++) {
		pair_open(&p, 2, NULL);
		pair_session(&p, WB_FEATURE_FRAGMENT);
		stream(2 * WB_SEC);
		p.stopped[end] = true;
		stream(3 * WB_SEC);
		p.stopped[end] = false;
		stream(150 * WB_MS);
		for (unsigned i = 0; i < 2; i++)
			CU_ASSERT_EQUAL(pair_path(&p, end, i).state, WB_PATH_UP);
		stream(450 * WB_MS);
		for (unsigned i = 0; i < 4; i++) {
			struct wb_path_stats s = pair_path(&p, i / 2, i % 2);

			CU_ASSERT_EQUAL(s.state, WB_PATH_UP);
			CU_ASSERT(s.srtt < 100 * WB_MS);
			CU_ASSERT(s.loss_ppm < 40000);
		}
		pair_close(&p);
	}
}

// An end had no core for a while, as happens on a busy VPS: no path is taken for dead, and none of what costs
// money is used. What the quickest path alone carries, and what takes all of them.
static void
without_a_core(void)
{
	for (unsigned end = 0; end < 2; end++) {
		pair_open(&p, 3, NULL);
		for (unsigned i = 0; i < 3; i++)
			p.delay[i][0] = p.delay[i][1] = (8 + 11 * i) * WB_MS;
		pair_session(&p, WB_FEATURE_FRAGMENT);
		stream(2 * WB_SEC);
		for (unsigned i = 0; i < 60; i++) {
			if (i == 30)
				limit_paths(3, 5000000);
			p.stopped[end] = true;
			stream((40 + 5 * (i % 30)) * WB_MS);
			p.stopped[end] = false;
			stream((50 + 17 * (i % 10)) * WB_MS);
		}
		for (unsigned i = 0; i < 6; i++) {
			CU_ASSERT_EQUAL(pair_path(&p, i / 3, i % 3).downs, 0);
			CU_ASSERT_EQUAL(pair_path(&p, i / 3, i % 3).state, WB_PATH_UP);
		}
		pair_close(&p);
	}
}

// An idle tunnel whose quickest path dies up to a second before a request: question and answer, each of
// which may begin on the dead path, take less than 250 ms more than the round trip of the other path.
static void
request_after_idle(void)
{
	wb_ns_t worst = 0;

	for (unsigned phase = 0; phase <= 20; phase++) {
		wb_ns_t start;

		pair_open(&p, 2, NULL);
		p.delay[1][0] = p.delay[1][1] = 25 * WB_MS;
		pair_session(&p, WB_FEATURE_FRAGMENT);
		stream(WB_SEC);
		pair_run(&p, 6 * WB_SEC + phase * 37 * WB_MS);
		p.cut[0][0] = p.cut[0][1] = true;
		pair_run(&p, phase * 50 * WB_MS);
		start = p.now;
		for (unsigned i = 0; i < 2; i++) {
			uint64_t before = p.end[1 - i].delivered;

			pair_send(&p, i, 9, 300, 1);
			while (p.end[1 - i].delivered == before && p.now < start + 3 * WB_SEC)
				pair_run(&p, PAIR_TICK);
		}
		worst = p.now - start > worst ? p.now - start : worst;
		pair_close(&p);
	}
	CU_ASSERT(worst < 50 * WB_MS + 250 * WB_MS);
}

// A path whose datagrams overtake each other by 50 ms, so that one may well be late. Ten packets, the last of
// which is lost: nothing comes after it to show that. It arrives again when it is late, not when it is lost.
static void
last_of_a_burst(void)
{
	wb_ns_t start;

	open_up(1, WB_FEATURE_FRAGMENT);
	for (unsigned i = 0; i < 200; i++) {
		p.delay[0][0] = i % 10 ? 20 * WB_MS : 70 * WB_MS;
		p.delay[0][1] = i % 7 ? 20 * WB_MS : 70 * WB_MS;
		pair_send(&p, EDGE, 3, 1400, 1);
		pair_run(&p, 10 * WB_MS);
	}
	pair_run(&p, 500 * WB_MS);
	p.delay[0][0] = p.delay[0][1] = 20 * WB_MS;
	start = p.now;
	pair_send(&p, EDGE, 3, 1400, 9);
	pair_run(&p, PAIR_TICK);
	p.cut[0][1] = true;
	pair_send(&p, EDGE, 3, 1400, 1);
	pair_run(&p, PAIR_TICK);
	p.cut[0][1] = false;
	while (p.end[HUB].delivered < 210 && p.now < start + WB_SEC)
		pair_run(&p, PAIR_TICK);
	CU_ASSERT(p.now - start < 140 * WB_MS);
	pair_close(&p);
}

static void
no_session_no_deadline(void)
{
	pair_open(&p, 1, NULL);
	pair_send(&p, EDGE, 3, 1000, 12);
	CU_ASSERT_EQUAL(wb_tunnel_next_deadline(p.end[EDGE].t), WB_NEVER);
	pair_session(&p, 0);
	pair_run(&p, 500 * WB_MS);
	check_all_delivered(HUB, 12);
	pair_close(&p);
}

static const struct harness_test tests[] = {
	{ "paths come up", comes_up },
	{ "in order over unequal paths", in_order_over_unequal_paths },
	{ "last of a burst", last_of_a_burst },
	{ "lost is sent again", lost_is_sent_again },
	{ "realtime waits for nothing", realtime_waits_for_nothing },
	{ "black hole under load", black_hole },
	{ "an idle path dies and returns", idle_path_dies_and_returns },
	{ "all paths silent", all_paths_silent },
	{ "the edge's address moves", address_moves },
	{ "events say which path", events_say_which_path },
	{ "why a path carries nothing", says_why_not },
	{ "large packets in fragments", large_packets_in_fragments },
	{ "too large without fragments", too_large_without_fragments },
	{ "new session in mid-transfer", new_session_in_mid_transfer },
	{ "close is heard", close_is_heard },
	{ "destroy gives all back", destroy_gives_all_back },
	{ "scheduler by name", scheduler_by_name },
	{ "hub is told the price", hub_is_told_the_price },
	{ "counts what is carried", counts_what_is_carried },
	{ "operator disables a path", operator_disables },
	{ "a degraded path doubles calls", degraded_path_doubles_calls },
	{ "disabled for both ends", disabled_for_both },
	{ "the hub is told the rate", hub_is_told_the_rate },
	{ "the hub is told the ceiling", hub_is_told_the_ceiling },
	{ "a removed path is quiet", removed_path_is_quiet },
	{ "suspended for hours", suspended },
	{ "a request after idling", request_after_idle },
	{ "an end is stopped", stopped },
	{ "an end without a core", without_a_core },
	{ "the clock goes back", clock_goes_back },
	{ "no session, no deadline", no_session_no_deadline },
};

int
main(void)
{
	return HARNESS_RUN("tunnel", tests);
}
