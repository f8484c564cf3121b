// SPDX-License-Identifier: BSD-3-Clause
// Ports that are VLANs of one trunk: what comes with their tag is theirs, what they send has it.
#include <arpa/inet.h>
#include <string.h>

#include <rte_ethdev.h>

#include "../unit/harness.h"
#include "packet.h"
#include "wb_wire.h"

// The trunk comes after its VLANs: a configuration may name them in any order.
enum { LAN, WAN0, WAN1, TRUNK, LAN_TAP, WAN0_TAP, WAN1_TAP, PORTS };
static const unsigned vlans[] = { [LAN] = 40, [WAN0] = 10, [WAN1] = 4094 };

#define TAG_AT 12
#define TAG 4

static struct wb_dp *dp;

static void
open_ports(void)
{
	struct wb_dp_conf conf = { 0 };
	struct wb_dp_snapshot *s = snapshot_new();
	struct wb_dp_port_conf *p;

	vlan_open(&conf, WB_DP_LAN, TRUNK, vlans[LAN]);
	vlan_open(&conf, WB_DP_WAN, TRUNK, vlans[WAN0]);
	vlan_open(&conf, WB_DP_WAN, TRUNK, vlans[WAN1]);
	wire_open(&conf, "trunk", WB_DP_TRUNK);
	wire_open(&conf, "lan-tap", WB_DP_MIRROR);
	wire_open(&conf, "wan0-tap", WB_DP_MIRROR);
	wire_open(&conf, "wan1-tap", WB_DP_MIRROR);
	p = (struct wb_dp_port_conf *)conf.ports;
	p[LAN_TAP].mirrors = LAN;
	p[WAN0_TAP].mirrors = WAN0;
	p[WAN1_TAP].mirrors = WAN1;
	CU_ASSERT_EQUAL(rte_eth_allmulticast_disable(p[TRUNK].ethdev), 0);
	dp = dp_open(&conf, WB_ROLE_EDGE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dp);
	CU_ASSERT_EQUAL(rte_eth_allmulticast_get(dp->ports[TRUNK].conf.ethdev), 1);
	snapshot_port(s, dp, LAN, "192.168.40.1/24");
	snapshot_port(s, dp, WAN0, "192.168.1.2/24");
	snapshot_port(s, dp, WAN1, "192.168.1.3/24"); // two modems of one make
	snapshot_route(s, "192.168.40.0/24", LAN, -1);
	inet_pton(AF_INET, "192.168.1.1", s->ports[WAN0].next_hop);
	inet_pton(AF_INET, "192.168.1.1", s->ports[WAN1].next_hop);
	snapshot_neighbour(s, WAN0, "192.168.1.1", 0x10);
	snapshot_neighbour(s, WAN1, "192.168.1.1", 0x11);
	wb_dp_set_snapshot(dp, s);
}

// Puts a tag into a frame.
static void
push(struct frame *f, unsigned tci)
{
	const uint8_t tag[TAG] = { 0x81, 0, (uint8_t)(tci >> 8), (uint8_t)tci };

	memmove(f->bytes + TAG_AT + TAG, f->bytes + TAG_AT, f->len - TAG_AT);
	memcpy(f->bytes + TAG_AT, tag, TAG);
	f->len += TAG;
}

