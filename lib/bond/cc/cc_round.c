// SPDX-License-Identifier: BSD-3-Clause
// The rounds of automatic rate control: what the path delivered in each, and whether that is still true.
#include "cc.h"

#include <string.h>

#include "cc_tunables.h"

bool
round_asked(const struct cc *cc, const struct cc_report *r)
{
	const struct cc_auto *a = &cc->automatic;
	uint64_t bytes = r->bytes;

	if (a->acked)
		bytes += bytes * a->lost / a->acked;
	return bytes * 8 * (WB_SEC / WB_US) >= (cc->rate - cc->rate / 64) * (r->sent / WB_US);
}

uint64_t
round_best(const struct cc *cc, unsigned rounds)
{
	const struct cc_auto *a = &cc->automatic;
	uint64_t max = 0;

	for (unsigned i = 0; i < rounds; i++) {
		uint64_t v = a->round_max[(a->round + CC_ROUNDS - i) % CC_ROUNDS];

		if (v > max)
			max = v;
	}
	return max;
}

// Halves, each round, what was measured before a link became slower: it may soon be what it was (a radio link), or
// not.
static void
fade(struct cc *cc)
{
	struct cc_auto *a = &cc->automatic;

	for (unsigned i = 2; i < CC_ROUNDS; i++) {
		uint64_t *v = &a->round_max[(a->round + CC_ROUNDS - i) % CC_ROUNDS];

		*v /= 2;
	}
}

bool
round_overflows(const struct cc *cc)
{
	const struct cc_auto *a = &cc->automatic;

	return a->lost * 10 > a->acked + a->lost && a->acked + a->lost > 10 * CC_DATAGRAM;
}

// Takes the rate that a link which has become slower shows: what was measured before is no longer true, and
// waiting for it to leave the rounds would let the queue grow for up to two of them.
void
round_fall(struct cc *cc, const struct cc_report *r)
{
	struct cc_auto *a = &cc->automatic;
	bool steady = a->phase != CC_STARTUP && r->jitter < FELL_JITTER;
	bool slow = r->bps < cc_percent(cc->rate, FELL_SHARE);

	if (r->bps == 0)
		return; // it says nothing
	if (!steady || !slow || r->queue <= cc_report_low(r) + TARGET_ABOVE_LOW ||
		!(cc_report_held_throughout(r) || round_overflows(cc))) {
		a->fell = 0;
	} else if (++a->fell >= FELL_REPORTS) {
		memset(a->round_max, 0, sizeof(a->round_max));
		a->round_max[a->round % CC_ROUNDS] = r->bps;
		a->fell = a->look.rounds = 0;
	}
}

wb_ns_t
round_takes(const struct cc_report *r)
{
	return r->srtt > ROUND_MIN ? r->srtt : ROUND_MIN;
}

void
round_report(struct cc *cc, const struct cc_report *r)
{
	struct cc_auto *a = &cc->automatic;
	uint64_t *slot = &a->round_max[a->round % CC_ROUNDS];

	a->acked += r->acked_bytes;
	a->lost += r->lost_bytes;
	a->lost -= r->spurious_bytes < a->lost ? r->spurious_bytes : a->lost;
	if ((cc_report_tells(r) || r->bps > cc->rate) && r->bps > *slot) {
		*slot = r->bps;
		a->round_filled =
			cc_report_tells(r) && (round_asked(cc, r) || cc_report_held_back(r));
	}
	a->round_held |= cc_report_held_back(r);
	if (r->bps > a->seen)
		a->seen = r->bps;
}

void
round_ended(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	struct cc_auto *a = &cc->automatic;

	if (a->phase == CC_STARTUP)
		startup_round(cc);
	else
		steady_round(cc, r, now);
	a->lossy = round_overflows(cc);
	a->high = r->queue > cc_report_low(r) + TARGET_ABOVE_LOW ? a->high + 1 : 0;
	if (cc->falls || a->lossy)
		fade(cc);
	look_round(&a->look, a->high > 0, r->queue <= cc_report_low(r) + TARGET_ABOVE_LOW / 2);
	a->acked = a->lost = 0;
	a->grows = cc->rate > a->round_rate + a->round_rate / 66;
	a->round_rate = cc->rate;
	a->last_held = a->round_held;
	a->last_seen = a->seen;
	a->seen = 0;
	a->round_held = false;
	a->round_end = now + round_takes(r);
	if (a->tried && a->round_filled && !a->grows)
		a->most -= a->most / 16;
	// A round that the sender did not fill says nothing new: its slot is used again.
	if (a->round_filled) {
		a->round++;
		a->round_max[a->round % CC_ROUNDS] = 0;
		a->round_filled = false;
	}
}

uint64_t
round_delivered(const struct cc *cc)
{
	const struct cc_auto *a = &cc->automatic;
	uint64_t most = a->seen > a->last_seen ? a->seen : a->last_seen;

	return most < cc->rate ? most : cc->rate;
}
