/* SPDX-License-Identifier: BSD-3-Clause */
// One-way delay of one path in one direction. The two ends' clocks differ by an unknown constant, so
// values mean something only against each other: against this path's own minimum (queueing delay)
// and against another path of the same tunnel and direction (which is quicker).
#ifndef WB_BOND_OWD_H
#define WB_BOND_OWD_H

#include "measure_tunables.h"
#include "window.h"

// Differences of 32-bit microsecond clocks, moved near 0 by a base that all paths share.
struct owd_base {
	bool valid;
	uint32_t us;
};

struct owd {
	bool valid;
	int64_t smooth; // ns, exponentially weighted: of the last few samples
	int64_t mean;   // ns, of the last OWD_MEAN
	uint32_t n;     // samples, up to OWD_MEAN
	int64_t latest; // ns
	int64_t wander; // ns, see wander.h
	int64_t jitter; // ns, mean difference of successive samples beyond the trend: noise, not a queue
	int64_t trend;     // ns, what the delay grows by from sample to sample, smoothed
	struct window min; // over OWD_MIN_WINDOW
	struct window
		recent; // over OWD_RECENT and more: a queue stands in all of its samples, jitter does not
	wb_ns_t gap;  // between samples, smoothed
	wb_ns_t last; // when the last sample came
};

// Takes a sample. raw_us: receiver's clock at arrival minus sender's clock at departure, mod 2^32.
void owd_sample(struct owd *o, struct owd_base *base, uint32_t raw_us, wb_ns_t now);
// Returns the queueing delay: the least of the last 50 ms, or of as many samples as jitter or wander have ms,
// above the least of the last 10 s.
wb_ns_t owd_queue(const struct owd *o);
// Returns the least delay of the last 10 s, ns.
static inline int64_t
owd_least(const struct owd *o)
{
	return window_get(&o->min);
}
// Returns by how much the smoothed delay is above the least of the last 10 s, ns.
wb_ns_t owd_rise(const struct owd *o);
// Returns the smoothed delay without the queue, ns.
int64_t owd_unqueued(const struct owd *o);
// Returns the delay that a datagram sent now will meet, in ns: the delay last seen, less what can no longer be
// queued when only `inflight` bytes are on the way on a path of bps, and less what has drained since the last
// sample. Without it a path that was left alone because of its queue would be taken for slow until its next probe.
int64_t owd_expected(const struct owd *o, uint64_t inflight, uint64_t bps, wb_ns_t now);
// Takes what is seen now as the new minimum, as the delay without load has changed.
void owd_rebase(struct owd *o, wb_ns_t now);

#endif
