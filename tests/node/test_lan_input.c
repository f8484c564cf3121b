// SPDX-License-Identifier: BSD-3-Clause
// What a LAN's packets meet on their way into the tunnel: an edge's lan_input seen through the other
// end, and the ICMP errors that go back.
#include <arpa/inet.h>
#include <string.h>

#include <rte_ip.h>

#include "../unit/harness.h"
#include "link.h"

static struct link l;

#define HOST4 "192.168.40.9"
#define HOST6 "2001:db8:40::9"
#define FAR4 "192.0.2.80"
#define FAR6 "2001:db8:99::80"
#define UDP_TO(s, d, n)                                                                            \
	{                                                                                          \
		.src = s, .dst = d, .sport = 5, .dport = 7, .payload = n, .proto = 17              \
	}

// Which ICMP error comes back.
enum answer { NO_ANSWER, TOO_BIG, TIME_OUT };

static const struct {
	struct packet p;
	enum wb_drop drop; // NONE: the hub gets it
	enum answer answer;
	unsigned at; // in the frame: ^= flip, checksum as it was
	uint8_t flip;
	int cut;
} rows[] = {
	/* 0 */ { .p = UDP_TO(HOST4, FAR4, 100), .drop = WB_DROP_NONE },
	/* 1 */ { .p = UDP_TO(HOST6, FAR6, 100), .drop = WB_DROP_NONE },
	/* 2 */ { .p = UDP_TO(HOST4, FAR4, 1), .drop = WB_DROP_NONE, .cut = -17 },   // padded frame
	/* 3 */ { .p = UDP_TO(HOST4, "192.168.40.1", 9), .drop = WB_DROP_NOT_OURS }, // to the box
										     /* 4 */
	{ .p = UDP_TO(HOST4, "198.51.100.1", 9), .drop = WB_DROP_NOT_OURS }, // its WAN address
	/* 5 */ { .p = UDP_TO(HOST4, "192.168.40.77", 9), .drop = WB_DROP_NOT_OURS }, // LAN to LAN
	/* 6 */ { .p = UDP_TO(HOST4, "224.0.0.251", 9), .drop = WB_DROP_NOT_OURS },
	/* 7 */ { .p = UDP_TO(HOST4, "255.255.255.255", 9), .drop = WB_DROP_NOT_OURS },
	/* 8 */ { .p = UDP_TO("169.254.1.1", FAR4, 9), .drop = WB_DROP_NOT_OURS },
	/* 9 */ { .p = UDP_TO("fe80::9", FAR6, 9), .drop = WB_DROP_NOT_OURS },
	/* 10 */ { .p = UDP_TO(HOST6, "ff02::fb", 9), .drop = WB_DROP_NOT_OURS },
	/* 11 */ { .p = UDP_TO(HOST4, FAR4, 9), .drop = WB_DROP_NOT_OURS, .at = 5, .flip = 0x55 },
	/* 12 */ { .p = UDP_TO(HOST4, FAR4, 9), .drop = WB_DROP_NOT_OURS, .at = 13, .flip = 6 },
	/* 13 */ { .p = UDP_TO(HOST4, FAR4, 9), .drop = WB_DROP_BAD_CHECKSUM, .at = 24, .flip = 1 },
	/* 14 */ { .p = UDP_TO(HOST4, FAR4, 9), .drop = WB_DROP_BAD_IP, .at = 14, .flip = 0x15 },
	/* 15 */ { .p = UDP_TO(HOST4, FAR4, 9), .drop = WB_DROP_BAD_IP, .at = 14, .flip = 0x07 },
	/* 16 */ { .p = UDP_TO(HOST4, FAR4, 90), .drop = WB_DROP_TOO_SHORT, .cut = 1 },
	/* 17 */ { .p = UDP_TO(HOST6, FAR6, 90), .drop = WB_DROP_TOO_SHORT, .cut = 1 },
	/* 18 */
	{ .p = { .src = HOST4, .dst = FAR4, .payload = 9, .proto = 17, .ttl = 1 },
		.drop = WB_DROP_TTL,
		.answer = TIME_OUT },
	/* 19 */
	{ .p = { .src = HOST6, .dst = FAR6, .payload = 9, .proto = 17, .ttl = 1 },
		.drop = WB_DROP_TTL,
		.answer = TIME_OUT },
	/* 20 */
	{ .p = { .src = HOST4, .dst = FAR4, .payload = 1472, .proto = 17, .dont_fragment = true },
		.drop = WB_DROP_MTU,
		.answer = TOO_BIG },
	/* 21 */ { .p = UDP_TO(HOST6, FAR6, 1452), .drop = WB_DROP_MTU, .answer = TOO_BIG },
	/* 22 */ { .p = UDP_TO(HOST4, FAR4, 1472), .drop = WB_DROP_NONE }, // in fragments of ours
									   /* 23 */
	{ .p = UDP_TO("10.1.1.1", FAR4, 9), .drop = WB_DROP_BAD_SOURCE },  // found by the hub
	/* 24 */ { .p = UDP_TO(HOST4, "198.51.101.254", 9), .drop = WB_DROP_NOT_OURS }, // a modem
	/* 25 */ { .p = UDP_TO(HOST4, "172.17.0.2", 9), .drop = WB_DROP_NOT_OURS }, // a container
};

