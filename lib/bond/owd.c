// SPDX-License-Identifier: BSD-3-Clause
#include "owd.h"

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
	d = v - o->latest;
	o->jitter += ((d < 0 ? -d : d) - o->jitter) / 16;
	o->latest = v;
	o->smooth += (v - o->smooth) / 4;
	window_min(&o->min, OWD_MIN_WINDOW, v, now);
	window_min(&o->recent, OWD_RECENT, v, now);
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

int64_t
owd_expected(const struct owd *o, uint64_t inflight, uint64_t bps)
{
	wb_ns_t queue = owd_queue(o), most = inflight * 8 * WB_SEC / (bps ? bps : 1);

	return o->smooth - (int64_t)(queue > most ? queue - most : 0);
}

void
owd_rebase(struct owd *o, wb_ns_t now)
{
	if (o->valid)
		window_reset(&o->min, window_get(&o->recent), now);
}
