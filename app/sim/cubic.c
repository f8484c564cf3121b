// SPDX-License-Identifier: BSD-3-Clause
#include "cubic.h"

#define HYSTART_LOW 16 // segments: no early exit below
#define HYSTART_SAMPLES 8
#define HYSTART_ACK_GAP (2 * WB_MS)

void
cubic_init(struct cubic *c)
{
	*c = (struct cubic){ .round_min_rtt = WB_NEVER };
}

static void
round_begin(struct cubic *c, uint64_t nxt, wb_ns_t now)
{
	c->round_start = c->last_ack = now;
	c->round_end = nxt;
	c->round_min_rtt = WB_NEVER;
	c->samples = 0;
}

// Slow start ends when ACKs of one train span half the path, or when the RTT has grown.
static void
hystart(struct cubic *c, struct tcp_window *w, wb_ns_t rtt, wb_ns_t now)
{
	wb_ns_t margin = c->min_rtt / 8;

	if (now - c->last_ack <= HYSTART_ACK_GAP) {
		c->last_ack = now;
		if (now - c->round_start > c->min_rtt / 2)
			c->found = true;
	}
	if (rtt < c->round_min_rtt)
		c->round_min_rtt = rtt;
	if (margin < 4 * WB_MS)
		margin = 4 * WB_MS;
	if (margin > 16 * WB_MS)
		margin = 16 * WB_MS;
	if (c->samples < HYSTART_SAMPLES)
		c->samples++;
	else if (c->round_min_rtt > c->min_rtt + margin)
		c->found = true;
	if (c->found)
		w->ssthresh = w->cwnd;
}

void
cubic_rtt(struct cubic *c, struct tcp_window *w, const struct cubic_ack *a, wb_ns_t now)
{
	// Right after a recovery the samples speak of the queue before it.
	if (c->epoch != 0 && now - c->epoch < WB_SEC)
		return;
	if (c->min_rtt == 0 || a->rtt < c->min_rtt)
		c->min_rtt = a->rtt;
	if (a->una > c->round_end)
		round_begin(c, a->nxt, now);
	if (!c->found && w->cwnd < w->ssthresh && w->cwnd >= HYSTART_LOW)
		hystart(c, w, a->rtt, now);
}

static uint64_t
cube_root(uint64_t a)
{
	uint64_t x = 0;

	for (int bit = 20; bit >= 0; bit--) {
		uint64_t y = x + (1ull << bit);

		if (y * y * y <= a)
			x = y;
	}
	return x;
}

static void
epoch_begin(struct cubic *c, const struct tcp_window *w, wb_ns_t now)
{
	c->epoch = now;
	c->acked = 0;
	c->estimate = w->cwnd;
	c->estimate_acked = 0;
	c->origin = w->cwnd;
	c->k_ms = 0;
	if (c->w_max > w->cwnd) { // K = cbrt((W_max - cwnd) / 0.4) seconds
		c->k_ms = cube_root((uint64_t)(c->w_max - w->cwnd) * 2500000000ull);
		c->origin = c->w_max;
	}
}

// The window that one RTT later the cubic function asks for (RFC 9438 4.2).
static uint32_t
target(const struct cubic *c, wb_ns_t rtt, wb_ns_t now)
{
	uint64_t t = (now - c->epoch + (c->min_rtt ? c->min_rtt : rtt)) / WB_MS;
	uint64_t distance = t > c->k_ms ? t - c->k_ms : c->k_ms - t, delta;

	if (distance > 500000)
		distance = 500000;
	delta = distance * distance * distance / 2500000000ull; // 0.4 * (ms / 1000)^3
	if (t > c->k_ms)
		return (uint32_t)(c->origin + delta);
	return delta < c->origin ? (uint32_t)(c->origin - delta) : 0;
}

// Segments to be acknowledged for one more in the window. As in Linux, with the window unchanged it is
// worked out again after 1/32 s only.
static void
update_count(struct cubic *c, const struct tcp_window *w, uint32_t n, wb_ns_t rtt, wb_ns_t now)
{
	uint32_t want, per_segment = w->cwnd * 15 / 8;

	c->estimate_acked += n;
	if (c->epoch != 0 && c->last_cwnd == w->cwnd && now - c->last_update <= WB_SEC / 32)
		return;
	if (c->epoch == 0) {
		epoch_begin(c, w, now);
		c->estimate_acked = n;
	}
	c->last_cwnd = w->cwnd;
	c->last_update = now;
	want = target(c, rtt, now);
	c->count = want > w->cwnd ? w->cwnd / (want - w->cwnd) : 100 * w->cwnd;
	if (c->w_max == 0 && c->count > 20) // no loss seen yet: at least 5 % a round trip
		c->count = 20;
	// Reno-friendly: one segment each cwnd / (3 (1-b)/(1+b)) acknowledged, that is 1.89 cwnd.
	while (c->estimate_acked > per_segment) {
		c->estimate_acked -= per_segment;
		c->estimate++;
	}
	if (c->estimate > w->cwnd && c->count > w->cwnd / (c->estimate - w->cwnd))
		c->count = w->cwnd / (c->estimate - w->cwnd);
	if (c->count < 2) // at most half a window a round trip
		c->count = 2;
}

void
cubic_acked(struct cubic *c, struct tcp_window *w, uint32_t n, wb_ns_t rtt, wb_ns_t now)
{
	if (w->cwnd < w->ssthresh) {
		uint32_t room = w->ssthresh - w->cwnd;

		w->cwnd += n < room ? n : room;
		n -= n < room ? n : room;
		if (n == 0)
			return;
	}
	update_count(c, w, n, rtt, now);
	// What came together while the count was larger makes one segment, not several.
	if (c->acked >= c->count) {
		c->acked = 0;
		w->cwnd++;
	}
	c->acked += n;
	if (c->acked >= c->count) {
		w->cwnd += c->acked / c->count;
		c->acked %= c->count;
	}
}

void
cubic_congestion(struct cubic *c, struct tcp_window *w)
{
	uint32_t reduced = (uint32_t)((uint64_t)w->cwnd * 717 / 1024);

	c->epoch = 0;
	// Fast convergence (RFC 9438 4.7): a lower peak than before leaves room for others.
	c->w_max =
		w->cwnd < c->w_max ? (uint32_t)((uint64_t)w->cwnd * (1024 + 717) / 2048) : w->cwnd;
	w->ssthresh = reduced > 2 ? reduced : 2;
}

void
cubic_timeout(struct cubic *c, uint64_t nxt, wb_ns_t now)
{
	c->w_max = 0;
	c->epoch = 0;
	c->min_rtt = 0;
	c->found = false;
	c->acked = 0;
	round_begin(c, nxt, now);
}
