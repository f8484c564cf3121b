/* SPDX-License-Identifier: BSD-3-Clause */
// Minimum of a value over a sliding time window in O(1): the best three samples of the window, as
// K. Nichols' filter in BBR and Linux (lib/minmax.c describes it). A maximum is the minimum of -v.
#ifndef WB_BOND_WINDOW_H
#define WB_BOND_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

struct window {
	struct {
		wb_ns_t t;
		int64_t v;
	} s[3];
	bool valid;
};

// Starts anew with v.
void window_reset(struct window *w, int64_t v, wb_ns_t now);
// Takes in v; returns the minimum of the last `length`.
int64_t window_min(struct window *w, wb_ns_t length, int64_t v, wb_ns_t now);
static inline int64_t
window_get(const struct window *w)
{
	return w->s[0].v;
}

#endif
