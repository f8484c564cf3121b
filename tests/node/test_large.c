// SPDX-License-Identifier: BSD-3-Clause
// Jumbo frames of a LAN, which come in several buffers: through the tunnel in fragments, or an answer.
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ip.h>

#include "../unit/harness.h"
#include "link.h"

#define HOST4 "192.168.40.9"
#define FAR4 "192.0.2.80"
#define HOST6 "2001:db8:40::9"
#define FAR6 "2001:db8:99::80"
#define DF 0x4000
#define MF 0x2000

static struct link l;
static uint8_t frame[70000], got[70000];

struct big {
	bool v6;
	unsigned payload, options; // bytes
	uint16_t flags;            // and offset
	uint8_t ttl;
};

// An IPv4 or IPv6 packet of UDP's number; returns the frame's length.
static unsigned
build(const struct big *b)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame;
	unsigned header = b->v6 ? 40 : 20 + b->options;

	memset(frame, 0, sizeof(frame));
	eth->dst_addr = l.edge->ports[EDGE_LAN].mac;
	eth->src_addr = (struct rte_ether_addr){ { 2, 0, 0, 0, 0, 9 } };
	eth->ether_type = htons(b->v6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	for (unsigned i = 0; i < b->payload; i++)
		frame[PACKET_IP + header + i] = (uint8_t)(i * 7 ^ i >> 8);
	if (b->v6) {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(eth + 1);

		ip->vtc_flow = htonl(6u << 28);
		ip->payload_len = htons(b->payload);
		ip->proto = IPPROTO_UDP;
		ip->hop_limits = b->ttl;
		inet_pton(AF_INET6, HOST6, &ip->src_addr);
		inet_pton(AF_INET6, FAR6, &ip->dst_addr);
	} else {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);

		ip->version_ihl = 0x40 | header / 4;
		ip->total_length = htons(header + b->payload);
		ip->packet_id = htons(4711);
		ip->fragment_offset = htons(b->flags);
		ip->time_to_live = b->ttl;
		ip->next_proto_id = IPPROTO_UDP;
		inet_pton(AF_INET, HOST4, &ip->src_addr);
		inet_pton(AF_INET, FAR4, &ip->dst_addr);
		memset(ip + 1, 1, b->options); // no operation
		ip->hdr_checksum = ~rte_raw_cksum(ip, header);
	}
	return PACKET_IP + header + b->payload;
}

// frame[0..len) on a port, in buffers of `first` bytes, then of `next`.
static void
put(struct wb_dp *dp, unsigned port, unsigned len, unsigned first, unsigned next)
{
	struct rte_mbuf *m = NULL;

	for (unsigned at = 0, part = first; at < len; at += part, part = next) {
		struct rte_mbuf *s = rte_pktmbuf_alloc(dp->pool);

		part = RTE_MIN(part, len - at);
		memcpy(rte_pktmbuf_append(s, part), frame + at, part);
		if (m == NULL)
			m = s;
		else
			rte_pktmbuf_chain(m, s);
	}
	CU_ASSERT_EQUAL_FATAL(rte_ring_enqueue(wire_of(dp, port)->in, m), 0);
}

// Lets it travel. Returns bytes of payload that came out at the hub, put together in got[]; *whole: they are
// one packet's fragments, each with a right header and small enough.
static unsigned
arrived(const struct big *b, bool *whole)
{
	unsigned header = 20 + b->options, base = (b->flags & 0x1fff) * 8, sum = 0, last = 0;
	struct frame f;

	*whole = true;
	link_run(&l, 20 * WB_MS);
	while (wire_take(l.hub, HUB_EGRESS, &f)) {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(f.bytes + PACKET_IP);
		unsigned offset = (ntohs(ip->fragment_offset) & 0x1fff) * 8 - base;
		unsigned len = ntohs(ip->total_length);

		*whole &= len <= wb_tunnel_inner_mtu(slot_find(l.edge, 0)->t) &&
			  rte_raw_cksum(ip, rte_ipv4_hdr_len(ip)) == 0xffff &&
			  ip->packet_id == htons(4711) && ip->time_to_live == b->ttl - 1 &&
			  f.len == PACKET_IP + len && offset + len <= sizeof(got);
		// options that are not copied stand in the first one only (RFC 791 3.1)
		header = rte_ipv4_hdr_len(ip);
		if ((ntohs(ip->fragment_offset) & MF) == 0)
			last++;
		memcpy(got + offset, f.bytes + PACKET_IP + header, len - header);
		sum += len - header;
	}
	*whole &= last == ((b->flags & MF) == 0);
	return sum;
}