static void
check_answer(const struct frame *in, enum answer answer)
{
	bool v6 = in->bytes[PACKET_IP] >> 4 == 6;
	struct frame f;
	unsigned l4, quoted;
	uint16_t mtu;

	if (answer == NO_ANSWER) {
		CU_ASSERT_FALSE(wire_take(l.edge, EDGE_LAN, &f));
		return;
	}
	CU_ASSERT_FATAL(wire_take(l.edge, EDGE_LAN, &f));
	l4 = packet_l4(&f);
	CU_ASSERT_EQUAL(memcmp(f.bytes, in->bytes + 6, 6), 0);
	CU_ASSERT(packet_checksums(&f));
	if (v6)
		CU_ASSERT_EQUAL(f.bytes[l4], answer == TOO_BIG ? 2 : 3)
	else
		CU_ASSERT_EQUAL(f.bytes[l4], answer == TOO_BIG ? 3 : 11);
	memcpy(&mtu, f.bytes + l4 + 6, 2);
	if (answer == TOO_BIG)
		CU_ASSERT_EQUAL(ntohs(mtu), atomic_load(&slot_find(l.edge, 0)->inner_mtu));
	quoted = f.len - l4 - 8;
	CU_ASSERT(f.len - PACKET_IP <= (v6 ? 1280 : 576));
	CU_ASSERT_EQUAL(memcmp(f.bytes + l4 + 8, in->bytes + PACKET_IP, quoted), 0);
}

static bool
row_right(size_t i, struct frame *in)
{
	uint64_t edge, hub;
	struct frame out;
	bool got;

	wb_dp_stats_clear(l.edge);
	wb_dp_stats_clear(l.hub);
	wire_put(l.edge, EDGE_LAN, in);
	l.now += WB_SEC; // the ICMP limit has filled up again
	link_run(&l, 20 * WB_MS);
	got = wire_take(l.hub, HUB_EGRESS, &out);
	edge = drops(l.edge, rows[i].drop);
	hub = drops(l.hub, rows[i].drop);
	if (rows[i].drop == WB_DROP_NONE)
		return got && packet_checksums(&out) && drops_all(l.edge) == 0 &&
		       drops_all(l.hub) == 0;
	return !got && edge + hub == 1 && drops_all(l.edge) + drops_all(l.hub) == 1;
}

static void
test_table(void)
{
	struct frame f;
	size_t i;

	for (i = 0; i < RTE_DIM(rows); i++) {
		packet_build(&f, &l.edge->ports[EDGE_LAN].mac, &rows[i].p);
		f.bytes[rows[i].at] ^= rows[i].flip;
		f.len -= rows[i].cut;
		if (!row_right(i, &f)) {
			printf(" row %zu", i);
			CU_FAIL("outcome");
		}
		check_answer(&f, rows[i].answer);
	}
}

