// SPDX-License-Identifier: BSD-3-Clause
// The kernel's tables, from the messages that fill them.
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "harness.h"
#include "kstate.h"
#include "nl_parse.h"

static char buf[1024];

static struct nlmsghdr *
message(uint16_t type, uint16_t flags, const void *extra, size_t len)
{
	struct nlmsghdr *nlh;

	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	memcpy(mnl_nlmsg_put_extra_header(nlh, len), extra, len);
	return nlh;
}

static int
link_message(struct kstate *k, uint16_t type, int index, const char *name, unsigned flags)
{
	struct ifinfomsg ifm = { .ifi_type = 1, .ifi_index = index, .ifi_flags = flags };
	struct nlmsghdr *nlh = message(type, 0, &ifm, sizeof(ifm));

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, "\2\0\0\0\0\1");
	mnl_attr_put_u32(nlh, IFLA_MTU, 1400);
	return nl_parse(k, nlh);
}

static int
addr_message(struct kstate *k, uint16_t type, unsigned index, const uint8_t ip[4])
{
	struct ifaddrmsg ifa = { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = index };
	struct nlmsghdr *nlh = message(type, 0, &ifa, sizeof(ifa));

	mnl_attr_put(nlh, IFA_LOCAL, 4, ip);
	return nl_parse(k, nlh);
}

struct route {
	const char *dst, *gateway; // 4 bytes each, NULL: none
	uint8_t len, type;
	uint32_t table, oif, metric;
};

static int
route_message(struct kstate *k, uint16_t type, uint16_t flags, const struct route *r)
{
	struct rtmsg rtm = {
		.rtm_family = AF_INET,
		.rtm_dst_len = r->len,
		.rtm_table = RT_TABLE_UNSPEC,
		.rtm_type = r->type,
	};
	struct nlmsghdr *nlh = message(type, flags, &rtm, sizeof(rtm));

	mnl_attr_put_u32(nlh, RTA_TABLE, r->table);
	mnl_attr_put_u32(nlh, RTA_OIF, r->oif);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, r->metric);
	if (r->dst != NULL)
		mnl_attr_put(nlh, RTA_DST, 4, r->dst);
	if (r->gateway != NULL)
		mnl_attr_put(nlh, RTA_GATEWAY, 4, r->gateway);
	return nl_parse(k, nlh);
}

static int
neigh_message(struct kstate *k, uint16_t type, int index, const char *ip, uint16_t state)
{
	struct ndmsg ndm = { .ndm_family = AF_INET, .ndm_ifindex = index, .ndm_state = state };
	struct nlmsghdr *nlh = message(type, 0, &ndm, sizeof(ndm));

	mnl_attr_put(nlh, NDA_DST, 4, ip);
	if (state != NUD_FAILED)
		mnl_attr_put(nlh, NDA_LLADDR, 6, "\2\0\0\0\0\2");
	return nl_parse(k, nlh);
}

static void
begin(struct kstate *k)
{
	kstate_init(k, 3);
	CU_ASSERT_EQUAL(kstate_watch(k, "wan1"), 0);
	link_message(k, RTM_NEWLINK, 7, "wan1", IFF_UP | 1 << 16);
}

