/* SPDX-License-Identifier: BSD-3-Clause */
// Lets bytes out at a rate: `next` is when all that was sent so far would have left at that rate.
// Invariant: bytes sent in any time T <= rate * (T + PACER_BURST) + one datagram, overdrafts aside.
// The burst covers a worker that wakes up late; the links' queues hold far more.
#ifndef WB_BOND_PACER_H
#define WB_BOND_PACER_H

#include <stdbool.h>

#include "path_tunables.h"
#include "wb_time.h"

struct pacer {
	wb_ns_t next;
	uint64_t bps;
};

static inline void
pacer_set_rate(struct pacer *p, uint64_t bps)
{
	p->bps = bps ? bps : 1;
}

// Returns when the next datagram may leave (a time in the past: now).
static inline wb_ns_t
pacer_ready_at(const struct pacer *p)
{
	return p->next;
}

static inline bool
pacer_ready(const struct pacer *p, wb_ns_t now, wb_ns_t ahead)
{
	return p->next <= now + ahead;
}

// Returns whether it could have sent for longer than the burst that it may catch up on.
static inline bool
pacer_idle(const struct pacer *p, wb_ns_t now)
{
	return p->next + PACER_BURST < now;
}

static inline void
pacer_sent(struct pacer *p, uint32_t bytes, wb_ns_t now)
{
	if (pacer_idle(p, now))
		p->next = now - PACER_BURST;
	p->next += (uint64_t)bytes * 8 * WB_SEC / p->bps;
}

#endif
