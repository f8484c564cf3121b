/* SPDX-License-Identifier: BSD-3-Clause */
// How long the packets of one queue may wait, from how its sender behaves. CoDel signals congestion; a sender
// that slows down upon it (TCP, QUIC) drains the queue by itself, and needs it whole through the dips of radio
// links. One that does not slow down would only ever make the queue longer: its packets wait OVERLOAD_WAIT at
// most, the older ones are dropped.
//
// An interval after CoDel's first signal the answer is there: the queue may not grow any more.
//
//   growth = max(0, growth + came - went)     bytes from then on; what was dropped for its age never went
//
// The sender is taken for one that does not slow down when packets wait for longer than OVERLOAD_WAIT and
//
//   growth > backlog x OVERLOAD_GROWTH / wait     what the queue brings out in OVERLOAD_GROWTH
//
// or OVERLOAD_SIGNALS signals running were of no use. It stays so until OVERLOAD_MEMORY after the last packet that
// was too old.
#ifndef WB_BOND_OVERLOAD_H
#define WB_BOND_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

#define OVERLOAD_WAIT (50 * WB_MS)
#define OVERLOAD_GROWTH (25 * WB_MS)
#define OVERLOAD_SIGNALS 16 // within 8 intervals: TCP would be down to a hundredth
#define OVERLOAD_MEMORY (10 * WB_SEC)

struct overload {
	wb_ns_t told;    // since when CoDel signals; 0: it does not
	wb_ns_t until;   // the sender is taken for one that does not slow down
	uint32_t growth; // bytes
	bool counts;     // growth
};

// What was taken out, and what is left.
struct overload_sample {
	wb_ns_t wait, interval;
	uint32_t bytes;   // of the packet
	uint32_t backlog; // bytes
	uint32_t signals; // of CoDel's, since it began; 0: all is well
};

static inline void
overload_came(struct overload *o, uint32_t bytes)
{
	if (o->counts)
		o->growth += bytes;
}

static inline bool
overload_limits(const struct overload *o, wb_ns_t now)
{
	return now < o->until;
}

// A packet was taken out. Is it too old to be sent?
bool overload_took(struct overload *o, const struct overload_sample *s, wb_ns_t now);

#endif