// Sends one packet through and returns what the hub's kernel gets.
static struct frame
through(const struct packet *p, void (*change)(struct frame *f))
{
	struct frame in, out = { .len = 0 };

	packet_build(&in, &l.edge->ports[EDGE_LAN].mac, p);
	if (change != NULL)
		change(&in);
	wire_put(l.edge, EDGE_LAN, &in);
	link_run(&l, 20 * WB_MS);
	CU_ASSERT_FATAL(wire_take(l.hub, HUB_EGRESS, &out));
	return out;
}

static unsigned
mss_of(const struct frame *f)
{
	const uint8_t *option = f->bytes + packet_l4(f) + 20;

	return option[2] << 8 | option[3];
}

static void
test_mss(void)
{
	struct packet p = { .src = HOST4, .dst = FAR4, .proto = IPPROTO_TCP, .mss = 1460 };
	unsigned mtu = wb_tunnel_inner_mtu(slot_find(l.edge, 0)->t);
	struct frame f = through(&p, NULL);

	CU_ASSERT_EQUAL(mss_of(&f), mtu - 40);
	CU_ASSERT(packet_checksums(&f));
	p.mss = 536; // never raised
	f = through(&p, NULL);
	CU_ASSERT_EQUAL(mss_of(&f), 536);
	p = (struct packet){ .src = HOST6, .dst = FAR6, .proto = IPPROTO_TCP, .mss = 1440 };
	f = through(&p, NULL);
	CU_ASSERT_EQUAL(mss_of(&f), mtu - 60);
	CU_ASSERT(packet_checksums(&f));
}

// The way back: the hub clamps what comes from its kernel.
static void
test_mss_down(void)
{
	struct packet p = { .src = FAR4, .dst = HOST4, .proto = IPPROTO_TCP, .mss = 1460 };
	struct frame in, out;

	packet_build(&in, &l.hub->ports[HUB_EGRESS].mac, &p);
	wire_put(l.hub, HUB_EGRESS, &in);
	link_run(&l, 20 * WB_MS);
	CU_ASSERT_FATAL(wire_take(l.edge, EDGE_LAN, &out));
	CU_ASSERT_EQUAL(mss_of(&out), wb_tunnel_inner_mtu(slot_find(l.hub, 0)->t) - 40);
	CU_ASSERT(packet_checksums(&out));
	CU_ASSERT_EQUAL(out.bytes[PACKET_IP + 8], 64); // TTL: the hub's kernel took it already
}

// As a virtual interface hands a packet over: the sum of the pseudo header only.
static void
leave_to_hardware(struct frame *f)
{
	unsigned l4 = packet_l4(f), at = f->bytes[PACKET_IP + 9] == IPPROTO_TCP ? 16 : 6;
	uint32_t sum = rte_raw_cksum(f->bytes + PACKET_IP + 12, 8);
	uint16_t pseudo;

	sum += htons(f->bytes[PACKET_IP + 9]) + htons(f->len - l4);
	sum = (sum & 0xffff) + (sum >> 16);
	pseudo = (sum & 0xffff) + (sum >> 16);
	memcpy(f->bytes + l4 + at, &pseudo, 2);
}

static void
test_partial_checksum(void)
{
	struct packet p = { .src = HOST4, .dst = FAR4, .proto = IPPROTO_TCP, .payload = 333 };
	struct frame f = through(&p, leave_to_hardware);

	CU_ASSERT(packet_checksums(&f));
	p.proto = IPPROTO_UDP;
	f = through(&p, leave_to_hardware);
	CU_ASSERT(packet_checksums(&f));
}

static void
spoil(struct frame *f)
{
	f->bytes[f->len - 1] ^= 4;
}

// A packet damaged before us is not made to look whole.
static void
test_wrong_checksum_stays(void)
{
	struct packet p = { .src = HOST4, .dst = FAR4, .proto = IPPROTO_TCP, .payload = 333 };
	struct frame f = through(&p, spoil);

	CU_ASSERT_FALSE(packet_checksums(&f));
}

static void
test_icmp_limit(void)
{
	struct packet p = { .src = HOST4, .dst = FAR4, .payload = 9, .proto = 17, .ttl = 1 };
	unsigned i, n = 0;
	struct frame f;

	l.now += WB_SEC;
	for (i = 0; i < 200; i++) {
		packet_build(&f, &l.edge->ports[EDGE_LAN].mac, &p);
		wire_put(l.edge, EDGE_LAN, &f);
		walk(l.edge, l.now, 1);
	}
	while (wire_take(l.edge, EDGE_LAN, &f))
		n++;
	CU_ASSERT(n >= 10 && n <= 40);
}

