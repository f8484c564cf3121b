// SPDX-License-Identifier: BSD-3-Clause
// The phase of automatic rate control in which nothing is known of a path: it lets through what an inner slow start
// brings, until the path is filled.
#include "cc.h"

#include "cc_tunables.h"

// Decides whether startup ends: when the rate stops growing by a quarter a round although the path was filled,
// when a queue appears, or when the path spreads out what is sent (auto_report).
void
startup_round(struct cc *cc)
{
	struct cc_auto *a = &cc->automatic;

	if (cc->rate > a->full + a->full / 4) {
		a->full = cc->rate;
		a->flat = 0;
	} else if (a->round_filled && a->round_used && ++a->flat >= FLAT_ROUNDS) {
		a->phase = CC_STEADY;
		a->flat = 0;
	}
	a->round_used = false;
}

// Takes what the last datagrams that arrived tell of the rate, long before it has been measured over RATE_WINDOW.
// One train that the path spread out may be noise, and must not lower what one before it told.
static void
startup_train(struct cc *cc, const struct cc_report *r)
{
	struct cc_auto *a = &cc->automatic;
	uint64_t *slot = &a->round_max[a->round % CC_ROUNDS];
	uint64_t train = (uint64_t)r->train_bytes * 8 * WB_SEC / r->train_received;

	bool full = a->stretched && r->rise > cc_report_low(r) + TARGET_ABOVE_LOW;

	if (full && (a->stretched > 1 || train > cc->shown))
		cc->shown = train;
	else if (!full && train > cc->shown)
		cc->shown = 0;
	if (a->stretched >= STRETCHED_SAMPLES && train > *slot)
		*slot = cc->rate = train;
}

// Startup lets through what an inner slow start brings, so that it is never us who end that: the
// window stays well ahead of it, and the pacing above what HyStart would take for a full path (a train
// of acknowledgements that lasts half a round trip). Where a round trip is longer than it takes to measure a
// rate, the window need not be doubled up to it: the path may hold what it has shown to carry. A path that has spread
// out what it got is not far from full: it gets twice of what it carried, so that a weak one beside strong ones does not
// take a burst that holds up the flow.
void
startup_window(struct cc *cc, const struct cc_report *r)
{
	uint64_t ahead = r->app_limited ? 2 : 1; // of a flood there is no need to be
	uint64_t bdp = cc->rate / 8 * (r->min_rtt / WB_US) / (WB_SEC / WB_US);
	uint64_t most = INITIAL_WINDOW +
			STARTUP_GAIN * (cc->rate / 8) * (r->srtt / WB_US) / (WB_SEC / WB_US);
	wb_ns_t span = r->min_rtt + cc_report_low(r) + r->overtaken;

	if (r->inflight >= cc->cwnd / 4)
		cc->cwnd += ahead * r->acked_bytes;
	if (cc->cwnd < bdp)
		cc->cwnd = bdp;
	if (cc->shown)
		most = 2 * (cc->shown / 8) * (span / WB_US) / (WB_SEC / WB_US) +
		       INITIAL_DATAGRAMS * CC_DATAGRAM;
	if (cc->cwnd > most)
		cc->cwnd = most;
	cc->pacing = 2 * ahead * cc->cwnd * 8 * (WB_SEC / WB_US) / (r->srtt / WB_US + 1);
	if (cc->pacing < INITIAL_BPS)
		cc->pacing = INITIAL_BPS;
	if (cc->shown && cc->pacing > 2 * cc->shown)
		cc->pacing = 2 * cc->shown;
}

// Loss beyond what a link loses by chance, of so much that the rate is known by now.
static bool
loses(const struct cc *cc)
{
	const struct cc_auto *a = &cc->automatic;

	return a->lost * 10 > a->acked + a->lost && a->acked + a->lost > INITIAL_WINDOW / 2;
}

void
startup_report(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	struct cc_auto *a = &cc->automatic;
	bool used = r->inflight >= STARTUP_USED, seen = cc_report_shows(r);
	wb_ns_t target = cc_report_low(r) + TARGET_ABOVE_LOW;

	a->round_used |= used && seen;
	a->stretched = cc_report_stretched(r) ? a->stretched + 1 : 0;
	if (a->phase == CC_STARTUP && r->train_bytes)
		startup_train(cc, r);
	if (a->phase == CC_STARTUP && used &&
		((seen && cc_report_tells(r) && r->queue > target + 4 * WB_MS) ||
			a->stretched >= STRETCHED_SAMPLES || (seen && loses(cc)))) {
		a->phase = CC_STEADY;
		cc->flooded_at = now;
	}
}
