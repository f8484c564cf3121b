// SPDX-License-Identifier: BSD-3-Clause
// Measures how far a path's own delay moves within a tenth of a second (docs/design/delay.md).
#include "wander.h"

static wb_ns_t
apart(wb_ns_t a, wb_ns_t b)
{
	return a > b ? a - b : b - a;
}

void
wander_report(struct wander *w, uint32_t recv_us, uint32_t bytes, wb_ns_t sent, uint64_t bps)
{
	wb_ns_t received = (uint64_t)(uint32_t)(recv_us - w->recv_us) * WB_US,
		left = sent - w->sent;
	wb_ns_t takes, sample;

	if (w->valid && (sent <= w->sent || left < WANDER_SPAN))
		return;
	if (w->valid && left < WANDER_PAUSE && received < WANDER_PAUSE) {
		takes = bps ? (uint64_t)(uint32_t)(bytes - w->bytes) * 8 * WB_SEC / bps : left;
		sample = apart(received, left);
		if (apart(received, takes) < sample)
			sample = apart(received, takes);
		if (sample > WANDER_MOST)
			sample = WANDER_MOST;
		w->level = w->level - w->level / WANDER_SMOOTH + sample / WANDER_SMOOTH;
	}
	w->valid = true;
	w->recv_us = recv_us;
	w->bytes = bytes;
	w->sent = sent;
}
