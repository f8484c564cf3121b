// SPDX-License-Identifier: BSD-3-Clause
// Automatic rate control. The queue is to form in the tunnel's flow queue, not in the modem: so a path
// is paced at what it delivers, times a gain that follows the queueing delay q seen on it:
//   q <= low            step up, longer steps as long as they pay (backlogged paths only)
//   low < q <= target   1.01 falling to 0.98, 1 at low + 2 ms + jitter: a few ms of queue prove that the path is
//                       full, unless that brought more in the round before
//   q > target          0.985 - (q - target) / 2 srtt, at least 1/2: drains in about two round trips
// Delivered rate: the best of the last 8 rounds that were filled, of the last 2 while q > target and
// the path held back what was sent (a link that became slower); when that is less than 0.85 of the
// estimate in two reports running, it alone, at once. A sample that left below the estimate and arrived as it
// left shows the sender's pace, not the path's, and lowers nothing. Random loss does not slow a path.
// low = 2 ms + 1.5 x jitter or wander, target = low + 6 ms. Whether a q above it is one, look.h finds out.
#include "cc.h"

#include <string.h>

#include "cc_tunables.h"

static uint64_t
under_limit(const struct cc *cc, uint64_t bps)
{
	const struct cc_auto *a = &cc->automatic;

	return a->limit && bps > a->limit ? a->limit : bps;
}

static void
auto_init(struct cc *cc, uint64_t limit, wb_ns_t now)
{
	struct cc_auto *a = &cc->automatic;

	a->limit = limit;
	a->phase = CC_STARTUP;
	cc->known = false;
	cc->pacing = under_limit(cc, INITIAL_BPS);
	cc->cwnd = INITIAL_WINDOW;
	a->drain_at = now + DRAIN_EVERY;
}

static void
auto_restart(struct cc *cc, wb_ns_t now)
{
	struct cc_auto *a = &cc->automatic;
	uint64_t before = cc->rate;

	auto_init(cc, a->limit, now);
	memset(a->round_max, 0, sizeof(a->round_max));
	cc->rate = a->full = a->most = 0;
	a->flat = a->high = a->streak = a->hold = 0;
	a->look = (struct look){ 0 };
	a->drain_end = 0;
	cc->falls = a->lossy = false;
	a->fell = 0;
	cc->shown = 0;
	if (before / 4 > cc->pacing)
		cc->pacing = under_limit(cc, before / 4);
}

// Decides how long a low rate is believed. A path that has become much slower is left to others, so that nobody
// would see it recover. After a while its rate is not known any more, and it is tried again.
static void
trust(struct cc *cc, bool told, wb_ns_t now)
{
	struct cc_auto *a = &cc->automatic;

	if (cc->rate >= a->most / 2) {
		a->most = cc->rate > a->most ? cc->rate : a->most;
		a->tried = 0;
	}
	if (told && !cc->known)
		a->most -= a->most / 4;
	if (told) {
		a->told_at = now;
		cc->known = true;
	} else if (cc->known && cc->rate < a->most / 2 && now >= a->told_at + (TRUST << a->tried)) {
		cc->known = false;
		a->tried += a->tried < TRUST_DOUBLINGS;
	}
}

static bool
auto_report(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	struct cc_auto *a = &cc->automatic;
	wb_ns_t target = cc_report_low(r) + TARGET_ABOVE_LOW;
	uint64_t bps;
	bool rebase = false;

	round_report(cc, r);
	cc->falls = r->queue > target && (cc->falls || a->round_held || a->last_held);
	round_fall(cc, r);
	bps = round_best(cc, cc->falls || a->lossy ? 2 : CC_ROUNDS);
	if (bps)
		cc->rate = bps;
	// One that began behind a long queue need not last as long as that did.
	if (a->round_end > now + round_takes(r))
		a->round_end = now + round_takes(r);
	if (now >= a->round_end)
		round_ended(cc, r, now);
	startup_report(cc, r, now);
	if (a->phase == CC_STARTUP) {
		startup_window(cc, r);
	} else {
		rebase |= steady_doubt(cc, r, now);
		cc->pacing = steady_pacing(cc, r, now);
	}
	if (!a->most)
		cc->known |= a->phase != CC_STARTUP ||
			     (a->limit && cc->rate >= cc_percent(a->limit, 80));
	if (a->phase != CC_STARTUP)
		trust(cc, cc_report_tells(r) && (round_asked(cc, r) || cc_report_held_back(r)),
			now);
	if (cc->pacing < MIN_BPS)
		cc->pacing = MIN_BPS;
	if (cc->pacing > MAX_BPS)
		cc->pacing = MAX_BPS;
	cc->pacing = under_limit(cc, cc->pacing);
	if (a->phase == CC_STARTUP)
		return rebase;
	steady_window(cc, r, target);
	return rebase;
}

static const char *
auto_state(const struct cc *cc)
{
	const struct cc_auto *a = &cc->automatic;

	if (a->phase == CC_STARTUP)
		return "startup";
	return a->high ? "drain" : a->streak ? "probe" : "steady";
}

const struct cc_ops cc_auto = {
	.name = "auto",
	.init = auto_init,
	.report = auto_report,
	.restart = auto_restart,
	.state = auto_state,
};
