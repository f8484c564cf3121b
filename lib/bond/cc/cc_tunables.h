/* SPDX-License-Identifier: BSD-3-Clause */
// The numbers that somebody chose for congestion control.
// In brackets: what homes get otherwise when the number is halved or doubled (docs/performance.md, Constants: the mean, and
// the homes that lose and gain most); where nothing stands there, that was not played.
#ifndef WB_BOND_CC_TUNABLES_H
#define WB_BOND_CC_TUNABLES_H

#include "rate.h"
#include "wb_time.h"

// ---- what a report is evidence of (cc_report.c)

// Queueing delay that is always taken for noise, with 1.5 x the jitter. [halved +0.6 (-3 +12) %,
// doubled +0.2 (-4 +6) %]
#define LOW (2 * WB_MS)
// Most jitter that is counted for that. [no edge]
#define JITTER_MAX (30 * WB_MS)
// Bytes from which a sample says whether the path set the pace. [no edge]
#define BUSY_BYTES (8 * CC_DATAGRAM)
// Longest sample that shows a rate, or a round trip: that of a slow path grows with its queue.
// [no home moves]
#define SHOWS_SPAN (4 * RATE_WINDOW)

// ---- automatic rate control (cc_auto.c)

// bit/s, before anything is known. [no home moves]
#define INITIAL_BPS 20000000ull
// Bytes, likewise. [no edge]
#define INITIAL_WINDOW (128u << 10)
// Datagrams that a window has at least, besides what the path holds. [no edge]
#define INITIAL_DATAGRAMS 16
// bit/s: least pacing, [no home moves]
#define MIN_BPS 100000ull
// and greatest, whatever the other end says.
#define MAX_BPS 100000000000ull
// Queueing delay above the noise from which a path is slowed down. [no edge]
#define TARGET_ABOVE_LOW (6 * WB_MS)
// Time for which a rate much lower than it was is believed, doubled each time. [no edge]
#define TRUST (2 * WB_SEC)
// And how often. [no home moves]
#define TRUST_DOUBLINGS 4

// ---- rounds (cc_round.c)

// Least length of a round; else a round trip. [halved -0.0 (-6 +3) %, doubled -0.5 (-11 +4) %]
#define ROUND_MIN (40 * WB_MS)
// Per cent of the estimate: a sample below is a clear fall, which need not wait for rounds,
// [halved +0.0 (-6 +12) %, doubled +0.0 (-6 +4) %]
#define FELL_SHARE 85
// in so many reports running, [no edge]
#define FELL_REPORTS 2
// unless jitter alone makes such samples. [halved -3.7 (-27 +0) %, doubled +0.9 (-4 +12) %]
#define FELL_JITTER (RATE_WINDOW / 8)

// ---- startup (cc_startup.c)

// Bytes: with less in flight no capacity is seen, only jitter. [no home moves]
#define STARTUP_USED (INITIAL_WINDOW / 4)
// Times rate x round trip that the window may be: the rate is measured over 40 ms and more, and
// slow start doubles meanwhile. [halved +0.7 (-5 +9) %, doubled +1.0 (-4 +11) %]
#define STARTUP_GAIN 8
// Samples in a row that the path spread out: it is filled. [no edge]
#define STRETCHED_SAMPLES 3
// Rounds in a row without growth by a quarter: it is filled. [no edge]
#define FLAT_ROUNDS 2

// ---- steady (cc_steady.c)

// Queueing delay above the noise that is aimed at: it proves that the path is full. [no edge]
#define STAND (2 * WB_MS)
// Per mille of the rate for each ms of difference to that. [no edge]
#define STAND_SLOPE 5
// Per mille below the rate at least when there is too much queue: or it would stand. [no edge]
#define OVER_MIN 15
// Queue that may be left when the path counts as empty.
#define DRAINED WB_MS
// Time between two looks at the empty path. [no edge]
#define DRAIN_EVERY (5 * WB_SEC)
// Rounds until the rate shows what a step brought: a round trip and RATE_WINDOW. [no edge]
#define WAIT_ROUNDS 2
// Rounds in a row in which faster brought no more and made no queue: there is a policer, and [no
// edge]
#define POLICED_ROUNDS 4
// for so many rounds no step is tried. [no edge]
#define HOLD_ROUNDS 16

// ---- is it a queue? (look.h)

// Rounds with too much queue, before a look. [no edge]
#define LOOK_ROUNDS 3
// What of a queue is to go at least; three times the wander where that is more. [halved -0.2 (-7
// +6) %, doubled +0.6 (-2 +13) %]
#define LOOK_DRAIN (15 * WB_MS)
// Per cent of what is delivered that the path gets in a look. [halved -3.6 (-20 +4) %, doubled
// +0.2 (-5 +11) %]
#define LOOK_PERCENT 75
// Time until the next look after one that found a queue, doubled each time. [no edge]
#define LOOK_AGAIN WB_SEC
// And how often. [no edge]
#define LOOK_DOUBLINGS 4

#endif
