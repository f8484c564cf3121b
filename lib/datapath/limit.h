/* SPDX-License-Identifier: BSD-3-Clause */
// A token bucket for what must not be sent for every packet: ICMP errors (RFC 1812 4.3.2.8), notices.
#ifndef WB_DATAPATH_LIMIT_H
#define WB_DATAPATH_LIMIT_H

#include <stdbool.h>

#include "wb_time.h"

struct limit {
	wb_ns_t full; // when the bucket is full again
};

// Returns whether one may pass: at most `burst` at once, and one every `interval` in the long run.
static inline bool
limit_pass(struct limit *l, wb_ns_t now, wb_ns_t interval, unsigned burst)
{
	if (l->full < now)
		l->full = now;
	if (l->full + interval > now + interval * burst)
		return false;
	l->full += interval;
	return true;
}

#endif
