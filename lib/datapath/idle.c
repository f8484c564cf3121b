// SPDX-License-Identifier: BSD-3-Clause
// Puts a worker to sleep after a walk that moved nothing, in `adaptive` mode.
//
// It sleeps for an eighth of the time since a packet last moved. So a packet after a pause waits at most an eighth
// of that pause longer. The most is SLEEP_RECENT while inner packets have moved within the last second, else
// SLEEP_MAX. It wakes up for a tunnel's next deadline, but sleeps SLEEP_FLOOR at least: what arrives meanwhile
// makes one burst instead of many, and paths are paced in bursts anyway. Without that floor a worker with a packet
// every 40 us (300 Mbit/s) did 55 times as many walks and kept everything else from its core.
//
// It must wake up in time although others want the core, so it runs SCHED_FIFO at the lowest priority. Overrun in
// us, with 150 us of sleep, 100 us of work and four busy processes on two cores (kernel 6.18):
//
//                           median    p99    p99.9
//   ordinary                    28  11800    38700
//   nice -20                    37   6200    11800
//   nice -10, slice 0.1 ms      32   3700    11700
//   SCHED_FIFO                  34     70      250
//
// A worker that has not slept for BUSY_MAX has more to do than its core can. It needs no waking, and at real-time
// priority it would keep all others from the core (ssh and the control thread, on a VPS with one core). Until it
// sleeps again it is an ordinary thread of niceness NICE, which gets three quarters of the core against one other.
// In `poll` mode it always is an ordinary thread.
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "dp.h"

#define SLEEP_MIN (10 * WB_US) // less is not worth the system call
#define SLEEP_FLOOR (50 * WB_US)
#define SLEEP_RECENT (150 * WB_US)
#define SLEEP_MAX (1 * WB_MS)
#define RECENT WB_SEC
#define BUSY_MAX (10 * WB_MS)
#define NICE (-5)

static int
be_urgent(struct worker *w, bool urgent)
{
	struct sched_param param = { 0 };
	int policy = urgent ? SCHED_FIFO : SCHED_OTHER;

	if (urgent)
		param.sched_priority = sched_get_priority_min(SCHED_FIFO);
	w->urgent = urgent;
	return sched_setscheduler(0, policy, &param);
}

void
idle_prepare(struct worker *w)
{
	if (w->dp->idle == WB_DP_POLL)
		return;
	prctl(PR_SET_TIMERSLACK, 1000ul, 0, 0, 0); // ns; 50 us by default
	setpriority(PRIO_PROCESS, 0, NICE);        // 0: this thread
	if (be_urgent(w, true) != 0)
		LOG(WARNING, "worker %u: no real-time scheduling: it may wake up late\n", w->lcore);
	w->last_slept = clock_now();
}

// The lcore's thread is DPDK's and outlives the worker.
void
idle_finish(struct worker *w)
{
	if (w->dp->idle == WB_DP_POLL)
		return;
	be_urgent(w, false);
	setpriority(PRIO_PROCESS, 0, 0);
}

static void
sleep_for(struct worker *w, wb_ns_t t)
{
	struct timespec ts = { .tv_nsec = t };

	if (!w->urgent)
		be_urgent(w, true);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	w->last_slept = clock_now();
	w->sleeps++;
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
	return RTE_MAX(t, (wb_ns_t)SLEEP_FLOOR);
}

void
idle_walked(struct worker *w, uint64_t cycles)
{
	wb_ns_t t;

	if (w->inner != 0)
		w->last_inner = w->now;
	if (w->moved != 0) {
		w->last_moved = w->now;
		w->busy_cycles += cycles;
	} else {
		w->idle_cycles += cycles;
	}
	if (w->dp->idle == WB_DP_POLL)
		return;
	if (w->moved == 0) {
		t = sleep_time(w, w->now);
		if (t >= SLEEP_MIN) {
			sleep_for(w, t);
			return;
		}
		rte_pause();
	}
	if (unlikely(w->urgent && w->now - w->last_slept > BUSY_MAX))
		be_urgent(w, false);
}
