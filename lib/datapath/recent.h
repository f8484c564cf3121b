/* SPDX-License-Identifier: BSD-3-Clause */
// The last few addresses that a worker dropped packets for, to show whose packets a counter counts.
#ifndef WB_DATAPATH_RECENT_H
#define WB_DATAPATH_RECENT_H

#include "dp.h"

// Enters an address. It takes a few comparisons at most.
void recent_add(struct worker *w, enum wb_dp_recent_kind kind, uint8_t family, const uint8_t *ip,
	unsigned tunnel);

#endif
