// SPDX-License-Identifier: BSD-3-Clause
// Measures a path's delivery rate between two reports (docs/design/congestion-control.md).
#include "rate.h"

void
rate_init(struct rate *r)
{
	r->head = r->n = 0;
}

static const struct rate_point *
point(const struct rate *r, unsigned age)
{
	return &r->points[(r->head + RATE_HISTORY - 1 - age) % RATE_HISTORY];
}

// Returns whether nobody can have received so much in that time: then the other end's figures are wrong.
static bool
is_nonsense(uint32_t bytes, wb_ns_t received)
{
	return bytes > RATE_MAX / 8 / (WB_SEC / WB_US) * (received / WB_US);
}

// Bytes over the longer of the two times: what left slowly cannot prove a fast link, and what
// arrived slowly did not get one.
static uint64_t
bps(const struct rate_point *from, const struct rate_point *to)
{
	wb_ns_t recv = (uint64_t)(uint32_t)(to->recv_us - from->recv_us) * WB_US;
	wb_ns_t sent = to->sent - from->sent;
	wb_ns_t span = recv > sent ? recv : sent;

	return span ? (uint64_t)(uint32_t)(to->bytes - from->bytes) * 8 * WB_SEC / span : 0;
}

struct rate_sample
rate_report(struct rate *r, uint32_t recv_us, uint32_t bytes, wb_ns_t sent)
{
	struct rate_point now = { recv_us, bytes, sent };
	struct rate_sample s = { 0 };
	unsigned i;

	if (r->n && sent <= point(r, 0)->sent)
		return s; // an older report that came late
	// Points too close together are merged: the history must reach back RATE_WINDOW.
	if (r->n > 1 && sent - point(r, 1)->sent < RATE_STEP &&
		(uint64_t)(uint32_t)(recv_us - point(r, 1)->recv_us) * WB_US < RATE_STEP)
		r->points[(r->head + RATE_HISTORY - 1) % RATE_HISTORY] = now;
	else {
		r->points[r->head] = now;
		r->head = (r->head + 1) % RATE_HISTORY;
		if (r->n < RATE_HISTORY)
			r->n++;
	}
	for (i = 1; i < r->n; i++) {
		const struct rate_point *p = point(r, i);

		wb_ns_t received = (uint64_t)(uint32_t)(recv_us - p->recv_us) * WB_US;

		if (received >= RATE_TRAIN && is_nonsense(bytes - p->bytes, received))
			return (struct rate_sample){ 0 };
		if (received >= RATE_TRAIN && s.train_bytes == 0) {
			s.train_bytes = bytes - p->bytes;
			s.train_sent = sent - p->sent;
			s.train_received = received;
		}
		if (received < RATE_WINDOW)
			continue;
		s.bps = bps(p, &now);
		s.bytes = bytes - p->bytes;
		s.sent_from = p->sent;
		s.sent_to = sent;
		s.received = received;
		break;
	}
	return s;
}
