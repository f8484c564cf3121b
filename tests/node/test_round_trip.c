// SPDX-License-Identifier: BSD-3-Clause
// Packets of a host through edge and hub and back, with real keys and a real tunnel.
#include <string.h>

#include "../unit/harness.h"
#include "link.h"

static struct link l;

static const struct packet up = { .src = "192.168.40.9",
	.dst = "192.0.2.80",
	.sport = 5000,
	.dport = 80,
	.payload = 900,
	.proto = IPPROTO_UDP };
static const struct packet down = { .src = "192.0.2.80",
	.dst = "192.168.40.9",
	.sport = 80,
	.dport = 5000,
	.payload = 700,
	.proto = IPPROTO_UDP };

static void
test_up(void)
{
	CU_ASSERT_FATAL(link_up(&l));
}

static void
test_to_hub(void)
{
	struct frame in, out;

	packet_build(&in, &l.edge->ports[EDGE_LAN].mac, &up);
	wire_put(l.edge, EDGE_LAN, &in);
	link_run(&l, 5 * WB_MS);
	CU_ASSERT_FATAL(wire_take(l.hub, HUB_EGRESS, &out));
	CU_ASSERT_EQUAL(out.len, in.len);
	CU_ASSERT(packet_checksums(&out));
	CU_ASSERT_EQUAL(out.bytes[PACKET_IP + 8], 63); // TTL
	CU_ASSERT_EQUAL(memcmp(out.bytes, &l.hub->ports[HUB_EGRESS].mac, 6), 0);
	CU_ASSERT_EQUAL(memcmp(out.bytes + PACKET_IP + 12, in.bytes + PACKET_IP + 12,
				in.len - PACKET_IP - 12),
		0);
	CU_ASSERT_FALSE(wire_take(l.hub, HUB_EGRESS, &out));
}

static void
test_to_lan(void)
{
	struct frame in, out;

	packet_build(&in, &l.hub->ports[HUB_EGRESS].mac, &down);
	wire_put(l.hub, HUB_EGRESS, &in);
	link_run(&l, 5 * WB_MS);
	CU_ASSERT_FATAL(wire_take(l.edge, EDGE_LAN, &out));
	CU_ASSERT_EQUAL(out.len, in.len);
	CU_ASSERT_EQUAL(memcmp(out.bytes, "\2\0\0\0\0\11", 6), 0); // the host's MAC
	CU_ASSERT_EQUAL(memcmp(out.bytes + 6, &l.edge->ports[EDGE_LAN].mac, 6), 0);
	CU_ASSERT_EQUAL(memcmp(out.bytes + PACKET_IP, in.bytes + PACKET_IP, in.len - PACKET_IP), 0);
	CU_ASSERT_FALSE(wire_take(l.edge, EDGE_LAN, &out));
}

// RFC 6040 4.1, compatibility mode: the outer field is always Not-ECT, whatever is inside, and so is the
// DSCP (nobody outside sees what kind of flow it is). The inner byte comes out as it went in; a CE that
// somebody writes outside all the same is not looked at.
static void
test_ecn(void)
{
	for (unsigned ecn = 0; ecn < 4; ecn++) {
		struct packet p = up;
		struct frame in, wan, out;
		unsigned n = 0;

		p.tos = (uint8_t)(10 << 2 | ecn);
		packet_build(&in, &l.edge->ports[EDGE_LAN].mac, &p);
		wire_put(l.edge, EDGE_LAN, &in);
		walk(l.edge, l.now += WB_MS, 4);
		for (unsigned port = EDGE_WAN0; port <= EDGE_WAN1; port++) {
			while (wire_take(l.edge, port, &wan)) {
				CU_ASSERT_EQUAL(wan.bytes[PACKET_IP + 1], 0);
				wan.bytes[PACKET_IP + 1] = 3;
				packet_fix_ipv4(&wan);
				wire_put(l.hub, HUB_UPLINK, &wan);
				n++;
			}
		}
		CU_ASSERT(n > 0);
		walk(l.hub, l.now, 4);
		CU_ASSERT_FATAL(wire_take(l.hub, HUB_EGRESS, &out));
		CU_ASSERT_EQUAL(out.bytes[PACKET_IP + 1], p.tos);
		link_run(&l, 20 * WB_MS);
	}
}

