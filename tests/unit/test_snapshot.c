// SPDX-License-Identifier: BSD-3-Clause
// What the workers are told, from the kernel's tables and the configuration.
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "kstate.h"
#include "snapshot.h"

enum { LAN, WAN, WAN_GIVEN, TAP, PORTS };
enum { LAN_INDEX = 2, WAN_INDEX, GIVEN_INDEX, TAP_INDEX, OTHER_INDEX };

static struct wb_config conf;
static struct kstate kernel;
static struct snapshot_in in;

static void
add_link(int index, const char *name, bool up)
{
	struct k_link l = { .index = index, .mtu = 1500, .up = up };

	snprintf(l.name, sizeof(l.name), "%s", name);
	l.mac[5] = (uint8_t)index;
	kstate_link_seen(&kernel, &l);
}

static void
add_addr(int index, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	struct k_addr addr = { .index = index, .family = 4, .len = 24, .ip = { a, b, c, d } };

	kstate_addr_seen(&kernel, &addr);
}

static void
add_route(int index, uint8_t len, const char *dst, const char *gateway)
{
	struct k_route r = { .index = index, .family = 4, .len = len, .table = RT_TABLE_MAIN };

	memcpy(r.dst, dst, 4);
	r.has_gateway = gateway != NULL;
	if (gateway != NULL)
		memcpy(r.gateway, gateway, 4);
	kstate_route_seen(&kernel, &r);
}

static void
add_main_route(struct k_route r)
{
	r.family = r.family == 0 ? 4 : r.family;
	r.table = r.table == 0 ? RT_TABLE_MAIN : r.table;
	r.has_gateway = r.gateway[0] != 0;
	kstate_route_seen(&kernel, &r);
}

static void
add_neigh(int index, const char *ip)
{
	struct k_neigh n = { .index = index, .family = 4, .mac = { 2, 9 } };

	memcpy(n.ip, ip, 4);
	kstate_neigh_seen(&kernel, &n);
}

// An edge: a LAN, a WAN with the kernel's gateway, a WAN with a configured one, a TAP as second LAN.
static void
begin(void)
{
	static const char *const names[PORTS] = { "lan0", "wan1", "wan2", "tap0" };

	memset(&conf, 0, sizeof(conf));
	memset(&in, 0, sizeof(in));
	kstate_init(&kernel, 100);
	conf.role = WB_CONFIG_EDGE;
	conf.n_ports = in.n_ports = PORTS;
	memcpy(in.hub.ip, "\313\0\161\12", 4);
	in.hub.family = 4;
	conf.ports[WAN_GIVEN].gateway.family = 4;
	memcpy(conf.ports[WAN_GIVEN].gateway.ip, "\12\2\0\376", 4);
	in.conf = &conf;
	in.kernel = &kernel;
	for (unsigned i = 0; i < PORTS; i++) {
		in.ports[i].conf = &conf.ports[i];
		in.ports[i].use = i == WAN || i == WAN_GIVEN ? WB_DP_WAN : WB_DP_LAN;
		snprintf(in.ports[i].kernel_if, sizeof(in.ports[i].kernel_if), "%s", names[i]);
		kstate_watch(&kernel, names[i]);
		add_link(LAN_INDEX + (int)i, names[i], true);
	}
	in.ports[TAP].peer = true;
	add_addr(LAN_INDEX, 192, 168, 40, 1);
	add_addr(WAN_INDEX, 10, 1, 0, 2);
	add_addr(GIVEN_INDEX, 10, 9, 0, 7);
	add_addr(GIVEN_INDEX, 10, 2, 0, 2);
	add_addr(TAP_INDEX, 172, 16, 0, 5);
	add_addr(OTHER_INDEX, 172, 31, 0, 1);
	add_route(WAN_INDEX, 0, "\0\0\0\0", "\12\1\0\1");
	add_route(LAN_INDEX, 24, "\300\250\50\0", NULL);
	add_route(LAN_INDEX, 24, "\300\250\52\0", "\300\250\50\74");
	add_route(LAN_INDEX, 0, "\0\0\0\0", "\300\250\50\74");
	add_neigh(LAN_INDEX, "\300\250\50\74");
	add_neigh(WAN_INDEX, "\12\1\0\1");
}

