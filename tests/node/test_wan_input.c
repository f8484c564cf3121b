// SPDX-License-Identifier: BSD-3-Clause
// What comes in on a WAN: ours, the kernel's, or a named drop.
#include <errno.h>
#include <string.h>

#include "../unit/harness.h"
#include "link.h"

static struct link l;

enum payload { GARBAGE, HANDSHAKE, SESSION, SHORT_SESSION, BIG_HANDSHAKE };

static const uint8_t payloads[][600] = {
	[GARBAGE] = { 0x77, 1, 2, 3 },
	[HANDSHAKE] = { WB_DG_HANDSHAKE_INIT, 0xaa, 0xbb },
	[SESSION] = { WB_DG_SESSION, 0, 0xde, 0xad, 0xbe, 0xef },
	[SHORT_SESSION] = { WB_DG_SESSION, 0 },
	[BIG_HANDSHAKE] = { WB_DG_HANDSHAKE_INIT },
};
static const unsigned payload_len[] = { 100, 120, 200, 20, 600 };

// What is changed in the frame: [offset] ^= bits, 0: nothing; from the start of the IP header unless
// it is Ethernet's.
#define ETH(o) (o)
#define IP(o) (PACKET_IP + (o))
#define UDP(o) (PACKET_IP + 20 + (o))

static const struct {
	enum payload payload;
	unsigned at;
	uint8_t flip;
	bool fix; // IPv4 checksum after the change
	int cut;  // bytes off the end
	enum wb_drop drop;
} rows[] = {
	/* 0 */ { GARBAGE, 0, 0, false, 0, WB_DROP_BAD_TYPE },
	/* 1 */ { HANDSHAKE, 0, 0, false, 0, WB_DROP_NONE },
	/* 2 */ { SESSION, 0, 0, false, 0, WB_DROP_UNKNOWN_INDEX },
	/* 3 */ { SHORT_SESSION, 0, 0, false, 0, WB_DROP_TOO_SHORT },
	/* 4 */ { BIG_HANDSHAKE, 0, 0, false, 0, WB_DROP_BAD_TYPE },
	/* 5 */ { HANDSHAKE, ETH(5), 0xff, false, 0, WB_DROP_NOT_OURS },  // other MAC
	/* 6 */ { HANDSHAKE, ETH(13), 0x06, false, 0, WB_DROP_NOT_OURS }, // ARP
	/* 7 */ { HANDSHAKE, IP(0), 0x20, false, 0, WB_DROP_NOT_OURS },   // version 6
	/* 8 */ { HANDSHAKE, IP(0), 0x04, true, 0, WB_DROP_NOT_OURS },    // header of 4 bytes
	/* 9 */ { HANDSHAKE, IP(9), 17 ^ 6, true, 0, WB_DROP_NOT_OURS },  // TCP
	/* 10 */ { HANDSHAKE, IP(19), 1, true, 0, WB_DROP_NOT_OURS },     // other address
	/* 11 */ { HANDSHAKE, UDP(3), 1, false, 0, WB_DROP_NOT_OURS },    // other port
	/* 12 */ { HANDSHAKE, IP(6), 0x20, true, 0, WB_DROP_NOT_OURS },   // first fragment
	/* 13 */ { HANDSHAKE, IP(7), 0x01, true, 0, WB_DROP_NOT_OURS },   // later fragment
	/* 14 */ { HANDSHAKE, IP(10), 1, false, 0, WB_DROP_BAD_CHECKSUM },
	/* 15 */ { HANDSHAKE, 0, 0, false, 1, WB_DROP_TOO_SHORT },         // truncated
	/* 16 */ { HANDSHAKE, IP(2), 0x10, true, 0, WB_DROP_TOO_SHORT },   // longer than the frame
	/* 17 */ { HANDSHAKE, UDP(4), 0x10, false, 0, WB_DROP_TOO_SHORT }, // UDP longer than IP
	/* 18 */ { HANDSHAKE, UDP(6), 1, false, 0, WB_DROP_NONE }, // UDP checksum is not looked at
	/* 19 */ { HANDSHAKE, 0, 0, false, 120, WB_DROP_TOO_SHORT },
	/* 20 */ { HANDSHAKE, 0, 0, false, 130, WB_DROP_NOT_OURS }, // no UDP header
};

static void
outer(struct frame *f, enum payload payload)
{
	struct packet p = { .src = "203.0.113.10",
		.dst = "198.51.100.1",
		.sport = 4242,
		.dport = WB_UDP_PORT,
		.payload = payload_len[payload],
		.data = payloads[payload],
		.proto = IPPROTO_UDP };

	packet_build(f, &l.edge->ports[EDGE_WAN0].mac, &p);
}