static void
test_carried(void)
{
	static const struct big rows[] = {
		{ .payload = 8008, .ttl = 64 }, { .payload = 8972, .ttl = 64 }, // MTU 9000
		{ .payload = 2040, .ttl = 9 }, { .payload = 65507, .ttl = 64 },
		{ .payload = 8000, .ttl = 64, .options = 8 },
		{ .payload = 8000, .ttl = 64, .options = 40 },
		{ .payload = 8000, .ttl = 64, .flags = MF },        // itself a first fragment,
		{ .payload = 8000, .ttl = 64, .flags = MF | 1110 }, // one of the middle,
		{ .payload = 4001, .ttl = 64, .flags = 2000 },      // the last
	};
	static const unsigned buffers[][2] = { { 2048, 2048 }, { 1500, 777 } };
	bool whole;

	for (unsigned i = 0; i < RTE_DIM(rows) * RTE_DIM(buffers); i++) {
		const struct big *b = &rows[i / RTE_DIM(buffers)];
		const unsigned *size = buffers[i % RTE_DIM(buffers)];
		unsigned len = build(b), header = PACKET_IP + 20 + b->options;

		wb_dp_stats_clear(l.edge);
		memset(got, 0, sizeof(got));
		put(l.edge, EDGE_LAN, len, size[0], size[1]);
		if (arrived(b, &whole) != len - header || !whole ||
			memcmp(got, frame + header, len - header) != 0 || drops_all(l.edge) != 0) {
			printf(" row %u", i);
			CU_FAIL("carried");
		}
	}
}

// What fits a buffer after all, and bytes behind a packet.
static void
test_joined(void)
{
	const struct big small = { .payload = 1300, .ttl = 64 },
			 large = { .payload = 6000, .ttl = 64 };
	unsigned len = build(&small);
	bool whole;

	put(l.edge, EDGE_LAN, len, 60, 200);
	CU_ASSERT_EQUAL(arrived(&small, &whole), small.payload);
	CU_ASSERT(whole);
	CU_ASSERT_EQUAL(memcmp(got, frame + PACKET_IP + 20, small.payload), 0);
	len = build(&large);
	put(l.edge, EDGE_LAN, len + 4, 2048, 2048);
	CU_ASSERT_EQUAL(arrived(&large, &whole), large.payload);
	CU_ASSERT(whole);
	build(&small);
	put(l.edge, EDGE_LAN, 5000, 2048, 2048);
	CU_ASSERT_EQUAL(arrived(&small, &whole), small.payload);
	CU_ASSERT(whole);
}

// The answer's type, 0: none; and the MTU in it.
static unsigned
answer(unsigned *mtu)
{
	uint16_t field = 0;
	struct frame f;
	unsigned l4;

	if (!wire_take(l.edge, EDGE_LAN, &f))
		return 0;
	CU_ASSERT(packet_checksums(&f));
	l4 = packet_l4(&f);
	memcpy(&field, f.bytes + l4 + 6, 2);
	*mtu = ntohs(field);
	CU_ASSERT_EQUAL(memcmp(f.bytes + l4 + 8, frame + PACKET_IP, f.len - l4 - 8), 0);
	return f.bytes[l4];
}