static void
end(struct wb_dp_snapshot *s)
{
	free(s);
	kstate_free(&kernel);
}

static bool
is_local(const struct wb_dp_net_port *p, const char *ip)
{
	for (unsigned i = 0; i < p->n_addresses; i++)
		if (memcmp(p->addresses[i].ip, ip, 4) == 0)
			return true;
	return false;
}

static void
wans(void)
{
	struct wb_dp_snapshot *s;

	begin();
	s = snapshot_build(&in);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT(s->ports[WAN].usable);
	CU_ASSERT_EQUAL(memcmp(s->ports[WAN].source, "\12\1\0\2", 4), 0);
	CU_ASSERT_EQUAL(memcmp(s->ports[WAN].next_hop, "\12\1\0\1", 4), 0);
	CU_ASSERT_EQUAL(s->ports[WAN].mac[5], WAN_INDEX);
	// the address on the configured gateway's network, not simply the first
	CU_ASSERT(s->ports[WAN_GIVEN].usable);
	CU_ASSERT_EQUAL(memcmp(s->ports[WAN_GIVEN].source, "\12\2\0\2", 4), 0);
	CU_ASSERT_EQUAL(memcmp(s->ports[WAN_GIVEN].next_hop, "\12\2\0\376", 4), 0);
	end(s);
}

// What the snapshot says of a destination: the route of the longest prefix, of two the first.
enum where { NOWHERE, TUNNEL, KERNEL, TO_LAN };

static enum where
leads(const struct wb_dp_snapshot *s, const uint8_t *ip)
{
	const struct wb_dp_route *best = NULL;

	for (unsigned i = 0; i < s->n_routes; i++) {
		const struct wb_dp_route *r = &s->routes[i];

		if (r->prefix.family == 4 && kstate_prefix_holds(r->prefix.ip, r->prefix.len, ip) &&
			(best == NULL || r->prefix.len > best->prefix.len))
			best = r;
	}
	if (best == NULL)
		return NOWHERE;
	return best->to == WB_DP_TO_TUNNEL ? TUNNEL : best->to == WB_DP_TO_KERNEL ? KERNEL : TO_LAN;
}

#define LEADS(s, where, ...) CU_ASSERT_EQUAL(leads(s, (const uint8_t[]){ __VA_ARGS__ }), where)

static void
routes_of_an_edge(void)
{
	struct wb_dp_snapshot *s;

	begin();
	s = snapshot_build(&in);
	for (unsigned i = 0; i < s->n_routes; i++)
		CU_ASSERT_EQUAL(s->routes[i].prefix.len == 0, s->routes[i].to == WB_DP_TO_TUNNEL);
	LEADS(s, TO_LAN, 192, 168, 40, 9);
	LEADS(s, TO_LAN, 192, 168, 42, 9);
	LEADS(s, TUNNEL, 192, 168, 43, 9); // no default into a LAN
	LEADS(s, TUNNEL, 203, 0, 113, 10);
	end(s);
}

// Connected networks and the kernel's other routes come first (docs/config.md).
static void
connected_first(void)
{
	struct wb_dp_snapshot *s;

	begin();
	add_main_route(
		(struct k_route){ .index = WAN_INDEX, .len = 32, .dst = { 192, 168, 100, 1 } });
	add_main_route((struct k_route){ .index = OTHER_INDEX, .len = 16, .dst = { 172, 31 } });
	add_main_route((struct k_route){ .index = TAP_INDEX, .len = 24, .dst = { 172, 16 } });
	add_main_route((struct k_route){ .index = 0, .len = 8, .dst = { 11 } });
	s = snapshot_build(&in);
	LEADS(s, KERNEL, 10, 1, 0, 1);      // a WAN's own network, in no route: the modem
	LEADS(s, KERNEL, 192, 168, 100, 1); // Starlink's dish
	LEADS(s, KERNEL, 172, 31, 7, 7);    // an interface that is no port's
	LEADS(s, KERNEL, 11, 0, 0, 1);      // refused
	LEADS(s, TO_LAN, 172, 16, 0, 7);    // behind the TAP
	end(s);
}

