/* SPDX-License-Identifier: BSD-3-Clause */
// Which flow bucket's deadline is next: a binary heap of bucket ids, a deadline each. O(log n) in the
// buckets that have one, which are few.
#ifndef WB_BOND_DEADLINES_H
#define WB_BOND_DEADLINES_H

#include <stdint.h>

#include "wb_time.h"
#include "wb_wire.h"

struct deadlines {
	uint32_t n;
	wb_ns_t at[WB_BUCKETS];    // by id, of those in the heap
	uint16_t heap[WB_BUCKETS]; // ids; at[heap[i]] <= at[heap[2 i + 1]], at[heap[2 i + 2]]
	uint16_t slot[WB_BUCKETS]; // heap index + 1 by id; 0: has no deadline
};

void deadlines_init(struct deadlines *d);
// Sets or changes the deadline of an id < WB_BUCKETS.
void deadlines_set(struct deadlines *d, uint16_t id, wb_ns_t at);
// Takes the id out, if it is in.
void deadlines_clear(struct deadlines *d, uint16_t id);

// Returns the earliest deadline; WB_NEVER: none. Its id is heap[0].
static inline wb_ns_t
deadlines_first(const struct deadlines *d)
{
	return d->n ? d->at[d->heap[0]] : WB_NEVER;
}

#endif
