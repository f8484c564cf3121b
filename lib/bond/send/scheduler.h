/* SPDX-License-Identifier: BSD-3-Clause */
// Which path, or paths, the next packet takes. A scheduler sees a view of the usable paths, made
// once a poll and kept up to date, and answers with a bit mask over it. 0: wait.
#ifndef WB_BOND_SCHEDULER_H
#define WB_BOND_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#include "send_tunables.h"
#include "wb_pkt.h"
#include "wb_sched_program.h"
#include "wb_tunnel.h"

struct sched_path {
	wb_ns_t ready;     // pacer: when the next datagram may leave; in the past: now
	int64_t owd;       // ns, one-way delay; only differences between paths mean something
	uint64_t rate;     // bit/s it is paced at
	uint64_t measured; // bit/s it has been seen to deliver
	bool known;        // and that is all it can
	uint64_t weight;
	wb_ns_t rtt; // smoothed
	uint32_t loss_ppm;
	uint8_t slot;
	uint8_t priority;
	bool backup;
	wb_ns_t price; // see wb_price.h
	bool degraded;
	bool doubtful;   // loses some, or is overdue with an answer
	bool window;     // congestion window and records have room
	wb_ns_t idle_at; // when it last had room and nothing to send
};

struct sched_packet {
	uint32_t bytes; // of the outer IP packet
	uint8_t sclass;
	uint8_t tries; // times it has been sent again
	uint8_t last;  // slot it went out on before
	uint16_t bucket;
	uint64_t backlog; // bytes in the flow queue, of all flows
	bool sparse;      // of a new or sparse flow
	bool again;       // sent before and lost
	bool spills;      // before it takes a path that costs more: any of these with room will do
	wb_ns_t waited;   // in the flow queue; again: since it first left
	wb_ns_t hold;     // the other end holds it so long beyond the quickest path's delay
};

struct sched {
	const struct sched_ops *ops;
	uint64_t served[WB_PATHS_MAX]; // weighted, program: bytes over weight, by slot
	wb_ns_t spills_until; // found full: until then, longer with each packet that spills
	// scheduler_program.c
	const struct wb_sched_program *program;
	wb_ns_t waiting_since, waited_at; // it says wait while a path is free
	uint64_t overruled;               // answers that were of no use
	uint64_t answer;                  // the last one of them
	bool told;                        // WB_EVENT_SCHEDULER has been said
	uint32_t shown;                   // paths in view that are not zero
	struct wb_sched_bpf view;
};

struct sched_ops {
	const char *name;
	bool doubles;  // sends realtime packets on two paths
	bool sees_all; // knows prices itself: is asked for all paths at once
	uint32_t (*pick)(struct sched *s, const struct sched_path *p, unsigned n,
		const struct sched_packet *k, wb_ns_t now);
};

// Returns the scheduler of that name. NULL: unknown.
const struct sched_ops *sched_find(const char *name);

extern const struct sched_ops sched_earliest;
extern const struct sched_ops sched_program; // not in the registry: it needs its program

// Takes another one; program: for sched_program.
void sched_set(
	struct sched *s, const struct sched_ops *ops, const struct wb_sched_program *program);

// Sorts paths by price, the cheapest first, as sched_pick() wants them.
void sched_sort(struct sched_path *p, unsigned n);
// Asks the scheduler, n > 0: for the cheapest paths, then, if none of them takes the packet, for those too
// whose price it has waited for already. That the cheapest are full, and not only behind for a moment (a burst;
// a core that another process had), one of them must have shown: busy for SCHED_FULL_AFTER without a pause.
// Once that is seen it holds for SCHED_SPILLS_FOR after the last packet that took another way. Packets of
// calls and of new flows need not wait for that. Where the cheapest are all degraded, for all; where they are all
// doubtful, or it got lost, a realtime packet may take a second path at any price but WB_PRICE_MAX.
uint32_t sched_pick(struct sched *s, const struct sched_path *p, unsigned n,
	const struct sched_packet *k, wb_ns_t now);

// Has it room for this packet now?
bool sched_ready(const struct sched_path *p, const struct sched_packet *k, wb_ns_t now);
// Counts a packet that p[chosen] takes: its share is that much used.
void sched_account(struct sched *s, const struct sched_path *p, unsigned n, unsigned chosen,
	const struct sched_packet *k);

#endif