static void
flush_notices(void)
{
	struct wb_dp_notice n;

	while (wb_dp_notice(l.edge, &n))
		;
}

static void
test_table(void)
{
	struct frame f;
	size_t i;

	for (i = 0; i < RTE_DIM(rows); i++) {
		outer(&f, rows[i].payload);
		f.bytes[rows[i].at] ^= rows[i].flip;
		if (rows[i].fix)
			packet_fix_ipv4(&f);
		f.len -= rows[i].cut;
		wb_dp_stats_clear(l.edge);
		wire_put(l.edge, EDGE_WAN0, &f);
		walk(l.edge, l.now, 1);
		if (drops(l.edge, rows[i].drop) != 1 || drops_all(l.edge) != 1) {
			printf(" row %zu", i);
			CU_FAIL("drop reason");
		}
		flush_notices();
	}
	CU_ASSERT_EQUAL(i, RTE_DIM(rows));
}

static void
test_handshake_notice(void)
{
	struct wb_dp_notice n;
	struct frame f;

	outer(&f, HANDSHAKE);
	wire_put(l.edge, EDGE_WAN0, &f);
	walk(l.edge, l.now, 1);
	CU_ASSERT_FATAL(wb_dp_notice(l.edge, &n));
	CU_ASSERT_EQUAL(n.type, WB_DP_HANDSHAKE);
	CU_ASSERT_EQUAL(n.len, payload_len[HANDSHAKE]);
	CU_ASSERT_EQUAL(memcmp(n.data, payloads[HANDSHAKE], n.len), 0);
	CU_ASSERT_EQUAL(n.from.port, EDGE_WAN0);
	CU_ASSERT_EQUAL(n.from.udp_port, 4242);
	CU_ASSERT_EQUAL(memcmp(n.from.ip, "\313\0\161\12", 4), 0);
	CU_ASSERT_FALSE(wb_dp_notice(l.edge, &n));
}

static void
test_unknown_notice(void)
{
	struct wb_dp_notice n;
	struct frame f;

	outer(&f, SESSION);
	wire_put(l.edge, EDGE_WAN0, &f);
	walk(l.edge, l.now, 1);
	CU_ASSERT_FATAL(wb_dp_notice(l.edge, &n));
	CU_ASSERT_EQUAL(n.type, WB_DP_UNKNOWN_INDEX);
	CU_ASSERT_EQUAL(n.from.udp_port, 4242);
}

// A flood of handshakes and of unknown indexes fills bounded rings and no more.
static void
test_floods(void)
{
	unsigned i, handshakes = 0, unknown = 0;
	struct wb_dp_notice n;
	struct frame f;

	wb_dp_stats_clear(l.edge);
	l.now += WB_SEC;
	for (i = 0; i < 1500; i++) {
		outer(&f, HANDSHAKE);
		wire_put(l.edge, EDGE_WAN0, &f);
		outer(&f, SESSION);
		wire_put(l.edge, EDGE_WAN0, &f);
		walk(l.edge, l.now, 1);
	}
	while (wb_dp_notice(l.edge, &n)) {
		handshakes += n.type == WB_DP_HANDSHAKE;
		unknown += n.type == WB_DP_UNKNOWN_INDEX;
	}
	CU_ASSERT(handshakes >= 256 && handshakes <= 512);
	CU_ASSERT(unknown >= 8 && unknown <= 32);
	CU_ASSERT_EQUAL(drops(l.edge, WB_DROP_HANDSHAKE_LIMIT), 1500 - handshakes);
	CU_ASSERT_EQUAL(drops(l.edge, WB_DROP_UNKNOWN_INDEX), 1500);
}

// Forged, repeated and damaged datagrams of a running session.
static void
test_session(void)
{
	struct frame in, out, bad;

	CU_ASSERT_FATAL(link_up(&l));
	link_run(&l, 100 * WB_MS);
	while (!wire_take(l.edge, EDGE_WAN0, &out)) { // a probe is due sooner or later
		l.now += WB_MS;
		walk(l.edge, l.now, 1);
	}
	in = out;
	wb_dp_stats_clear(l.hub);
	bad = in;
	bad.bytes[bad.len - 1] ^= 1;
	wire_put(l.hub, HUB_UPLINK, &bad);
	walk(l.hub, l.now, 1);
	CU_ASSERT_EQUAL(drops(l.hub, WB_DROP_AUTH), 1);
	bad = in;
	bad.bytes[42 + WB_HDR_PATH] ^= 1; // authenticated though in clear
	wire_put(l.hub, HUB_UPLINK, &bad);
	walk(l.hub, l.now, 1);
	CU_ASSERT_EQUAL(drops(l.hub, WB_DROP_AUTH) + drops(l.hub, WB_DROP_REPLAY), 2);
	wire_put(l.hub, HUB_UPLINK, &in);
	walk(l.hub, l.now, 1);
	CU_ASSERT_EQUAL(drops_all(l.hub), 2);
	wire_put(l.hub, HUB_UPLINK, &in);
	walk(l.hub, l.now, 1);
	CU_ASSERT_EQUAL(drops_all(l.hub), 3);
}