static void
links(void)
{
	struct kstate k;
	const struct k_link *l;
	uint64_t before;

	begin(&k);
	l = kstate_link(&k, "wan1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT(l->up);
	CU_ASSERT_EQUAL(l->mtu, 1400);
	CU_ASSERT_EQUAL(l->mac[5], 1);
	// not watched: no port's, and no news for a snapshot
	before = k.generation;
	CU_ASSERT_EQUAL(link_message(&k, RTM_NEWLINK, 8, "eth9", IFF_UP), 0);
	CU_ASSERT_FALSE(kstate_watches(&k, 8));
	CU_ASSERT_EQUAL(k.generation, before);
	// nothing new, then down: routes may have gone silently, so all is to be read anew
	CU_ASSERT_EQUAL(link_message(&k, RTM_NEWLINK, 7, "wan1", IFF_UP | 1 << 16), 0);
	CU_ASSERT_EQUAL(link_message(&k, RTM_NEWLINK, 7, "wan1", IFF_UP), 1);
	CU_ASSERT_FALSE(kstate_link(&k, "wan1")->up);
	// a rename takes it out of sight
	link_message(&k, RTM_NEWLINK, 7, "other", IFF_UP);
	CU_ASSERT_PTR_NULL(kstate_link(&k, "wan1"));
	// it comes back with another index
	CU_ASSERT_EQUAL(link_message(&k, RTM_NEWLINK, 9, "wan1", IFF_UP), 1);
	CU_ASSERT_EQUAL(kstate_link(&k, "wan1")->index, 9);
	kstate_free(&k);
}

// PPP, a modem in raw-IP mode, a TUN: no Ethernet, so no MAC to ask for, whatever the flags say.
static void
links_without_ethernet(void)
{
	static const struct {
		uint16_t type;
		unsigned flags;
		bool raw_ip, noarp;
	} rows[] = {
		/* 0 */ { 1, IFF_UP, false, false },
		/* 1 */ { 1, IFF_UP | IFF_NOARP, false, true }, // a modem in Ethernet mode
		/* 2 */ { 512, IFF_UP | IFF_NOARP | IFF_POINTOPOINT, true, true }, // PPP
		/* 3 */ { 519, IFF_UP, true, true },                               // RAWIP
		/* 4 */ { 0xfffe, IFF_UP, true, true },                            // NONE
		/* 5 */ { 772, IFF_UP | IFF_LOOPBACK, false, false },
	};
	struct kstate k;

	begin(&k);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ifinfomsg ifm = {
			.ifi_type = rows[i].type, .ifi_index = 7, .ifi_flags = rows[i].flags
		};
		struct nlmsghdr *nlh = message(RTM_NEWLINK, 0, &ifm, sizeof(ifm));

		mnl_attr_put_strz(nlh, IFLA_IFNAME, "wan1");
		nl_parse(&k, nlh);
		CU_ASSERT_EQUAL(kstate_link(&k, "wan1")->raw_ip, rows[i].raw_ip);
		CU_ASSERT_EQUAL(kstate_link(&k, "wan1")->noarp, rows[i].noarp);
	}
	kstate_free(&k);
}

static void
gone_with_its_link(void)
{
	static const uint8_t ip[4] = { 10, 0, 0, 2 };
	const struct route r = { .len = 0,
		.type = RTN_UNICAST,
		.table = RT_TABLE_MAIN,
		.oif = 7,
		.gateway = "\12\0\0\1" };
	struct kstate k;
	uint64_t before;

	begin(&k);
	addr_message(&k, RTM_NEWADDR, 7, ip);
	route_message(&k, RTM_NEWROUTE, 0, &r);
	neigh_message(&k, RTM_NEWNEIGH, 7, "\12\0\0\1", NUD_REACHABLE);
	CU_ASSERT_EQUAL(k.addrs.n, 1);
	CU_ASSERT_EQUAL(k.routes.n, 1);
	CU_ASSERT_EQUAL(k.neighs.n, 1);
	before = k.generation;
	link_message(&k, RTM_DELLINK, 7, "wan1", 0);
	CU_ASSERT(k.generation > before);
	CU_ASSERT_EQUAL(k.links.n + k.addrs.n + k.routes.n + k.neighs.n, 0);
	kstate_free(&k);
}

