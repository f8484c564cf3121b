// SPDX-License-Identifier: BSD-3-Clause
#include "bbr.h"

#define UNIT 256
#define HIGH_GAIN 739 // 2/ln 2: doubles what is delivered each round
#define DRAIN_GAIN 88 // its inverse
#define CWND_GAIN (2 * UNIT)
#define BW_ROUNDS 10
#define MIN_RTT_FOR (10 * WB_SEC)
#define PROBE_RTT_FOR (200 * WB_MS)
#define MIN_PACKETS 4
#define FULL_ROUNDS 3
#define EXTRA_ROUNDS 5
#define EXTRA_MAX_MS 100
#define CYCLE 8

static const uint32_t cycle_gain[CYCLE] = { UNIT * 5 / 4, UNIT * 3 / 4, UNIT, UNIT, UNIT, UNIT,
	UNIT, UNIT };

static void
max_update(struct bbr_max *m, uint64_t round, uint64_t value)
{
	struct bbr_best now = { round, value };

	if (value >= m->best[0].value || round - m->best[2].round > BW_ROUNDS) {
		m->best[0] = m->best[1] = m->best[2] = now;
		return;
	}
	if (value >= m->best[1].value)
		m->best[1] = m->best[2] = now;
	else if (value >= m->best[2].value)
		m->best[2] = now;
	if (round - m->best[0].round > BW_ROUNDS) { // the best is too old: the next in line
		m->best[0] = m->best[1];
		m->best[1] = m->best[2];
		m->best[2] = now;
	} else if (m->best[1].round == m->best[0].round &&
		   round - m->best[0].round > BW_ROUNDS / 4) {
		m->best[1] = m->best[2] = now;
	} else if (m->best[2].round == m->best[1].round &&
		   round - m->best[1].round > BW_ROUNDS / 2) {
		m->best[2] = now;
	}
}

uint64_t
bbr_bandwidth(const struct bbr *b)
{
	return b->bw.best[0].value;
}

// Bytes in flight that the model wants at a gain.
static uint64_t
inflight(const struct bbr *b, uint32_t gain)
{
	if (b->min_rtt == WB_NEVER)
		return b->cwnd;
	return bbr_bandwidth(b) * (b->min_rtt / WB_US) / 1000000 * gain / UNIT;
}

// Room for what a sender's bursts and delayed acknowledgements keep out of the pipe.
static uint64_t
with_budget(const struct bbr *b, uint64_t bytes)
{
	uint64_t burst = b->pacing / 1000;

	if (burst < 2 * b->mss)
		burst = 2 * b->mss;
	return bytes + 3 * burst + (b->mode == BBR_PROBE_BW && b->cycle == 0 ? 2 * b->mss : 0);
}

static void
update_bandwidth(struct bbr *b, const struct delivery *d, const struct delivery_sample *s)
{
	uint64_t bw;

	b->round_start = false;
	if (s->acked > 0 && s->prior_delivered >= b->round_end) {
		b->round_end = d->delivered;
		b->rounds++;
		b->round_start = true;
		b->conservation = false;
	}
	if (s->bytes == 0)
		return;
	bw = (uint64_t)((double)s->bytes * 1e9 / (double)s->interval);
	if (!s->app_limited || bw >= bbr_bandwidth(b))
		max_update(&b->bw, b->rounds, bw);
}

// How many bytes came acknowledged beyond bandwidth x time: the largest of the last 5 to 10 rounds.
static void
update_aggregation(struct bbr *b, const struct delivery_sample *s, wb_ns_t now)
{
	uint64_t expected = bbr_bandwidth(b) * ((now - b->epoch) / WB_US) / 1000000, extra;

	if (s->acked == 0)
		return;
	if (b->round_start && ++b->extra_rounds >= EXTRA_ROUNDS) {
		b->extra_rounds = 0;
		b->extra_now = !b->extra_now;
		b->extra[b->extra_now] = 0;
	}
	if (b->epoch_acked <= expected) {
		b->epoch = now;
		b->epoch_acked = expected = 0;
	}
	b->epoch_acked += s->acked;
	extra = b->epoch_acked > expected ? b->epoch_acked - expected : 0;
	if (extra > b->cwnd)
		extra = b->cwnd;
	if (extra > b->extra[b->extra_now])
		b->extra[b->extra_now] = extra;
}

static uint64_t
aggregation(const struct bbr *b)
{
	uint64_t most = bbr_bandwidth(b) * EXTRA_MAX_MS / 1000;
	uint64_t extra = b->extra[0] > b->extra[1] ? b->extra[0] : b->extra[1];

	return !b->full ? 0 : extra < most ? extra : most;
}

