/* SPDX-License-Identifier: BSD-3-Clause */
// The numbers that somebody chose for what waits to be sent, in which order it goes, and on which path.
// In brackets: what homes get otherwise when the number is halved or doubled (docs/performance.md, Constants: the mean, and
// the homes that lose and gain most); where nothing stands there, that was not played.
#ifndef WB_BOND_SEND_TUNABLES_H
#define WB_BOND_SEND_TUNABLES_H

#include "wb_time.h"

// ---- classes (flow_class.c)

// Bytes a second on the wire that a realtime flow has: 128 game updates of 300 bytes, 3 calls,
#define FLOW_CLASS_RATE 48000
// and bytes at once: a handful of packets.
#define FLOW_CLASS_BURST 2500
// Bytes of a realtime packet at most.
#define FLOW_CLASS_SIZE 700
// Packets of good behaviour, and
#define FLOW_CLASS_PACKETS 8
// time of it, before a flow is realtime,
#define FLOW_CLASS_NEW (150 * WB_MS)
// without a longer pause.
#define FLOW_CLASS_PAUSE (400 * WB_MS)
// Time for which a realtime flow may be silent: the pauses of a call.
#define FLOW_CLASS_SILENT (5 * WB_SEC)
// Time without the class after a packet that is too large or too much.
#define FLOW_CLASS_PENALTY (2 * WB_SEC)
// Time over which a flow's share of the realtime packets is taken.
#define FLOW_CLASS_WINDOW (100 * WB_MS)
// Burst of all realtime packets together, in time at their bound,
#define FLOW_CLASS_DEPTH (100 * WB_MS)
// and the least, in bytes.
#define FLOW_CLASS_DEPTH_MIN 6000
// Time at their bound for which they may be over it before they lose the class.
#define FLOW_CLASS_DEBT (100 * WB_MS)
// Bytes a second: the least bound of all realtime packets together, two calls.
#define FLOW_CLASS_CAP_MIN 32000
// Bytes of a packet that is never bulk: TCP's acknowledgements with all options, questions,
// games.
#define FLOW_SMALL 160

// ---- flow queue (flow_table.c, flow_turns.c, flow_bucket.c, overload.c)

// Time without a packet after which a bucket may be another flow's: nothing earlier is held for
// order by then.
#define FLOW_TABLE_STALE (500 * WB_MS)
// Quanta by which a host's new flows may go before the turns of other hosts.
#define TURNS_AHEAD 4
// Packets left behind one that leaves: more than a sender's ordinary burst. When that is found
// [no home moves]
#define BULK_DEPTH 4
// so many times running, the flow is bulk. [no home moves]
#define BULK_RUN 256
// Time without a standing queue after which it is bulk no more. [no home moves]
#define BULK_LEAVE WB_SEC
// Longest wait of packets whose sender does not slow down. [no home moves]
#define OVERLOAD_WAIT (50 * WB_MS)
// Wait from which a sender may be taken for such a one, [no home moves]
#define OVERLOAD_FROM (100 * WB_MS)
// after so many windows running: in the first it may not have heard of the congestion. [no home
// moves]
#define OVERLOAD_WINDOWS 2
// Time for which that is remembered: a sender's nature does not change in a dip. [no home moves]
#define OVERLOAD_MEMORY (10 * WB_SEC)

// ---- schedulers (scheduler.c, scheduler_earliest.c)

// Time without a pause after which a cheap path counts as full, and a dearer one may help,
#define SCHED_FULL_AFTER (150 * WB_MS)
// and for which that holds.
#define SCHED_SPILLS_FOR (500 * WB_MS)
// Paths whose delays differ by less are alike, to whoever looks at them.
#define SCHED_NEAR ((int64_t)(10 * WB_MS))
// A path brings little when it brings less than one part in so many of what the best one does.
#define LITTLE_RATE 8
// Time that an urgent packet may lose by the choice of another path.
#define URGENT_SLACK ((int64_t)(10 * WB_MS))
// Time that a degraded path counts for later.
#define PENALTY_DEGRADED (50 * WB_MS)
// Time that a path with a full window counts for later: it opens with the next acknowledgement.
#define WINDOW_WAIT (10 * WB_MS)

// ---- resends, backlog and dips (resend.c, reach.c, swing.c)

// Times a packet is sent again at most: what is lost so often is lost on a dead path.
#define RESEND_TRIES 12
// Round trips that a flow takes to fill what it has got, about.
#define REACH_ROUNDS 8
// Time between two calls of swing_rate().
#define SWING_EVERY (20 * WB_MS)
// Calls in which the greatest rate is forgotten.
#define SWING_FADE 256
// Calls over which the mean rate is taken.
#define SWING_SMOOTH 128
// Times the target at most, by how much the rate may rise again.
#define SWING_TIMES_MAX 10
// Length of a dip that the queue carries a flow through, of which it gets the share that is
// missing,
#define SWING_DIP (3 * WB_SEC)
// at most so long.
#define SWING_DIPS_MAX (200 * WB_MS)

// ---- equal delay (equal_delay.c, equal_flows.c)

// Time between two calls of equal_tick().
#define EQUAL_EVERY (20 * WB_MS)
// Shortest stall, and
#define EQUAL_STALL_MIN (20 * WB_MS)
// the longest: more does not count in BBR's window.
#define EQUAL_STALL_MOST (100 * WB_MS)
// Stalls in a row without a longer window after which the sender's does not grow by them,
#define EQUAL_VAIN 4
// and those of a sender that stops at once.
#define EQUAL_SHUT 3
// Rounds from one stall to the next: BBR remembers 5.
#define EQUAL_ROUNDS 4
// Time for which a hold that has grown needs stalls: BBR measures its round trip anew each 10 s.
#define EQUAL_RENEW (12 * WB_SEC)
// Windows in a row of a flow that is tried over paths more than EQUAL_STALL_MOST apart: such a hold, which the senders'
// windows do not bear at once, pays after EQUAL_RENEW only.
#define EQUAL_BUSY_FAR 8
// Windows in a row of a poor rate that end a hold: longer than BBR looks for its round trip and comes back.
#define EQUAL_POOR 5
// Eighths of what the window bears that a hold takes up: BBR probes with 5/4 of its rate, and a window that is used up
// lets the rate fall, and with it the window.
#define EQUAL_BEARS 6
// The hold follows a spread that shrinks by more than this
#define EQUAL_STEP (8 * WB_MS)
// for so long.
#define EQUAL_SHRINKS (3 * WB_SEC)
// Pause after a try in vain,
#define EQUAL_PAUSE (10 * WB_SEC)
// which doubles so many times.
#define EQUAL_PAUSE_DOUBLINGS 5
// Acknowledgements that are let go at once after a stall;
#define EQUAL_AT_ONCE 512
// the next as many follow after this time.
#define EQUAL_APART WB_MS
// Packets withheld at most, unless equal_limit() says less; beyond, all are released.
#define EQUAL_WITHHELD 8192
// A flow that carries less than one part in so many
#define EQUAL_LIGHT 64
// for so many windows is held no longer.
#define EQUAL_LIGHT_FOR 5
// A flow is chosen that has one sample in so many.
#define EQUAL_HEAVY 16

#endif
