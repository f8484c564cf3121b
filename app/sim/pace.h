/* SPDX-License-Identifier: BSD-3-Clause */
// A sender's pacing: bursts of a millisecond's worth (at least 2 packets, at most 64 kB), as
// segmentation offload and timers make them.
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

struct pace {
	wb_ns_t next, owed; // when the next burst may begin; how long the present one takes
	uint64_t left;      // packets of the present burst
};

// Whether a packet of len bytes may leave now, which then counts as sent; else p->next tells when.
// rate: bytes/s, 0: not paced. A burst that came late by up to its half is made good.
bool pace_packet(struct pace *p, uint64_t rate, uint32_t len, wb_ns_t now);

#endif
