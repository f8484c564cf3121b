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
	struct ifinfomsg ifm = { .ifi_index = index, .ifi_flags = flags };
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

	begin(&k);
	l = kstate_link(&k, "wan1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT(l->up);
	CU_ASSERT_EQUAL(l->mtu, 1400);
	CU_ASSERT_EQUAL(l->mac[5], 1);
	// not watched
	CU_ASSERT_EQUAL(link_message(&k, RTM_NEWLINK, 8, "eth9", IFF_UP), 0);
	CU_ASSERT_PTR_NULL(kstate_link(&k, "eth9"));
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
	// other tables and kinds are no business of ours
	to_hub.table = 100;
	route_message(&k, RTM_NEWROUTE, 0, &to_hub);
	to_hub.table = RT_TABLE_MAIN;
	to_hub.type = RTN_BLACKHOLE;
	route_message(&k, RTM_NEWROUTE, 0, &to_hub);
	CU_ASSERT_EQUAL(k.routes.n, 2);
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
	{ "gone with its link", gone_with_its_link },
	{ "routes", routes },
	{ "neighbours", neighbours },
	{ "malformed", malformed },
	{ "prefixes", prefixes },
};

int
main(void)
{
	return HARNESS_RUN("kstate", tests);
}
