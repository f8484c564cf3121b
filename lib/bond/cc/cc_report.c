// SPDX-License-Identifier: BSD-3-Clause
// Works out what an acknowledgement says of a path: how fast it delivers, and whether that was the path's doing.
#include "cc_report.h"

#include "cc_tunables.h"
#include "rate.h"

wb_ns_t
cc_report_low(const struct cc_report *r)
{
	wb_ns_t j = r->jitter > r->wander ? r->jitter : r->wander;

	if (j > JITTER_MAX)
		j = JITTER_MAX;

	return LOW + j + j / 2;
}

bool
cc_report_held_back(const struct cc_report *r)
{
	if (r->bytes < BUSY_BYTES && r->received < 2 * r->sent + RATE_WINDOW / 2)
		return false; // too few, unless it is plain
	return r->received > r->sent + r->sent / 16 + r->jitter / 2;
}

bool
cc_report_tells(const struct cc_report *r)
{
	return r->bps &&
	       (!r->app_limited || (r->queue > cc_report_low(r) && cc_report_held_back(r)));
}

bool
cc_report_stretched(const struct cc_report *r)
{
	return r->train_bytes >= BUSY_BYTES &&
	       r->train_received > r->train_sent + r->train_sent / 4 + 2 * r->jitter + 2 * WB_MS;
}

bool
cc_report_shows(const struct cc_report *r)
{
	wb_ns_t span = r->srtt > SHOWS_SPAN ? r->srtt : SHOWS_SPAN;

	return r->bps && (!r->app_limited || (r->sent < span && r->received < span));
}

bool
cc_report_held_throughout(const struct cc_report *r)
{
	return cc_report_held_back(r) && r->train_bytes && r->train_bytes < r->bytes &&
	       r->train_received > r->train_sent + r->train_sent / 16 &&
	       r->received - r->train_received > (r->sent - r->train_sent) / 16 * 17;
}
