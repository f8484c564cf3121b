/* SPDX-License-Identifier: BSD-3-Clause */
// One rtnetlink message into the tables.
#ifndef CONTROL_NL_PARSE_H
#define CONTROL_NL_PARSE_H

struct kstate;
struct nlmsghdr;

// 0; 1: taken, and the kernel changes more with it than it tells (read everything anew);
// -EINVAL: malformed, ignored.
int nl_parse(struct kstate *k, const struct nlmsghdr *nlh);

#endif
