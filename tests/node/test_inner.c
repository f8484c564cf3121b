// SPDX-License-Identifier: BSD-3-Clause
// Which flow a packet is of, seen from either end, and what lib/bond is told of it.
#include <string.h>

#include <rte_ip.h>

#include "../unit/harness.h"
#include "inner.h"
#include "link.h"
#include "tunnel.h"

enum { TCP = IPPROTO_TCP, UDP = IPPROTO_UDP };

static const struct {
	const char *edge, *hub;
	uint16_t edge_port, hub_port;
	uint8_t proto;
	bool known; // what comes back are acknowledgements
} flows[] = {
	/* 0 */ { "192.168.40.9", "192.0.2.80", 50000, 80, TCP, true },
	/* 1 */ { "2001:db8:40::9", "2001:db8::80", 50000, 80, TCP, true },
	/* 2 */ { "192.168.40.9", "192.0.2.80", 50000, 443, UDP, true },
	/* 3 */ { "2001:db8:40::9", "2001:db8::80", 50000, 443, UDP, true },
	/* 4 */ { "192.168.40.9", "192.0.2.80", 443, 50000, UDP, true }, // a server behind the edge
	/* 5 */ { "192.168.40.9", "192.0.2.80", 50000, 3478, UDP, false },
	/* 6 */ { "2001:db8:40::9", "2001:db8::80", 50000, 80, UDP, false },
	/* 7 */
	{ "192.168.40.9", "192.0.2.80", 0xbb01, 0xbb01, UDP, false }, // 443 the wrong way round
	/* 8 */ { "192.168.40.9", "192.168.40.9", 7, 7, TCP, true },
};

#define FLOWS (sizeof(flows) / sizeof(flows[0]))

#define SEED 4711

static struct link l;
static struct frame frame;
static uint8_t first = 0x40; // byte of what UDP carries: a QUIC packet's has 0x40 in it

static void
build(unsigned flow, bool back)
{
	uint8_t payload[30] = { first };
	struct packet p = { .src = flows[flow].edge,
		.dst = flows[flow].hub,
		.sport = flows[flow].edge_port,
		.dport = flows[flow].hub_port,
		.payload = 30,
		.data = payload,
		.proto = flows[flow].proto };

	if (back) {
		p.src = flows[flow].hub;
		p.dst = flows[flow].edge;
		p.sport = flows[flow].hub_port;
		p.dport = flows[flow].edge_port;
	}
	packet_build(&frame, &(struct rte_ether_addr){ { 2 } }, &p);
}

static void
read_frame(struct inner *in)
{
	CU_ASSERT_EQUAL_FATAL(
		inner_read(in, frame.bytes + PACKET_IP, frame.len - PACKET_IP), WB_DROP_NONE);
}

// The first packet of `len` bytes of transport: whatever is said of more.
static uint32_t
cut_to(unsigned len)
{
	struct inner in;

	read_frame(&in);
	in.len = in.l4 + len;
	return inner_reverse_hash(&in, SEED);
}

static void
test_reverse(void)
{
	for (unsigned i = 0; i < FLOWS; i++) {
		uint32_t there, back;
		struct inner in;

		build(i, false);
		read_frame(&in);
		there = inner_hash(&in, SEED);
		back = inner_reverse_hash(&in, SEED);
		CU_ASSERT_EQUAL(back != 0, flows[i].known);
		build(i, true);
		read_frame(&in);
		CU_ASSERT_EQUAL(inner_reverse_hash(&in, SEED), flows[i].known ? there : 0);
		if (flows[i].known)
			CU_ASSERT_EQUAL(inner_hash(&in, SEED), back);
	}
	build(0, false);
	CU_ASSERT_EQUAL(cut_to(3), 0);
	CU_ASSERT_NOT_EQUAL(cut_to(4), 0);
}

// A shell's keys, a game's moves: marked so that they do not wait.
static void
test_reverse_realtime(void)
{
	static const uint8_t waits[] = { 0, 8, 10, 18, 26 }, urgent[] = { 34, 40, 46, 48 };
	struct inner in;

	for (unsigned i = 0; i < FLOWS; i++) {
		build(i, true);
		read_frame(&in);
		for (unsigned k = 0; k < RTE_DIM(waits); k++) {
			in.tos = (uint8_t)(waits[k] << 2 | 2);
			CU_ASSERT_EQUAL(inner_reverse_hash(&in, SEED) != 0, flows[i].known);
		}
		for (unsigned k = 0; k < RTE_DIM(urgent); k++) {
			in.tos = (uint8_t)(urgent[k] << 2 | 2);
			CU_ASSERT_EQUAL(inner_reverse_hash(&in, SEED), 0);
		}
	}
}

// Who does not know the seed cannot make a flow that shares another's bucket.
static void
test_seed(void)
{
	unsigned same = 0;

	for (unsigned i = 0; i < FLOWS; i++) {
		struct inner in;

		build(i, false);
		read_frame(&in);
		same += inner_hash(&in, SEED) == inner_hash(&in, SEED + 1);
	}
	CU_ASSERT(same <= 1);
}