// in = out + drops + queued: nothing is lost between the nodes, and no packet buffer either.
static void
test_conservation(void)
{
	unsigned edge_before, sent = 0, got = 0, round, i;
	struct wb_tunnel_stats s;
	uint64_t before;
	struct frame f;

	link_run(&l, 50 * WB_MS);
	edge_before = rte_mempool_avail_count(l.edge->pool);
	wb_tunnel_stats_clear(slot_find(l.edge, 0)->t);
	before = drops_all(l.edge) + drops_all(l.hub);
	for (round = 0; round < 100; round++) {
		for (i = 0; i < 10; i++, sent++) {
			struct packet p = up;

			p.sport += i;
			packet_build(&f, &l.edge->ports[EDGE_LAN].mac, &p);
			wire_put(l.edge, EDGE_LAN, &f);
		}
		link_run(&l, 10 * WB_MS);
		while (wire_take(l.hub, HUB_EGRESS, &f))
			got++;
	}
	link_run(&l, 200 * WB_MS);
	while (wire_take(l.hub, HUB_EGRESS, &f))
		got++;
	wb_tunnel_stats(slot_find(l.edge, 0)->t, &s);
	CU_ASSERT_EQUAL(s.in_packets, sent);
	CU_ASSERT_EQUAL(got + s.queued_packets + s.drops[WB_DROP_QUEUE_LIMIT] +
				s.drops[WB_DROP_CODEL] + s.drops[WB_DROP_LOST],
		sent);
	CU_ASSERT_EQUAL(got, sent);
	CU_ASSERT_EQUAL(drops_all(l.edge) + drops_all(l.hub), before);
	CU_ASSERT_EQUAL(s.retained_packets, 0);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(l.edge->pool), edge_before);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(l.edge->tx_pool), l.edge->tx_pool->size);
}

// A rekey in the middle of a stream loses nothing; the pair before goes on receiving.
static void
test_rekey(void)
{
	unsigned i, got = 0;
	struct frame f;

	for (i = 0; i < 200; i++) {
		packet_build(&f, &l.edge->ports[EDGE_LAN].mac, &up);
		wire_put(l.edge, EDGE_LAN, &f);
		packet_build(&f, &l.hub->ports[HUB_EGRESS].mac, &down);
		wire_put(l.hub, HUB_EGRESS, &f);
		if (i % 50 == 25)
			link_keys(&l, false);
		link_run(&l, WB_MS);
	}
	link_run(&l, 100 * WB_MS);
	while (wire_take(l.hub, HUB_EGRESS, &f))
		got++;
	CU_ASSERT_EQUAL(got, 200);
	for (got = 0; wire_take(l.edge, EDGE_LAN, &f);)
		got++;
	CU_ASSERT_EQUAL(got, 200);
	CU_ASSERT_EQUAL(drops(l.hub, WB_DROP_UNKNOWN_INDEX), 0);
	CU_ASSERT_EQUAL(drops(l.hub, WB_DROP_AUTH) + drops(l.edge, WB_DROP_AUTH), 0);
	wb_dp_keys_retire(l.edge, 0);
	wb_dp_keys_retire(l.hub, 0);
	CU_ASSERT_EQUAL(l.edge->known[0].n, 1);
	CU_ASSERT_EQUAL(l.hub->known[0].n, 1);
}

// A new session: packets wait meanwhile and arrive.
static void
test_new_session(void)
{
	struct frame f;

	wb_dp_keys_clear(l.edge, 0);
	packet_build(&f, &l.edge->ports[EDGE_LAN].mac, &up);
	wire_put(l.edge, EDGE_LAN, &f);
	link_run(&l, 5 * WB_MS);
	CU_ASSERT_FALSE(wire_take(l.hub, HUB_EGRESS, &f));
	CU_ASSERT_FATAL(link_up(&l));
	link_run(&l, 50 * WB_MS);
	CU_ASSERT(wire_take(l.hub, HUB_EGRESS, &f));
	CU_ASSERT_FALSE(wire_take(l.hub, HUB_EGRESS, &f));
}

