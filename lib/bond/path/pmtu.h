/* SPDX-License-Identifier: BSD-3-Clause */
// How large a datagram one direction of a path takes: packetization layer path MTU discovery for
// datagrams, RFC 8899. Sizes are bytes of outer IP packets (DF is set on all of them).
//
//   begin       mtu = WB_MTU_BASE, nothing larger is sent but probes; the search begins
//   search      sizes: max, then 1492 (PPPoE), then halfway between what passed and what failed, until
//               they are within PMTU_STEP. An acknowledged probe makes its size the mtu at once; a size
//               has failed when PMTU_TRIES probes have gone unanswered, each for the time the caller
//               gives. A lost probe is no congestion.
//   complete    `settled` = mtu; again from there after PMTU_RAISE, if mtu < max
//   black hole  PMTU_LARGE_LOST datagrams larger than WB_MTU_BASE were lost, all sent after a small one that
//               arrived, and none arrived for PMTU_LOST_FOR since: mtu = WB_MTU_BASE, the search begins anew
// `settled` is what to announce to senders inside: it changes only when a search is complete, since
// a datagram that is too large meanwhile goes in fragments.
#ifndef WB_BOND_PMTU_H
#define WB_BOND_PMTU_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"
#include "wb_wire.h"

#define PMTU_TRIES 3 // MAX_PROBES (RFC 8899 5.1.2)
#define PMTU_STEP 4
#define PMTU_RAISE (600 * WB_SEC) // PMTU_RAISE_TIMER (RFC 8899 5.1.1)
#define PMTU_LARGE_LOST 6
#define PMTU_LOST_FOR (100 * WB_MS)
#define PMTU_PPPOE 1492

struct pmtu {
	uint16_t mtu;     // what datagrams may have now
	uint16_t settled; // what the last complete search found; max before that
	uint16_t max;     // of the interface, or by configuration
	uint16_t failed;  // least size that failed in this search; max + 1: none
	uint16_t probe;   // size being tried; 0: none
	uint8_t tries;    // of that size
	bool complete;
	wb_ns_t at;          // answer awaited until then, or the next search
	wb_ns_t small_since; // a small one sent then has arrived, and no large one since; WB_NEVER
	uint32_t large_lost; // of those sent after small_since
	wb_ns_t lost_at;     // the first of them
	uint32_t black_holes;
};

// Begins a search up to max, which is at least WB_MTU_BASE, else that is taken. discover false: max is believed.
void pmtu_init(struct pmtu *p, uint16_t max, bool discover, wb_ns_t now);
// Sets a new upper bound. What is known below it stays, room above it is searched.
void pmtu_set_max(struct pmtu *p, uint16_t max, wb_ns_t now);
// Lets time pass; returns the size of the probe to send now, 0: none is due. pmtu_due(): when next.
uint16_t pmtu_poll(struct pmtu *p, wb_ns_t now);
wb_ns_t pmtu_due(const struct pmtu *p);
// Notes that a probe was sent. `wait` is how long its answer may take (PROBE_TIMER; a probe timeout as in RFC 9002
// 6.2).
void pmtu_sent(struct pmtu *p, wb_ns_t wait, wb_ns_t now);
// Notes that a probe of that size arrived, however late.
void pmtu_acked(struct pmtu *p, uint16_t size, wb_ns_t now);
// Takes what became of datagrams that were no probes: the largest that arrived; when the latest of at most
// WB_MTU_BASE that arrived was sent (0: none); large ones sent after small_since that were lost. true: a black
// hole, mtu has changed.
bool pmtu_settled(struct pmtu *p, uint32_t largest_acked, wb_ns_t small_sent, uint32_t large_lost,
	wb_ns_t now);

#endif