// The next hop's MAC unknown: named, and the control thread is asked to resolve.
static void
test_no_neighbour(void)
{
	struct packet p = { .src = FAR4, .dst = "192.168.40.50", .payload = 9, .proto = 17 };
	struct wb_dp_notice n;
	bool asked = false;
	struct frame f;

	wb_dp_stats_clear(l.edge);
	while (wb_dp_notice(l.edge, &n))
		;
	packet_build(&f, &l.hub->ports[HUB_EGRESS].mac, &p);
	wire_put(l.hub, HUB_EGRESS, &f);
	link_run(&l, 20 * WB_MS);
	CU_ASSERT_EQUAL(drops(l.edge, WB_DROP_NO_NEIGHBOUR), 1);
	while (wb_dp_notice(l.edge, &n))
		asked |= n.type == WB_DP_RESOLVE && n.from.port == EDGE_LAN &&
			 memcmp(n.from.ip, "\300\250\50\62", 4) == 0;
	CU_ASSERT(asked);
}

// What the edge's own kernel routes into its TAP enters the tunnel as it is: the kernel has seen to the TTL.
static void
test_from_own_kernel(void)
{
	struct packet p = {
		.src = "192.168.40.1", .dst = FAR4, .payload = 9, .proto = 17, .ttl = 1
	};
	struct frame in, out;
	unsigned i;

	wb_dp_stats_clear(l.edge);
	for (i = 0; i < 2; i++) {
		if (i == 1) // a route of the kernel's own, which it did not take
			p.dst = "172.17.0.2";
		packet_build(&in, &l.edge->ports[EDGE_KERNEL].mac, &p);
		wire_put(l.edge, EDGE_KERNEL, &in);
		link_run(&l, 20 * WB_MS);
		CU_ASSERT_FATAL(wire_take(l.hub, HUB_EGRESS, &out));
		CU_ASSERT_EQUAL(out.bytes[PACKET_IP + 8], 1);
		CU_ASSERT(packet_checksums(&out));
	}
	CU_ASSERT_EQUAL(drops_all(l.edge), 0);
	// not back to where it came from
	p.dst = "192.168.40.1";
	packet_build(&in, &l.edge->ports[EDGE_KERNEL].mac, &p);
	wire_put(l.edge, EDGE_KERNEL, &in);
	link_run(&l, 20 * WB_MS);
	CU_ASSERT_EQUAL(drops(l.edge, WB_DROP_NOT_OURS), 1);
}

// Out of the tunnel: to this machine, and to what only its kernel reaches.
static void
test_to_own_kernel(void)
{
	static const char *const to[] = { "192.168.40.1", "172.17.0.2", "2001:db8:40::1" };
	struct packet p = { .src = FAR4, .payload = 9, .proto = 17 };
	const struct rte_ether_addr *mac = &l.edge->ports[EDGE_KERNEL].mac;
	struct frame in, out;
	unsigned i;

	for (i = 0; i < RTE_DIM(to); i++) {
		p.dst = to[i];
		p.src = strchr(to[i], ':') != NULL ? FAR6 : FAR4;
		packet_build(&in, &l.hub->ports[HUB_EGRESS].mac, &p);
		wire_put(l.hub, HUB_EGRESS, &in);
		link_run(&l, 20 * WB_MS);
		if (!wire_take(l.edge, EDGE_KERNEL, &out)) {
			printf(" %s", to[i]);
			CU_FAIL("not delivered");
			continue;
		}
		CU_ASSERT_EQUAL(memcmp(out.bytes, mac, 6), 0);
		CU_ASSERT_NOT_EQUAL(memcmp(out.bytes + 6, mac, 6), 0);
		CU_ASSERT_EQUAL(
			memcmp(out.bytes + PACKET_IP, in.bytes + PACKET_IP, in.len - PACKET_IP), 0);
	}
	CU_ASSERT_FALSE(wire_take(l.edge, EDGE_LAN, &out));
}

