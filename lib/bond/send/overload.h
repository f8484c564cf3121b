/* SPDX-License-Identifier: BSD-3-Clause */
// How long the packets of one queue may wait, from how its sender behaves. CoDel signals congestion; a sender
// that slows down upon it (TCP, QUIC) drains the queue by itself, and needs it whole through the dips of radio
// links. One that does not slow down would only ever make the queue longer: its packets wait OVERLOAD_WAIT at
// most, or as long as it takes for slower paths to help; the older ones are dropped.
//
// From CoDel's first signal on, what comes and goes is counted over windows of an interval. The sender is taken
// for one that does not slow down when packets wait for longer than OVERLOAD_FROM and OVERLOAD_WINDOWS running had
//
//   came > went x 33/32   and   came >= 7/8 of what came in the window before
//
// What was dropped for its age never went. The second condition tells a sender from one whose path has become
// slow, but who hears of it a round trip later. It stays so until OVERLOAD_MEMORY after the last packet that was too
// old.
#ifndef WB_BOND_OVERLOAD_H
#define WB_BOND_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "send_tunables.h"
#include "wb_time.h"

struct overload {
	wb_ns_t window;      // when it began; 0: CoDel does not signal
	wb_ns_t until;       // the sender is taken for one that does not slow down
	uint32_t went, shed; // bytes in this window: sent or a signal of CoDel's; dropped otherwise
	uint32_t backlog;    // bytes when it began
	uint32_t before;     // bytes that came in the one before
	uint32_t windows;    // running that say so
};

// What was taken out, and what is left.
struct overload_sample {
	wb_ns_t wait, interval;
	wb_ns_t reach;    // so much longer it may wait, so that slower paths help (reach.h)
	uint32_t bytes;   // of the packet
	uint32_t backlog; // bytes
	uint32_t signals; // of CoDel's, since it began; 0: all is well
};

// Notes that a packet was dropped since the queue is full.
static inline void
overload_shed(struct overload *o, uint32_t bytes)
{
	o->shed += bytes;
}

static inline bool
overload_limits(const struct overload *o, wb_ns_t now)
{
	return now < o->until;
}

// Notes that a packet was taken out. Returns whether it is too old to be sent.
bool overload_took(struct overload *o, const struct overload_sample *s, wb_ns_t now);

#endif
