/* SPDX-License-Identifier: BSD-3-Clause */
// Does a path change at fixed times? Starlink moves each terminal to another satellite every 15 s, in step
// for all: delay jumps and more is lost then. Learned from what the path does, folded modulo GRID_PERIOD of any
// monotonic clock; a path that shows no such thing (cable) gets no grid.
//
//   slot = (time mod GRID_PERIOD) / GRID_SLOT
//   score(slot) = by how much the mean of the least delays of the 3 slots from here is another than of the 3 before,
//   ms, but not more than the least of the second from here is another than that of the second before;
//   + lost of what was sent in it, beyond 3 and twice the usual, %
//   a period votes for its slot of the highest score if that is GRID_LEAST at least and twice any score further away
//   known: GRID_KNOWN of the last GRID_PERIODS votes within GRID_NEAR of each other; until fewer than GRID_LOST are
//
// By chance, any slot as good as another, a vote is near a given one with p = 3/150; so n of 16 agree in at most
// 16 P(Bin(15, p) >= n - 1) of the periods: 5 in 3e-3, 9 in 2.3e-9, once in 200 years. (What comes each 30 s has
// eight votes of its own and may get a grid: half of what is foretold is true then.)
#ifndef WB_BOND_GRID_H
#define WB_BOND_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "measure_tunables.h"
#include "wb_time.h"

#define GRID_PERIOD (15 * WB_SEC)
#define GRID_SLOT (100 * WB_MS)
#define GRID_SLOTS (GRID_PERIOD / GRID_SLOT)
#define GRID_PERIODS 16     // remembered
#define GRID_NONE UINT8_MAX // of a vote

struct grid {
	struct grid_slot {
		bool seen;
		int64_t delay; // ns, the least
		uint32_t sent, lost;
		uint16_t score; // tenths
	} slots[GRID_SLOTS];
	uint64_t at; // number of the slot we are in, since time began; 0: not begun
	uint8_t votes[GRID_PERIODS];
	uint32_t loss_ppm; // usual
	unsigned n;        // periods judged
	unsigned agree;    // votes for `slot`
	uint8_t slot;      // that most of them are for
	bool known;
};

// Takes the delay of a datagram sent at `sent`, in ns against any constant base.
void grid_delay(struct grid *g, int64_t delay, wb_ns_t sent);
// Counts datagrams sent about `sent` that arrived, and that were lost.
void grid_count(struct grid *g, uint32_t arrived, uint32_t lost, wb_ns_t sent);
// Returns the share of the last periods that agree, in per cent; 0 before any was judged.
unsigned grid_confidence(const struct grid *g);
// Returns the time of the last known change before now; 0: none is known.
wb_ns_t grid_last(const struct grid *g, wb_ns_t now);

#endif
