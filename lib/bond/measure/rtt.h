/* SPDX-License-Identifier: BSD-3-Clause */
// Round-trip time of one path, RFC 9002 5.
#ifndef WB_BOND_RTT_H
#define WB_BOND_RTT_H

#include "measure_tunables.h"
#include "window.h"

#define RTT_MAX (10 * WB_SEC) // a longer sample counts as this: nobody can make timers of hours

struct rtt {
	wb_ns_t srtt, rttvar, latest;
	struct window min;
};

void rtt_init(struct rtt *r);
// Takes a sample: the time from sending to receiving the acknowledgement, less that for which the receiver held
// it.
void rtt_sample(struct rtt *r, wb_ns_t sample, wb_ns_t now);
// Takes what is seen now as the new minimum, as the path has become longer.
void rtt_rebase(struct rtt *r, wb_ns_t now);
static inline wb_ns_t
rtt_minimum(const struct rtt *r)
{
	return r->min.valid ? (wb_ns_t)window_get(&r->min) : r->srtt;
}
static inline bool
rtt_valid(const struct rtt *r)
{
	return r->min.valid;
}

#endif