// Keys are renewed before the hub has heard of the new session: the session begins all the same.
static void
test_renewed_before_confirmed(void)
{
	struct frame f;

	link_keys(&l, true);
	link_keys(&l, false);
	wb_dp_keys_retire(l.hub, 0); // the pending pair is dropped, what it owes is not
	link_keys(&l, false);
	link_run(&l, 300 * WB_MS);
	CU_ASSERT_EQUAL(link_paths_up(l.edge), 2);
	packet_build(&f, &l.edge->ports[EDGE_LAN].mac, &up);
	wire_put(l.edge, EDGE_LAN, &f);
	link_run(&l, 50 * WB_MS);
	CU_ASSERT(wire_take(l.hub, HUB_EGRESS, &f));
}

static uint64_t
counted(struct wb_dp *dp, bool answered, unsigned v6)
{
	struct wb_dp_worker_stats s;
	uint64_t n = 0;

	for (unsigned i = 0; wb_dp_worker_stats(dp, i, &s) == 0; i++)
		n += answered ? s.answered[v6] : s.asked[v6];
	return n;
}

// What asks for an answer behind the hub, and what may be one, at both ends.
static void
test_asked(void)
{
	struct packet syn = up, dns = up;
	struct frame in;

	wb_dp_stats_clear(l.edge);
	wb_dp_stats_clear(l.hub);
	syn.proto = IPPROTO_TCP;
	syn.mss = 1400;
	dns.dport = 53;
	for (unsigned i = 0; i < 3; i++) {
		packet_build(&in, &l.edge->ports[EDGE_LAN].mac,
			i == 0   ? &syn
			: i == 1 ? &dns
				 : &up);
		wire_put(l.edge, EDGE_LAN, &in);
	}
	link_run(&l, 5 * WB_MS);
	CU_ASSERT_EQUAL(counted(l.edge, false, 0), 2);
	CU_ASSERT_EQUAL(counted(l.hub, false, 0), 2);
	CU_ASSERT_EQUAL(counted(l.edge, true, 0), 0);
	packet_build(&in, &l.hub->ports[HUB_EGRESS].mac, &down);
	wire_put(l.hub, HUB_EGRESS, &in);
	link_run(&l, 5 * WB_MS);
	CU_ASSERT_EQUAL(counted(l.hub, true, 0), 1);
	CU_ASSERT_EQUAL(counted(l.edge, true, 0), 1);
	CU_ASSERT_EQUAL(counted(l.edge, false, 0), 2);
	CU_ASSERT_EQUAL(counted(l.edge, false, 1) + counted(l.edge, true, 1), 0);
	while (wire_take(l.hub, HUB_EGRESS, &in) || wire_take(l.edge, EDGE_LAN, &in))
		;
}

static unsigned
notices(struct wb_dp *dp, enum wb_dp_notice_type type)
{
	struct wb_dp_notice n;
	unsigned count = 0;

	while (wb_dp_notice(dp, &n))
		count += n.type == type && n.tunnel == 0 && n.index != 0;
	return count;
}

// That the edge uses its new keys is told even if there was no room in the ring when it began to.
static void
test_confirmed_in_the_end(void)
{
	struct wb_dp_notice n = { .type = WB_DP_UNKNOWN_INDEX };

	notices(l.hub, WB_DP_CONFIRMED);
	link_keys(&l, false);
	for (unsigned i = 0; i < 1024; i++)
		notice_put(l.hub, &n);
	link_run(&l, 300 * WB_MS);
	CU_ASSERT_EQUAL(notices(l.hub, WB_DP_CONFIRMED), 0);
	link_run(&l, 300 * WB_MS);
	CU_ASSERT_EQUAL(notices(l.hub, WB_DP_CONFIRMED), 1);
	link_run(&l, 300 * WB_MS);
	CU_ASSERT_EQUAL(notices(l.hub, WB_DP_CONFIRMED), 0);
}

