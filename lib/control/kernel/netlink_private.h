/* SPDX-License-Identifier: BSD-3-Clause */
// What the files of netlink share.
#ifndef CONTROL_NETLINK_PRIVATE_H
#define CONTROL_NETLINK_PRIVATE_H

#include <libmnl/libmnl.h>

#define NETLINK_WANBOND 65 // "proto" of our rules, as routing daemons have one each

struct netlink;

// Sends a request and hands its answers to cb until the end. 0 or -errno.
int netlink_exchange(struct netlink *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *data);

#endif