static void
routes(void)
{
	static const uint8_t hub[16] = { 203, 0, 113, 10 };
	struct route r = { .type = RTN_UNICAST,
		.table = RT_TABLE_MAIN,
		.oif = 7,
		.metric = 20,
		.gateway = "\12\0\0\1" };
	struct route to_hub = r;
	struct kstate k;

	begin(&k);
	CU_ASSERT_PTR_NULL(kstate_route_to(&k, 7, 4, hub));
	route_message(&k, RTM_NEWROUTE, 0, &r);
	r.metric = 10;
	r.gateway = "\12\0\0\3";
	route_message(&k, RTM_NEWROUTE, 0, &r);
	CU_ASSERT_EQUAL(kstate_route_to(&k, 7, 4, hub)->gateway[3], 3); // least metric
	CU_ASSERT_PTR_NULL(kstate_route_to(&k, 8, 4, hub));
	to_hub.dst = "\313\0\161\0";
	to_hub.len = 24;
	to_hub.metric = 99;
	to_hub.gateway = "\12\0\0\4";
	route_message(&k, RTM_NEWROUTE, 0, &to_hub);
	CU_ASSERT_EQUAL(kstate_route_to(&k, 7, 4, hub)->gateway[3], 4); // most specific
	to_hub.gateway = "\12\0\0\5";
	route_message(&k, RTM_NEWROUTE, NLM_F_REPLACE, &to_hub);
	CU_ASSERT_EQUAL(kstate_route_to(&k, 7, 4, hub)->gateway[3], 5);
	CU_ASSERT_EQUAL(k.routes.n, 3);
	route_message(&k, RTM_DELROUTE, 0, &to_hub);
	CU_ASSERT_EQUAL(kstate_route_to(&k, 7, 4, hub)->gateway[3], 3);
	// what is no route
	to_hub.type = RTN_LOCAL;
	to_hub.table = RT_TABLE_LOCAL;
	route_message(&k, RTM_NEWROUTE, 0, &to_hub);
	CU_ASSERT_EQUAL(k.routes.n, 2);
	kstate_free(&k);
}

