// SPDX-License-Identifier: BSD-3-Clause
// Knows up to which send time a path has delivered (docs/design/reordering.md).
#include "horizon.h"

#include "in_flight.h"

void
horizon_received(struct horizon *h, uint32_t sent_us, wb_ns_t now)
{
	int32_t ahead = (int32_t)(sent_us - h->newest_us);
	wb_ns_t late = ahead < 0 ? (wb_ns_t)(-(int64_t)ahead) * WB_US : 0;

	// The clock goes round in 71 minutes; and after a pause nothing is overtaken.
	if (!h->valid || now - h->at > HORIZON_FORGET) {
		h->newest_us = sent_us;
		h->valid = true;
	} else {
		in_flight_follow(
			&h->overtaken, late < IN_FLIGHT_REO_MAX ? late : IN_FLIGHT_REO_MAX);
		h->newest_us = ahead > 0 ? sent_us : h->newest_us;
	}
	h->at = now;
}

bool
horizon_passed(const struct horizon *h, uint32_t sent_us, wb_ns_t now)
{
	wb_ns_t margin = h->overtaken + h->overtaken / 8;

	if (!h->valid || now - h->at > HORIZON_SILENT)
		return true;
	if (margin < HORIZON_MARGIN)
		margin = HORIZON_MARGIN;
	return (int32_t)(h->newest_us - sent_us) > (int32_t)(margin / WB_US);
}
