/* SPDX-License-Identifier: BSD-3-Clause */
// rtnetlink over libmnl: keeps a kstate up to date, and makes our own changes to links, routes and rules.
#ifndef CONTROL_NETLINK_H
#define CONTROL_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

struct kstate;
struct netlink;

// Opens the sockets and reads the links into k. The first netlink_read() reads the rest. NULL: logged.
struct netlink *netlink_open(struct kstate *k);
void netlink_close(struct netlink *nl); // NULL is allowed
int netlink_fd(const struct netlink *nl);
// Takes the waiting events. It reads everything anew when events were lost, or when one implies changes that
// have no events of their own, as a vanished link's routes. 0 or -errno.
int netlink_read(struct netlink *nl);

// Asks the kernel to resolve an address, as if it had a packet to send there (NTF_USE). 0 or -errno.
int netlink_neigh_use(struct netlink *nl, int index, uint8_t family, const uint8_t ip[16]);

struct netlink_route {
	int index;
	uint8_t family, len; // family: 4 or 6
	uint8_t dst[16];
	bool has_source;
	uint8_t source[16];     // for packets that have none yet
	uint32_t table, metric; // 0: the main table; none given
};
// Adds an on-link route, in the place of any to the same destination. 0 or -errno.
int netlink_route_add(struct netlink *nl, const struct netlink_route *r);
// Adds an on-link route unless there is one already (-EEXIST).
int netlink_route_keep(struct netlink *nl, const struct netlink_route *r);
int netlink_route_remove(struct netlink *nl, const struct netlink_route *r);

// A routing policy rule ("ip rule"): packets from an address, and maybe to another, use a table.
struct netlink_rule {
	uint8_t family; // 4 or 6
	uint8_t from[16], to[16];
	bool has_to;
	bool no_default; // without the table's default routes
	uint32_t priority, table;
};
// Adds a rule. -EEXIST: there is one; else 0 or -errno.
int netlink_rule_add(struct netlink *nl, const struct netlink_rule *r);
int netlink_rule_remove(struct netlink *nl, const struct netlink_rule *r);
// Removes all rules with these priorities that were made by wanbond.
void netlink_rules_purge(struct netlink *nl, uint32_t first, uint32_t last);

// Sets an interface's alias; "" removes it. 0 or -errno.
int netlink_link_alias(struct netlink *nl, int index, const char *alias);
int netlink_link_remove(struct netlink *nl, int index);
// Sets an interface up, with or without ARP, with an MTU unless that is 0. 0 or -errno.
int netlink_link_set_up(struct netlink *nl, int index, bool arp, uint32_t mtu);

#endif
