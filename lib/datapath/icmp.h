/* SPDX-License-Identifier: BSD-3-Clause */
// ICMP errors back to who sent a packet that cannot be carried (RFC 792, RFC 1191, RFC 4443).
#ifndef WB_DATAPATH_ICMP_H
#define WB_DATAPATH_ICMP_H

#include <stdint.h>

#include "inner.h"

struct rte_mbuf;
struct worker;

enum icmp_error { ICMP_TIME_EXCEEDED, ICMP_TOO_BIG };

// An Ethernet frame to the sender of m (whose frame still stands in front of the IP header at
// in->ip), to go out on port m->port. NULL: none is due, by the rules or by the rate limit.
struct rte_mbuf *icmp_reply(struct worker *w, const struct rte_mbuf *m, const struct inner *in,
	enum icmp_error error, unsigned mtu);

#endif