static void
test_send(void)
{
	struct wb_addr to = { .family = 4, .ip = { 203, 0, 113, 10 }, .udp_port = 7, .port = 1 };
	uint8_t data[148] = { WB_DG_HANDSHAKE_INIT };
	struct frame f;

	while (wire_take(l.edge, EDGE_WAN0, &f))
		;
	CU_ASSERT_EQUAL(wb_dp_send(l.edge, &to, data, sizeof(data)), 0);
	walk(l.edge, l.now, 1);
	CU_ASSERT_FATAL(wire_take(l.edge, EDGE_WAN0, &f));
	CU_ASSERT_EQUAL(f.len, 42 + sizeof(data));
	CU_ASSERT(packet_checksums(&f));
	CU_ASSERT_EQUAL(memcmp(f.bytes + 42, data, sizeof(data)), 0);
	CU_ASSERT_EQUAL(memcmp(f.bytes, &l.hub->ports[HUB_UPLINK].mac, 6), 0);
	to.port = 9;
	CU_ASSERT_EQUAL(wb_dp_send(l.edge, &to, data, sizeof(data)), -ENETUNREACH);
}

// A hub with several addresses answers from the one that it was asked at, as long as it has that.
static void
test_own_addresses(void)
{
	static const struct {
		const char *asked;
		uint8_t local[4];
	} hub_addresses[] = { { "203.0.113.10", { 203, 0, 113, 10 } },
		{ "198.51.101.254", { 198, 51, 101, 254 } } };
	struct wb_dp_notice n = { 0 };
	struct frame f;

	for (unsigned i = 0; i < RTE_DIM(hub_addresses); i++) {
		struct packet p = { .src = "198.51.101.1",
			.dst = hub_addresses[i].asked,
			.sport = 4242,
			.dport = WB_UDP_PORT,
			.payload = payload_len[HANDSHAKE],
			.data = payloads[HANDSHAKE],
			.proto = IPPROTO_UDP };

		packet_build(&f, &l.hub->ports[HUB_UPLINK].mac, &p);
		while (wb_dp_notice(l.hub, &n))
			;
		wire_put(l.hub, HUB_UPLINK, &f);
		walk(l.hub, l.now, 1);
		CU_ASSERT_FATAL(wb_dp_notice(l.hub, &n));
		CU_ASSERT_EQUAL(memcmp(n.from.local, hub_addresses[i].local, 4), 0);
		while (wire_take(l.hub, HUB_UPLINK, &f))
			;
		CU_ASSERT_EQUAL(wb_dp_send(l.hub, &n.from, n.data, n.len), 0);
		walk(l.hub, l.now, 1);
		CU_ASSERT_FATAL(wire_take(l.hub, HUB_UPLINK, &f));
		CU_ASSERT_EQUAL(memcmp(f.bytes + 26, hub_addresses[i].local, 4), 0);
		CU_ASSERT(packet_checksums(&f));
	}
	n.from.local[3]--; // it has that no more
	CU_ASSERT_EQUAL(wb_dp_send(l.hub, &n.from, n.data, n.len), 0);
	walk(l.hub, l.now, 1);
	CU_ASSERT_FATAL(wire_take(l.hub, HUB_UPLINK, &f));
	CU_ASSERT_EQUAL(memcmp(f.bytes + 26, hub_addresses[0].local, 4), 0);
}

static const struct harness_test tests[] = {
	{ "accept and reject", test_table },
	{ "handshake reaches the control thread", test_handshake_notice },
	{ "unknown index is reported", test_unknown_notice },
	{ "floods", test_floods },
	{ "forged and repeated datagrams", test_session },
	{ "control thread sends", test_send },
	{ "several addresses of a hub", test_own_addresses },
};

int
main(void)
{
	return LINK_TEST(&l, "wan_input", tests);
}