static void
enter_probe_bw(struct bbr *b, wb_ns_t now)
{
	b->mode = BBR_PROBE_BW;
	b->cycle = CYCLE - 1 - (unsigned)(wb_em_random_next(&b->random) % (CYCLE - 1));
	b->cycle = (b->cycle + 1) % CYCLE; // anywhere but in the draining phase
	b->cycle_at = now;
}

static void
update_cycle(struct bbr *b, const struct delivery *d, const struct delivery_sample *s)
{
	bool whole = d->time - b->cycle_at > b->min_rtt, next = whole;
	uint32_t gain = cycle_gain[b->cycle];

	if (b->mode != BBR_PROBE_BW)
		return;
	if (gain > UNIT)
		next = whole &&
		       (s->lost > 0 || s->prior_in_flight >= with_budget(b, inflight(b, gain)));
	else if (gain < UNIT)
		next = whole || s->prior_in_flight <= with_budget(b, inflight(b, UNIT));
	if (next) {
		b->cycle = (b->cycle + 1) % CYCLE;
		b->cycle_at = d->time;
	}
}

static void
update_full(struct bbr *b, const struct delivery_sample *s)
{
	if (b->full || !b->round_start || s->app_limited)
		return;
	if (bbr_bandwidth(b) >= b->full_bw + b->full_bw / 4) {
		b->full_bw = bbr_bandwidth(b);
		b->full_count = 0;
	} else {
		b->full = ++b->full_count >= FULL_ROUNDS;
	}
}

static void
update_drain(struct bbr *b, const struct delivery_sample *s, wb_ns_t now)
{
	if (b->mode == BBR_STARTUP && b->full)
		b->mode = BBR_DRAIN;
	if (b->mode == BBR_DRAIN && s->in_flight <= with_budget(b, inflight(b, UNIT)))
		enter_probe_bw(b, now);
}

void
bbr_save(struct bbr *b)
{
	if (!b->was_recovering && b->mode != BBR_PROBE_RTT)
		b->prior_cwnd = b->cwnd;
	else if (b->cwnd > b->prior_cwnd)
		b->prior_cwnd = b->cwnd;
}

static void
leave_probe_rtt(struct bbr *b, wb_ns_t now)
{
	b->min_rtt_at = now;
	if (b->cwnd < b->prior_cwnd)
		b->cwnd = b->prior_cwnd;
	if (b->full)
		enter_probe_bw(b, now);
	else
		b->mode = BBR_STARTUP;
}

static void
update_min_rtt(struct bbr *b, struct delivery *d, const struct delivery_sample *s, wb_ns_t now)
{
	bool expired = b->min_rtt != WB_NEVER && now - b->min_rtt_at > MIN_RTT_FOR;

	if (s->rtt > 0 && (s->rtt < b->min_rtt || expired)) {
		b->min_rtt = s->rtt;
		b->min_rtt_at = now;
	}
	if (expired && !b->idle_restart && b->mode != BBR_PROBE_RTT) {
		bbr_save(b);
		b->mode = BBR_PROBE_RTT;
		b->probe_rtt_done = 0;
	}
	if (b->mode == BBR_PROBE_RTT) {
		delivery_app_limited(d, s->in_flight); // the small window, not the path, limits
		if (b->probe_rtt_done == 0 && s->in_flight <= MIN_PACKETS * b->mss) {
			b->probe_rtt_done = now + PROBE_RTT_FOR;
			b->probe_rtt_round = false;
			b->round_end = d->delivered;
		} else if (b->probe_rtt_done != 0) {
			b->probe_rtt_round |= b->round_start;
			if (b->probe_rtt_round && now > b->probe_rtt_done)
				leave_probe_rtt(b, now);
		}
	}
	if (s->acked > 0)
		b->idle_restart = false;
}

static void
update_gains(struct bbr *b)
{
	b->pacing_gain = b->mode == BBR_STARTUP    ? HIGH_GAIN
			 : b->mode == BBR_DRAIN    ? DRAIN_GAIN
			 : b->mode == BBR_PROBE_BW ? cycle_gain[b->cycle]
						   : UNIT;
	b->cwnd_gain = b->mode == BBR_PROBE_BW    ? CWND_GAIN
		       : b->mode == BBR_PROBE_RTT ? UNIT
						  : HIGH_GAIN;
}

static void
update_pacing(struct bbr *b)
{
	uint64_t rate = bbr_bandwidth(b) * b->pacing_gain / UNIT;

	if (!b->quic)
		rate = rate * 99 / 100; // Linux: a margin of 1 %, so that no queue stays
	if (b->pacing == 0 && b->min_rtt != WB_NEVER && b->min_rtt > 0)
		b->pacing = b->cwnd * WB_SEC / b->min_rtt * HIGH_GAIN / UNIT;
	if (rate > 0 && (b->full || rate > b->pacing))
		b->pacing = rate;
}

