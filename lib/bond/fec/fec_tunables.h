/* SPDX-License-Identifier: BSD-3-Clause */
// The numbers that somebody chose for forward error correction.
// In brackets: what homes get otherwise when the number is halved or doubled (docs/performance.md, Constants: the mean, and
// the homes that lose and gain most); where nothing stands there, that was not played.
#ifndef WB_BOND_FEC_TUNABLES_H
#define WB_BOND_FEC_TUNABLES_H

#include "wb_time.h"

// ---- when it is on (fec_tx.c)

// Loss of a path in use from which packets are protected, in a million,
#define ON_PPM 5000
// and under which they are not any more,
#define OFF_PPM 1000
// when it has lasted so long: an overflowing queue is over by then.
#define LASTING WB_SEC
// A resend that takes less is good enough.
#define TRY_MIN (60 * WB_MS)
// Lost sources after which it is judged whether repair symbols could help.
#define JUDGED 12
// Per cent of them that a repair symbol could give back: less is not worth it, and it pauses for
#define FUTILE 30
// so long, twice as long each time,
#define FUTILE_PAUSE (10 * WB_SEC)
// at most so long.
#define FUTILE_PAUSE_MAX (60 * WB_SEC)

// ---- groups (fec_tx.c, fec_rx.c)

// A group closes after a third of the time of a resend, but after so long at least
#define WAIT_MIN (5 * WB_MS)
// and so long at most.
#define WAIT_MAX (30 * WB_MS)
// Longest time that a repair symbol waits to be sent.
#define FEC_REPAIR_WAIT (50 * WB_MS)
// Receiver: what of a group has not come by then does not come.
#define FEC_GROUP_LIFE (300 * WB_MS)
// Sender: least time until the number of a group is used again.
#define FEC_GROUP_AGAIN (500 * WB_MS)

// ---- repair bytes (fec_tx.c)

// Bytes that may be saved up for repair symbols.
#define CREDIT_MAX 32768
// Bytes from which on groups are small, as bulk has earned them:
#define RICH (CREDIT_MAX / 2)
// of so many sources.
#define WANT_RICH 4
// Bytes a second that are earned without traffic: a lone small flow can always be protected.
#define FEC_TRICKLE 4000

// ---- beginnings of flows (fec_tx.c)

// Bytes of a flow that count as its beginning,
#define START_BYTES (64 << 10)
// which it has again after such a pause.
#define START_PAUSE (50 * WB_MS)
// A packet that has waited no longer left room behind it.
#define ROOM_WAIT (3 * WB_MS)
// Time without another packet after which a burst is over, and the group of its beginning closes.
#define BURST_OVER (2 * WB_MS)

#endif
