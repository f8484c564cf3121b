/* SPDX-License-Identifier: BSD-3-Clause */
// What the files of netlink share.
#ifndef CONTROL_NETLINK_PRIVATE_H
#define CONTROL_NETLINK_PRIVATE_H

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#define NETLINK_WANBOND 65 // the "proto" that marks our rules

struct netlink;

struct netlink_request {
	char buf[256];
	struct nlmsghdr *nlh;
};

static inline uint8_t
netlink_af(uint8_t family)
{
	return family == 4 ? AF_INET : AF_INET6;
}

static inline size_t
netlink_ip_len(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

// Begins a request. Returns its zeroed family header of that size; attributes may be added after it.
void *netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags, size_t header);
// Sends a change and waits for its acknowledgement. 0 or -errno.
int netlink_change(struct netlink *nl, struct netlink_request *r);
// Sends a request and calls cb for each of its answers. 0 or -errno.
int netlink_exchange(struct netlink *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *data);

#endif