static void
defaults_go_into_the_tunnel(void)
{
	static const uint8_t gateway[4] = { 10, 1, 0, 1 };
	struct k_route through_wan = { .index = WAN_INDEX };
	struct wb_dp_snapshot *s;

	begin();
	memcpy(through_wan.gateway, gateway, 4);
	through_wan.len = 1;
	add_main_route(through_wan);
	through_wan.dst[0] = 128;
	add_main_route(through_wan);
	through_wan.len = 32; // of our own datagrams
	memcpy(through_wan.dst, "\313\0\161\12", 4);
	add_main_route(through_wan);
	// a table that an "ip rule" leads to says nothing of a LAN's packets
	add_main_route((struct k_route){ .index = WAN_INDEX,
		.len = 8,
		.dst = { 100 },
		.table = 101,
		.gateway = { 10, 1, 0, 1 } });
	s = snapshot_build(&in);
	LEADS(s, TUNNEL, 198, 51, 100, 7);
	LEADS(s, TUNNEL, 8, 8, 8, 8);
	LEADS(s, TUNNEL, 203, 0, 113, 10);
	LEADS(s, TUNNEL, 100, 0, 0, 1);
	free(s);
	// but what somebody routes through a WAN is his decision
	through_wan.len = 24;
	memcpy(through_wan.dst, "\306\63\144\0", 4);
	add_main_route(through_wan);
	s = snapshot_build(&in);
	LEADS(s, KERNEL, 198, 51, 100, 7);
	end(s);
}

static void
least_metric_decides(void)
{
	struct wb_dp_snapshot *s;

	begin();
	add_main_route((struct k_route){ .index = LAN_INDEX,
		.len = 8,
		.dst = { 100 },
		.metric = 20,
		.gateway = { 192, 168, 40, 60 } });
	add_main_route(
		(struct k_route){ .index = OTHER_INDEX, .len = 8, .dst = { 100 }, .metric = 10 });
	s = snapshot_build(&in);
	LEADS(s, KERNEL, 100, 0, 0, 1);
	end(s);
}

static void
local_addresses(void)
{
	struct wb_dp_snapshot *s;
	bool tap_is_neighbour = false;

	begin();
	s = snapshot_build(&in);
	CU_ASSERT(is_local(&s->ports[LAN], "\300\250\50\1"));
	// the box answers LAN hosts on any of its addresses ...
	CU_ASSERT(is_local(&s->ports[LAN], "\254\37\0\1"));
	CU_ASSERT(is_local(&s->ports[LAN], "\12\1\0\2"));
	// ... but what is behind a TAP is a host like others
	CU_ASSERT_FALSE(is_local(&s->ports[LAN], "\254\20\0\5"));
	CU_ASSERT_FALSE(is_local(&s->ports[TAP], "\254\20\0\5"));
	for (unsigned i = 0; i < s->n_neighbours; i++)
		tap_is_neighbour |= s->neighbours[i].port == TAP &&
				    memcmp(s->neighbours[i].ip, "\254\20\0\5", 4) == 0 &&
				    s->neighbours[i].mac[5] == TAP_INDEX;
	CU_ASSERT(tap_is_neighbour);
	CU_ASSERT_EQUAL(s->n_neighbours, 3);
	// next hops stand first: they survive a table that is full
	CU_ASSERT_EQUAL(s->neighbours[0].port, WAN);
	end(s);
}

static const uint8_t *
mac_of(const struct wb_dp_snapshot *s, unsigned port, const char *ip)
{
	for (unsigned i = 0; i < s->n_neighbours; i++)
		if (s->neighbours[i].port == port && memcmp(s->neighbours[i].ip, ip, 4) == 0)
			return s->neighbours[i].mac;
	return NULL;
}

