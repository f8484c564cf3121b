// SPDX-License-Identifier: BSD-3-Clause
// "ip rule" over rtnetlink.
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netlink.h"
#include "netlink_private.h"

#define RULES_MAX 64 // of ours that are removed at once

static int
rule_change(struct netlink *nl, const struct netlink_rule *r, uint16_t type, uint16_t flags)
{
	size_t len = r->family == 4 ? 4 : 16;
	char buf[256] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *frh;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	frh = mnl_nlmsg_put_extra_header(nlh, sizeof(*frh));
	frh->family = r->family == 4 ? AF_INET : AF_INET6;
	frh->action = FR_ACT_TO_TBL;
	frh->src_len = (uint8_t)(8 * len);
	frh->dst_len = r->has_to ? (uint8_t)(8 * len) : 0;
	frh->table = RT_TABLE_UNSPEC;
	mnl_attr_put(nlh, FRA_SRC, len, r->from);
	if (r->has_to)
		mnl_attr_put(nlh, FRA_DST, len, r->to);
	mnl_attr_put_u32(nlh, FRA_TABLE, r->table);
	mnl_attr_put_u32(nlh, FRA_PRIORITY, r->priority);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, NETLINK_WANBOND);
	if (r->no_default)
		mnl_attr_put_u32(nlh, FRA_SUPPRESS_PREFIXLEN, 0);
	return netlink_exchange(nl, nlh, NULL, NULL);
}

int
netlink_rule_add(struct netlink *nl, const struct netlink_rule *r)
{
	return rule_change(nl, r, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
}

int
netlink_rule_remove(struct netlink *nl, const struct netlink_rule *r)
{
	return rule_change(nl, r, RTM_DELRULE, 0);
}

struct found {
	uint32_t first, last, priorities[RULES_MAX];
	unsigned n;
};

static int
collect(const struct nlattr *attr, void *data)
{
	const struct nlattr **attrs = data;

	if (mnl_attr_get_type(attr) <= FRA_MAX)
		attrs[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static int
on_rule(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[FRA_MAX + 1] = { NULL };
	struct found *f = data;
	uint32_t priority;

	mnl_attr_parse(nlh, sizeof(struct fib_rule_hdr), collect, a);
	if (a[FRA_PROTOCOL] == NULL || mnl_attr_get_u8(a[FRA_PROTOCOL]) != NETLINK_WANBOND ||
		a[FRA_PRIORITY] == NULL)
		return MNL_CB_OK;
	priority = mnl_attr_get_u32(a[FRA_PRIORITY]);
	if (priority >= f->first && priority <= f->last && f->n < RULES_MAX)
		f->priorities[f->n++] = priority;
	return MNL_CB_OK;
}

static void
remove_one(struct netlink *nl, int af, uint32_t priority)
{
	char buf[128] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *frh;

	nlh->nlmsg_type = RTM_DELRULE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	frh = mnl_nlmsg_put_extra_header(nlh, sizeof(*frh));
	frh->family = (uint8_t)af;
	mnl_attr_put_u32(nlh, FRA_PRIORITY, priority);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, NETLINK_WANBOND);
	netlink_exchange(nl, nlh, NULL, NULL);
}

void
netlink_rules_purge(struct netlink *nl, uint32_t first, uint32_t last)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct found f = { .first = first, .last = last };
		char buf[128] = { 0 };
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
		struct fib_rule_hdr *frh;

		nlh->nlmsg_type = RTM_GETRULE;
		nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		frh = mnl_nlmsg_put_extra_header(nlh, sizeof(*frh));
		frh->family = (uint8_t)families[i];
		netlink_exchange(nl, nlh, on_rule, &f);
		for (unsigned j = 0; j < f.n; j++)
			remove_one(nl, families[i], f.priorities[j]);
	}
}