// Linux: returns whether the window is the recovery's.
static bool
tcp_recovery(struct bbr *b, struct delivery *d, const struct delivery_sample *s)
{
	if (s->lost > 0)
		b->cwnd = b->cwnd > s->lost + b->mss ? b->cwnd - s->lost : b->mss;
	if (s->recovering && !b->was_recovering) {
		b->conservation = true;
		b->round_end = d->delivered;
		b->cwnd = s->in_flight + s->acked;
	} else if (!s->recovering && b->was_recovering) {
		b->conservation = false;
		if (b->cwnd < b->prior_cwnd)
			b->cwnd = b->prior_cwnd;
	}
	b->was_recovering = s->recovering;
	if (b->conservation && b->cwnd < s->in_flight + s->acked)
		b->cwnd = s->in_flight + s->acked;
	return b->conservation;
}

static void
quic_recovery(struct bbr *b, const struct delivery *d, const struct delivery_sample *s)
{
	if (s->lost > 0)
		b->recovery_end = s->last_sent;
	if (b->recovery == BBR_NO_RECOVERY) {
		if (s->lost == 0)
			return;
		b->recovery = BBR_CONSERVATION;
		b->recovery_window = s->in_flight + s->acked;
		b->round_end = d->delivered;
	} else {
		if (b->recovery == BBR_CONSERVATION && b->round_start)
			b->recovery = BBR_GROWTH;
		if (s->lost == 0 && s->largest_acked > b->recovery_end) {
			b->recovery = BBR_NO_RECOVERY;
			return;
		}
		b->recovery_window =
			b->recovery_window > s->lost ? b->recovery_window - s->lost : b->mss;
		if (b->recovery == BBR_GROWTH)
			b->recovery_window += s->acked;
		if (b->recovery_window < s->in_flight + s->acked)
			b->recovery_window = s->in_flight + s->acked;
	}
	if (b->recovery_window < MIN_PACKETS * b->mss)
		b->recovery_window = MIN_PACKETS * b->mss;
}

static void
update_window(struct bbr *b, struct delivery *d, const struct delivery_sample *s)
{
	uint64_t target;

	if (s->acked == 0 || (!b->quic && tcp_recovery(b, d, s)))
		return;
	target = with_budget(b, inflight(b, b->cwnd_gain) + aggregation(b));
	if (b->full)
		b->cwnd = b->cwnd + s->acked < target ? b->cwnd + s->acked : target;
	else if (b->cwnd < target || d->delivered < 10 * (uint64_t)b->mss)
		b->cwnd += s->acked;
	if (b->cwnd < MIN_PACKETS * b->mss)
		b->cwnd = MIN_PACKETS * b->mss;
}

void
bbr_update(struct bbr *b, struct delivery *d, const struct delivery_sample *s, wb_ns_t now)
{
	update_bandwidth(b, d, s);
	update_aggregation(b, s, now);
	update_cycle(b, d, s);
	update_full(b, s);
	update_drain(b, s, now);
	update_min_rtt(b, d, s, now);
	update_gains(b);
	update_pacing(b);
	if (b->quic)
		quic_recovery(b, d, s);
	update_window(b, d, s);
}

void
bbr_restart(struct bbr *b, const struct delivery *d)
{
	if (d->app_limited == 0)
		return;
	b->idle_restart = true;
	if (b->mode == BBR_PROBE_BW && bbr_bandwidth(b) > 0)
		b->pacing = bbr_bandwidth(b); // no probing from a standing start
}

void
bbr_timeout(struct bbr *b, uint64_t window)
{
	b->cwnd = window;
	b->full_bw = 0;
	b->full_count = 0;
	b->was_recovering = true;
}

void
bbr_undo(struct bbr *b)
{
	b->full_bw = 0; // a spurious slow-down is no sign of a full pipe
	b->full_count = 0;
}

void
bbr_collapse(struct bbr *b)
{
	b->recovery_window = b->cwnd = MIN_PACKETS * b->mss;
}

uint64_t
bbr_window(const struct bbr *b)
{
	uint64_t least = MIN_PACKETS * b->mss;

	if (b->mode == BBR_PROBE_RTT)
		return b->cwnd < least ? b->cwnd : least;
	if (b->quic && b->recovery != BBR_NO_RECOVERY && b->recovery_window < b->cwnd)
		return b->recovery_window;
	return b->cwnd;
}

void
bbr_init(struct bbr *b, bool quic, uint32_t mss, uint64_t initial, uint64_t seed)
{
	*b = (struct bbr){ .quic = quic, .mss = mss, .cwnd = initial, .min_rtt = WB_NEVER };
	wb_em_random_seed(&b->random, seed);
	update_gains(b);
}
