// SPDX-License-Identifier: BSD-3-Clause
// Where inner addresses lead: the table against a search one by one, and what a snapshot makes of it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "../unit/harness.h"
#include "fib.h"
#include "lpm.h"
#include "nodes.h"

#define NETWORKS 10000
#define LOOKUPS 2000

enum { UPLINK, EGRESS };

static uint64_t seed = 1;

static uint32_t
random32(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 32);
}

// ---- the table

// Addresses are of few values, so that prefixes lie within each other.
static void
random_address(uint8_t *ip, uint8_t family)
{
	unsigned len = family == 4 ? 4 : 16, at;

	memset(ip, 0, 16);
	for (at = 0; at < len; at++)
		ip[at] = at < 2 ? (uint8_t)(random32() % 4) : (uint8_t)random32();
}

static struct lpm_entry *
random_entries(unsigned n)
{
	struct lpm_entry *e = calloc(n, sizeof(*e));

	for (unsigned i = 0; i < n; i++) {
		e[i].family = random32() % 2 != 0 ? 4 : 6;
		random_address(e[i].ip, e[i].family);
		e[i].len = (uint8_t)(random32() % (e[i].family == 4 ? 33 : 129));
		e[i].value = (uint16_t)(1 + random32() % LPM_VALUE_MAX);
	}
	return e;
}

static bool
holds(const struct lpm_entry *e, uint8_t family, const uint8_t *ip)
{
	unsigned bytes = e->len / 8, bits = e->len % 8;

	return e->family == family && memcmp(e->ip, ip, bytes) == 0 &&
	       (bits == 0 || ((e->ip[bytes] ^ ip[bytes]) >> (8 - bits)) == 0);
}

// One by one: of the longest the first.
static unsigned
search(const struct lpm_entry *e, unsigned n, uint8_t family, const uint8_t *ip)
{
	const struct lpm_entry *best = NULL;

	for (unsigned i = 0; i < n; i++)
		if (holds(&e[i], family, ip) && (best == NULL || e[i].len > best->len))
			best = &e[i];
	return best != NULL ? best->value : 0;
}

static unsigned
differences(const struct lpm *l, const struct lpm_entry *e, unsigned n)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < LOOKUPS; i++) {
		// as it lies in a packet: at any address
		uint8_t room[17], *ip = room + i % 2;
		uint8_t family = i % 4 < 2 ? 4 : 6;
		const struct lpm_entry *near = &e[random32() % n];

		random_address(ip, family);
		if (i % 8 != 0 && near->family == family) { // within one, or just beside it
			memcpy(ip, near->ip, family == 4 ? 4 : 16);
			ip[random32() % (family == 4 ? 4 : 16)] ^= (uint8_t)(1 << random32() % 8);
		}
		wrong += lpm_lookup(l, family, ip) != search(e, n, family, ip);
	}
	return wrong;
}

