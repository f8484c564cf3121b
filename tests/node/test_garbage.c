// SPDX-License-Identifier: BSD-3-Clause
// Damaged and random frames on every port: nothing crashes, no packet buffer is lost, and the tunnel
// works on. usage: test_node_garbage [SEED]
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/harness.h"
#include "link.h"

#define FRAMES 40000
#define BATCH 20

static struct link l;
static uint64_t state;

static uint32_t
draw(uint32_t below)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % below;
}

static const char *const addresses[] = { "192.168.40.9", "192.168.40.1", "192.0.2.80",
	"203.0.113.10", "198.51.100.1", "2001:db8:40::9", "2001:db8::80", "fe80::1", "224.0.0.1" };

static void
make(struct frame *f, struct wb_dp *dp, unsigned port)
{
	static const uint8_t protos[] = { 6, 17, 6, 17, 1, 58, 44, 0, 60 };
	unsigned from = draw(RTE_DIM(addresses)), i, n;
	struct packet p = { .src = addresses[from],
		.sport = draw(65536),
		.payload = draw(1480),
		.proto = draw(2) != 0 ? IPPROTO_UDP : IPPROTO_TCP,
		.ttl = draw(4) == 0 ? draw(3) : 0,
		.dont_fragment = draw(2),
		.mss = draw(3) == 0 ? draw(65536) : 0 };

	do
		p.dst = addresses[draw(RTE_DIM(addresses))];
	while ((strchr(p.dst, ':') == NULL) != (strchr(p.src, ':') == NULL));
	p.dport = draw(3) != 0 ? WB_UDP_PORT : draw(65536);
	packet_build(f, &dp->ports[port].mac, &p);
	if (draw(3) == 0)
		f->bytes[PACKET_IP + (strchr(p.dst, ':') != NULL ? 6 : 9)] =
			protos[draw(RTE_DIM(protos))];
	if (p.dport == WB_UDP_PORT && f->len > 60)
		f->bytes[PACKET_IP + 28] = draw(6); // datagram types
	for (n = draw(6), i = 0; i < n; i++)
		f->bytes[draw(3) != 0 ? draw(RTE_MIN(f->len, 80u)) : draw(f->len)] = draw(256);
	if (f->bytes[PACKET_IP] >> 4 == 4 && draw(2) != 0 && (f->bytes[PACKET_IP] & 15) <= 6)
		packet_fix_ipv4(f);
	if (draw(4) == 0)
		f->len = 1 + draw(f->len);
}

static void
empty_wires(void)
{
	struct wb_dp_notice n;
	struct frame f;
	unsigned i;

	for (i = 0; i < l.edge->n_ports; i++)
		while (wire_take(l.edge, i, &f))
			;
	for (i = 0; i < l.hub->n_ports; i++)
		while (wire_take(l.hub, i, &f))
			;
	while (wb_dp_notice(l.edge, &n) || wb_dp_notice(l.hub, &n))
		;
}

static void
test_garbage(void)
{
	unsigned i, edge, hub;
	struct frame f;

	CU_ASSERT_FATAL(link_up(&l));
	link_run(&l, 100 * WB_MS);
	edge = rte_mempool_avail_count(l.edge->pool);
	hub = rte_mempool_avail_count(l.hub->pool);
	for (i = 0; i < FRAMES; i++) {
		unsigned port = draw(5);
		struct wb_dp *dp = port < 3 ? l.edge : l.hub;

		port = port < 3 ? port : port - 3;
		make(&f, dp, port);
		wire_put(dp, port, &f);
		if (i % BATCH == 0) {
			link_run(&l, 10 * WB_MS);
			empty_wires();
		}
	}
	link_run(&l, 5 * WB_SEC);
	empty_wires();
	CU_ASSERT_EQUAL(rte_mempool_avail_count(l.edge->pool), edge);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(l.hub->pool), hub);
}

static void
test_still_works(void)
{
	struct packet p = {
		.src = "192.168.40.9", .dst = "192.0.2.80", .payload = 99, .proto = IPPROTO_UDP
	};
	struct frame f;

	packet_build(&f, &l.edge->ports[EDGE_LAN].mac, &p);
	wire_put(l.edge, EDGE_LAN, &f);
	link_run(&l, 20 * WB_MS);
	CU_ASSERT(wire_take(l.hub, HUB_EGRESS, &f));
}

static const struct harness_test tests[] = {
	{ "damaged frames", test_garbage },
	{ "works on", test_still_works },
};

int
main(int argc, char **argv)
{
	state = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)state);
	return LINK_TEST(&l, "garbage", tests);
}