// A call (WebRTC's STUN, DTLS, RTP) or WireGuard that uses the port to get through a firewall.
static void
test_not_quic(void)
{
	static const struct {
		uint8_t byte;
		bool quic;
	} firsts[] = { { 0x40, true }, { 0x7f, true }, { 0xc3, true }, { 0xff, true }, { 0, false },
		{ 1, false }, { 4, false }, { 20, false }, { 63, false }, { 128, false },
		{ 191, false } };
	struct inner in;

	for (unsigned i = 0; i < RTE_DIM(firsts); i++) {
		first = firsts[i].byte;
		build(2, true);
		read_frame(&in);
		CU_ASSERT_EQUAL(inner_reverse_hash(&in, SEED) != 0, firsts[i].quic);
		build(0, true); // TCP's is not looked at
		read_frame(&in);
		CU_ASSERT_NOT_EQUAL(inner_reverse_hash(&in, SEED), 0);
	}
	first = 0x40;
	build(2, true);
	CU_ASSERT_EQUAL(cut_to(8), 0); // there is none
	CU_ASSERT_NOT_EQUAL(cut_to(9), 0);
}

// Its ports are not there, or not in all of it.
static void
test_fragments(void)
{
	static const uint16_t fragments[] = { 0x2000, 0x2001,
		0x0001 }; // the first, one behind it, the last
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame.bytes + PACKET_IP);
	struct inner in;

	for (unsigned i = 0; i < RTE_DIM(fragments); i++) {
		build(0, false);
		ip->fragment_offset = htons(fragments[i]);
		packet_fix_ipv4(&frame);
		read_frame(&in);
		CU_ASSERT_EQUAL(inner_reverse_hash(&in, SEED), 0);
	}
	build(1, false);
	memmove(frame.bytes + PACKET_IP + 48, frame.bytes + PACKET_IP + 40,
		frame.len - PACKET_IP - 40);
	memcpy(frame.bytes + PACKET_IP + 40, (uint8_t[]){ TCP, 0, 0, 1, 0, 0, 0, 9 }, 8);
	frame.bytes[PACKET_IP + 5] += 8;
	frame.bytes[PACKET_IP + 6] = IPPROTO_FRAGMENT;
	frame.len += 8;
	read_frame(&in);
	CU_ASSERT_TRUE(in.fragment);
	CU_ASSERT_EQUAL(inner_reverse_hash(&in, SEED), 0);
}

// A received datagram with the packet behind `off` bytes of frames, and what the edge's tunnel is told of it.
static uint32_t
acknowledges(unsigned off, unsigned len)
{
	static struct {
		struct rte_mbuf mbuf;
		struct mbuf_priv priv;
		uint8_t bytes[2048];
	} m;
	const struct wb_tunnel *t = slot_find(l.edge, 0)->t;

	memset(&m, 0xee, sizeof(m));
	m.mbuf.buf_addr = m.bytes;
	m.mbuf.data_off = 100;
	m.mbuf.data_len = (uint16_t)(off + len);
	m.priv.pkt.rx.off = (uint16_t)off;
	m.priv.pkt.len = len;
	m.priv.pkt.hash = 12345;
	memcpy(m.bytes + 100 + off, frame.bytes + PACKET_IP, len);
	CU_ASSERT_PTR_EQUAL_FATAL(pkt_mbuf(&m.priv.pkt), &m.mbuf);
	len = t->ops->acknowledges(t->ctx, &m.priv.pkt);
	CU_ASSERT_EQUAL(m.priv.pkt.hash, 12345);
	return len;
}

static void
test_op(void)
{
	for (unsigned i = 0; i < FLOWS; i++) {
		uint32_t there;
		struct inner in;

		build(i, false);
		read_frame(&in);
		there = flows[i].known ? inner_hash(&in, l.edge->hash_seed) : 0;
		build(i, true);
		CU_ASSERT_EQUAL(acknowledges(12, frame.len - PACKET_IP), there);
		CU_ASSERT_EQUAL(acknowledges(0, frame.len - PACKET_IP), there);
		for (unsigned len = 0; len < frame.len - PACKET_IP; len++)
			CU_ASSERT_EQUAL(acknowledges(12, len), 0);
	}
	build(0, true);
	frame.bytes[PACKET_IP] = 0x50; // no IP at all
	CU_ASSERT_EQUAL(acknowledges(12, frame.len - PACKET_IP), 0);
}

static const struct harness_test tests[] = {
	{ "both directions", test_reverse },
	{ "both directions, realtime", test_reverse_realtime },
	{ "seed", test_seed },
	{ "no QUIC on QUIC's port", test_not_quic },
	{ "fragments", test_fragments },
	{ "what lib/bond is told", test_op },
};

int
main(void)
{
	return LINK_TEST(&l, "inner", tests);
}