// The kernel may not get an answer of a next hop that takes what is sent to it.
static void
next_hop_is_remembered(void)
{
	struct k_neigh gone = { .index = WAN_INDEX, .family = 4, .ip = { 10, 1, 0, 1 } };
	struct k_neigh other = gone,
		       host = { .index = LAN_INDEX, .family = 4, .ip = { 192, 168, 40, 60 } };
	struct wb_dp_snapshot *s;

	begin();
	s = snapshot_build(&in);
	snapshot_remember(&in, s);
	free(s);
	kstate_neigh_gone(&kernel, &gone);
	kstate_neigh_gone(&kernel, &host);
	s = snapshot_build(&in);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mac_of(s, WAN, "\12\1\0\1"));
	CU_ASSERT_EQUAL(mac_of(s, WAN, "\12\1\0\1")[1], 9);
	CU_ASSERT_PTR_NULL(mac_of(s, 0, "\300\250\50\74")); // only next hops are
	snapshot_remember(&in, s);
	free(s);
	other.mac[1] = 7; // it has answered, and is another one
	kstate_neigh_seen(&kernel, &other);
	s = snapshot_build(&in);
	CU_ASSERT_EQUAL(mac_of(s, WAN, "\12\1\0\1")[1], 7);
	snapshot_remember(&in, s);
	free(s);
	kstate_neigh_gone(&kernel, &gone);
	add_link(WAN_INDEX, "wan1", false); // pulled out: who knows what it is put into
	s = snapshot_build(&in);
	snapshot_remember(&in, s);
	free(s);
	add_link(WAN_INDEX, "wan1", true);
	s = snapshot_build(&in);
	CU_ASSERT_PTR_NULL(mac_of(s, WAN, "\12\1\0\1"));
	end(s);
}

static void
says_why_not(void)
{
	struct wb_dp_snapshot *s;
	char why[96];

	begin();
	s = snapshot_build(&in);
	snapshot_why_not(&in, s, WAN, why, sizeof(why));
	CU_ASSERT_STRING_EQUAL(why, "");
	free(s);
	in.ports[WAN].no_link = true;
	conf.ports[WAN].vlan = 10;
	s = snapshot_build(&in);
	snapshot_why_not(&in, s, WAN, why, sizeof(why));
	CU_ASSERT_STRING_EQUAL(why, "its trunk has no link");
	conf.ports[WAN].vlan = 0;
	snapshot_why_not(&in, s, WAN, why, sizeof(why));
	CU_ASSERT_STRING_EQUAL(why, "its device has no link");
	in.ports[WAN].no_link = false;
	free(s);
	kernel.routes.n = 0;
	s = snapshot_build(&in);
	CU_ASSERT_FALSE(s->ports[WAN].usable);
	CU_ASSERT(s->ports[WAN_GIVEN].usable);
	snapshot_why_not(&in, s, WAN, why, sizeof(why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "gateway"));
	free(s);
	in.hub.family = 0;
	s = snapshot_build(&in);
	CU_ASSERT_FALSE(s->ports[WAN_GIVEN].usable);
	snapshot_why_not(&in, s, WAN_GIVEN, why, sizeof(why));
	CU_ASSERT_STRING_EQUAL(why, "no address of the hub is known yet");
	free(s);
	in.hub.family = 4;
	kernel.addrs.n = 0;
	s = snapshot_build(&in);
	snapshot_why_not(&in, s, WAN, why, sizeof(why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "IPv4 address"));
	free(s);
	add_link(WAN_INDEX, "wan1", false);
	s = snapshot_build(&in);
	snapshot_why_not(&in, s, WAN, why, sizeof(why));
	CU_ASSERT_STRING_EQUAL(why, "interface wan1 is down");
	free(s);
	kstate_link_gone(&kernel, WAN_INDEX);
	s = snapshot_build(&in);
	snapshot_why_not(&in, s, WAN, why, sizeof(why));
	CU_ASSERT_STRING_EQUAL(why, "interface wan1 does not exist");
	end(s);
}

