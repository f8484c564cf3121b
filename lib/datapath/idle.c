// SPDX-License-Identifier: BSD-3-Clause
// What a worker does after a walk that moved nothing, in `adaptive` mode.
//
// It sleeps for an eighth of the time since a packet last moved: a packet that comes after a pause
// waits at most an eighth of that pause longer, SLEEP_RECENT while inner packets have been moving
// within the last second, SLEEP_MAX after that. Never beyond a tunnel's next deadline.
#include <sys/prctl.h>
#include <time.h>

#include "dp.h"

#define SLEEP_MIN (10 * WB_US) // less is not worth the system call
#define SLEEP_RECENT (150 * WB_US)
#define SLEEP_MAX (1 * WB_MS)
#define RECENT WB_SEC

void
idle_prepare(const struct worker *w)
{
	if (w->dp->idle == WB_DP_ADAPTIVE)
		prctl(PR_SET_TIMERSLACK, 1000ul, 0, 0, 0); // ns; 50 us by default
}

static wb_ns_t
sleep_time(const struct worker *w, wb_ns_t now)
{
	wb_ns_t most = now - w->last_inner < RECENT ? SLEEP_RECENT : SLEEP_MAX;
	wb_ns_t t = RTE_MIN((now - w->last_moved) / 8, most);
	unsigned i;

	for (i = 0; i < w->n_slots; i++) {
		const struct slot *s = w->slots[i];

		if (s->dirty || s->deadline <= now)
			return 0;
		t = RTE_MIN(t, s->deadline - now);
	}
	return t;
}

void
idle_walked(struct worker *w, uint64_t cycles)
{
	struct timespec ts = { 0 };
	wb_ns_t t;

	if (w->inner != 0)
		w->last_inner = w->now;
	if (w->moved != 0) {
		w->last_moved = w->now;
		w->busy_cycles += cycles;
		return;
	}
	w->idle_cycles += cycles;
	if (w->dp->idle == WB_DP_POLL)
		return;
	t = sleep_time(w, clock_now());
	if (t < SLEEP_MIN) {
		rte_pause();
		return;
	}
	ts.tv_nsec = t;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	w->sleeps++;
}
