/* SPDX-License-Identifier: BSD-3-Clause */
// By how much a path's delay moves for reasons of its own. What arrives takes the time in which it left, or, where a
// queue stands, its bytes over the rate; what neither explains is noise: a radio link's turns, a satellite's way.
// Unlike the jitter of successive samples it shows what holds for a tenth of a second and then changes.
#ifndef WB_BOND_WANDER_H
#define WB_BOND_WANDER_H

#include <stdbool.h>
#include <stdint.h>

#include "measure_tunables.h"
#include "wb_time.h"

struct wander {
	bool valid;
	uint32_t recv_us, bytes; // as in the report that the span began with
	wb_ns_t sent;
	wb_ns_t level; // mean of what is not explained
};

// Takes a report: the datagram sent at `sent` arrived at recv_us, when `bytes` had arrived in all; bps: the path's
// rate.
void wander_report(struct wander *w, uint32_t recv_us, uint32_t bytes, wb_ns_t sent, uint64_t bps);

#endif
