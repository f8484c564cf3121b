// SPDX-License-Identifier: BSD-3-Clause
// Adds, removes and finds routing policy rules ("ip rule") over rtnetlink.
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
	size_t len = netlink_ip_len(r->family);
	struct netlink_request q;
	struct fib_rule_hdr *frh = netlink_begin(&q, type, flags, sizeof(*frh));

	frh->family = netlink_af(r->family);
	frh->action = FR_ACT_TO_TBL;
	frh->src_len = (uint8_t)(8 * len);
	frh->dst_len = r->has_to ? (uint8_t)(8 * len) : 0;
	frh->table = RT_TABLE_UNSPEC;
	mnl_attr_put(q.nlh, FRA_SRC, len, r->from);
	if (r->has_to)
		mnl_attr_put(q.nlh, FRA_DST, len, r->to);
	mnl_attr_put_u32(q.nlh, FRA_TABLE, r->table);
	mnl_attr_put_u32(q.nlh, FRA_PRIORITY, r->priority);
	mnl_attr_put_u8(q.nlh, FRA_PROTOCOL, NETLINK_WANBOND);
	if (r->no_default)
		mnl_attr_put_u32(q.nlh, FRA_SUPPRESS_PREFIXLEN, 0);
	return netlink_change(nl, &q);
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
	struct netlink_request r;
	struct fib_rule_hdr *frh = netlink_begin(&r, RTM_DELRULE, 0, sizeof(*frh));

	frh->family = (uint8_t)af;
	mnl_attr_put_u32(r.nlh, FRA_PRIORITY, priority);
	mnl_attr_put_u8(r.nlh, FRA_PROTOCOL, NETLINK_WANBOND);
	netlink_change(nl, &r);
}

void
netlink_rules_purge(struct netlink *nl, uint32_t first, uint32_t last)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct found f = { .first = first, .last = last };
		struct netlink_request r;
		struct fib_rule_hdr *frh = netlink_begin(&r, RTM_GETRULE, NLM_F_DUMP, sizeof(*frh));

		frh->family = (uint8_t)families[i];
		netlink_exchange(nl, r.nlh, on_rule, &f);
		for (unsigned j = 0; j < f.n; j++)
			remove_one(nl, families[i], f.priorities[j]);
	}
}
