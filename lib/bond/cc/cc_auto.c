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

#include "rate.h"

#define INITIAL_BPS 20000000ull
#define INITIAL_WINDOW (128u << 10)
#define MIN_BPS 100000ull
#define MAX_BPS 100000000000ull           // whatever the other end says
#define STARTUP_USED (INITIAL_WINDOW / 4) // with less on the way no capacity is seen, only jitter
#define STARTUP_GAIN 8 // the rate is measured over 40 ms and more, slow start doubles meanwhile
#define INITIAL_DATAGRAMS 16
#define DRAINED WB_MS // of a queue may be left
#define TARGET_ABOVE_LOW (6 * WB_MS)
#define STAND (2 * WB_MS) // the queue is to be that much above low
#define STAND_SLOPE 5     // per mille of the rate for each ms of difference
#define ROUND_MIN (40 * WB_MS)
#define OVER_MIN 15 // per mille below the rate at least: or the queue would stand
#define STRETCHED_SAMPLES 3
#define DRAIN_EVERY (5 * WB_SEC)
#define TRUST (2 * WB_SEC) // in a rate much lower than what it was, doubled each time
#define TRUST_DOUBLINGS 4
#define FLAT_ROUNDS 2 // startup
#define WAIT_ROUNDS 2 // until the rate shows what a step brought: a round trip and RATE_WINDOW
#define POLICED_ROUNDS 4
#define HOLD_ROUNDS 16
#define FELL_SHARE 85  // per cent of the estimate: a clear fall, which need not wait for rounds,
#define FELL_REPORTS 2 // in so many reports running,
#define FELL_JITTER (RATE_WINDOW / 8) // unless jitter alone makes such samples

enum { STARTUP, STEADY };

// Steps up, per cent, by how many before them paid.
static const uint8_t steps[] = { 5, 10, 20, 35, 50 };

static uint64_t
percent(uint64_t v, uint64_t p)
{
	return v * p / 100;
}

static uint64_t
under_limit(const struct cc *cc, uint64_t bps)
{
	return cc->limit && bps > cc->limit ? cc->limit : bps;
}

static void
auto_init(struct cc *cc, uint64_t limit, wb_ns_t now)
{
	cc->limit = limit;
	cc->phase = STARTUP;
	cc->known = false;
	cc->pacing = under_limit(cc, INITIAL_BPS);
	cc->cwnd = INITIAL_WINDOW;
	cc->drain_at = now + DRAIN_EVERY;
}

static void
auto_restart(struct cc *cc, wb_ns_t now)
{
	uint64_t before = cc->rate;

	auto_init(cc, cc->limit, now);
	memset(cc->round_max, 0, sizeof(cc->round_max));
	cc->rate = cc->full = cc->most = 0;
	cc->flat = cc->high = cc->streak = cc->hold = 0;
	cc->look = (struct look){ 0 };
	cc->drain_end = 0;
	cc->falls = cc->lossy = false;
	cc->fell = 0;
	cc->shown = 0;
	if (before / 4 > cc->pacing)
		cc->pacing = under_limit(cc, before / 4);
}

// Returns whether a sample was sent at the estimated rate or faster. What left more slowly proves nothing of the
// path.
static bool
asked(const struct cc *cc, const struct cc_report *r)
{
	uint64_t bytes = r->bytes;

	if (cc->acked)
		bytes += bytes * cc->lost / cc->acked;
	return bytes * 8 * (WB_SEC / WB_US) >= (cc->rate - cc->rate / 64) * (r->sent / WB_US);
}

