// SPDX-License-Identifier: BSD-3-Clause
#include "cubic.h"

#define INITIAL_WINDOW 10 // RFC 6928
#define HYSTART_LOW 16    // segments: no early exit below
#define HYSTART_SAMPLES 8
#define HYSTART_ACK_GAP (2 * WB_MS)
#define UNLIMITED (1u << 30)

void
cubic_init(struct cubic *c)
{
	*c = (struct cubic){ .cwnd = INITIAL_WINDOW, .ssthresh = UNLIMITED };
	c->round_min_rtt = WB_NEVER;
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
hystart(struct cubic *c, wb_ns_t rtt, wb_ns_t now)
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
		c->ssthresh = c->cwnd;
}

void
cubic_rtt(struct cubic *c, wb_ns_t rtt, uint64_t una, uint64_t nxt, wb_ns_t now)
{
	// Right after a recovery the samples speak of the queue before it.
	if (c->epoch != 0 && now - c->epoch < WB_SEC)
		return;
	if (c->min_rtt == 0 || rtt < c->min_rtt)
		c->min_rtt = rtt;
	if (una > c->round_end)
		round_begin(c, nxt, now);
	if (!c->found && c->cwnd < c->ssthresh && c->cwnd >= HYSTART_LOW)
		hystart(c, rtt, now);
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
epoch_begin(struct cubic *c, wb_ns_t now)
{
	c->epoch = now;
	c->acked = 0;
	c->estimate = c->cwnd;
	c->estimate_acked = 0;
	c->origin = c->cwnd;
	c->k_ms = 0;
	if (c->w_max > c->cwnd) { // K = cbrt((W_max - cwnd) / 0.4) seconds
		c->k_ms = cube_root((uint64_t)(c->w_max - c->cwnd) * 2500000000ull);
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

void
cubic_acked(struct cubic *c, uint32_t n, wb_ns_t rtt, wb_ns_t now)
{
	uint32_t want, count;

	if (c->cwnd < c->ssthresh) {
		uint32_t room = c->ssthresh - c->cwnd;

		c->cwnd += n < room ? n : room;
		n -= n < room ? n : room;
		if (n == 0)
			return;
	}
	if (c->epoch == 0)
		epoch_begin(c, now);
	want = target(c, rtt, now);
	count = want > c->cwnd ? c->cwnd / (want - c->cwnd) : 100 * c->cwnd;
	if (c->w_max == 0 && count > 20) // no loss seen yet: at least 5 % a round trip
		count = 20;
	// Reno-friendly: one segment each cwnd / (3 (1-b)/(1+b)) acknowledged, that is 1.89 cwnd.
	c->estimate_acked += n;
	while (c->estimate_acked > c->cwnd * 17 / 9) {
		c->estimate_acked -= c->cwnd * 17 / 9;
		c->estimate++;
	}
	if (c->estimate > c->cwnd && count > c->cwnd / (c->estimate - c->cwnd))
		count = c->cwnd / (c->estimate - c->cwnd);
	if (count < 2) // at most half a window a round trip
		count = 2;
	c->acked += n;
	if (c->acked >= count) {
		c->cwnd += c->acked / count;
		c->acked %= count;
	}
}

void
cubic_congestion(struct cubic *c)
{
	uint32_t reduced = (uint32_t)((uint64_t)c->cwnd * 717 / 1024);

	c->epoch = 0;
	// Fast convergence (RFC 9438 4.7): a lower peak than before leaves room for others.
	c->w_max =
		c->cwnd < c->w_max ? (uint32_t)((uint64_t)c->cwnd * (1024 + 717) / 2048) : c->cwnd;
	c->ssthresh = reduced > 2 ? reduced : 2;
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
