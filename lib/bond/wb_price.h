/* SPDX-License-Identifier: BSD-3-Clause */
// What bytes on a path cost, in the only money that a packet has: time. A path with a price takes a
// packet only when no cheaper one has room for it and it has waited in the queue for that long.
//
//   price = base x max(1, share of the month left / share of the budget left)
//
// base: 10 ms for a backup, 10 ms for a metered WAN, 20 ms for both. While bytes are used up no faster
// than the month passes, a budget changes nothing; used up twice as fast as it should be from now
// on, it doubles the price; when it is gone, the price is WB_PRICE_MAX: only what nothing else
// carries goes there.
#ifndef WB_PRICE_H
#define WB_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

#define WB_PRICE_BASE (10 * WB_MS)
#define WB_PRICE_MAX (500 * WB_MS)

struct wb_price {
	bool backup, metered;
	uint64_t
		budget; // bytes a period, both directions; 0: none. A path with a budget is metered
	uint64_t used;  // bytes of it in this period
	uint64_t period, left; // s: length of the period, and what is left of it
};

// Returns the price. 0: the path costs nothing.
wb_ns_t wb_price(const struct wb_price *p);

#endif
