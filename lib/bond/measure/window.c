// SPDX-License-Identifier: BSD-3-Clause
// Keeps the least value of a sliding window from three samples, as Nichols' filter does.
#include "window.h"

void
window_reset(struct window *w, int64_t v, wb_ns_t now)
{
	for (unsigned i = 0; i < 3; i++) {
		w->s[i].t = now;
		w->s[i].v = v;
	}
	w->valid = true;
}

// Ages the three: a best that left the window gives way to the next; a quarter (half) window without
// a newer second (third) choice takes the current sample as one.
static void
age(struct window *w, wb_ns_t length, int64_t v, wb_ns_t now)
{
	wb_ns_t since = now - w->s[0].t;

	if (since > length) {
		w->s[0] = w->s[1];
		w->s[1] = w->s[2];
		w->s[2].t = now;
		w->s[2].v = v;
		if (now - w->s[0].t > length) {
			w->s[0] = w->s[1];
			w->s[1] = w->s[2];
		}
	} else if (w->s[1].t == w->s[0].t && since > length / 4) {
		w->s[1].t = w->s[2].t = now;
		w->s[1].v = w->s[2].v = v;
	} else if (w->s[2].t == w->s[1].t && since > length / 2) {
		w->s[2].t = now;
		w->s[2].v = v;
	}
}

int64_t
window_min(struct window *w, wb_ns_t length, int64_t v, wb_ns_t now)
{
	if (!w->valid || v <= w->s[0].v || now - w->s[2].t > length) {
		window_reset(w, v, now);
		return v;
	}
	if (v <= w->s[1].v) {
		w->s[1].t = w->s[2].t = now;
		w->s[1].v = w->s[2].v = v;
	} else if (v <= w->s[2].v) {
		w->s[2].t = now;
		w->s[2].v = v;
	}
	age(w, length, v, now);
	return w->s[0].v;
}
