/* SPDX-License-Identifier: BSD-3-Clause */
// What the ends know of each direction of a link, against what it is: looked at each 10 ms.
#ifndef KNOWLEDGE_H
#define KNOWLEDGE_H

#include "scenario.h"
#include "sim.h"

struct world;

struct knowledge {
	struct world *w;
	struct sim_timer timer;
	struct known {
		wb_ns_t wrong_since, apart_since; // WB_NEVER: not now
		wb_ns_t wrong, apart;             // longest without a pause
	} of[LINKS_MAX][DIRS];
};

void knowledge_start(struct knowledge *k, struct world *w);
// Longest time, ms, for which an end took a direction for dead that was not, or the reverse; and for which the two did
// not agree. From the second second on.
double knowledge_wrong_ms(const struct knowledge *k, unsigned link, enum direction dir);
double knowledge_apart_ms(const struct knowledge *k, unsigned link, enum direction dir);

#endif
