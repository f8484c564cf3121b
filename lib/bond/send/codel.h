/* SPDX-License-Identifier: BSD-3-Clause */
// CoDel's state for one queue (RFC 8289 5): when to signal, not how. flow_queue.c holds the packets.
#ifndef WB_BOND_CODEL_H
#define WB_BOND_CODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

struct codel {
	wb_ns_t first_above; // when the delay will have been above target for an interval; 0: below
	wb_ns_t drop_next;   // when to signal next, while dropping
	uint32_t count;      // signals since dropping began
	uint32_t last_count; // count when it began
	bool dropping;
};

// dodequeue() of RFC 8289: may the packet that was just taken out be dropped? backlog: bytes left
// behind it; max_packet: largest packet seen (a queue of less than that is never a standing one).
// taken false: there was no packet.
struct codel_sample {
	bool taken;
	wb_ns_t sojourn;
	uint32_t backlog, max_packet;
};
bool codel_above(struct codel *c, const struct codel_sample *s, wb_ns_t target, wb_ns_t interval,
	wb_ns_t now);
// Begins dropping. The count goes on where the last episode ended if that was a short time ago.
void codel_enter(struct codel *c, wb_ns_t interval, wb_ns_t now);
// Returns how often it has signalled since dropping began; 0: it is not dropping.
static inline uint32_t
codel_signals(const struct codel *c)
{
	return c->dropping ? c->count - c->last_count + 1 : 0;
}
// Returns t + interval / sqrt(count), the control law, exact to 2e-5. count > 0, interval < 2^32 ns.
wb_ns_t codel_control_law(wb_ns_t t, wb_ns_t interval, uint32_t count);

#endif
