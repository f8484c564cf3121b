/* SPDX-License-Identifier: BSD-3-Clause */
// The state of automatic rate control (cc_auto.c), and what its files share. A path begins in startup (cc_startup.c), until it
// is filled, and is steady from then on (cc_steady.c); both go by rounds of a round trip (cc_round.c).
#ifndef WB_BOND_CC_AUTO_H
#define WB_BOND_CC_AUTO_H

#include <stdbool.h>
#include <stdint.h>

#include "cc_report.h"
#include "look.h"
#include "wb_time.h"

#define CC_ROUNDS 8

enum cc_phase { CC_STARTUP, CC_STEADY };

struct cc_auto {
	uint64_t limit; // configured ceiling, bit/s; 0: none
	uint8_t phase;  // enum cc_phase

	// This round, and the last.
	uint64_t round_max[CC_ROUNDS]; // best delivery rate of each of the last rounds
	unsigned round;                // counts rounds
	wb_ns_t round_end;
	uint64_t round_rate;      // estimate when the round began
	bool grows;               // the estimate rose in the last round
	uint64_t acked, lost;     // bytes in this round
	uint64_t seen, last_seen; // most that was delivered in this round, in the last
	bool round_held,
		last_held; // the path, not the sender, set the pace in this round, in the last
	bool round_filled; // a sample of this round was not app-limited
	bool lossy;        // the last round lost so much that it counts as a full queue
	unsigned fell;     // reports in a row of a path that became much slower

	// Startup.
	unsigned stretched; // samples in a row that the path spread out
	bool round_used;    // enough was in flight in this round

	// Steps up. Those in a row: startup counts flat, too.
	unsigned flat;   // rounds that went faster and brought no more
	unsigned streak; // steps that paid
	unsigned waited; // rounds in which no step has shown that it paid
	unsigned hold;   // rounds for which no step is tried
	uint64_t full;   // rate at the last round that grew

	// The queue on the path.
	unsigned high;               // rounds in a row with too much of it
	wb_ns_t drain_at, drain_end; // next look at the empty path
	struct look look;            // is what looks like a queue one?

	// Is the estimate still true?
	uint64_t
		most; // what the path has carried once; less each time that it was tried again in vain
	wb_ns_t told_at; // when a sample last told the capacity
	unsigned tried;  // times since then that it was tried again
};

struct cc;

static inline uint64_t
cc_percent(uint64_t v, uint64_t p)
{
	return v * p / 100;
}

// cc_round.c. Takes what a report says into the round.
void round_report(struct cc *cc, const struct cc_report *r);
void round_ended(struct cc *cc, const struct cc_report *r, wb_ns_t now);
// How long a round lasts.
wb_ns_t round_takes(const struct cc_report *r);
// Was it sent at the estimated rate or faster? What left more slowly proves nothing of the path.
bool round_asked(const struct cc *cc, const struct cc_report *r);
// Returns the best delivery rate of so many rounds.
uint64_t round_best(const struct cc *cc, unsigned rounds);
// Is more lost in this round than a link loses by chance? The path's queue is full: what gets through arrives as it left.
bool round_overflows(const struct cc *cc);
// Returns what the path has been seen to deliver in this round and the last; it need not be all that it could.
uint64_t round_delivered(const struct cc *cc);
// Takes the rate that a report tells for the only one, if the link has become much slower.
void round_fall(struct cc *cc, const struct cc_report *r);

// cc_startup.c. Takes what a report says of startup, which may end by it.
void startup_report(struct cc *cc, const struct cc_report *r, wb_ns_t now);
void startup_round(struct cc *cc);
// Sets pacing and window.
void startup_window(struct cc *cc, const struct cc_report *r);

// cc_steady.c.
void steady_round(struct cc *cc, const struct cc_report *r, wb_ns_t now);
// Returns true when what looks like a queue is the path's own delay.
bool steady_doubt(struct cc *cc, const struct cc_report *r, wb_ns_t now);
uint64_t steady_pacing(struct cc *cc, const struct cc_report *r, wb_ns_t now);
void steady_window(struct cc *cc, const struct cc_report *r, wb_ns_t target);

#endif
