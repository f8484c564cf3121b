/* SPDX-License-Identifier: BSD-3-Clause */
// Equal delay over unequal paths, for flows that are limited by what their sender sees.
//
// BBR, and QUIC where it runs BBR, keeps at most twice its bandwidth times the least round trip in flight, and sends
// at the rate that came through. Where the quickest path is much quicker than the others, both are that path's: its
// packets never queue, and the slower paths stay idle. If all packets of the flow are delivered after the same time,
//   sent + delay of the quickest path + hold
// the least round trip is that of the slowest path, and the flow fills all of them. The hold goes with each packet (the
// hold of a DATA frame); the other end plays the packet out (playout.h).
//
// A hold that begins in mid-flow starves the sender until it measures its round trip anew, every 10 s. So its window is
// grown first. BBR adds to its window what came acknowledged at once beyond bandwidth x time, up to 100 ms of it
// (extra_acked, the largest of the last 5 rounds at least). A stall makes use of that: acknowledgements of the flow that
// come back are withheld for a while and released at once.
//
//   EQUAL_IDLE    Waits until a few flows fill the quickest path, the rate has stopped growing, and an eighth of what
//                 all paths bring is not used.
//   EQUAL_LISTEN  Measures the rate of these flows, and whether acknowledgements come back.
//   EQUAL_GROW    Stalls, twice as long once the flows keep sending through one. A window that does not grow by it, as
//                 CUBIC's, ends this.
//   EQUAL_HOLD    The flows kept sending through the longest stall, or through half of what the paths are apart, and no
//                 longer: their packets are held, as long as the window bears. A stall every few rounds
//                 keeps the window until the round trip has been measured anew. Then the window bears twice that round
//                 trip, and the hold may grow further.
//
// A hold that brings nothing ends. The same flows are tried again after a pause that grows, others at once.
#ifndef WB_BOND_EQUAL_DELAY_H
#define WB_BOND_EQUAL_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "equal_flows.h"
#include "send_tunables.h"
#include "wb_pkt.h"
#include "wb_time.h"

#define EQUAL_WINDOW (EQUAL_SAMPLES * EQUAL_EVERY)

enum equal_state { EQUAL_IDLE, EQUAL_LISTEN, EQUAL_GROW, EQUAL_HOLD };

struct equal_conf {
	// Returns the hash (as in wb_pkt.hash) of the flow that a received packet acknowledges; 0: none. NULL: there is
	// no equal delay.
	uint32_t (*acknowledges)(void *ctx, const struct wb_pkt *pkt);
	void (*deliver)(void *ctx, struct wb_pkt **pkts, unsigned n); // batches up to 64
	void *ctx;
};

// What the paths are like now.
struct equal_view {
	wb_ns_t rtt;    // of the quickest path, smoothed
	wb_ns_t empty;  // and without a queue
	wb_ns_t spread; // how much longer the slowest path takes that is worth it; 0: there is none
	wb_ns_t jitter; // of that one
	uint64_t quick,
		all;   // bit/s: what the quickest path brings, and all paths up to the slowest one
	uint64_t sent; // bytes sent so far, on all paths
};

struct equal_delay {
	struct equal_conf conf;
	struct equal_view view;
	enum equal_state state;
	wb_ns_t since; // of the state
	wb_ns_t hold;  // of flows that are on
	struct equal_flows flows;

	// The window of EQUAL_WINDOW that is running.
	wb_ns_t window_at;     // when it ends
	uint64_t window_sent;  // view.sent when it began
	uint64_t window_bytes; // of the flows, when it began
	uint64_t before;       // bytes sent on all paths in the one before
	unsigned
		busy; // windows running in which the quickest path carried a quarter of what it can
	unsigned fits; // windows running in which a hold may pay
	unsigned poor; // windows running in which the flows got less than the quickest path brings

	uint64_t bps, best; // of the flows: before the first stall, and in the best window since
	uint64_t held_bps;  // bps of those that are held, while others are tried
	wb_ns_t renewed;    // when the senders will have measured their round trip anew
	uint32_t part;      // what bps was of what all paths bring, 1/1024
	wb_ns_t allowed;    // longest hold that the senders' windows bear
	wb_ns_t extra;      // what the stalls have grown them by
	wb_ns_t least;      // hold that their least round trip has in it
	wb_ns_t shrinks_at,
		shrinks_to;   // the paths have asked for less: when it follows, and where to
	bool paid;            // the hold has brought something
	wb_ns_t pause, after; // those that were tried in vain are not tried before,
	wb_ns_t tried_spread; // unless the paths are much further apart than then,
	uint64_t tried_bps;   // or the flows much slower

	// The stall that is on, or the next one.
	bool stalling, half;
	wb_ns_t at;        // when it begins, is half over, or ends; WB_NEVER: there is none
	wb_ns_t let_go_at; // when to go on letting go what was withheld; WB_NEVER: there is nothing
	wb_ns_t stall;
	uint64_t stall_bytes, half_bytes; // of the flows when it began, and when it was half over
	wb_ns_t kept_on;                  // longest time for which the flows kept sending
	unsigned vain;                    // stalls running in which that did not grow
	uint32_t withheld, limit;         // packets
	struct wb_pkt *head, *tail;

	uint64_t tries, granted; // times that flows were tried, and got a hold
};

void equal_init(struct equal_delay *e, const struct equal_conf *conf);
// Forgets everything; packets that are withheld are delivered.
void equal_reset(struct equal_delay *e);
// Sets another limit than EQUAL_WITHHELD, not above it, from the next packet on.
void equal_limit(struct equal_delay *e, uint32_t packets);
void equal_tick(struct equal_delay *e, const struct equal_view *view, wb_ns_t now);
// Withholds packets that came. Returns how many are left; they are moved to the front of pkts.
unsigned equal_received(struct equal_delay *e, struct wb_pkt **pkts, unsigned n);
wb_ns_t equal_next_deadline(const struct equal_delay *e);
void equal_expire(struct equal_delay *e, wb_ns_t now);
// Takes one of the packets that are withheld; NULL: there is none.
struct wb_pkt *equal_take(struct equal_delay *e);

// Returns how many flows are held.
static inline unsigned
equal_held(const struct equal_delay *e)
{
	return equal_flows_held(&e->flows);
}
// Returns whether equal_sent() wants to see packets at present; else their hold is 0.
static inline bool
equal_looks(const struct equal_delay *e)
{
	return e->flows.sample_due || e->flows.n;
}

// Counts a packet (hash, len) that is to be sent. Returns how long the other end is to hold it.
wb_ns_t equal_sent(struct equal_delay *e, const struct wb_pkt *pkt);

#endif
