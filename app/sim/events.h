/* SPDX-License-Identifier: BSD-3-Clause */
// --events FILE: a JSON line per path and interval, per state change and scenario event.
#ifndef EVENTS_H
#define EVENTS_H

#include <stdio.h>

#include "world.h"

struct events {
	FILE *file;
	wb_ns_t interval;
	struct world *w;
	struct sim_timer timer;
};

void events_start(struct events *e, struct world *w);
// e may be NULL.
void events_scenario(struct events *e, const struct scenario_event *what, wb_ns_t now);
void events_tunnel(struct events *e, enum side side, const struct wb_event *what, wb_ns_t now);

#endif