// Datagrams that the edge has sealed while its tunnel had something to send for a while.
static uint64_t
sealed_in_use(void)
{
	const struct slot *s = slot_find(l.edge, 0);
	const struct keypair *k = s->current;
	uint64_t before = k->sealed;
	struct frame in, out;

	for (unsigned i = 0; i < 100; i++) {
		packet_build(&in, &l.edge->ports[EDGE_LAN].mac, &up);
		wire_put(l.edge, EDGE_LAN, &in);
		link_run(&l, WB_MS);
		while (wire_take(l.hub, HUB_EGRESS, &out))
			;
	}
	return s->current == k ? k->sealed - before : 0;
}

// Another pair that may be used so often; the count begins anew with it.
static struct keypair *
limited(uint64_t renew, uint64_t sealed, uint64_t forged)
{
	l.limits = (struct wb_aead_limits){ renew, sealed, forged };
	link_keys(&l, false);
	l.limits = (struct wb_aead_limits){ 0 };
	notices(l.edge, WB_DP_WORN);
	notices(l.hub, WB_DP_CONFIRMED);
	return slot_find(l.edge, 0)->current;
}

// Of keys: so many datagrams, so many forgeries, so old, and no more.
static void
test_limits(void)
{
	struct keypair *k = limited(20, 60, 0);

	CU_ASSERT(sealed_in_use() <= 60 + TX_BATCH);
	CU_ASSERT(k->sealed >= 60);
	CU_ASSERT_EQUAL(notices(l.hub, WB_DP_CONFIRMED), 1);
	CU_ASSERT_EQUAL(notices(l.edge, WB_DP_WORN_OUT), 1);
	CU_ASSERT_EQUAL(sealed_in_use(), 0);
	CU_ASSERT_EQUAL(notices(l.edge, WB_DP_WORN_OUT), 0);

	k = limited(20, 1000000, 10);
	CU_ASSERT(sealed_in_use() > 60);
	CU_ASSERT_EQUAL(notices(l.edge, WB_DP_WORN), 1);
	keys_count(l.edge, k, 0, 0, 9);
	CU_ASSERT(keys_usable(k, l.now));
	keys_count(l.edge, k, 0, 0, 1);
	CU_ASSERT_FALSE(keys_usable(k, l.now));
	CU_ASSERT_EQUAL(notices(l.edge, WB_DP_WORN_OUT), 1);
	CU_ASSERT_EQUAL(sealed_in_use(), 0);

	k = limited(0, 0, 0);
	keys_count(l.edge, k, 1u << 31, 1u << 31, 1u << 31);
	CU_ASSERT(sealed_in_use() > 60);
	k->expires = l.now;
	CU_ASSERT_EQUAL(sealed_in_use(), 0);
	CU_ASSERT_EQUAL(notices(l.edge, WB_DP_WORN), 0);
	link_keys(&l, true);
	CU_ASSERT_FATAL(link_up(&l));
}

static const struct harness_test tests[] = {
	{ "keys and paths come up", test_up },
	{ "LAN to hub", test_to_hub },
	{ "hub to LAN", test_to_lan },
	{ "ECN", test_ecn },
	{ "in = out + drops + queued", test_conservation },
	{ "rekey", test_rekey },
	{ "new session", test_new_session },
	{ "renewed before confirmed", test_renewed_before_confirmed },
	{ "what asks and what answers", test_asked },
	{ "limits of keys", test_limits },
	{ "confirmed in the end", test_confirmed_in_the_end },
};

int
main(int argc, char **argv)
{
	int failed = 0;

	if (nodes_start(argc, argv) < 0)
		return 1;
	link_open(&l, 1);
	failed |= HARNESS_RUN("round_trip", tests);
	link_close(&l);
	// Ports and tunnel on different workers: everything is handed over.
	link_open(&l, 2);
	failed |= HARNESS_RUN("round_trip, two workers", tests);
	link_close(&l);
	nodes_stop();
	return failed;
}
