/* SPDX-License-Identifier: BSD-3-Clause */
// Figures that flows gather: a series by second and a histogram of delays.
#ifndef STATS_H
#define STATS_H

#include <jansson.h>
#include <stdint.h>

#include "wb_time.h"

// Bytes by second of the run.
struct series {
	uint64_t *bytes;
	uint32_t n;
	wb_ns_t duration;
};
void series_init(struct series *s, wb_ns_t duration);
void series_free(struct series *s);
void series_add(struct series *s, wb_ns_t now, uint64_t bytes);

// Adds "goodput_mbit" (from start to stop or the end), "per_second" (Mbit/s) and "worst_second"
// (of the whole seconds after the first two of the flow).
void series_json(json_t *j, const struct series *s, wb_ns_t start, wb_ns_t stop);
// As series_json(), and "finished", seconds from start, when all had arrived at `done` (0: not);
// the goodput then is that of this time.
void transfer_json(json_t *j, const struct series *s, wb_ns_t start, wb_ns_t stop, wb_ns_t done);

// The longest time without progress, and when it began.
struct gaps {
	wb_ns_t last, longest, longest_at;
};
void gaps_add(struct gaps *g, wb_ns_t now);
void gaps_json(json_t *j, const struct gaps *g);

// Delays in bins that are at most 1/64 of their value wide.
#define HISTOGRAM_SUB 64 // bins of a power of two
#define HISTOGRAM_BINS (32 * HISTOGRAM_SUB)
struct histogram {
	uint64_t n, max_us, sum_us;
	uint32_t bins[HISTOGRAM_BINS];
};
void histogram_add(struct histogram *h, wb_ns_t delay);
// Delay in us that `ppm` of the values do not exceed (upper end of its bin); 0: no values.
uint64_t histogram_at(const struct histogram *h, uint32_t ppm);
json_t *histogram_json(const struct histogram *h); // milliseconds

// A number rounded to 3 decimals, so that results compare as text.
json_t *json_rounded(double value);

#endif