static void
test_answered(void)
{
	static const struct {
		struct big b;
		unsigned icmp;
		enum wb_drop drop;
	} rows[] = {
		{ { .payload = 8972, .ttl = 64, .flags = DF }, 3, WB_DROP_MTU },
		{ { .payload = 8972, .ttl = 64, .v6 = true }, 2, WB_DROP_MTU },
		{ { .payload = 8972, .ttl = 1 }, 11, WB_DROP_TTL },
		{ { .payload = 8972, .ttl = 1, .v6 = true }, 3, WB_DROP_TTL },
	};

	for (unsigned i = 0; i < RTE_DIM(rows); i++) {
		unsigned len = build(&rows[i].b), mtu = 0, icmp;
		bool whole;

		wb_dp_stats_clear(l.edge);
		l.now += WB_SEC; // the ICMP limit has filled up again
		put(l.edge, EDGE_LAN, len, 2048, 2048);
		CU_ASSERT_EQUAL(arrived(&rows[i].b, &whole), 0);
		icmp = answer(&mtu);
		if (icmp != rows[i].icmp || drops(l.edge, rows[i].drop) != 1) {
			printf(" row %u: ICMP %u", i, icmp);
			CU_FAIL("answered");
		}
		if (rows[i].drop == WB_DROP_MTU)
			CU_ASSERT_EQUAL(mtu, wb_tunnel_inner_mtu(slot_find(l.edge, 0)->t));
	}
}

// Headers that say more than there is, or lie where nobody looks.
static void
test_lies(void)
{
	const struct big v4 = { .payload = 5000, .ttl = 64 },
			 v6 = { .payload = 5000, .ttl = 64, .v6 = true };
	unsigned len = build(&v4);
	bool whole;

	wb_dp_stats_clear(l.edge);
	put(l.edge, EDGE_LAN, len - 1, 2048, 2048);
	put(l.edge, EDGE_LAN, len, 600, 2048); // less than is looked at
	len = build(&v6);
	put(l.edge, EDGE_LAN, len - 1, 2048, 2048);
	frame[PACKET_IP + 6] = IPPROTO_DSTOPTS;
	frame[PACKET_IP + 40] = IPPROTO_UDP;
	frame[PACKET_IP + 41] = 255; // 2048 bytes of options
	put(l.edge, EDGE_LAN, len, 1600, 2048);
	CU_ASSERT_EQUAL(arrived(&v4, &whole), 0);
	CU_ASSERT_EQUAL(drops(l.edge, WB_DROP_TOO_SHORT), 4);
	CU_ASSERT_EQUAL(drops_all(l.edge), 4);
}

// Nothing of the tunnel's needs more than a buffer.
static void
test_wan(void)
{
	unsigned len = build(&(struct big){ .payload = 5000, .ttl = 64 });

	wb_dp_stats_clear(l.hub);
	put(l.hub, HUB_UPLINK, len, 2048, 2048);
	walk(l.hub, l.now, 2);
	CU_ASSERT_EQUAL(drops_all(l.hub), 1);
}

static unsigned in_use;

// Last: every buffer has come back but what the ports hold.
static void
test_no_leak(void)
{
	link_run(&l, 2 * WB_SEC);
	CU_ASSERT(rte_mempool_in_use_count(l.edge->pool) <= in_use);
}

static void
test_up(void)
{
	CU_ASSERT_FATAL(link_up(&l));
	link_run(&l, WB_SEC);
	in_use = rte_mempool_in_use_count(l.edge->pool);
}

static const struct harness_test tests[] = {
	{ "up", test_up },
	{ "carried", test_carried },
	{ "joined", test_joined },
	{ "answered", test_answered },
	{ "lies", test_lies },
	{ "on a WAN", test_wan },
	{ "no buffer lost", test_no_leak },
};

int
main(void)
{
	return LINK_TEST(&l, "large", tests);
}