static bool
same(const struct frame *a, const struct frame *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static void
nothing_left(void)
{
	struct frame out;

	for (unsigned i = TRUNK; i < PORTS; i++)
		CU_ASSERT_FALSE(wire_take(dp, i, &out));
}

static void
arp(struct frame *f)
{
	memset(f, 0, sizeof(*f));
	f->len = 60;
	memset(f->bytes, 0xff, 6);
	f->bytes[12] = 8;
	f->bytes[13] = 6;
}

static void
test_open(void)
{
	open_ports();
}

// What is not ours goes to the kernel without its tag, and comes back with it.
static void
test_mirrors(void)
{
	for (unsigned port = LAN; port <= WAN1; port++) {
		unsigned tap = LAN_TAP + port;
		struct frame plain, tagged, out;

		arp(&plain);
		tagged = plain;
		push(&tagged, vlans[port]);
		wire_put(dp, tap, &plain);
		walk(dp, clock_now(), 1);
		CU_ASSERT_FATAL(wire_take(dp, TRUNK, &out));
		CU_ASSERT(same(&out, &tagged));
		tagged.bytes[TAG_AT + 2] |= 0xa0; // a priority
		wire_put(dp, TRUNK, &tagged);
		walk(dp, clock_now(), 1);
		CU_ASSERT_FATAL(wire_take(dp, tap, &out));
		CU_ASSERT(same(&out, &plain));
		nothing_left();
	}
	CU_ASSERT_EQUAL(drops_all(dp), 0);
}

static void
test_unknown(void)
{
	static const struct {
		unsigned tci, len;
		enum wb_drop drop;
	} rows[] = {
		{ 0, 60, WB_DROP_NO_VLAN },      // not tagged
		{ 0xa000, 60, WB_DROP_NO_VLAN }, // a priority only
		{ 10, 13, WB_DROP_NO_VLAN },     // ends within the tag
		{ 11, 60, WB_DROP_UNKNOWN_VLAN },
		{ 0xffff, 60, WB_DROP_UNKNOWN_VLAN },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before = drops(dp, rows[i].drop), all = drops_all(dp);
		struct frame f;

		arp(&f);
		if (rows[i].tci != 0)
			push(&f, rows[i].tci);
		f.len = rows[i].len;
		wire_put(dp, TRUNK, &f);
		walk(dp, clock_now(), 1);
		CU_ASSERT_EQUAL(drops(dp, rows[i].drop), before + 1);
		CU_ASSERT_EQUAL(drops_all(dp), all + 1);
		nothing_left();
	}
}

// A datagram of an unknown session tells by which WAN it came.
static void
test_wans(void)
{
	for (unsigned port = WAN0; port <= WAN1; port++) {
		uint8_t data[64] = { [WB_HDR_TYPE] = WB_DG_SESSION };
		struct packet p = { .src = "203.0.113.10",
			.dst = port == WAN0 ? "192.168.1.2" : "192.168.1.3",
			.sport = WB_UDP_PORT,
			.dport = WB_UDP_PORT,
			.data = data,
			.payload = sizeof(data),
			.proto = IPPROTO_UDP };
		uint64_t unknown = drops(dp, WB_DROP_UNKNOWN_INDEX);
		struct wb_dp_notice n;
		struct frame f;

		packet_build(&f, &dp->ports[TRUNK].mac, &p);
		push(&f, vlans[port]);
		wire_put(dp, TRUNK, &f);
		walk(dp, clock_now(), 1);
		CU_ASSERT_EQUAL(drops(dp, WB_DROP_UNKNOWN_INDEX), unknown + 1);
		CU_ASSERT_FATAL(wb_dp_notice(dp, &n));
		CU_ASSERT_EQUAL(n.type, WB_DP_UNKNOWN_INDEX);
		CU_ASSERT_EQUAL(n.from.port, port);
		nothing_left();
	}
}

// What is sent to the hub leaves with the tag of its WAN, to the gateway there.
static void
test_send(void)
{
	for (unsigned port = WAN0; port <= WAN1; port++) {
		struct wb_addr to = { .ip = { 203, 0, 113, 10 },
			.family = 4,
			.udp_port = WB_UDP_PORT,
			.port = port };
		struct frame f;

		CU_ASSERT_EQUAL(wb_dp_send(dp, &to, "hello", 5), 0);
		walk(dp, clock_now(), 1);
		CU_ASSERT_FATAL(wire_take(dp, TRUNK, &f));
		CU_ASSERT_EQUAL(f.bytes[5], port == WAN0 ? 0x10 : 0x11);
		CU_ASSERT_EQUAL(f.bytes[TAG_AT], 0x81);
		CU_ASSERT_EQUAL(f.bytes[TAG_AT + 2] << 8 | f.bytes[TAG_AT + 3], (int)vlans[port]);
		memmove(f.bytes + TAG_AT, f.bytes + TAG_AT + TAG, f.len - TAG_AT - TAG);
		f.len -= TAG;
		CU_ASSERT(packet_checksums(&f));
		nothing_left();
	}
}

static void
test_lan(void)
{
	struct packet p = {
		.src = "192.168.40.9", .dst = "8.8.8.8", .payload = 10, .proto = IPPROTO_UDP
	};
	uint64_t before = drops(dp, WB_DROP_NO_SESSION);
	struct frame f;

	packet_build(&f, &dp->ports[TRUNK].mac, &p);
	push(&f, vlans[LAN]);
	wire_put(dp, TRUNK, &f);
	walk(dp, clock_now(), 1);
	CU_ASSERT_EQUAL(
		drops(dp, WB_DROP_NO_SESSION), before + 1); // into the tunnel, if there was one
	nothing_left();
}

// A device that handles the tags itself.
static void
test_offload(void)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(dp->pool);
	struct frame plain, out;

	arp(&plain);
	memcpy(rte_pktmbuf_append(m, plain.len), plain.bytes, plain.len);
	m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	m->vlan_tci = 0x6000 | vlans[WAN0];
	CU_ASSERT_EQUAL(rte_ring_enqueue(wire_of(dp, TRUNK)->in, m), 0);
	walk(dp, clock_now(), 1);
	CU_ASSERT_FATAL(wire_take(dp, WAN0_TAP, &out));
	CU_ASSERT(same(&out, &plain));

	dp->ports[TRUNK].inserts_tag = true;
	wire_put(dp, WAN0_TAP, &plain);
	walk(dp, clock_now(), 1);
	CU_ASSERT_EQUAL_FATAL(rte_ring_dequeue(wire_of(dp, TRUNK)->out, (void **)&m), 0);
	CU_ASSERT((m->ol_flags & RTE_MBUF_F_TX_VLAN) != 0);
	CU_ASSERT_EQUAL(m->vlan_tci, vlans[WAN0]);
	CU_ASSERT_EQUAL(rte_pktmbuf_pkt_len(m), plain.len);
	rte_pktmbuf_free(m);
	dp->ports[TRUNK].inserts_tag = false;
	nothing_left();
}