// A destination that is no edge's.
static void
test_hub_no_route(void)
{
	struct wb_dp_recent recent[WB_DP_RECENT];
	struct packet p = { .src = FAR4, .dst = "192.168.41.9", .payload = 9, .proto = 17 };
	struct frame f;

	wb_dp_stats_clear(l.hub);
	packet_build(&f, &l.hub->ports[HUB_EGRESS].mac, &p);
	wire_put(l.hub, HUB_EGRESS, &f);
	walk(l.hub, l.now, 1);
	CU_ASSERT_EQUAL(drops(l.hub, WB_DROP_NO_ROUTE), 1);
	CU_ASSERT_EQUAL_FATAL(wb_dp_recent(l.hub, WB_DP_NO_ROUTES, recent), 1);
	CU_ASSERT_EQUAL(recent[0].tunnel, WB_DP_NO_TUNNEL);
	CU_ASSERT_EQUAL(memcmp(recent[0].ip, f.bytes + PACKET_IP + 16, 4), 0);
	CU_ASSERT_EQUAL(recent[0].at, l.now);
}

// Whose they were is told: the last four sources, each once, and how many came by which tunnel.
static void
test_bad_sources(void)
{
	static const char *const sources[] = { "10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.4",
		"10.9.0.5", "10.9.0.4" };
	struct wb_dp_recent r[WB_DP_RECENT];
	uint64_t before = wb_dp_tunnel_bad_sources(l.hub, 0),
		 all = drops(l.hub, WB_DROP_BAD_SOURCE);

	for (unsigned i = 0; i < 6; i++) {
		struct packet p = UDP_TO(sources[i], FAR4, 9);
		struct frame f;

		packet_build(&f, &l.edge->ports[EDGE_LAN].mac, &p);
		wire_put(l.edge, EDGE_LAN, &f);
		link_run(&l, 20 * WB_MS);
		CU_ASSERT_FALSE(wire_take(l.hub, HUB_EGRESS, &f));
	}
	CU_ASSERT_EQUAL(wb_dp_tunnel_bad_sources(l.hub, 0) - before, 6);
	CU_ASSERT_EQUAL(drops(l.hub, WB_DROP_BAD_SOURCE) - all, 6);
	CU_ASSERT_EQUAL(wb_dp_tunnel_bad_sources(l.hub, 1), 0);
	CU_ASSERT_EQUAL_FATAL(wb_dp_recent(l.hub, WB_DP_BAD_SOURCES, r), WB_DP_RECENT);
	// the newest first
	CU_ASSERT_EQUAL(r[0].ip[3], 4);
	CU_ASSERT_EQUAL(r[0].packets, 2);
	CU_ASSERT_EQUAL(r[1].ip[3], 5);
	CU_ASSERT_EQUAL(r[2].ip[3], 3);
	CU_ASSERT_EQUAL(r[3].ip[3], 2);
	for (unsigned i = 0; i < WB_DP_RECENT; i++) {
		CU_ASSERT_EQUAL(r[i].family, 4);
		CU_ASSERT_EQUAL(r[i].tunnel, 0);
		CU_ASSERT(r[i].at <= l.now && (i == 0 || r[i].at <= r[i - 1].at));
	}
}

static void
test_up(void)
{
	CU_ASSERT_FATAL(link_up(&l));
}

static const struct harness_test tests[] = {
	{ "up", test_up },
	{ "forwarded, left to the kernel, or dropped by name", test_table },
	{ "MSS", test_mss },
	{ "MSS, from the hub", test_mss_down },
	{ "checksum left to hardware", test_partial_checksum },
	{ "wrong checksum stays wrong", test_wrong_checksum_stays },
	{ "ICMP errors are limited", test_icmp_limit },
	{ "next hop not resolved", test_no_neighbour },
	{ "hub: no edge has it", test_hub_no_route },
	{ "hub: sources that are not the edge's", test_bad_sources },
	{ "from the edge's own kernel", test_from_own_kernel },
	{ "to the edge's own kernel", test_to_own_kernel },
};

int
main(void)
{
	return LINK_TEST(&l, "lan_input", tests);
}
