/* SPDX-License-Identifier: BSD-3-Clause */
// Makes ICMP errors for the senders of packets that cannot be carried (RFC 792, RFC 1191, RFC 4443).
#ifndef WB_DATAPATH_ICMP_H
#define WB_DATAPATH_ICMP_H

#include <stdint.h>

#include "inner.h"

struct rte_mbuf;
struct worker;

enum icmp_error { ICMP_TIME_EXCEEDED, ICMP_TOO_BIG };

// Returns an Ethernet frame to the sender of m, to go out on port m->port. m's own frame is still in front of the
// IP header at in->ip. NULL: no error is due by the rules or the rate limit.
struct rte_mbuf *icmp_reply(struct worker *w, const struct rte_mbuf *m, const struct inner *in,
	enum icmp_error error, unsigned mtu);

#endif
