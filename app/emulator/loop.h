/* SPDX-License-Identifier: BSD-3-Clause */
// The links at work.
//
// A tick (0.3 ms) apart, the loop takes what came in and sends what is due. What came in is taken to
// have come in the middle of the tick, and what is due within the next half tick goes at once, so the
// error of a delay is at most a tick and 0 on average. When nothing has been under way for 0.1 s,
// three ticks are one.
//
// Two real-time threads on two CPUs take turns: a CPU deep in its kernel (interrupts' second half
// may take milliseconds, real-time or not) costs one tick and not all. Who holds a link's `owner`
// owns the link; one that finds it taken goes on to the next. Telemetry asks through link_call().
#ifndef LOOP_H
#define LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

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
	uint64_t tx_full;      // the port did not take it
	uint64_t truncated;    // cut off: dropped
	uint64_t bad_checksum; // among those inspected
	unsigned inspected;
};

struct link;
typedef int (*link_fn)(struct link *k, void *arg);

struct link {
	const struct link_conf *conf;
	struct loop *loop;
	struct port port[2];
	unsigned n_ports; // open
	struct direction direction[2];
	pthread_mutex_t owner;    // of all but the calls
	wb_em_ns_t seen;          // the last look at the ports
	wb_em_ns_t idle_from;     // under way: nothing, by then
	struct lateness release;  // sent - due
	struct lateness gap;      // between two looks at the ports, when something had come
	wb_em_ns_t next_outage;   // something begins or ends
	wb_em_ns_t hole_until[2]; // outages asked for at run time
	wb_em_ns_t down_until;
	bool hole[2], down;      // as it is
	unsigned outages;        // that have begun
	pthread_mutex_t callers; // one call at a time
	atomic_int call_state;
	link_fn call_fn;
	void *call_arg;
	int call_result;
};

struct loop {
	const struct emu_conf *conf;
	struct link links[EMU_LINKS];
	unsigned n_links;
	struct rte_mempool *pool;
	struct carrier *carrier;
	wb_em_ns_t start;
	atomic_bool stop;
};

wb_em_ns_t loop_now(void);
// Opens ports, reads traces. 0; -errno, reason said on stderr. loop_close in either case.
int loop_open(struct loop *l, const struct emu_conf *c);
// Thread k of n; until l->stop.
void loop_run(struct loop *l, unsigned k, unsigned n);
void loop_close(struct loop *l);
uint64_t direction_seed(const struct link *k, enum side side);
// From another thread: fn runs in the one that owns the link. Its result; -ETIMEDOUT when the loop
// does not answer.
int link_call(struct link *k, link_fn fn, void *arg);

// outage.c
// Switches the link as the schedule and hole_until, down_until say; sets k->next_outage.
void outage_apply(struct link *k, wb_em_ns_t now);

#endif
