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
};
// A route on link, replacing one to the same destination. 0 or -errno.
int netlink_route_add(struct netlink *nl, const struct netlink_route *r);
int netlink_route_remove(struct netlink *nl, const struct netlink_route *r);
// "" takes it away. 0 or -errno.
int netlink_link_alias(struct netlink *nl, int index, const char *alias);
int netlink_link_remove(struct netlink *nl, int index);
// Up; ARP or none; MTU (0: leave). 0 or -errno.
int netlink_link_set_up(struct netlink *nl, int index, bool arp, uint32_t mtu);

#endif
