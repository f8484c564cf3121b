/* SPDX-License-Identifier: BSD-3-Clause */
// The numbers that somebody chose for what samples say of a path.
// In brackets: what homes get otherwise when the number is halved or doubled (docs/performance.md, Constants: the mean, and
// the homes that lose and gain most); where nothing stands there, that was not played.
#ifndef WB_BOND_MEASURE_TUNABLES_H
#define WB_BOND_MEASURE_TUNABLES_H

#include "wb_time.h"

// ---- delivery rate (rate.c)

// Least time that a sample spans: a burst of a few packets measures nothing on a link that is
// scheduled in slots.
#define RATE_WINDOW (40 * WB_MS)
// Least time that a train of datagrams spans.
#define RATE_TRAIN (10 * WB_MS)
// Least time between two points of the history.
#define RATE_STEP (2 * WB_MS)

// ---- round trip (rtt.c)

// Round trip before the first sample.
#define RTT_INITIAL (100 * WB_MS)
// Time over which the least round trip is taken.
#define RTT_MIN_WINDOW (10 * WB_SEC)

// ---- one-way delay (owd.c)

// Time over which the least delay is taken, above which there is a queue. [no edge]
#define OWD_MIN_WINDOW (10 * WB_SEC)
// Time over which the least recent delay is taken, [no edge]
#define OWD_RECENT (50 * WB_MS)
// and the longest such time, where jitter is large and samples are few. [no edge]
#define OWD_RECENT_MAX WB_SEC
// Longest gap between two samples that counts for how many there are. [no edge]
#define OWD_GAP_MAX (200 * WB_MS)
// Samples over which the mean delay is taken. [halved +0.2 (-2 +7) %, doubled -1.4 (-17 +0) %]
#define OWD_MEAN 64
// Most that one difference counts as jitter: a larger one is a queue that broke up. [halved +0.3
// (-9 +10) %, doubled +0.3 (-3 +6) %]
#define OWD_STEP (60 * WB_MS)
// Time without a sample after which the smoothed delay begins anew. [no edge]
#define OWD_STALE (100 * WB_MS)

// ---- wander (wander.c)

// Time between two looks.
#define WANDER_SPAN (100 * WB_MS)
// A span that is longer says nothing.
#define WANDER_PAUSE WB_SEC
// Most that one sample counts: a larger one is a change, not noise.
#define WANDER_MOST (60 * WB_MS)
// Looks over which it is averaged.
#define WANDER_SMOOTH 16

// ---- changes at fixed times (grid.c)

// Slots by which two votes may differ and still agree.
#define GRID_NEAR 1
// Slots from which another one is elsewhere.
#define GRID_APART 5
// Least score of a vote, in tenths.
#define GRID_LEAST 40
// Most that one part adds to a score.
#define GRID_CAP 300
// Votes of 16 that must agree for the change to be known: by chance they do once in 200 years.
#define GRID_KNOWN 9
// It is known until fewer than so many agree.
#define GRID_LOST 6
// Time that a change takes.
#define GRID_AFTER (250 * WB_MS)
// Slots on either side of a step that show where it is,
#define GRID_SPAN 3
// and that it lasts.
#define GRID_LASTS 10
// Slots over which the usual loss is averaged.
#define GRID_LOSS_SMOOTH 128

#endif
