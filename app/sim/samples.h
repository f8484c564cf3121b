/* SPDX-License-Identifier: BSD-3-Clause */
// Every link direction looked at each 10 ms: what it could have carried, did carry and has queued.
// From that come the figures that need time: share of the sum, seconds below the best link, how long
// a change of rate or the end of an outage took to be used.
#ifndef SAMPLES_H
#define SAMPLES_H

#include <jansson.h>
#include <stdint.h>

#include "scenario.h"
#include "sim.h"

struct world;

#define SAMPLE_EVERY (10 * WB_MS)

struct sample {
	double capacity;  // bits since the run began
	uint64_t carried; // bytes out of the link since then
	uint32_t queued;  // bytes
};

struct samples {
	struct world *w;
	struct sim_timer timer;
	struct sample *at[LINKS_MAX + CELLS_MAX][DIRS]; // n each
	uint32_t n, room;
};

void samples_start(struct samples *s, struct world *w);
void samples_free(struct samples *s);

// Of a direction's flows (results in `flows`), from the first one's start to the last one's stop, in
// whole seconds: "offered_mbit" inner IP bytes that the links would carry of the flows' packets,
// "inner_mbit" delivered, "percent"; from the third second on: "seconds", "below_best": in how many
// less than 90 % of what the best link offered in that second was delivered. NULL: no such flows.
json_t *samples_share(const struct samples *s, const json_t *flows, enum direction dir);
// A list of the scenario's changes of rate and ends of outages: "at", "link", "direction",
//   "used_ms"   until the first 100 ms in which a tenth of the capacity was used
//   "full_ms"   until 95 % was used, over the 200 ms and over the second from there
//   "queue_ms"  until the last 100 ms, of the second after it, whose mean queue was above 15 ms
// from the event on; null: not within 5 s (not before the next event).
json_t *samples_changes(const struct samples *s);
// Mean and highest queueing delay of a direction, ms, from the third second on.
json_t *samples_queue(const struct samples *s, unsigned link, enum direction dir);

#endif
