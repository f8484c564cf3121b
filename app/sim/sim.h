/* SPDX-License-Identifier: BSD-3-Clause */
// The simulator's core: virtual time, timers in a heap, pools. Nothing here knows of networks.
// Two runs with the same inputs take the same steps: timers of one instant fire in the order in
// which they were set.
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wb_time.h"

struct sim_timer {
	wb_ns_t when;
	uint64_t order; // of setting: decides between equal times
	uint32_t pos;   // place in the heap + 1; 0: not set
	void (*fn)(void *arg, wb_ns_t now);
	void *arg;
};

struct sim {
	wb_ns_t now;
	uint64_t order, steps;
	struct sim_timer **heap;
	uint32_t n, room;
	bool hole; // heap[0] is of the timer that fires now: free for the next one set
};

void sim_init(struct sim *s);
void sim_free(struct sim *s);
void sim_timer_init(struct sim_timer *t, void (*fn)(void *arg, wb_ns_t now), void *arg);
// Moves the timer to `when` (not before now); WB_NEVER stops it.
void sim_timer_set(struct sim *s, struct sim_timer *t, wb_ns_t when);
void sim_timer_stop(struct sim *s, struct sim_timer *t);
// Sets it only if it would fire later than `when` or not at all.
void sim_timer_sooner(struct sim *s, struct sim_timer *t, wb_ns_t when);
// Fires all timers up to and including `end`; the clock then stands at `end`.
void sim_run(struct sim *s, wb_ns_t end);

// Objects of one size, taken and given back without malloc. Under AddressSanitizer each object is
// malloc'ed, so that use after return is seen.
struct pool {
	size_t size;
	void *free;
	void **chunks;
	uint32_t n_chunks, room;
	int64_t in_use;
};
void pool_init(struct pool *p, size_t size);
void *pool_get(struct pool *p); // not zeroed
void pool_put(struct pool *p, void *obj);
void pool_free(struct pool *p);

// malloc that ends the program when memory is out.
void *sim_alloc(size_t size); // zeroed
_Noreturn void sim_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
