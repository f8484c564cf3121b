// SPDX-License-Identifier: BSD-3-Clause
// A port that DPDK owns alone has a TAP in the kernel: what is not ours goes there and back.
#include <string.h>

#include <rte_ethdev.h>

#include "../unit/harness.h"
#include "packet.h"

enum { LAN, WAN, LAN_TAP, WAN_TAP };

static struct wb_dp *dp;

static void
open_ports(void)
{
	struct wb_dp_conf conf = { 0 };
	struct wb_dp_snapshot *s = snapshot_new();
	struct wb_dp_port_conf *p;

	wire_open(&conf, "lan", WB_DP_LAN);
	wire_open(&conf, "wan", WB_DP_WAN);
	wire_open(&conf, "lan-tap", WB_DP_MIRROR);
	wire_open(&conf, "wan-tap", WB_DP_MIRROR);
	p = (struct wb_dp_port_conf *)conf.ports;
	p[LAN_TAP].mirrors = LAN;
	p[WAN_TAP].mirrors = WAN;
	p[WAN_TAP].kernel_owned = true;
	// as a card begins
	CU_ASSERT_EQUAL(rte_eth_allmulticast_disable(p[LAN].ethdev), 0);
	CU_ASSERT_EQUAL(rte_eth_allmulticast_disable(p[WAN].ethdev), 0);
	dp = dp_open(&conf, WB_ROLE_EDGE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dp);
	snapshot_port(s, dp, LAN, "192.168.40.1/24");
	snapshot_port(s, dp, WAN, "198.51.100.1/24");
	snapshot_route(s, "192.168.40.0/24", LAN, -1);
	snapshot_kernel_route(s, "198.51.100.0/24");
	wb_dp_set_snapshot(dp, s);
}

static void
test_open(void)
{
	open_ports();
}

// Frame in on `from` comes out unchanged on `to` and nowhere else.
static void
passes(unsigned from, unsigned to, const struct frame *f)
{
	struct frame out;
	unsigned i;

	wire_put(dp, from, f);
	walk(dp, clock_now(), 1);
	CU_ASSERT_FATAL(wire_take(dp, to, &out));
	CU_ASSERT_EQUAL(out.len, f->len);
	CU_ASSERT_EQUAL(memcmp(out.bytes, f->bytes, f->len), 0);
	for (i = LAN; i <= WAN_TAP; i++)
		CU_ASSERT_FALSE(wire_take(dp, i, &out));
	CU_ASSERT_EQUAL(drops_all(dp), 0);
}

static void
test_arp(void)
{
	struct frame arp = { .len = 60 };

	memset(arp.bytes, 0xff, 6);
	arp.bytes[12] = 8;
	arp.bytes[13] = 6;
	passes(LAN, LAN_TAP, &arp);
	passes(WAN, WAN_TAP, &arp);
	passes(LAN_TAP, LAN, &arp);
	passes(WAN_TAP, WAN, &arp);
}

static void
test_ssh(void)
{
	struct packet p = { .src = "192.168.40.9",
		.dst = "192.168.40.1",
		.dport = 22,
		.payload = 10,
		.proto = IPPROTO_TCP };
	struct frame f;

	packet_build(&f, &dp->ports[LAN].mac, &p);
	passes(LAN, LAN_TAP, &f);
	p.dst = "198.51.100.1";
	packet_build(&f, &dp->ports[WAN].mac, &p);
	passes(WAN, WAN_TAP, &f);
}

// Neighbour discovery, router advertisements and mDNS are multicast: a card filters them unless told.
static void
test_multicast(void)
{
	static const uint8_t solicited[] = { 0x33, 0x33, 0xff, 0, 0, 1 };
	struct frame f = { .len = 86 };

	CU_ASSERT_EQUAL(rte_eth_allmulticast_get(dp->ports[LAN].conf.ethdev), 1);
	CU_ASSERT_EQUAL(rte_eth_allmulticast_get(dp->ports[WAN].conf.ethdev), 1);
	memcpy(f.bytes, solicited, sizeof(solicited));
	f.bytes[12] = 0x86;
	f.bytes[13] = 0xdd;
	f.bytes[14] = 0x60;
	f.bytes[20] = IPPROTO_ICMPV6;
	passes(LAN, LAN_TAP, &f);
	passes(WAN, WAN_TAP, &f);
	passes(LAN_TAP, LAN, &f);
	passes(WAN_TAP, WAN, &f);
}

// The kernel forwards to a network behind the LAN's router, and to the modem.
static void
test_connected_first(void)
{
	struct packet p = { .src = "192.168.40.9", .payload = 10, .proto = IPPROTO_UDP };
	struct frame f;

	p.dst = "192.168.40.77";
	packet_build(&f, &dp->ports[LAN].mac, &p);
	passes(LAN, LAN_TAP, &f);
	p.dst = "198.51.100.254";
	packet_build(&f, &dp->ports[LAN].mac, &p);
	passes(LAN, LAN_TAP, &f);
}

// A flood for the kernel must leave the worker its time for the tunnel: here as if no time went by, so that
// whatever it costs is too much in the end. Once the time has come it passes again.
static void
test_flood(void)
{
	wb_ns_t now = clock_now();
	struct frame arp = { .len = 60 }, out;
	unsigned i, passed = 0;

	memset(arp.bytes, 0xff, 6);
	arp.bytes[12] = 8;
	arp.bytes[13] = 6;
	for (i = 0; i < 1000000 && drops(dp, WB_DROP_PUNT_LIMIT) == 0; i++) {
		wire_put(dp, WAN, &arp);
		walk(dp, now, 1);
		passed += wire_take(dp, WAN_TAP, &out);
	}
	CU_ASSERT_EQUAL(drops(dp, WB_DROP_PUNT_LIMIT), 1);
	CU_ASSERT_EQUAL(passed, i - 1);
	CU_ASSERT(passed > 100);
	// the other port's mirror has a share of its own, and the kernel's own frames are not limited
	wire_put(dp, LAN, &arp);
	wire_put(dp, WAN_TAP, &arp);
	walk(dp, now, 1);
	CU_ASSERT(wire_take(dp, LAN_TAP, &out));
	CU_ASSERT(wire_take(dp, WAN, &out));
	CU_ASSERT_FALSE(wire_take(dp, WAN_TAP, &out));
	wire_put(dp, WAN, &arp);
	walk(dp, now + WB_SEC, 1);
	CU_ASSERT(wire_take(dp, WAN_TAP, &out));
	CU_ASSERT_EQUAL(drops_all(dp), 1);
}

static const struct harness_test tests[] = {
	{ "open", test_open },
	{ "ARP", test_arp },
	{ "multicast", test_multicast },
	{ "TCP to the box itself", test_ssh },
	{ "connected first", test_connected_first },
	{ "flood", test_flood },
};

int
main(int argc, char **argv)
{
	int failed;

	if (nodes_start(argc, argv) < 0)
		return 1;
	failed = HARNESS_RUN("mirror", tests);
	dp_close(dp);
	nodes_stop();
	return failed;
}
