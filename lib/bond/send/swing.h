/* SPDX-License-Identifier: BSD-3-Clause */
// How much the rate of all paths together swings. A lone TCP flow whose window is cut in each dip of a
// radio link takes many seconds to grow back, so the flow queue has to carry it through: swing tells how
// much longer packets of a bulk flow may wait for that.
#ifndef WB_BOND_SWING_H
#define WB_BOND_SWING_H

#include <stdint.h>

#include "send_tunables.h"
#include "wb_time.h"

struct swing {
	uint64_t most; // bit/s, the best of the last seconds: fades by 1/256 a call, half in 3.5 s
	uint64_t mean; // bit/s, over 128 calls
	uint32_t dips; // by how much the rate was below the mean, ppm of it, over 128 calls
};

// Takes the sum of the paths' rates, bps; 0: not known, nothing changes.
void swing_rate(struct swing *s, uint64_t bps);
// Returns CoDel's target for bulk, given the one for steady paths: the same bytes may wait as at the best rate of
// the last seconds (10 times as long at most); and what dips of the usual depth leave over in 3 s, at most 200 ms.
wb_ns_t swing_target(const struct swing *s, uint64_t bps, wb_ns_t target);

#endif
