/* SPDX-License-Identifier: BSD-3-Clause */
// A scheduler of your own: an eBPF program that picks the path of every packet that a tunnel sends.
//
//	#include "wb_sched_bpf.h"
//	SCHEDULER(struct wb_sched_bpf *c)
//	{
//		return wb_least(c, c->free, WB_BY_RTT);
//	}
//
//	clang -target bpf -mcpu=v2 -O2 -Wall -I/usr/local/include/wanbond -c mine.bpf.c -o mine.bpf.o
//	wanbond> set scheduler ./mine.bpf.o           or "scheduler": "mine.bpf.o" in the configuration
//
// The answer is a set of paths, bit i for path[i]:
//   some free ones       the packet goes out on each of them (more than one: copies)
//   others that are up   it waits for one of these; where free ones are named too, it takes these
//   0                    it waits; asked again when a path has had its turn, at the latest after 1 ms
// An answer that names a path which is not up, and the answer of a program that has let packets wait
// for 500 ms while a path was free, is not used: `earliest` decides instead, which is counted
// (scheduler_overruled) and logged once.
//
// What the verifier (librte_bpf of DPDK 22.11) takes: one function, in section "scheduler". No loops
// (`#pragma unroll` them), no maps, no global or static variables, no constant tables (a switch may
// become one: -fno-jump-tables), no calls but those declared here (functions of your own: `static
// inline` with __attribute__((always_inline))), at most 512 bytes on the stack. path[] wants constant
// indices. Each way through the program is verified by itself, so that branches one after another
// double the work: at most a million instructions, all ways added up. Hence the sets, wb_least() and
// wb_value(): they need neither branches nor indices.
#ifndef WB_SCHED_BPF_H
#define WB_SCHED_BPF_H

#ifdef __bpf__
typedef __UINT32_TYPE__ uint32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT64_TYPE__ uint64_t;
#else
#include <stdint.h>
#endif

#define WB_SCHED_SECTION "scheduler"
#define WB_SCHED_PATHS 16
#define WB_SCHED_MEMORY 8

// sclass: how the packet's flow wants to be carried.
enum wb_sched_class {
	WB_SCHED_DEFAULT,
	WB_SCHED_REALTIME, // calls, games
	WB_SCHED_BULK,     // of a flow that stands in the queue
};

// flags
#define WB_SCHED_SPARSE 1 // of a new flow or one that seldom sends; it jumps the queue
#define WB_SCHED_AGAIN 2  // was lost and goes out again

// All zero where there is no such path or it is not up. Times in ns.
struct wb_sched_bpf_path {
	uint64_t arrival; // from now until the packet would arrive; only differences mean something
	uint64_t wait;    // until it may send again; 0: now
	uint64_t rtt;     // smoothed round trip
	uint64_t rate;    // bit/s it is paced at: what it carries, as far as we know
	uint64_t loss;    // datagrams lost in a million
	uint64_t served;  // bytes it got by your answers over its weight (or rate), in no unit
	uint64_t priority; // as configured; lower is preferred
	uint64_t price;    // ns that packets of the built-in schedulers rather wait; 0: it is free
};

// Fields of the above, for wb_least().
enum wb_sched_by {
	WB_BY_ARRIVAL,
	WB_BY_WAIT,
	WB_BY_RTT,
	WB_BY_RATE,
	WB_BY_LOSS,
	WB_BY_SERVED,
	WB_BY_PRIORITY,
	WB_BY_PRICE,
	WB_BY_COUNT
};

// What there is to decide. Made anew for each packet: what you write here is gone, but for memory.
struct wb_sched_bpf {
	uint64_t now;    // ns
	uint64_t waited; // ns in the queue; AGAIN: since it first left
	uint32_t bytes;  // on the wire, IP header included
	uint32_t sclass; // enum wb_sched_class
	uint32_t flags;  // WB_SCHED_SPARSE, WB_SCHED_AGAIN
	uint32_t tries;  // AGAIN: times sent so before
	uint32_t flow;   // 0..1023; the same for all packets of a flow
	// Sets of paths, bit i for path[i].
	uint32_t up;       // they carry; all others below are among these
	uint32_t free;     // have room for this packet now
	uint32_t degraded; // lose more than a tenth
	uint32_t backup;   // configured as backup or metered: not for free
	uint32_t last;     // AGAIN: the one it was lost on
	// Yours: all 0 when the program is loaded, kept from packet to packet of a tunnel.
	uint64_t memory[WB_SCHED_MEMORY];
	// An edge's WANs in the order of its configuration; a hub's, in which it heard them first.
	struct wb_sched_bpf_path path[WB_SCHED_PATHS];
};

#ifdef __bpf__
#define SCHEDULER(context)                                                                         \
	__attribute__((section(WB_SCHED_SECTION), used)) uint64_t wb_scheduler(context)

// Returns the one of `paths` for which the field is least (as a set of one); of equals the one where the packet
// arrives first. 0: `paths` is empty. Bits of paths that are not up are passed over.
extern uint64_t wb_least(const struct wb_sched_bpf *c, uint64_t paths, uint64_t by);
// Returns the field's value there. All ones: `paths` is empty.
extern uint64_t wb_value(const struct wb_sched_bpf *c, uint64_t paths, uint64_t by);
#endif

#endif
