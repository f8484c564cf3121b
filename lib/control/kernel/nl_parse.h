/* SPDX-License-Identifier: BSD-3-Clause */
// Takes one rtnetlink message into the tables.
#ifndef CONTROL_NL_PARSE_H
#define CONTROL_NL_PARSE_H

struct kstate;
struct nlmsghdr;

// Takes a message. Returns 1 if the kernel changes more with it than it tells, so that all must be read anew;
// else 0. -EINVAL: the message is malformed and ignored.
int nl_parse(struct kstate *k, const struct nlmsghdr *nlh);

#endif
