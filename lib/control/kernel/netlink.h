/* SPDX-License-Identifier: BSD-3-Clause */
// rtnetlink over libmnl: keeps a kstate up to date, and the few changes that we make ourselves.
#ifndef CONTROL_NETLINK_H
#define CONTROL_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

struct kstate;
struct netlink;

// Follows from now on. k gets the links at once, and all else with the first netlink_read(). NULL: logged.
struct netlink *netlink_open(struct kstate *k);
void netlink_close(struct netlink *nl); // NULL is allowed
int netlink_fd(const struct netlink *nl);
// Takes the waiting events. When some were lost, or imply more than they say (a link's routes vanish
// without an event each), reads everything anew. 0 or -errno.
int netlink_read(struct netlink *nl);

// Asks the kernel to resolve an address (NTF_USE), as if it had a packet for it. 0 or -errno.
int netlink_neigh_use(struct netlink *nl, int index, uint8_t family, const uint8_t ip[16]);

struct netlink_route {
	int index;
	uint8_t family, len; // family: 4 or 6
	uint8_t dst[16];
	bool has_source;
	uint8_t source[16];     // that packets without one get
	uint32_t table, metric; // 0: the main table; none given
};
// A route on link, replacing one to the same destination. 0 or -errno.
int netlink_route_add(struct netlink *nl, const struct netlink_route *r);
// As above, but where there is one already nothing happens. -EEXIST.
int netlink_route_keep(struct netlink *nl, const struct netlink_route *r);
int netlink_route_remove(struct netlink *nl, const struct netlink_route *r);

// "ip rule": packets from an address (to another) look into a table.
struct netlink_rule {
	uint8_t family; // 4 or 6
	uint8_t from[16], to[16];
	bool has_to;
	bool no_default; // the table's default routes do not count
	uint32_t priority, table;
};
// -EEXIST: it is there. 0 or -errno.
int netlink_rule_add(struct netlink *nl, const struct netlink_rule *r);
int netlink_rule_remove(struct netlink *nl, const struct netlink_rule *r);
// Removes the rules of these priorities that a wanbond has made.
void netlink_rules_purge(struct netlink *nl, uint32_t first, uint32_t last);

// "" takes it away. 0 or -errno.
int netlink_link_alias(struct netlink *nl, int index, const char *alias);
int netlink_link_remove(struct netlink *nl, int index);
// Up; ARP or none; MTU (0: leave). 0 or -errno.
int netlink_link_set_up(struct netlink *nl, int index, bool arp, uint32_t mtu);

#endif
