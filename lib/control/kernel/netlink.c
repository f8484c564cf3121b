// SPDX-License-Identifier: BSD-3-Clause
// Reads events and dumps of rtnetlink into a kstate, and sends requests.
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "kstate.h"
#include "log.h"
#include "netlink_private.h"
#include "nl_parse.h"

#define REQUEST_TIMEOUT_S 2

struct netlink {
	struct mnl_socket *events;  // multicast groups, not blocking
	struct mnl_socket *request; // dumps and changes, blocking
	struct kstate *k;
	uint32_t seq;
	bool resync; // an event implies changes that have no events: read all anew
	bool told;   // the log has been told that there are too many routes
};

static int
on_message(const struct nlmsghdr *nlh, void *data)
{
	struct netlink *nl = data;

	if (nl_parse(nl->k, nlh) > 0)
		nl->resync = true;
	return MNL_CB_OK;
}

static struct mnl_socket *
open_socket(unsigned groups, int flags)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, flags | SOCK_CLOEXEC);
	int size = 1 << 20;

	if (s == NULL)
		return NULL;
	if (mnl_socket_bind(s, groups, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(s);
		return NULL;
	}
	// room for a burst of events, such as a provider's whole routing table
	setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return s;
}

int
netlink_exchange(struct netlink *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	unsigned port = mnl_socket_get_portid(nl->request);
	char buf[16384];
	ssize_t n;
	int r;

	nlh->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->request, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl->request, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		r = mnl_cb_run(buf, (size_t)n, nl->seq, port, cb, data);
		if (r < 0 && errno == EPROTO)
			r = MNL_CB_OK; // a late answer to a request that timed out
	} while (r > MNL_CB_STOP);
	return r < 0 ? -errno : 0;
}

void *
netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, size_t header)
{
	memset(r, 0, sizeof(*r));
	r->nlh = mnl_nlmsg_put_header(r->buf);
	r->nlh->nlmsg_type = type;
	r->nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	return mnl_nlmsg_put_extra_header(r->nlh, header);
}

int
netlink_change(struct netlink *nl, struct netlink_request *r)
{
	r->nlh->nlmsg_flags |= NLM_F_ACK;
	return netlink_exchange(nl, r->nlh, NULL, NULL);
}

static int
dump(struct netlink *nl, uint16_t type, uint8_t family)
{
	struct netlink_request r;
	// each of ifinfomsg, ifaddrmsg, rtmsg and ndmsg begins with the family
	uint8_t *header = netlink_begin(&r, type, NLM_F_DUMP, sizeof(struct ifinfomsg));

	*header = family;
	return netlink_exchange(nl, r.nlh, on_message, nl);
}

static int
dump_all(struct netlink *nl)
{
	static const struct {
		uint16_t type;
		uint8_t family;
	} dumps[] = {
		{ RTM_GETLINK, AF_UNSPEC }, // first, as links decide what else is kept
		{ RTM_GETADDR, AF_INET },
		{ RTM_GETADDR, AF_INET6 },
		{ RTM_GETROUTE, AF_INET },
		{ RTM_GETROUTE, AF_INET6 },
		{ RTM_GETNEIGH, AF_INET },
		{ RTM_GETNEIGH, AF_INET6 },
	};

	int r = 0;

	kstate_clear(nl->k);
	for (unsigned i = 0; r == 0 && i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		r = dump(nl, dumps[i].type, dumps[i].family);
		// a kernel without IPv6 refuses to list any
		if (dumps[i].family == AF_INET6 && r == -EOPNOTSUPP)
			r = 0;
	}
	kstate_read(nl->k);
	if (nl->k->too_many && !nl->told)
		ctl_warn("the kernel has more than %u routes: the others are ignored",
			KSTATE_ROUTES_MAX);
	nl->told |= nl->k->too_many;
	nl->resync = r != 0;
	return r;
}

