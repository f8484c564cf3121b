/* SPDX-License-Identifier: BSD-3-Clause */
// Congestion control of one path: how fast, and how much at once. Parts are const structs in a
// registry. They see reports, never packets.
#ifndef WB_BOND_CC_H
#define WB_BOND_CC_H

#include <stdbool.h>
#include <stdint.h>

#include "cc_auto.h"
#include "cc_report.h"
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

struct cc {
	const struct cc_ops *ops;
	uint64_t rate;   // bit/s of outer IP packets, estimate of the path's capacity
	bool known;      // that it is: the path has been filled, or a rate is given
	uint64_t pacing; // bit/s
	uint64_t cwnd;   // bytes
	uint64_t
		shown; // startup: rate of a path that has spread out what it got, behind a queue; 0: none
	bool falls; // too much queue, and the path held back what was sent: it became slower
	wb_ns_t flooded_at; // when startup ended since it had filled the path's queue; 0: it has not
	// What the algorithm knows; "fixed" knows nothing.
	union {
		struct cc_auto automatic;
	};
};

// Takes an algorithm by its name, "auto" or "fixed". bps: the configured rate (auto: a ceiling), 0: none.
void cc_init(struct cc *cc, const char *name, uint64_t bps, wb_ns_t now);
extern const struct cc_ops cc_auto, cc_fixed;

#endif
