// SPDX-License-Identifier: BSD-3-Clause
// before linux/if.h, which then leaves out what both define
#include <net/if.h>

#include "nl_parse.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kstate.h"
#include "wb_kport.h"

#define ATTRS 64 // more than any of the four message kinds has that is read here
#define NUD_HAS_MAC (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)

struct attrs {
	const struct nlattr *a[ATTRS];
};

static int
collect(const struct nlattr *attr, void *data)
{
	struct attrs *t = data;

	if (mnl_attr_get_type(attr) < ATTRS)
		t->a[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static uint8_t
family_of(uint8_t af)
{
	return af == AF_INET ? 4 : af == AF_INET6 ? 6 : 0;
}

// Copies an address attribute. Returns false if it is missing or has another length.
static bool
take_ip(const struct nlattr *a, uint8_t family, uint8_t ip[16])
{
	size_t len = family == 4 ? 4 : 16;

	if (a == NULL || mnl_attr_get_payload_len(a) != len)
		return false;
	memcpy(ip, mnl_attr_get_payload(a), len);
	return true;
}

static bool
take_u32(const struct nlattr *a, uint32_t *v)
{
	if (a == NULL || mnl_attr_get_payload_len(a) != sizeof(*v))
		return false;
	memcpy(v, mnl_attr_get_payload(a), sizeof(*v));
	return true;
}

static int
parse_link(struct kstate *k, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	struct attrs t = { 0 };
	struct k_link l = { 0 };
	const struct k_link *old;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*ifm) || ifm->ifi_family == AF_BRIDGE)
		return 0;
	mnl_attr_parse(nlh, sizeof(*ifm), collect, &t);
	l.index = ifm->ifi_index;
	if (nlh->nlmsg_type == RTM_DELLINK) {
		kstate_link_gone(k, l.index);
		return 0;
	}
	if (t.a[IFLA_IFNAME] == NULL)
		return -EINVAL;
	strncpy(l.name, mnl_attr_get_str(t.a[IFLA_IFNAME]), sizeof(l.name) - 1);
	if (t.a[IFLA_ADDRESS] != NULL && mnl_attr_get_payload_len(t.a[IFLA_ADDRESS]) == 6)
		memcpy(l.mac, mnl_attr_get_payload(t.a[IFLA_ADDRESS]), 6);
	if (t.a[IFLA_IFALIAS] != NULL)
		strncpy(l.alias, mnl_attr_get_str(t.a[IFLA_IFALIAS]), sizeof(l.alias) - 1);
	take_u32(t.a[IFLA_MTU], &l.mtu);
	l.up = (ifm->ifi_flags & IFF_UP) != 0 && (ifm->ifi_flags & IFF_LOWER_UP) != 0;
	l.raw_ip = wb_kport_is_raw_ip(ifm->ifi_type);
	l.noarp = (ifm->ifi_flags & IFF_NOARP) != 0 || l.raw_ip;
	old = kstate_link_index(k, l.index);
	// a new link's addresses, and routes that follow a link's state, have no events
	bool more = old == NULL || old->up != l.up;

	bool routes = kstate_has_routes(k, l.index);

	if (kstate_link_seen(k, &l) < 0)
		return 1;
	return more && (routes || kstate_watches(k, l.index)) ? 1 : 0;
}

static int
parse_addr(struct kstate *k, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct attrs t = { 0 };
	struct k_addr a = { 0 };

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*ifa))
		return -EINVAL;
	a.family = family_of(ifa->ifa_family);
	if (a.family == 0)
		return 0;
	mnl_attr_parse(nlh, sizeof(*ifa), collect, &t);
	// on a point-to-point link IFA_ADDRESS is the other end's
	if (!take_ip(t.a[IFA_LOCAL], a.family, a.ip) && !take_ip(t.a[IFA_ADDRESS], a.family, a.ip))
		return -EINVAL;
	a.index = (int)ifa->ifa_index;
	a.len = ifa->ifa_prefixlen;
	a.scope = ifa->ifa_scope;
	if (nlh->nlmsg_type == RTM_NEWADDR) {
		kstate_addr_seen(k, &a);
		return 0;
	}
	kstate_addr_gone(k, &a);
	// its routes vanish without events
	return kstate_watches(k, a.index) || kstate_has_routes(k, a.index) ? 1 : 0;
}

