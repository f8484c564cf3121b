// SPDX-License-Identifier: BSD-3-Clause
// The phase of automatic rate control in which a path's rate is known: steps up while they pay, a queue of a few ms,
// less when there is more, and a look now and then at the empty path.
#include "cc.h"

#include <string.h>

#include "cc_tunables.h"

// Steps up, per cent, by how many before them paid.
static const uint8_t steps[] = { 5, 10, 20, 35, 50 };

// Returns whether it is paced well below its rate, to find out something.
static bool
held_down(const struct cc *cc, wb_ns_t now)
{
	const struct cc_auto *a = &cc->automatic;

	return look_under_way(&a->look) || now < a->drain_end;
}

void
steady_round(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	struct cc_auto *a = &cc->automatic;

	if (cc->rate > a->round_rate + a->round_rate / 66)
		a->hold = 0; // it grows: no policer
	if (a->hold)
		a->hold--;
	if (cc->rate > a->full + a->full / 33) {
		if (a->streak + 1 < sizeof(steps))
			a->streak++;
		a->waited = 0;
		a->flat = 0;
		a->full = cc->rate;
	} else {
		if (++a->waited >= WAIT_ROUNDS)
			a->streak = 0;
		if (cc->rate < a->full)
			a->full = cc->rate;
		// Faster brought no more and made no queue: a policer. Let it be for a while.
		if (a->round_filled && !held_down(cc, now) && !a->hold &&
			r->queue <= cc_report_low(r) && ++a->flat >= POLICED_ROUNDS) {
			a->flat = 0;
			a->hold = HOLD_ROUNDS;
		}
	}
}

// Returns true when what looks like a queue is the path's own delay. A rise is none to look into while the path
// sets the pace: what was a step to a longer delay has passed then, and what was not is a fall.
bool
steady_doubt(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	struct cc_auto *a = &cc->automatic;
	bool high = r->queue > cc_report_low(r) + TARGET_ABOVE_LOW;
	enum look_verdict said;
	uint64_t shown;

	if (!high)
		look_short(&a->look);
	if (!look_under_way(&a->look)) {
		if (r->bps && !cc_report_held_back(r) && !round_overflows(cc) &&
			look_due(&a->look, r, now)) {
			look_begin(
				&a->look, r, r->app_limited ? cc->rate : round_delivered(cc), now);
			a->drain_at = now + DRAIN_EVERY;
		}
		return false;
	}
	said = look_report(&a->look, r, now);
	shown = said == LOOK_QUEUE && high ? look_rate(&a->look, r) : 0;
	if (shown && shown < cc_percent(cc->rate, FELL_SHARE)) {
		memset(a->round_max, 0, sizeof(a->round_max));
		cc->rate = a->round_max[a->round % CC_ROUNDS] = shown;
	}
	return said == LOOK_PATH;
}

// Lets the queue settle where it just proves that the path is full: the acknowledgements of the other direction
// wait behind it. Where the delay varies, more is needed to tell it from that.
static uint64_t
settle_queue(uint64_t rate, wb_ns_t above_low, wb_ns_t jitter)
{
	wb_ns_t stand = STAND + jitter < TARGET_ABOVE_LOW ? STAND + jitter : TARGET_ABOVE_LOW;
	uint64_t step = rate / 1000 * STAND_SLOPE;

	if (above_low < stand)
		return rate + step * ((stand - above_low) / WB_US) / 1000;
	return rate - step * ((above_low - stand) / WB_US) / 1000;
}

uint64_t
steady_pacing(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	struct cc_auto *a = &cc->automatic;
	wb_ns_t lo = cc_report_low(r), target = lo + TARGET_ABOVE_LOW, drain = r->srtt;

	if (look_under_way(&a->look))
		return cc_percent(a->look.pace, LOOK_PERCENT);
	if (r->queue <= lo / 2)
		a->drain_at = now + DRAIN_EVERY;
	if (now >= a->drain_at) {
		a->drain_end = now + drain + 20 * WB_MS;
		a->drain_at = now + DRAIN_EVERY;
	}
	if (r->queue > target) {
		wb_ns_t over = (r->queue - target) * 1000 / (2 * drain + 1) + OVER_MIN;

		return cc->rate / 1000 * (over < 500 ? 1000 - over : 500);
	}
	if (now < a->drain_end && r->queue > DRAINED)
		return cc_percent(cc->rate, 75);
	if (a->lossy)
		return cc_percent(cc->rate, 98);
	if (r->queue > lo && (!a->grows || r->app_limited))
		return settle_queue(cc->rate, r->queue - lo, r->jitter);
	if (a->tried && cc->rate < a->most / 2)
		return cc_percent(cc->rate, 100u + steps[sizeof(steps) - 1]);
	if (r->app_limited || a->hold)
		return cc->rate + cc_percent(cc->rate, 3);
	return cc_percent(cc->rate, 100u + steps[a->streak]);
}

void
steady_window(struct cc *cc, const struct cc_report *r, wb_ns_t target)
{
	wb_ns_t span;

	// Where datagrams overtake each other, round trips are those of the quick ones.
	span = r->min_rtt + target + 2 * r->rttvar + r->overtaken + 15 * WB_MS;
	// What looks like a queue though all arrives as it left may be the path's.
	if (!cc_report_held_back(r) && r->queue > target && !cc->falls)
		span += r->queue - target;
	cc->cwnd = cc->pacing / 8 * (span / WB_US) / (WB_SEC / WB_US);
	cc->cwnd += cc->cwnd / 4 + INITIAL_DATAGRAMS * CC_DATAGRAM;
}