struct netlink *
netlink_open(struct kstate *k)
{
	struct timeval limit = { .tv_sec = REQUEST_TIMEOUT_S };
	struct netlink *nl = calloc(1, sizeof(*nl));
	int r;

	if (nl == NULL)
		return NULL;
	nl->k = k;
	nl->seq = (uint32_t)time(NULL);
	nl->events = open_socket(RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR |
					 RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE,
		SOCK_NONBLOCK);
	nl->request = open_socket(0, 0);
	if (nl->events == NULL || nl->request == NULL) {
		ctl_err("netlink: %s", strerror(errno));
		netlink_close(nl);
		return NULL;
	}
	setsockopt(mnl_socket_get_fd(nl->request), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	nl->resync = true;
	r = dump(nl, RTM_GETLINK, AF_UNSPEC);
	if (r < 0) {
		ctl_err("netlink: reading the kernel's tables: %s", strerror(-r));
		netlink_close(nl);
		return NULL;
	}
	return nl;
}

void
netlink_close(struct netlink *nl)
{
	if (nl == NULL)
		return;
	if (nl->events != NULL)
		mnl_socket_close(nl->events);
	if (nl->request != NULL)
		mnl_socket_close(nl->request);
	free(nl);
}

int
netlink_fd(const struct netlink *nl)
{
	return mnl_socket_get_fd(nl->events);
}

int
netlink_read(struct netlink *nl)
{
	char buf[16384];
	ssize_t n;

	// bounded, so that a flood of events does not stop the control thread's other work
	for (int i = 0; i < 64; i++) {
		n = mnl_socket_recvfrom(nl->events, buf, sizeof(buf));
		if (n < 0 && errno == ENOBUFS) {
			nl->resync = true;
			continue;
		}
		if (n < 0)
			break;
		mnl_cb_run(buf, (size_t)n, 0, 0, on_message, nl);
	}
	return nl->resync ? dump_all(nl) : 0;
}

int
netlink_neigh_use(struct netlink *nl, int index, uint8_t family, const uint8_t ip[16])
{
	struct netlink_request r;
	struct ndmsg *ndm = netlink_begin(&r, RTM_NEWNEIGH, NLM_F_CREATE, sizeof(*ndm));

	ndm->ndm_family = netlink_af(family);
	ndm->ndm_ifindex = index;
	ndm->ndm_flags = NTF_USE;
	mnl_attr_put(r.nlh, NDA_DST, netlink_ip_len(family), ip);
	return netlink_change(nl, &r);
}

static int
route_change(struct netlink *nl, const struct netlink_route *r, uint16_t type, uint16_t flags)
{
	struct netlink_request q;
	struct rtmsg *rtm = netlink_begin(&q, type, flags, sizeof(*rtm));

	rtm->rtm_family = netlink_af(r->family);
	rtm->rtm_dst_len = r->len;
	rtm->rtm_table = r->table == 0 ? RT_TABLE_MAIN : RT_TABLE_UNSPEC;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_scope = type == RTM_DELROUTE ? RT_SCOPE_NOWHERE : RT_SCOPE_LINK;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put(q.nlh, RTA_DST, netlink_ip_len(r->family), r->dst);
	mnl_attr_put_u32(q.nlh, RTA_OIF, (uint32_t)r->index);
	if (r->table != 0)
		mnl_attr_put_u32(q.nlh, RTA_TABLE, r->table);
	if (r->metric != 0)
		mnl_attr_put_u32(q.nlh, RTA_PRIORITY, r->metric);
	if (r->has_source)
		mnl_attr_put(q.nlh, RTA_PREFSRC, netlink_ip_len(r->family), r->source);
	return netlink_change(nl, &q);
}

int
netlink_route_add(struct netlink *nl, const struct netlink_route *r)
{
	return route_change(nl, r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
}

int
netlink_route_keep(struct netlink *nl, const struct netlink_route *r)
{
	return route_change(nl, r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
}

int
netlink_route_remove(struct netlink *nl, const struct netlink_route *r)
{
	return route_change(nl, r, RTM_DELROUTE, 0);
}

static struct ifinfomsg *
begin_link(struct netlink_request *r, uint16_t type, int index)
{
	struct ifinfomsg *ifm = netlink_begin(r, type, 0, sizeof(*ifm));

	ifm->ifi_family = AF_UNSPEC;
	ifm->ifi_index = index;
	return ifm;
}

int
netlink_link_alias(struct netlink *nl, int index, const char *alias)
{
	struct netlink_request r;

	begin_link(&r, RTM_NEWLINK, index);
	mnl_attr_put_str(r.nlh, IFLA_IFALIAS, alias);
	return netlink_change(nl, &r);
}

int
netlink_link_remove(struct netlink *nl, int index)
{
	struct netlink_request r;

	begin_link(&r, RTM_DELLINK, index);
	return netlink_change(nl, &r);
}

int
netlink_link_set_up(struct netlink *nl, int index, bool arp, uint32_t mtu)
{
	struct netlink_request r;
	struct ifinfomsg *ifm = begin_link(&r, RTM_NEWLINK, index);

	ifm->ifi_change = IFF_UP | IFF_NOARP;
	ifm->ifi_flags = arp ? IFF_UP : IFF_UP | IFF_NOARP;
	if (mtu != 0)
		mnl_attr_put_u32(r.nlh, IFLA_MTU, mtu);
	return netlink_change(nl, &r);
}
