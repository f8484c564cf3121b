/* SPDX-License-Identifier: BSD-3-Clause */
// The numbers that somebody chose for a path: its life, losses, acknowledgements, pacing.
// In brackets: what homes get otherwise when the number is halved or doubled (docs/performance.md, Constants: the mean, and
// the homes that lose and gain most); where nothing stands there, that was not played.
#ifndef WB_BOND_PATH_TUNABLES_H
#define WB_BOND_PATH_TUNABLES_H

#include "wb_time.h"

// ---- life of a path (path.c): probes

// Time between two probes of a path that is probing or suspect: it is to carry again soon. [no
// edge]
#define PATH_PROBE_SUSPECT (100 * WB_MS)
// The same, down. [no home moves]
#define PATH_PROBE_DOWN (250 * WB_MS)
// The same, down for longer than PATH_LONG_DOWN: a metered link that is gone costs little. [no
// home moves]
#define PATH_PROBE_LONG_DOWN WB_SEC
// See PATH_PROBE_LONG_DOWN. [no home moves]
#define PATH_LONG_DOWN (60 * WB_SEC)
// The same, up, after the last datagram that asks for an answer, while the tunnel is in use. [no
// edge]
#define PATH_PROBE_ACTIVE (500 * WB_MS)
// The same while the tunnel idles. The other end takes a path for gone after PATH_RX_SILENT. [no
// home moves]
#define PATH_PROBE_IDLE WB_SEC
// The same, degraded: few datagrams go there, and its loss is to be known. [no home moves]
#define PATH_PROBE_DEGRADED (250 * WB_MS)
// Times that the wait for the next tail probe doubles. [no home moves]
#define TAIL_DOUBLINGS 6

// ---- life of a path (path.c): silence

// Least time without an answer that is taken for silence: a scheduler of a radio link may pause
// for less. [no home moves]
#define PATH_SILENCE_MIN (50 * WB_MS)
// Time as suspect, then it is down. [no home moves]
#define PATH_DOWN_AFTER WB_SEC
// Times the silence after which a path is down when no other path answers either, [no home moves]
#define DOWN_AFTER_ALL_SILENT 3
// and the least such time: one end may have been without a core. [no home moves]
#define DOWN_MIN (500 * WB_MS)
// Time after which a direction that we receive in is down. The other end probes once a second at
// least, whatever the state.
#define PATH_RX_SILENT (2500 * WB_MS)
// Datagrams: so few may all be lost by chance, and are no sign of silence by themselves. [no
// edge]
#define FEW_FOR_SILENCE 4
// Time for which loss is averaged to judge whether silence is chance.
#define CHANCE_MEMORY WB_SEC
// Overdue datagrams that are looked at for that.
#define CHANCE_MOST 64
// In a million: a loss of all of them that is less likely is no chance.
#define CHANCE_LEAST 10

// ---- life of a path (path.c): loss and lateness

// Loss over which a path is degraded, in a million. [no edge]
#define PATH_DEGRADED_PPM 100000
// Loss under which it is up again; apart from the former, so that it does not flap. [no home
// moves]
#define PATH_RECOVERED_PPM 40000
// Loss from which realtime packets take a second path even where that costs. [no home moves]
#define PATH_DOUBTFUL_PPM 20000
// What takes longer than the least round trip by so much is of little use: it is sent elsewhere
// too. [no edge]
#define PATH_LATE_BY (80 * WB_MS)
// Datagrams over which loss is averaged. [no edge]
#define LOSS_MEMORY 512
// A datagram that comes so long after the last is alone (probes of a degraded path): it counts
// for more. [no home moves]
#define LOSS_ALONE (100 * WB_MS)

// ---- limits for what the other end says (path.c)

// kbit/s: the least rate that the other end may ask for. [no home moves]
#define PATH_RATE_LEAST 100
// Time between two CLOSE frames of a path, and before the other end may have it again.
#define PATH_CLOSE_AGAIN (100 * WB_MS)
// Least wait for the answer to a size of the path MTU.
#define PATH_PMTU_WAIT (100 * WB_MS)
// Time until a size is tried again for which no number was free.
#define PATH_PMTU_AGAIN (10 * WB_MS)
// Time for each probe that is answered, in the long run,
#define PATH_REPLY_EVERY (5 * WB_MS)
// and how many at once.
#define PATH_REPLY_BURST 16

// ---- acknowledgements (ack.c)

// Datagrams after which a report is due: often enough for an ACK-clocked sender, few enough for a
// thin uplink. [no edge]
#define ACK_EVERY 32
// Longest time that a datagram waits for its report. [halved +0.4 (-6 +9) %, doubled +0.3 (-7
// +12) %]
#define ACK_DELAY (10 * WB_MS)
// Shortest such time; a quarter of the round trip between these two. [no home moves]
#define ACK_DELAY_MIN (2 * WB_MS)
// What lies below the largest number of once or twice that ago is reported no more. [no edge]
#define ACK_HORIZON (150 * WB_MS)
// Ranges are forgotten when nothing came for so long. [no home moves]
#define ACK_IDLE_RANGES WB_SEC

// ---- in flight, and losses (in_flight.c)

// Least reorder window: how much later than a lost datagram one that arrived must have left.
#define IN_FLIGHT_REO_MIN (2 * WB_MS)
// Longest reorder window.
#define IN_FLIGHT_REO_MAX (250 * WB_MS)
// Round trips for which a lost record is remembered, so that a spurious loss is noticed.
#define IN_FLIGHT_KEEP 3
// Least time between two looks for what may be forgotten.
#define IN_FLIGHT_FORGET_MIN (2 * WB_MS)
// Times the reordering: the most that acknowledgements above the round trip delay a loss.
#define SLOW_MAX 2
// A sample over a level moves the level by one part in so many of the excess,
#define FOLLOW_UP 8
// so that the mean excess is the level's part in so many: few samples exceed it.
#define FOLLOW 256

// ---- pacing (pacer.h)

// Time ahead of which a path may send: it covers a worker that wakes up late. [no edge]
#define PACER_BURST (4 * WB_MS)
// Time ahead of which sparse flows and resends may send. [no edge]
#define PACER_OVERDRAFT (5 * WB_MS)

// ---- up to when a path has delivered (horizon.c)

// Least time by which a later datagram must have left for a missing one to be lost. [no home
// moves]
#define HORIZON_MARGIN (2 * WB_MS)
// Time without a datagram after which a path is not waited for: what was on it has been sent
// elsewhere. [no home moves]
#define HORIZON_SILENT (250 * WB_MS)
// Time without a datagram after which what is known begins anew. [no home moves]
#define HORIZON_FORGET WB_SEC

#endif
