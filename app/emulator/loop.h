/* SPDX-License-Identifier: BSD-3-Clause */
// The links at work. One thread, the real-time one, owns everything here; others ask through
// loop_call().
//
// It sleeps one tick (0.2 ms), takes what came in, sends what is due. What came in is taken to have
// come in the middle of the tick, and what is due within the next half tick goes at once, so the
// error of a delay is at most a tick and 0 on average.
#ifndef LOOP_H
#define LOOP_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "carrier.h"
#include "config.h"
#include "lateness.h"
#include "port.h"
#include "trace_file.h"

struct direction {
	struct wb_em_link *em;
	uint16_t in, out; // ports
	struct direction_conf conf;
	struct trace_file trace;
	uint64_t tx_full;   // the port did not take it
	uint64_t truncated; // longer than a frame may be: offloads are on
};

struct link {
	const struct link_conf *conf;
	struct port port[2];
	unsigned n_ports; // open
	struct direction direction[2];
	wb_em_ns_t hole_until[2]; // outages asked for at run time
	wb_em_ns_t down_until;
	bool hole[2], down; // as it is
};

struct loop;
typedef int (*loop_fn)(struct loop *l, void *arg);

struct loop {
	const struct emu_conf *conf;
	struct link links[EMU_LINKS];
	unsigned n_links;
	struct rte_mempool *pool;
	struct carrier *carrier;
	wb_em_ns_t start;
	wb_em_ns_t seen;         // the last look at the ports
	wb_em_ns_t next_outage;  // something begins or ends
	struct lateness release; // sent - due
	struct lateness gap;     // between two looks at the ports
	pthread_mutex_t callers; // one call at a time
	atomic_int call_state;
	loop_fn call_fn;
	void *call_arg;
	int call_result;
};

wb_em_ns_t loop_now(void);
// Opens ports, reads traces. 0; -errno, reason said on stderr. loop_close in either case.
int loop_open(struct loop *l, const struct emu_conf *c);
void loop_run(struct loop *l, const volatile sig_atomic_t *stop);
void loop_close(struct loop *l);
// From another thread: fn runs in the loop's. Its result; -ETIMEDOUT when the loop does not answer.
int loop_call(struct loop *l, loop_fn fn, void *arg);

// outage.c
// Switches the links as the schedule and hole_until, down_until say; sets l->next_outage.
void outage_apply(struct loop *l, wb_em_ns_t now);

#endif
