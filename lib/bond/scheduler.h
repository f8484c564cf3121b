/* SPDX-License-Identifier: BSD-3-Clause */
// Which path, or paths, the next packet takes. A scheduler sees a view of the usable paths, made
// once a poll and kept up to date, and answers with a bit mask over it. 0: wait.
#ifndef WB_BOND_SCHEDULER_H
#define WB_BOND_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_pkt.h"
#include "wb_tunnel.h"

struct sched_path {
	wb_ns_t ready; // pacer: when the next datagram may leave; in the past: now
	int64_t owd;   // ns, one-way delay; only differences between paths mean something
	uint64_t rate; // bit/s it is paced at
	uint64_t weight;
	uint8_t slot;
	uint8_t priority;
	bool backup;
	bool degraded;
	bool window; // congestion window and records have room
};

struct sched_packet {
	uint32_t bytes; // of the outer IP packet
	uint8_t sclass;
	uint8_t tries;  // times it has been sent again
	uint8_t last;   // slot it went out on before
	bool sparse;    // of a new or sparse flow
	bool again;     // sent before and lost
	wb_ns_t waited; // in the flow queue
};

struct sched {
	const struct sched_ops *ops;
	uint64_t served[WB_PATHS_MAX]; // weighted: bytes over weight, by slot
};

struct sched_ops {
	const char *name;
	uint32_t (*pick)(struct sched *s, const struct sched_path *p, unsigned n,
		const struct sched_packet *k, wb_ns_t now);
};

// NULL: unknown name.
const struct sched_ops *sched_find(const char *name);

extern const struct sched_ops sched_earliest, sched_weighted, sched_failover, sched_redundant;

#endif
