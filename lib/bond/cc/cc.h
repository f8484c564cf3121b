/* SPDX-License-Identifier: BSD-3-Clause */
// Congestion control of one path: how fast, and how much at once. Parts are const structs in a
// registry. They see reports, never packets.
#ifndef WB_BOND_CC_H
#define WB_BOND_CC_H

#include <stdbool.h>
#include <stdint.h>

#include "cc_report.h"
#include "look.h"
#include "wb_time.h"

struct cc;

struct cc_ops {
	const char *name;
	void (*init)(struct cc *cc, uint64_t bps, wb_ns_t now);
	// A report came in. Returns true when the path has become longer: minima of its delay are to be taken anew.
	bool (*report)(struct cc *cc, const struct cc_report *r, wb_ns_t now);
	// The path comes back after having been down.
	void (*restart)(struct cc *cc, wb_ns_t now);
	const char *(*state)(const struct cc *cc);
};

#define CC_ROUNDS 8

struct cc {
	const struct cc_ops *ops;
	uint64_t rate;   // bit/s of outer IP packets, estimate of the path's capacity
	bool known;      // that it is: the path has been filled, or a rate is given
	uint64_t pacing; // bit/s
	uint64_t cwnd;   // bytes
	// cc_auto.c
	uint64_t limit;                // configured ceiling, bit/s; 0: none
	uint64_t round_max[CC_ROUNDS]; // best delivery rate of each of the last rounds
	unsigned round;                // counts rounds
	unsigned stretched;            // startup: samples in a row that the path spread out
	uint64_t shown; // startup: the rate that they tell; 0: none, or it was exceeded since
	unsigned fell;  // reports in a row of a path that became much slower

	unsigned flat;        // rounds in a row that went faster and brought no more
	unsigned high;        // rounds in a row with too much queue
	unsigned streak;      // steps up in a row that paid
	unsigned waited;      // rounds in a row in which no step has shown that it paid
	unsigned hold;        // rounds for which no step up is tried
	uint64_t full;        // rate at the last round that grew
	uint64_t acked, lost; // bytes in this round
	wb_ns_t round_end;
	wb_ns_t drain_at, drain_end; // next look at the empty path
	struct look look;            // is what looks like a queue one?
	wb_ns_t flooded_at;          // when startup ended since it had filled the path's queue
	uint8_t phase;
	uint64_t round_rate; // estimate when the round began
	uint64_t
		most; // what the path has carried once; less each time that it was tried again in vain
	wb_ns_t told_at;          // when a sample last told the capacity
	unsigned tried;           // times since then that it was tried again
	uint64_t seen, last_seen; // most that was delivered in this round, in the last
	bool grows;               // it rose in the last round
	bool round_held,
		last_held; // the path, not the sender, set the pace in this round, in the last
	bool falls;        // too much queue, and the path held back what was sent: it became slower
	bool round_used;   // startup: enough was on the way in it
	bool round_filled; // a sample of this round was not app-limited
	bool lossy;        // the last round lost so much that it counts as a full queue
};

// Takes an algorithm by its name, "auto" or "fixed". bps: the configured rate (auto: a ceiling), 0: none.
void cc_init(struct cc *cc, const char *name, uint64_t bps, wb_ns_t now);
extern const struct cc_ops cc_auto, cc_fixed;

#endif