// A WAN's default route may stand in a table that only an "ip rule" leads to (networkd's RouteTable=).
static void
policy_tables(void)
{
	static const uint8_t hub[16] = { 203, 0, 113, 10 };
	struct route r = {
		.type = RTN_UNICAST, .table = 1001, .oif = 7, .metric = 1, .gateway = "\12\0\0\1"
	};
	struct route main_table = r;
	struct kstate k;

	begin(&k);
	route_message(&k, RTM_NEWROUTE, 0, &r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(kstate_route_to(&k, 7, 4, hub));
	// DHCP gives another gateway
	r.gateway = "\12\0\0\2";
	route_message(&k, RTM_NEWROUTE, NLM_F_REPLACE, &r);
	CU_ASSERT_EQUAL(kstate_route_to(&k, 7, 4, hub)->gateway[3], 2);
	CU_ASSERT_EQUAL(k.routes.n, 1);
	// the main table's goes before, whatever its metric
	main_table.table = RT_TABLE_MAIN;
	main_table.metric = 400;
	main_table.gateway = "\12\0\0\3";
	route_message(&k, RTM_NEWROUTE, 0, &main_table);
	CU_ASSERT_EQUAL(kstate_route_to(&k, 7, 4, hub)->gateway[3], 3);
	// one table's route takes no other table's place
	main_table.metric = r.metric;
	route_message(&k, RTM_NEWROUTE, NLM_F_REPLACE, &main_table);
	CU_ASSERT_EQUAL(k.routes.n, 3);
	main_table.metric = 400;
	route_message(&k, RTM_DELROUTE, 0, &main_table);
	main_table.metric = r.metric;
	route_message(&k, RTM_DELROUTE, 0, &main_table);
	CU_ASSERT_EQUAL(kstate_route_to(&k, 7, 4, hub)->gateway[3], 2);
	// of interfaces that are no port's, other tables are nobody's business
	r.oif = 8;
	route_message(&k, RTM_NEWROUTE, 0, &r);
	CU_ASSERT_EQUAL(k.routes.n, 1);
	kstate_free(&k);
}

// `ip route replace default nexthop ... nexthop ...`: the second hop does not take the first one's place.
static void
multipath(void)
{
	static const uint8_t hub[16] = { 203, 0, 113, 10 };
	struct rtmsg rtm = {
		.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST
	};
	struct rtnexthop nh = { .rtnh_len = sizeof(nh) };
	struct nlmsghdr *nlh;
	struct nlattr *hops;
	struct kstate k;

	begin(&k);
	kstate_watch(&k, "wan2");
	link_message(&k, RTM_NEWLINK, 8, "wan2", IFF_UP | 1 << 16);
	nlh = message(RTM_NEWROUTE, NLM_F_REPLACE, &rtm, sizeof(rtm));
	hops = mnl_attr_nest_start(nlh, RTA_MULTIPATH);
	for (int index = 7; index <= 8; index++) {
		nh.rtnh_ifindex = index;
		memcpy(mnl_nlmsg_get_payload_tail(nlh), &nh, sizeof(nh));
		nlh->nlmsg_len += sizeof(nh);
	}
	mnl_attr_nest_end(nlh, hops);
	nl_parse(&k, nlh);
	CU_ASSERT_PTR_NOT_NULL(kstate_route_to(&k, 7, 4, hub));
	CU_ASSERT_PTR_NOT_NULL(kstate_route_to(&k, 8, 4, hub));
	kstate_free(&k);
}

// A provider's whole table fills no memory, and takes no time that grows with its square.
static void
many_routes(void)
{
	struct route r = { .type = RTN_UNICAST, .table = RT_TABLE_MAIN, .oif = 7, .len = 24 };
	struct kstate k;

	begin(&k);
	kstate_clear(&k);
	link_message(&k, RTM_NEWLINK, 7, "wan1", IFF_UP | 1 << 16);
	for (unsigned i = 0; i < 10 * KSTATE_ROUTES_MAX; i++) {
		const char dst[4] = { 100, (char)(i >> 16), (char)(i >> 8), (char)i };

		r.dst = dst;
		route_message(&k, RTM_NEWROUTE, 0, &r);
	}
	kstate_read(&k);
	CU_ASSERT_EQUAL(k.routes.n, KSTATE_ROUTES_MAX);
	CU_ASSERT(k.too_many);
	kstate_clear(&k);
	CU_ASSERT_FALSE(k.too_many);
	kstate_free(&k);
}

// Where the kernel itself would forward a LAN's packet: any interface's routes, and refusals.
static void
routes_of_others(void)
{
	struct route r = { .type = RTN_UNICAST,
		.table = RT_TABLE_MAIN,
		.oif = 8,
		.dst = "\254\21\0\0",
		.len = 16 };
	struct kstate k;
	uint64_t before;

	begin(&k);
	link_message(&k, RTM_NEWLINK, 8, "docker0", IFF_UP | 1 << 16);
	before = k.routing;
	route_message(&k, RTM_NEWROUTE, 0, &r);
	CU_ASSERT_EQUAL(k.routes.n, 1);
	CU_ASSERT(k.routing > before);
	// its routes go silently with its link
	CU_ASSERT_EQUAL(link_message(&k, RTM_NEWLINK, 8, "docker0", IFF_UP), 1);
	link_message(&k, RTM_DELLINK, 8, "docker0", 0);
	CU_ASSERT_EQUAL(k.routes.n, 0);
	CU_ASSERT_EQUAL(link_message(&k, RTM_NEWLINK, 9, "veth1", IFF_UP | 1 << 16), 0);
	CU_ASSERT_EQUAL(link_message(&k, RTM_NEWLINK, 9, "veth1", IFF_UP), 0); // it has none
	r.type = RTN_UNREACHABLE;
	r.oif = 0;
	route_message(&k, RTM_NEWROUTE, 0, &r);
	CU_ASSERT_EQUAL(k.routes.n, 1);
	r.type = RTN_BLACKHOLE;
	route_message(&k, RTM_NEWROUTE, NLM_F_REPLACE, &r);
	CU_ASSERT_EQUAL(k.routes.n, 1);
	route_message(&k, RTM_DELROUTE, 0, &r);
	CU_ASSERT_EQUAL(k.routes.n, 0);
	kstate_free(&k);
}

// Two modems of one make: one network on two interfaces. The kernel replaces the first of them only.
static void
same_network_twice(void)
{
	struct route r = { .type = RTN_UNICAST,
		.table = RT_TABLE_MAIN,
		.oif = 7,
		.dst = "\300\250\14\0",
		.len = 24 };
	struct kstate k;

	begin(&k);
	kstate_watch(&k, "wan2");
	link_message(&k, RTM_NEWLINK, 8, "wan2", IFF_UP | 1 << 16);
	route_message(&k, RTM_NEWROUTE, 0, &r);
	r.oif = 8;
	route_message(&k, RTM_NEWROUTE, 0, &r);
	CU_ASSERT_EQUAL(k.routes.n, 2);
	// which of them went, only a new reading can tell
	CU_ASSERT_EQUAL(route_message(&k, RTM_NEWROUTE, NLM_F_REPLACE, &r), 1);
	kstate_free(&k);
}

static void
neighbours(void)
{
	static const uint8_t ip[16] = { 10, 0, 0, 1 };
	struct kstate k;
	uint64_t before;

	begin(&k);
	neigh_message(&k, RTM_NEWNEIGH, 7, "\12\0\0\1", NUD_REACHABLE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(kstate_neigh(&k, 7, 4, ip));
	before = k.generation;
	neigh_message(&k, RTM_NEWNEIGH, 7, "\12\0\0\1", NUD_STALE);
	CU_ASSERT_EQUAL(kstate_neigh(&k, 7, 4, ip)->state, NUD_STALE);
	CU_ASSERT_EQUAL(k.generation, before); // same MAC: no news for a snapshot
	neigh_message(&k, RTM_NEWNEIGH, 7, "\12\0\0\1", NUD_FAILED);
	CU_ASSERT_PTR_NULL(kstate_neigh(&k, 7, 4, ip));
	CU_ASSERT(k.generation > before);
	// bounded: a LAN full of made-up hosts takes no memory without end
	for (char i = 1; i < 20; i++)
		neigh_message(&k, RTM_NEWNEIGH, 7, (const char[]){ 10, 0, 1, i }, NUD_STALE);
	CU_ASSERT_EQUAL(k.neighs.n, 3);
	kstate_free(&k);
}

static void
malformed(void)
{
	struct ndmsg ndm = { .ndm_family = AF_INET, .ndm_ifindex = 7, .ndm_state = NUD_STALE };
	struct rtmsg rtm = { .rtm_family = AF_INET, .rtm_dst_len = 24, .rtm_type = RTN_UNICAST };
	struct nlmsghdr *nlh;
	struct kstate k;

	begin(&k);
	nlh = message(RTM_NEWNEIGH, 0, &ndm, sizeof(ndm));
	mnl_attr_put(nlh, NDA_DST, 3, "\12\0\0");
	CU_ASSERT(nl_parse(&k, nlh) < 0);
	rtm.rtm_table = RT_TABLE_MAIN;
	CU_ASSERT(nl_parse(&k, message(RTM_NEWROUTE, 0, &rtm, sizeof(rtm))) < 0); // no RTA_DST
	nlh = message(RTM_NEWADDR, 0, &ndm, 2);
	nlh->nlmsg_len = NLMSG_HDRLEN + 2;
	CU_ASSERT(nl_parse(&k, nlh) < 0);
	CU_ASSERT_EQUAL(k.addrs.n + k.routes.n + k.neighs.n, 0);
	kstate_free(&k);
}

static void
prefixes(void)
{
	static const uint8_t net[4] = { 192, 168, 40, 0 };

	CU_ASSERT(kstate_prefix_holds(net, 24, (const uint8_t[]){ 192, 168, 40, 255 }));
	CU_ASSERT_FALSE(kstate_prefix_holds(net, 24, (const uint8_t[]){ 192, 168, 41, 0 }));
	CU_ASSERT(kstate_prefix_holds(net, 23, (const uint8_t[]){ 192, 168, 41, 0 }));
	CU_ASSERT_FALSE(kstate_prefix_holds(net, 23, (const uint8_t[]){ 192, 168, 42, 0 }));
	CU_ASSERT(kstate_prefix_holds(net, 0, (const uint8_t[]){ 1, 2, 3, 4 }));
	CU_ASSERT_FALSE(kstate_prefix_holds(net, 32, (const uint8_t[]){ 192, 168, 40, 1 }));
}

static const struct harness_test tests[] = {
	{ "links", links },
	{ "links without Ethernet", links_without_ethernet },
	{ "gone with its link", gone_with_its_link },
	{ "routes", routes },
	{ "policy tables", policy_tables },
	{ "multipath", multipath },
	{ "many routes", many_routes },
	{ "routes of others", routes_of_others },
	{ "same network twice", same_network_twice },
	{ "neighbours", neighbours },
	{ "malformed", malformed },
	{ "prefixes", prefixes },
};

int
main(void)
{
	return HARNESS_RUN("kstate", tests);
}
