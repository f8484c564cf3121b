/* SPDX-License-Identifier: BSD-3-Clause */
// A link that changes at fixed times, as Starlink moves its terminals from satellite to satellite:
// {"handovers": {"at": 12, "every": 15, "step_min_ms": 7, "step_max_ms": 30, "rate_percent": 20, "loss_percent": 3,
// "outage_ms": 150, "outage_each": 4}}. At each the delay of both directions moves by step_min to step_max, up
// or down, not below what the link's is; rates become rate_percent more or less, at random; from 50 ms before to
// 250 ms after it loss_percent is lost more; and each outage_each-th begins with an outage of outage_ms.
#ifndef HANDOVER_H
#define HANDOVER_H

#include <jansson.h>

#include "place.h"
#include "wb_time.h"

struct handover {
	wb_ns_t at, every; // every 0: none
	wb_ns_t step_min, step_max;
	uint32_t rate_ppm, loss_ppm;
	wb_ns_t outage;
	uint32_t outage_each; // 0: never
};

// Of both directions, against what they are given as.
struct change {
	wb_ns_t delay;     // added
	uint32_t rate_ppm; // of the rate
	uint32_t loss_ppm; // added
};

struct scenario;

// j: NULL or the object, which stands at `at`.
void handover_read(struct handover *h, const json_t *j, const struct place *at);
// Adds the events of all links, by the scenario's seed.
void handover_events(struct scenario *s);

#endif
