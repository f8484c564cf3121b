// SPDX-License-Identifier: BSD-3-Clause
// Runs a function in a worker between two walks of its graph, while the control thread waits.
#include <time.h>

#include "dp.h"

#define CALL_POLL (20 * WB_US) // an idle worker answers within its longest sleep

void
call_worker(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg)
{
	static const struct timespec pause = { .tv_nsec = CALL_POLL };
	struct call c = { fn, arg };

	if (!w->dp->running) {
		w->now = clock_now();
		fn(w, arg);
		return;
	}
	atomic_store_explicit(&w->call, &c, memory_order_release);
	while (atomic_load_explicit(&w->call, memory_order_acquire) != NULL)
		nanosleep(&pause, NULL);
}

void
call_answer(struct worker *w)
{
	struct call *c = atomic_load_explicit(&w->call, memory_order_acquire);

	if (likely(c == NULL))
		return;
	c->fn(w, c->arg);
	atomic_store_explicit(&w->call, NULL, memory_order_release);
}
