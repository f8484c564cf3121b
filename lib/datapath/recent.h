/* SPDX-License-Identifier: BSD-3-Clause */
// The last few addresses that packets were dropped for, a worker: whoever sees the counter asks whose they were.
#ifndef WB_DATAPATH_RECENT_H
#define WB_DATAPATH_RECENT_H

#include "dp.h"

// Some compares and no more, whatever comes.
void recent_add(struct worker *w, enum wb_dp_recent_kind kind, uint8_t family, const uint8_t *ip,
	unsigned tunnel);

#endif
