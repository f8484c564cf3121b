/* SPDX-License-Identifier: BSD-3-Clause */
// Is what looks like a queue on a path one of ours? A path that has become longer, or whose delay varies, looks as
// if a queue stood there. To find out, the path gets three quarters of what it delivers for a while. A queue shrinks by
// that, and shows the path's rate meanwhile, as the path goes on at its own pace. Where nothing shrinks, the delay
// is the path's.
#ifndef WB_BOND_LOOK_H
#define WB_BOND_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

struct cc_report;

struct look {
	unsigned rounds;    // with too much queue, less those without
	unsigned found;     // looks in a row that found a queue
	bool gone;          // since the last look the queue was short for a while
	wb_ns_t next;       // the next look, unless the queue has doubled or never went
	wb_ns_t begun, end; // end 0: not looking now
	wb_ns_t queue;      // when it began
	wb_ns_t drain;      // so much of it would have gone
	uint64_t pace;      // bit/s, what was delivered
	wb_ns_t left;       // of the first datagram of the look that has arrived; 0: none yet
	uint32_t came_us, total;
};

enum look_verdict {
	LOOK_OPEN,
	LOOK_QUEUE, // ours
	LOOK_PATH,  // the path's own delay
};

static inline bool
look_under_way(const struct look *l)
{
	return l->end != 0;
}

// Notes that a round has ended, with more queue than there should be, or with little.
void look_round(struct look *l, bool high, bool little);
// Notes that the queue is short now.
void look_short(struct look *l);
bool look_due(const struct look *l, const struct cc_report *r, wb_ns_t now);
// Begins a look. pace: what the path delivers now; with little to send, what it carries: a queue drains by itself
// then.
void look_begin(struct look *l, const struct cc_report *r, uint64_t pace, wb_ns_t now);
// Takes a report that came in while the look is under way.
enum look_verdict look_report(struct look *l, const struct cc_report *r, wb_ns_t now);
// Returns what the path delivered in the look, in bit/s: its rate, if a queue stood there all the time; 0: not
// known, as it did not arrive more quickly than it left.
uint64_t look_rate(const struct look *l, const struct cc_report *r);

#endif
