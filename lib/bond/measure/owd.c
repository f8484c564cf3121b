// SPDX-License-Identifier: BSD-3-Clause
// Measures one-way delays: smoothed, least, jitter and queue (docs/design/delay.md).
#include "owd.h"

// Returns over how long the recent least is taken. The least of a few samples of much jitter lies far above the
// least of 10 s and would be taken for a queue: as many are looked at as jitter or wander have milliseconds.
static wb_ns_t
recent_length(struct owd *o, wb_ns_t now)
{
	wb_ns_t gap = o->last ? now - o->last : 0, length;

	if (gap > OWD_GAP_MAX)
		gap = OWD_GAP_MAX;
	o->gap = o->gap - o->gap / 8 + gap / 8;
	length = (wb_ns_t)(o->jitter > o->wander ? o->jitter : o->wander) / WB_MS * o->gap;
	if (length < OWD_RECENT)
		return OWD_RECENT;
	return length < OWD_RECENT_MAX ? length : OWD_RECENT_MAX;
}

void
owd_sample(struct owd *o, struct owd_base *base, uint32_t raw_us, wb_ns_t now)
{
	int64_t v, d;

	if (!base->valid) {
		base->valid = true;
		base->us = raw_us;
	}
	v = (int64_t)(int32_t)(raw_us - base->us) * (int64_t)WB_US;
	if (!o->valid) {
		o->valid = true;
		o->smooth = o->latest = v;
		o->jitter = 0;
	}
	if (now - o->last > OWD_STALE)
		o->smooth = v;
	d = v - o->latest;
	o->trend += (d - o->trend) / 4;
	d -= o->trend; // a queue that grows or shrinks is no noise
	d = d < 0 ? -d : d;
	o->jitter += ((d < (int64_t)OWD_STEP ? d : (int64_t)OWD_STEP) - o->jitter) / 16;
	o->latest = v;
	o->n += o->n < OWD_MEAN;
	o->mean += (v - o->mean) / (int64_t)o->n;
	o->smooth += (v - o->smooth) / 4;
	window_min(&o->min, OWD_MIN_WINDOW, v, now);
	window_min(&o->recent, recent_length(o, now), v, now);
	o->last = now;
}

wb_ns_t
owd_queue(const struct owd *o)
{
	int64_t q;

	if (!o->valid)
		return 0;
	q = window_get(&o->recent) - window_get(&o->min);
	return q > 0 ? (wb_ns_t)q : 0;
}

wb_ns_t
owd_rise(const struct owd *o)
{
	int64_t rise = o->valid ? o->smooth - window_get(&o->min) : 0;

	return rise > 0 ? (wb_ns_t)rise : 0;
}

int64_t
owd_unqueued(const struct owd *o)
{
	return o->smooth - (int64_t)owd_queue(o);
}

int64_t
owd_expected(const struct owd *o, uint64_t inflight, uint64_t bps, wb_ns_t now)
{
	int64_t most = (int64_t)(inflight * 8 * WB_SEC / (bps ? bps : 1)), least = o->smooth;
	int64_t queue = (int64_t)owd_queue(o), base = window_get(&o->min), over, v;

	if (queue > most)
		least -= queue - most;
	v = window_get(&o->recent) + o->jitter + most;
	least = v < least ? v : least;
	// A queue that nobody feeds shrinks by a second a second.
	over = o->smooth - base - (int64_t)(now > o->last ? now - o->last : 0);
	v = base + o->jitter + (over > 0 ? over : 0) + most;
	return v < least ? v : least;
}

void
owd_rebase(struct owd *o, wb_ns_t now)
{
	o->n = 0;
	if (o->valid)
		window_reset(&o->min, window_get(&o->recent), now);
}