static int
route_event(struct kstate *k, const struct nlmsghdr *nlh, const struct k_route *r, bool first)
{
	if (nlh->nlmsg_type == RTM_DELROUTE)
		kstate_route_gone(k, r);
	else if ((nlh->nlmsg_flags & NLM_F_REPLACE) != 0 && first)
		return kstate_route_replaced(k, r);
	else
		kstate_route_seen(k, r);
	return 0;
}

static int
route_multipath(
	struct kstate *k, const struct nlmsghdr *nlh, const struct nlattr *hops, struct k_route *r)
{
	const struct rtnexthop *nh = mnl_attr_get_payload(hops);
	int left = mnl_attr_get_payload_len(hops), anew = 0;

	while (left >= (int)sizeof(*nh) && nh->rtnh_len >= sizeof(*nh) && nh->rtnh_len <= left) {
		struct attrs t = { 0 };

		mnl_attr_parse_payload(
			(const char *)nh + sizeof(*nh), nh->rtnh_len - sizeof(*nh), collect, &t);
		r->index = nh->rtnh_ifindex;
		memset(r->gateway, 0, sizeof(r->gateway));
		r->has_gateway = take_ip(t.a[RTA_GATEWAY], r->family, r->gateway);
		anew |= route_event(k, nlh, r, nh == mnl_attr_get_payload(hops));
		left -= (int)MNL_ALIGN(nh->rtnh_len);
		nh = (const void *)((const char *)nh + MNL_ALIGN(nh->rtnh_len));
	}
	return anew;
}

static bool
is_refusal(uint8_t type)
{
	return type == RTN_UNREACHABLE || type == RTN_BLACKHOLE || type == RTN_PROHIBIT;
}

static int
parse_route(struct kstate *k, const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct attrs t = { 0 };
	struct k_route r = { 0 };
	uint32_t index = 0;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*rtm))
		return -EINVAL;
	r.family = family_of(rtm->rtm_family);
	if (r.family == 0 || (rtm->rtm_type != RTN_UNICAST && !is_refusal(rtm->rtm_type)) ||
		(rtm->rtm_flags & RTM_F_CLONED) != 0)
		return 0;
	mnl_attr_parse(nlh, sizeof(*rtm), collect, &t);
	r.table = rtm->rtm_table;
	take_u32(t.a[RTA_TABLE], &r.table);
	if (r.table == RT_TABLE_LOCAL)
		return 0;
	r.len = rtm->rtm_dst_len;
	if (r.len != 0 && !take_ip(t.a[RTA_DST], r.family, r.dst))
		return -EINVAL;
	take_u32(t.a[RTA_PRIORITY], &r.metric);
	if (t.a[RTA_MULTIPATH] != NULL)
		return route_multipath(k, nlh, t.a[RTA_MULTIPATH], &r);
	take_u32(t.a[RTA_OIF], &index);
	r.index = is_refusal(rtm->rtm_type) ? 0 : (int)index; // an IPv6 one names lo
	r.has_gateway = take_ip(t.a[RTA_GATEWAY], r.family, r.gateway);
	return route_event(k, nlh, &r, true);
}

static int
parse_neigh(struct kstate *k, const struct nlmsghdr *nlh)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	struct attrs t = { 0 };
	struct k_neigh n = { 0 };
	const struct nlattr *mac;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*ndm))
		return -EINVAL;
	n.family = family_of(ndm->ndm_family);
	if (n.family == 0 || (ndm->ndm_flags & NTF_PROXY) != 0)
		return 0;
	mnl_attr_parse(nlh, sizeof(*ndm), collect, &t);
	if (!take_ip(t.a[NDA_DST], n.family, n.ip))
		return -EINVAL;
	n.index = ndm->ndm_ifindex;
	n.state = ndm->ndm_state;
	mac = t.a[NDA_LLADDR];
	if (nlh->nlmsg_type == RTM_DELNEIGH || (ndm->ndm_state & NUD_HAS_MAC) == 0 || mac == NULL ||
		mnl_attr_get_payload_len(mac) != 6) {
		kstate_neigh_gone(k, &n);
		return 0;
	}
	memcpy(n.mac, mnl_attr_get_payload(mac), 6);
	kstate_neigh_seen(k, &n);
	return 0;
}

int
nl_parse(struct kstate *k, const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return parse_link(k, nlh);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return parse_addr(k, nlh);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return parse_route(k, nlh);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return parse_neigh(k, nlh);
	default:
		return 0;
	}
}