static void
longest_prefix(void)
{
	static const unsigned sizes[] = { 1, 3, 60, 70, 300, NETWORKS };

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct lpm_entry *e = random_entries(sizes[i]);
		struct lpm *l = lpm_create("test", e, sizes[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(l);
		CU_ASSERT_FALSE(lpm_is_slow(l));
		CU_ASSERT_EQUAL(differences(l, e, sizes[i]), 0);
		CU_ASSERT(lpm_made_of(l, e, sizes[i]));
		e[sizes[i] / 2].value ^= 1;
		CU_ASSERT_FALSE(lpm_made_of(l, e, sizes[i]));
		lpm_destroy(l);
		free(e);
	}
}

static void
empty_table(void)
{
	struct lpm *l = lpm_create("test", NULL, 0);
	const uint8_t ip[16] = { 1 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT_EQUAL(lpm_lookup(l, 4, ip), 0);
	CU_ASSERT_EQUAL(lpm_lookup(l, 6, ip), 0);
	lpm_destroy(l);
}

static void
memory_by_number(void)
{
	struct lpm_entry *e = random_entries(NETWORKS);
	unsigned n4 = 0, at;

	for (at = 0; n4 < LPM_LIST_MAX; at++)
		n4 += e[at].family == 4;
	CU_ASSERT_EQUAL(lpm_direct_bytes(4, e, at), 0);
	while (e[at++].family != 4)
		;
	CU_ASSERT(lpm_direct_bytes(4, e, at) >= 32u << 20);
	CU_ASSERT(lpm_direct_bytes(4, e, at) < 33u << 20);
	// IPv4: 32 MiB and half a KiB for each prefix beyond /24 at most
	CU_ASSERT(lpm_direct_bytes(4, e, NETWORKS) < 48u << 20);
	free(e);
}

static void
memory_of_a_hub(void)
{
	static struct wb_dp_prefix p[NETWORKS];

	for (unsigned i = 0; i < NETWORKS; i++)
		p[i] = (struct wb_dp_prefix){ .family = 4, .len = 24 };
	CU_ASSERT_EQUAL(wb_dp_routes_mib(NULL, 0), 0);
	CU_ASSERT_EQUAL(wb_dp_routes_mib(p, 3), 0);
	CU_ASSERT(wb_dp_routes_mib(p, 33) >= 64);
	CU_ASSERT(wb_dp_routes_mib(p, NETWORKS) < 80);
}

static void
without_memory(void)
{
	struct lpm_entry *e = random_entries(300);
	void *taken[64];
	struct lpm *l;
	unsigned n;

	for (n = 0; n < 64; n++) {
		taken[n] = rte_malloc("hog", 24 << 20, 0);
		if (taken[n] == NULL)
			break;
	}
	CU_ASSERT(n < 64);
	l = lpm_create("test", e, 300);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT(lpm_is_slow(l));
	CU_ASSERT_EQUAL(differences(l, e, 300), 0);
	lpm_destroy(l);
	while (n-- != 0)
		rte_free(taken[n]);
	free(e);
}

// ---- snapshots

static struct wb_dp *
open_hub(void)
{
	struct wb_dp_conf conf = { 0 };

	wire_open(&conf, "uplink", WB_DP_UPLINK);
	wire_open(&conf, "egress", WB_DP_EGRESS);
	return dp_open(&conf, WB_ROLE_HUB);
}

static const struct fib *
fib_now(const struct wb_dp *dp)
{
	return atomic_load(&dp->fib);
}

static void
network_of(unsigned i, struct wb_dp_prefix *p)
{
	uint32_t ip = rte_cpu_to_be_32(10u << 24 | i << 10);

	*p = (struct wb_dp_prefix){ .family = 4, .len = 22 };
	memcpy(p->ip, &ip, sizeof(ip));
}

// n networks of 250 edges.
static struct wb_dp_snapshot *
many_networks(const struct wb_dp *dp, unsigned n)
{
	struct wb_dp_snapshot *s = wb_dp_snapshot_new(n);
	struct wb_dp_route r = { .to = WB_DP_TO_TUNNEL };

	snapshot_port(s, dp, UPLINK, "198.51.100.1/24");
	snapshot_port(s, dp, EGRESS, "10.0.0.1/32"); // in an edge's network
	for (unsigned i = 0; i < n; i++) {
		network_of(i, &r.prefix);
		r.tunnel = i % 250;
		wb_dp_snapshot_add(s, &r);
	}
	return s;
}

static void
ten_thousand_networks(void)
{
	struct wb_dp *dp = open_hub();
	unsigned wrong = 0;
	struct wb_dp_prefix p;
	struct dst d;

	wb_dp_set_snapshot(dp, many_networks(dp, NETWORKS));
	CU_ASSERT_EQUAL_FATAL(fib_now(dp)->snapshot->n_routes, NETWORKS);
	for (unsigned i = 0; i < NETWORKS; i++) {
		network_of(i, &p);
		p.ip[3] = 200;
		d = fib_lookup(fib_now(dp), 4, p.ip);
		wrong += d.kind != DST_TUNNEL || d.tunnel != i % 250;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	network_of(NETWORKS, &p);
	CU_ASSERT_EQUAL(fib_lookup(fib_now(dp), 4, p.ip).kind, DST_NO_ROUTE);
	memcpy(p.ip, (uint8_t[]){ 10, 0, 0, 1 }, 4);
	CU_ASSERT_EQUAL(fib_lookup(fib_now(dp), 4, p.ip).kind, DST_LOCAL);
	memcpy(p.ip, (uint8_t[]){ 198, 51, 100, 1 }, 4);
	CU_ASSERT_EQUAL(fib_lookup(fib_now(dp), 4, p.ip).kind, DST_LOCAL);
	dp_close(dp);
}

static void
table_is_kept(void)
{
	struct wb_dp *dp = open_hub();
	struct wb_dp_snapshot *s;
	const struct lpm *first;
	uint64_t generation;

	wb_dp_set_snapshot(dp, many_networks(dp, 300));
	first = fib_now(dp)->table->lpm;
	generation = fib_now(dp)->generation;
	// a neighbour has come, the routes are the same
	s = many_networks(dp, 300);
	snapshot_neighbour(s, UPLINK, "198.51.100.254", 9);
	wb_dp_set_snapshot(dp, s);
	CU_ASSERT_PTR_EQUAL(fib_now(dp)->table->lpm, first);
	CU_ASSERT_NOT_EQUAL(fib_now(dp)->generation, generation);
	CU_ASSERT_EQUAL(fib_now(dp)->table->users, 1);
	// one route less
	wb_dp_set_snapshot(dp, many_networks(dp, 299));
	CU_ASSERT_EQUAL(fib_now(dp)->table->users, 1);
	CU_ASSERT_FALSE(lpm_made_of(fib_now(dp)->table->lpm, NULL, 0));
	CU_ASSERT_EQUAL(fib_now(dp)->snapshot->n_routes, 299);
	// one too many: what was there stays
	wb_dp_set_snapshot(dp, many_networks(dp, WB_DP_ROUTES_MAX + 1));
	CU_ASSERT_EQUAL(fib_now(dp)->snapshot->n_routes, 299);
	dp_close(dp);
}

// ---- an edge's ways

static const struct {
	const char *ip;
	enum dst_kind kind;
	unsigned port;
	uint8_t mac; // last octet; 0: none
} ways[] = {
	/* 0 */ { "192.168.40.9/32", DST_PORT, 1, 9 },
	/* 1 */ { "192.168.40.10/32", DST_NO_NEIGHBOUR, 1, 0 },
	/* 2 */ { "192.168.40.1/32", DST_LOCAL, 0, 0 },
	/* 3 */ { "192.168.42.7/32", DST_PORT, 1, 60 },        // by the next hop's MAC
	/* 4 */ { "192.168.43.7/32", DST_NO_NEIGHBOUR, 1, 0 }, // the next hop's is missing
	/* 5 */ { "172.16.0.9/32", DST_DOWN, 2, 0 },
	/* 6 */ { "198.51.100.9/32", DST_KERNEL, 0, 0 }, // a WAN's network
	/* 7 */ { "8.8.8.8/32", DST_TUNNEL, 0, 0 },
	/* 8 */ { "2001:db8:40::9/128", DST_PORT, 1, 9 }, // no route: the port's own network
	/* 9 */ { "2001:db8:99::9/128", DST_NO_ROUTE, 0, 0 },
};

static void
snapshot_hop(struct wb_dp_snapshot *s, const char *prefix, const char *hop)
{
	struct wb_dp_route r = { .to = WB_DP_TO_PORT, .port = 1 };
	struct wb_dp_prefix at;

	parse_prefix(prefix, &r.prefix);
	parse_prefix(hop, &at);
	memcpy(r.next_hop, at.ip, sizeof(at.ip));
	wb_dp_snapshot_add(s, &r);
}

static void
ways_of_an_edge(void)
{
	struct wb_dp_conf conf = { 0 };
	struct wb_dp_route kernel = { .to = WB_DP_TO_KERNEL };
	struct wb_dp_snapshot *s;
	struct wb_dp *dp;

	wire_open(&conf, "wan0", WB_DP_WAN);
	wire_open(&conf, "lan0", WB_DP_LAN);
	wire_open(&conf, "lan1", WB_DP_LAN);
	dp = dp_open(&conf, WB_ROLE_EDGE);
	s = snapshot_new();
	snapshot_port(s, dp, 0, "198.51.100.1/24");
	snapshot_port(s, dp, 1, "192.168.40.1/24");
	snapshot_port(s, dp, 1, "2001:db8:40::1/64");
	snapshot_port(s, dp, 2, "172.16.0.1/24");
	s->ports[2].usable = false;
	parse_prefix("198.51.100.0/24", &kernel.prefix);
	wb_dp_snapshot_add(s, &kernel);
	snapshot_route(s, "0.0.0.0/0", 0, 0);
	snapshot_route(s, "192.168.40.0/24", 1, -1);
	snapshot_route(s, "192.168.40.0/24", 0, 0); // the first counts
	snapshot_hop(s, "192.168.42.0/24", "192.168.40.60/32");
	snapshot_hop(s, "192.168.43.0/24", "192.168.40.61/32");
	snapshot_neighbour(s, 1, "192.168.40.9", 9);
	snapshot_neighbour(s, 1, "192.168.40.60", 60);
	snapshot_neighbour(s, 1, "2001:db8:40::9", 9);
	wb_dp_set_snapshot(dp, s);
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct wb_dp_prefix p;
		struct dst d;

		parse_prefix(ways[i].ip, &p);
		d = fib_lookup(fib_now(dp), p.family, p.ip);
		if (d.kind != ways[i].kind)
			printf("row %u: kind %u\n", i, d.kind);
		CU_ASSERT_EQUAL(d.kind, ways[i].kind);
		if (ways[i].port != 0)
			CU_ASSERT_EQUAL(d.port, ways[i].port);
		if (ways[i].mac != 0 && d.kind == DST_PORT)
			CU_ASSERT_EQUAL(d.mac->addr_bytes[5], ways[i].mac);
	}
	dp_close(dp);
}

static const struct harness_test tests[] = {
	{ "longest prefix", longest_prefix },
	{ "empty table", empty_table },
	{ "memory by number", memory_by_number },
	{ "memory of a hub", memory_of_a_hub },
	{ "without memory", without_memory },
	{ "ten thousand networks", ten_thousand_networks },
	{ "table is kept", table_is_kept },
	{ "ways of an edge", ways_of_an_edge },
};

int
main(int argc, char **argv)
{
	int err;

	if (nodes_start(argc, argv) < 0)
		return 1;
	err = HARNESS_RUN("fib", tests);
	nodes_stop();
	return err;
}
