/* SPDX-License-Identifier: BSD-3-Clause */
// The numbers that somebody chose for what joins the parts of a tunnel.
// In brackets: what homes get otherwise when the number is halved or doubled (docs/performance.md, Constants: the mean, and
// the homes that lose and gain most); where nothing stands there, that was not played.
#ifndef WB_BOND_TUNNEL_TUNABLES_H
#define WB_BOND_TUNNEL_TUNABLES_H

#include "cc_report.h"
#include "swing.h"
#include "wb_time.h"

// ---- life of a tunnel (tunnel.c, tunnel_timers.c)

// Time after a packet for which the tunnel counts as in use: paths are probed more often.
#define TUNNEL_ACTIVE (3 * WB_SEC)
// Longest time that a packet waits to be sent: an outage that ends by then costs TCP no timeout.
#define TUNNEL_PATIENCE (3 * WB_SEC)
// Longest such time of a realtime packet.
#define TUNNEL_PATIENCE_REALTIME (500 * WB_MS)
// Time without a call after which the machine must have slept: longer than any path is left
// without a probe.
#define TUNNEL_ASLEEP (1500 * WB_MS)
// Time in which nothing is heard on any path, so that this worker or the other end's had no core
// (a busy VPS).
#define TUNNEL_PAUSE (20 * WB_MS)
// Time after that in which no path turns suspect: the answers of all are on the way.
#define TUNNEL_GRACE (20 * WB_MS)
// Hub: time without a datagram after which a path that carries nothing may give way to a new one.
#define SLOT_IDLE (10 * WB_SEC)

// ---- what was sent (tunnel_ack.c)

// Time that a resend takes over the round trip: the loss is seen, the ACK sent, the worker woken.
#define TUNNEL_TRY_EXTRA (25 * WB_MS)
// Longest delay of an ACK that is believed.
#define ACK_DELAY_MAX (100 * WB_MS)
// Queueing time above the least delay and the jitter that is usual on a path whose rate has not changed.
#define USUAL_QUEUE (25 * WB_MS)
// A path trickles when it is slower by so many times than the others together,
#define TRICKLE_SLOWER 8
// and has less in flight than they carry in this time: all of it is sent elsewhere when an answer
// is late.
#define TRICKLE_BYTES (4 * WB_MS)
// Bytes in flight up to which they are sent once more when late, if nothing is queued behind
// them.
#define TAIL_BYTES (16 * CC_DATAGRAM)

// ---- what the parts are told (tunnel_tune.c)

// Time between two calls of tunnel_tune().
#define TUNE_EVERY SWING_EVERY
// Per cent of the longest round trip: the time for which packets of a bulk flow may wait,
#define BULK_TARGET_PERCENT 60
// and its least
#define BULK_TARGET_MIN (15 * WB_MS)
// and greatest value.
#define BULK_TARGET_MAX (60 * WB_MS)
// Realtime packets may have one part in so many of the paths' rates; they go twice.
#define REALTIME_SHARE 10
// The rate of losses that hold up flows is averaged over so many times TUNE_EVERY.
#define STALLS_SMOOTH 128
// Reordering on a path from which its early datagrams wait for the others.
#define PLAYOUT_FROM (3 * WB_MS)
// Longest time that they wait.
#define PLAYOUT_MOST (100 * WB_MS)
// Least time that a gap stays open for a resend; 3 tries (bulk: 4), but
#define HOLD_MIN (40 * WB_MS)
// at most so long,
#define HOLD_MAX_DEFAULT (300 * WB_MS)
// bulk so long.
#define HOLD_MAX_BULK (400 * WB_MS)

// ---- sending (tunnel_tx.c, tunnel_control.c)

// Longest time until a packet that waits for a path is looked at again.
#define RECHECK WB_MS
// Time since data came on a path that costs after which it gets no reports, if a cheaper one
// lives.
#define REPORTS_AFTER (500 * WB_MS)

// ---- what the ends tell each other (tunnel_state.c, tunnel_peer.c)

// Least time between two PATH_STATE reports.
#define TELL_SOON (10 * WB_MS)
// Time until a change for the worse is told again, as the report may get lost,
#define TELL_AGAIN (100 * WB_MS)
// and how often it is told.
#define TELL_TIMES 3
// Longest time that good news wait for a report to go along with.
#define TELL_ALONE (100 * WB_MS)
// Longest time between two reports while packets move, for rates change,
#define TELL_ACTIVE WB_SEC
// and when they do not.
#define TELL_IDLE (5 * WB_SEC)
// Time for each event that the other end may cause, in the long run,
#define EVENT_EVERY (250 * WB_MS)
// and how many at once.
#define EVENT_BURST 32
// Time for each change of a path's sizes that the other end may tell, in the long run,
#define TOLD_EVERY WB_SEC
// and how many at once.
#define TOLD_BURST 4

// ---- equal delay (tunnel_equal.c)

// A slower path is worth a hold that brings one part in so many of the quicker ones at least,
#define EQUAL_WORTH 8
// and as much as they do for a delay of so long.
#define EQUAL_FAR (400 * WB_MS)

#endif