// A driver that inserts the tag there, as virtio does.
static uint16_t
prepare(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t i = 0;

	(void)queue;
	while (i < n && rte_vlan_insert(&pkts[i]) == 0)
		i++;
	return i;
}

static void
no_room(void)
{
	uint64_t before = drops(dp, WB_DROP_TX_FULL);
	struct rte_mbuf *m = rte_pktmbuf_alloc(dp->pool);
	struct frame plain, out;

	arp(&plain);
	rte_pktmbuf_prepend(m, rte_pktmbuf_headroom(m));
	CU_ASSERT_EQUAL(rte_ring_enqueue(wire_of(dp, WAN0_TAP)->in, m), 0);
	wire_put(dp, WAN0_TAP, &plain);
	walk(dp, clock_now(), 1);
	CU_ASSERT_EQUAL(drops(dp, WB_DROP_TX_FULL), before + 1);
	CU_ASSERT(wire_take(dp, TRUNK, &out));
	CU_ASSERT_EQUAL(out.len, plain.len + TAG);
	nothing_left();
}

// A packet that has no room for the tag is dropped, and the others of its burst are not.
static void
test_no_room(void)
{
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[dp->ports[TRUNK].conf.ethdev];
	eth_tx_prep_t was = ops->tx_pkt_prepare;

	no_room();
	ops->tx_pkt_prepare = prepare;
	dp->ports[TRUNK].inserts_tag = true;
	no_room();
	dp->ports[TRUNK].inserts_tag = false;
	ops->tx_pkt_prepare = was;
}

static void
test_counters(void)
{
	struct wb_dp_port_stats s;
	struct frame f;

	wb_dp_stats_clear(dp);
	arp(&f);
	wire_put(dp, WAN1_TAP, &f);
	wire_put(dp, WAN1_TAP, &f);
	push(&f, vlans[WAN1]);
	wire_put(dp, TRUNK, &f);
	walk(dp, clock_now(), 1);
	while (wire_take(dp, TRUNK, &f) || wire_take(dp, WAN1_TAP, &f))
		;
	wb_dp_port_stats(dp, WAN1, &s);
	CU_ASSERT_EQUAL(s.rx_packets, 1);
	CU_ASSERT_EQUAL(s.rx_bytes, 60);
	CU_ASSERT_EQUAL(s.tx_packets, 2);
	CU_ASSERT_EQUAL(s.tx_bytes, 120);
	CU_ASSERT_EQUAL(s.tx_errors, 0);
	wb_dp_port_stats(dp, WAN0, &s);
	CU_ASSERT_EQUAL(s.rx_packets + s.tx_packets, 0);
}

static const struct harness_test tests[] = {
	{ "open", test_open },
	{ "mirrors", test_mirrors },
	{ "unknown", test_unknown },
	{ "WANs", test_wans },
	{ "send", test_send },
	{ "LAN", test_lan },
	{ "offload", test_offload },
	{ "no room", test_no_room },
	{ "counters", test_counters },
};

int
main(int argc, char **argv)
{
	int failed;

	if (nodes_start(argc, argv) < 0)
		return 1;
	failed = HARNESS_RUN("vlan", tests);
	dp_close(dp);
	nodes_stop();
	return failed;
}