static uint64_t
best(const struct cc *cc, unsigned rounds)
{
	uint64_t max = 0;

	for (unsigned i = 0; i < rounds; i++) {
		uint64_t v = cc->round_max[(cc->round + CC_ROUNDS - i) % CC_ROUNDS];

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
	for (unsigned i = 2; i < CC_ROUNDS; i++) {
		uint64_t *v = &cc->round_max[(cc->round + CC_ROUNDS - i) % CC_ROUNDS];

		*v /= 2;
	}
}

// Returns whether more is lost in this round than a link loses by chance: then the path's queue is full. What gets
// through arrives as it left then.
static bool
overflows(const struct cc *cc)
{
	return cc->lost * 10 > cc->acked + cc->lost && cc->acked + cc->lost > 10 * CC_DATAGRAM;
}

// Takes the rate that a link which has become slower shows: what was measured before is no longer true, and
// waiting for it to leave the rounds would let the queue grow for up to two of them.
static void
fall(struct cc *cc, const struct cc_report *r)
{
	bool steady = cc->phase != STARTUP && r->jitter < FELL_JITTER;
	bool slow = r->bps < percent(cc->rate, FELL_SHARE);

	if (r->bps == 0)
		return; // it says nothing
	if (!steady || !slow || r->queue <= cc_report_low(r) + TARGET_ABOVE_LOW ||
		!(cc_report_held_throughout(r) || overflows(cc))) {
		cc->fell = 0;
	} else if (++cc->fell >= FELL_REPORTS) {
		memset(cc->round_max, 0, sizeof(cc->round_max));
		cc->round_max[cc->round % CC_ROUNDS] = r->bps;
		cc->fell = cc->look.rounds = 0;
	}
}

// Decides whether startup ends: when the rate stops growing by a quarter a round although the path was filled,
// when a queue appears, or when the path spreads out what is sent (auto_report).
static void
startup_round(struct cc *cc)
{
	if (cc->rate > cc->full + cc->full / 4) {
		cc->full = cc->rate;
		cc->flat = 0;
	} else if (cc->round_filled && cc->round_used && ++cc->flat >= FLAT_ROUNDS) {
		cc->phase = STEADY;
		cc->flat = 0;
	}
	cc->round_used = false;
}

// Returns whether it is paced well below its rate, to find out something.
static bool
held_down(const struct cc *cc, wb_ns_t now)
{
	return look_under_way(&cc->look) || now < cc->drain_end;
}

static void
steady_round(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	if (cc->rate > cc->round_rate + cc->round_rate / 66)
		cc->hold = 0; // it grows: no policer
	if (cc->hold)
		cc->hold--;
	if (cc->rate > cc->full + cc->full / 33) {
		if (cc->streak + 1 < sizeof(steps))
			cc->streak++;
		cc->waited = 0;
		cc->flat = 0;
		cc->full = cc->rate;
	} else {
		if (++cc->waited >= WAIT_ROUNDS)
			cc->streak = 0;
		if (cc->rate < cc->full)
			cc->full = cc->rate;
		// Faster brought no more and made no queue: a policer. Let it be for a while.
		if (cc->round_filled && !held_down(cc, now) && !cc->hold &&
			r->queue <= cc_report_low(r) && ++cc->flat >= POLICED_ROUNDS) {
			cc->flat = 0;
			cc->hold = HOLD_ROUNDS;
		}
	}
}

static wb_ns_t
round_takes(const struct cc_report *r)
{
	return r->srtt > ROUND_MIN ? r->srtt : ROUND_MIN;
}

static void
end_round(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	if (cc->phase == STARTUP)
		startup_round(cc);
	else
		steady_round(cc, r, now);
	cc->lossy = overflows(cc);
	cc->high = r->queue > cc_report_low(r) + TARGET_ABOVE_LOW ? cc->high + 1 : 0;
	if (cc->falls || cc->lossy)
		fade(cc);
	look_round(&cc->look, cc->high > 0, r->queue <= cc_report_low(r) + TARGET_ABOVE_LOW / 2);
	cc->acked = cc->lost = 0;
	cc->grows = cc->rate > cc->round_rate + cc->round_rate / 66;
	cc->round_rate = cc->rate;
	cc->last_held = cc->round_held;
	cc->last_seen = cc->seen;
	cc->seen = 0;
	cc->round_held = false;
	cc->round_end = now + round_takes(r);
	if (cc->tried && cc->round_filled && !cc->grows)
		cc->most -= cc->most / 16;
	// A round that the sender did not fill says nothing new: its slot is used again.
	if (cc->round_filled) {
		cc->round++;
		cc->round_max[cc->round % CC_ROUNDS] = 0;
		cc->round_filled = false;
	}
}

// Returns what the path has been seen to deliver in this round and the last. It need not be all that it could.
static uint64_t
delivered(const struct cc *cc)
{
	uint64_t most = cc->seen > cc->last_seen ? cc->seen : cc->last_seen;

	return most < cc->rate ? most : cc->rate;
}

// Returns true when what looks like a queue is the path's own delay. A rise is none to look into while the path
// sets the pace: what was a step to a longer delay has passed then, and what was not is a fall.
static bool
doubt(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	bool high = r->queue > cc_report_low(r) + TARGET_ABOVE_LOW;
	enum look_verdict said;
	uint64_t shown;

	if (!high)
		look_short(&cc->look);
	if (!look_under_way(&cc->look)) {
		if (r->bps && !cc_report_held_back(r) && !overflows(cc) &&
			look_due(&cc->look, r, now)) {
			look_begin(&cc->look, r, r->app_limited ? cc->rate : delivered(cc), now);
			cc->drain_at = now + DRAIN_EVERY;
		}
		return false;
	}
	said = look_report(&cc->look, r, now);
	shown = said == LOOK_QUEUE && high ? look_rate(&cc->look, r) : 0;
	if (shown && shown < percent(cc->rate, FELL_SHARE)) {
		memset(cc->round_max, 0, sizeof(cc->round_max));
		cc->rate = cc->round_max[cc->round % CC_ROUNDS] = shown;
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

static uint64_t
steady_pacing(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	wb_ns_t lo = cc_report_low(r), target = lo + TARGET_ABOVE_LOW, drain = r->srtt;

	if (look_under_way(&cc->look))
		return percent(cc->look.pace, LOOK_PERCENT);
	if (r->queue <= lo / 2)
		cc->drain_at = now + DRAIN_EVERY;
	if (now >= cc->drain_at) {
		cc->drain_end = now + drain + 20 * WB_MS;
		cc->drain_at = now + DRAIN_EVERY;
	}
	if (r->queue > target) {
		wb_ns_t over = (r->queue - target) * 1000 / (2 * drain + 1) + OVER_MIN;

		return cc->rate / 1000 * (over < 500 ? 1000 - over : 500);
	}
	if (now < cc->drain_end && r->queue > DRAINED)
		return percent(cc->rate, 75);
	if (cc->lossy)
		return percent(cc->rate, 98);
	if (r->queue > lo && (!cc->grows || r->app_limited))
		return settle_queue(cc->rate, r->queue - lo, r->jitter);
	if (cc->tried && cc->rate < cc->most / 2)
		return percent(cc->rate, 100u + steps[sizeof(steps) - 1]);
	if (r->app_limited || cc->hold)
		return cc->rate + percent(cc->rate, 3);
	return percent(cc->rate, 100u + steps[cc->streak]);
}

// Takes what the last datagrams that arrived tell of the rate, long before it has been measured over RATE_WINDOW.
// One train that the path spread out may be noise, and must not lower what one before it told.
static void
startup_train(struct cc *cc, const struct cc_report *r)
{
	uint64_t *slot = &cc->round_max[cc->round % CC_ROUNDS];
	uint64_t train = (uint64_t)r->train_bytes * 8 * WB_SEC / r->train_received;

	bool full = cc->stretched && r->rise > cc_report_low(r) + TARGET_ABOVE_LOW;

	if (full && (cc->stretched > 1 || train > cc->shown))
		cc->shown = train;
	else if (!full && train > cc->shown)
		cc->shown = 0;
	if (cc->stretched >= STRETCHED_SAMPLES && train > *slot)
		*slot = cc->rate = train;
}

// Startup lets through what an inner slow start brings, so that it is never us who end that: the
// window stays well ahead of it, and the pacing above what HyStart would take for a full path (a train
// of acknowledgements that lasts half a round trip). Where a round trip is longer than it takes to measure a
// rate, the window need not be doubled up to it: the path may hold what it has shown to carry. A path that has spread
// out what it got is not far from full: it gets twice of what it carried, so that a weak one beside strong ones does not
// take a burst that holds up the flow.
static void
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
	return cc->lost * 10 > cc->acked + cc->lost && cc->acked + cc->lost > INITIAL_WINDOW / 2;
}

// Decides how long a low rate is believed. A path that has become much slower is left to others, so that nobody
// would see it recover. After a while its rate is not known any more, and it is tried again.
static void
trust(struct cc *cc, bool told, wb_ns_t now)
{
	if (cc->rate >= cc->most / 2) {
		cc->most = cc->rate > cc->most ? cc->rate : cc->most;
		cc->tried = 0;
	}
	if (told && !cc->known)
		cc->most -= cc->most / 4;
	if (told) {
		cc->told_at = now;
		cc->known = true;
	} else if (cc->known && cc->rate < cc->most / 2 &&
		   now >= cc->told_at + (TRUST << cc->tried)) {
		cc->known = false;
		cc->tried += cc->tried < TRUST_DOUBLINGS;
	}
}

static void
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

static bool
auto_report(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	wb_ns_t target = cc_report_low(r) + TARGET_ABOVE_LOW;
	uint64_t *slot = &cc->round_max[cc->round % CC_ROUNDS], bps;
	bool rebase = false, used, seen = cc_report_shows(r);

	cc->acked += r->acked_bytes;
	cc->lost += r->lost_bytes;
	cc->lost -= r->spurious_bytes < cc->lost ? r->spurious_bytes : cc->lost;
	if ((cc_report_tells(r) || r->bps > cc->rate) && r->bps > *slot) {
		*slot = r->bps;
		cc->round_filled = cc_report_tells(r) && (asked(cc, r) || cc_report_held_back(r));
	}
	cc->round_held |= cc_report_held_back(r);
	if (r->bps > cc->seen)
		cc->seen = r->bps;
	cc->falls = r->queue > target && (cc->falls || cc->round_held || cc->last_held);
	fall(cc, r);
	bps = best(cc, cc->falls || cc->lossy ? 2 : CC_ROUNDS);
	if (bps)
		cc->rate = bps;
	// One that began behind a long queue need not last as long as that did.
	if (cc->round_end > now + round_takes(r))
		cc->round_end = now + round_takes(r);
	if (now >= cc->round_end)
		end_round(cc, r, now);
	used = r->inflight >= STARTUP_USED;
	cc->round_used |= used && seen;
	cc->stretched = cc_report_stretched(r) ? cc->stretched + 1 : 0;
	if (cc->phase == STARTUP && r->train_bytes)
		startup_train(cc, r);
	if (cc->phase == STARTUP && used &&
		((seen && cc_report_tells(r) && r->queue > target + 4 * WB_MS) ||
			cc->stretched >= STRETCHED_SAMPLES || (seen && loses(cc)))) {
		cc->phase = STEADY;
		cc->flooded_at = now;
	}
	if (cc->phase == STARTUP) {
		startup_window(cc, r);
	} else {
		rebase |= doubt(cc, r, now);
		cc->pacing = steady_pacing(cc, r, now);
	}
	if (!cc->most)
		cc->known |=
			cc->phase != STARTUP || (cc->limit && cc->rate >= percent(cc->limit, 80));
	if (cc->phase != STARTUP)
		trust(cc, cc_report_tells(r) && (asked(cc, r) || cc_report_held_back(r)), now);
	if (cc->pacing < MIN_BPS)
		cc->pacing = MIN_BPS;
	if (cc->pacing > MAX_BPS)
		cc->pacing = MAX_BPS;
	cc->pacing = under_limit(cc, cc->pacing);
	if (cc->phase == STARTUP)
		return rebase;
	steady_window(cc, r, target);
	return rebase;
}

static const char *
auto_state(const struct cc *cc)
{
	if (cc->phase == STARTUP)
		return "startup";
	return cc->high ? "drain" : cc->streak ? "probe" : "steady";
}

const struct cc_ops cc_auto = {
	.name = "auto",
	.init = auto_init,
	.report = auto_report,
	.restart = auto_restart,
	.state = auto_state,
};
