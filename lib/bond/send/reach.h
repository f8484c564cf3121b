/* SPDX-License-Identifier: BSD-3-Clause */
// How far a bulk flow may reach for rate. A slower path adds its rate to a flow that keeps a backlog for as long
// as that path takes longer than the quickest. As long as the flow's backlog stands anyway, for its sender's sake,
// that costs nothing. Beyond, each of the flow's round trips is longer, and it pays from so many bytes on as spare
// REACH_ROUNDS of what they add:
//   bytes / rate without it - bytes / rate with it = REACH_ROUNDS x added delay
// A flow that has carried so many is taken for one that will carry as many again.
#ifndef WB_BOND_REACH_H
#define WB_BOND_REACH_H

#include <stdint.h>

#include "send_tunables.h"
#include "wb_time.h"
#include "wb_tunnel.h"

struct reach_path {
	int64_t owd;  // ns, without a queue of ours; only differences mean something
	uint64_t bps; // 0: brings nothing
};

struct reach {
	unsigned n;
	struct reach_step {
		uint64_t bytes; // from so many on
		wb_ns_t delay;  // the flow may have a backlog of so long
	} steps[WB_PATHS_MAX];
};

// Works out the steps for these paths, which are put in the order of their delays. stands: for how long a bulk
// flow's packets wait anyway.
void reach_set(struct reach *r, struct reach_path *paths, unsigned n, wb_ns_t stands);

// Returns how much longer than the quickest path the slowest one takes that pays for a flow of so many bytes, in
// ns.
static inline wb_ns_t
reach_of(const struct reach *r, uint64_t bytes)
{
	wb_ns_t delay = 0;

	for (unsigned i = 0; i < r->n && bytes >= r->steps[i].bytes; i++)
		delay = r->steps[i].delay;
	return delay;
}

#endif