static void
hub(void)
{
	struct wb_dp_snapshot *s;

	begin();
	conf.role = WB_CONFIG_HUB;
	conf.n_edges = 2;
	conf.edges[0].n_networks = conf.edges[1].n_networks = 1;
	conf.edges[0].networks = &(struct wb_config_prefix){ 4, 16, { 192, 168 } };
	conf.edges[1].networks = &(struct wb_config_prefix){ 4, 24, { 192, 168, 40 } };
	in.n_ports = 1;
	in.ports[0].use = WB_DP_UPLINK;
	snprintf(in.ports[0].kernel_if, sizeof(in.ports[0].kernel_if), "wan1");
	s = snapshot_build(&in);
	CU_ASSERT_EQUAL_FATAL(s->n_routes, 2);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(s->routes[i].to, WB_DP_TO_TUNNEL);
		CU_ASSERT_EQUAL(s->routes[i].tunnel, i);
	}
	CU_ASSERT(s->ports[0].usable);
	CU_ASSERT_EQUAL(memcmp(s->ports[0].next_hop, "\12\1\0\1", 4), 0);
	end(s);
}

// ppp0: the other end takes all, so it needs neither a MAC nor a gateway, and no route either.
static void
point_to_point(void)
{
	static const uint8_t made_up[6] = WB_DP_RAW_IP_MAC;
	struct k_link l = { .index = WAN_INDEX, .mtu = 1492, .up = true, .noarp = true };
	struct wb_dp_snapshot *s;

	begin();
	l.raw_ip = true;
	strcpy(l.name, "wan1");
	kstate_link_gone(&kernel, WAN_INDEX);
	kstate_link_seen(&kernel, &l);
	add_addr(WAN_INDEX, 10, 64, 64, 2);
	for (unsigned i = 0; i < 2; i++) {
		s = snapshot_build(&in);
		CU_ASSERT(s->ports[WAN].usable);
		CU_ASSERT(s->ports[WAN].no_arp);
		CU_ASSERT_FALSE(s->ports[WAN_GIVEN].no_arp);
		CU_ASSERT_EQUAL(s->ports[WAN].mtu, 1492);
		CU_ASSERT_EQUAL(memcmp(s->ports[WAN].mac, made_up, 6), 0);
		CU_ASSERT_EQUAL(memcmp(s->ports[WAN].source, "\12\100\100\2", 4), 0);
		CU_ASSERT_EQUAL(memcmp(s->ports[WAN].next_hop, in.hub.ip, 4), 0);
		free(s);
		add_route(WAN_INDEX, 0, "\0\0\0\0", NULL);
	}
	// a TAP of ours is one too, but its end is this machine's kernel, with a MAC
	l.index = TAP_INDEX;
	strcpy(l.name, "tap0");
	l.raw_ip = false;
	kstate_link_seen(&kernel, &l);
	s = snapshot_build(&in);
	CU_ASSERT_FALSE(s->ports[TAP].no_arp);
	end(s);
}

static void
full_tables(void)
{
	struct wb_dp_snapshot *s;

	begin();
	for (unsigned i = 0; i < WB_DP_ROUTES_MAX; i++) {
		const char dst[4] = { 100, (char)(i >> 8), (char)i, 0 };

		add_route(LAN_INDEX, 24, dst, NULL);
	}
	s = snapshot_build(&in);
	CU_ASSERT_EQUAL(s->n_routes, WB_DP_ROUTES_MAX);
	// the tunnel keeps its own
	CU_ASSERT_EQUAL(s->routes[0].to, WB_DP_TO_TUNNEL);
	CU_ASSERT_EQUAL(s->routes[1].to, WB_DP_TO_TUNNEL);
	end(s);
}

static const struct harness_test tests[] = {
	{ "wans", wans },
	{ "routes of an edge", routes_of_an_edge },
	{ "connected first", connected_first },
	{ "defaults go into the tunnel", defaults_go_into_the_tunnel },
	{ "least metric decides", least_metric_decides },
	{ "local addresses", local_addresses },
	{ "a next hop is remembered", next_hop_is_remembered },
	{ "says why not", says_why_not },
	{ "hub", hub },
	{ "point to point", point_to_point },
	{ "full tables", full_tables },
};

int
main(void)
{
	return HARNESS_RUN("snapshot", tests);
}
