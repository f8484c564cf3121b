// SPDX-License-Identifier: BSD-3-Clause
// Measures round trips as RFC 9002, section 5, does.
#include "rtt.h"

void
rtt_init(struct rtt *r)
{
	*r = (struct rtt){ .srtt = RTT_INITIAL, .rttvar = RTT_INITIAL / 4 };
}

void
rtt_sample(struct rtt *r, wb_ns_t sample, wb_ns_t now)
{
	wb_ns_t deviation;

	if (sample > RTT_MAX)
		sample = RTT_MAX;
	if (!r->min.valid) {
		r->srtt = sample;
		r->rttvar = sample / 2;
	} else {
		deviation = r->srtt > sample ? r->srtt - sample : sample - r->srtt;
		r->rttvar = (3 * r->rttvar + deviation) / 4;
		r->srtt = (7 * r->srtt + sample) / 8;
	}
	r->latest = sample;
	window_min(&r->min, RTT_MIN_WINDOW, (int64_t)sample, now);
}

void
rtt_rebase(struct rtt *r, wb_ns_t now)
{
	if (r->min.valid)
		window_reset(&r->min, (int64_t)(r->latest < r->srtt ? r->latest : r->srtt), now);
}
