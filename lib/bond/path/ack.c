// SPDX-License-Identifier: BSD-3-Clause
// Keeps which numbers have arrived on a path, and decides when that is reported (docs/design/loss-detection.md).
#include "ack.h"

#include <string.h>

void
ack_init(struct ack *a)
{
	memset(a, 0, sizeof(*a));
	a->due = WB_NEVER;
	a->low = a->low_before = UINT64_MAX;
}

// Puts a number into the descending list of ranges; the lowest range makes room when it is full.
static void
add(struct ack *a, uint64_t number)
{
	struct wb_ack_range *r = a->ranges;
	unsigned i;

	for (i = 0; i < a->n && number + 1 < r[i].low; i++)
		;
	if (i < a->n && number >= r[i].low && number <= r[i].high)
		return;
	if (i < a->n && number == r[i].high + 1) {
		r[i].high = number;
	} else if (i < a->n && number + 1 == r[i].low) {
		r[i].low = number;
		if (i + 1 < a->n && r[i + 1].high + 1 == number) {
			r[i].low = r[i + 1].low;
			memmove(&r[i + 1], &r[i + 2], (a->n - i - 2) * sizeof(*r));
			a->n--;
		}
	} else {
		if (i == ACK_RANGES)
			return; // older than all that is remembered
		if (a->n == ACK_RANGES)
			a->n--;
		memmove(&r[i + 1], &r[i], (a->n - i) * sizeof(*r));
		r[i] = (struct wb_ack_range){ number, number };
		a->n++;
	}
}

// Forgets ranges that are of no use any more: what is missing between them has been declared lost.
static void
move_horizon(struct ack *a, wb_ns_t now)
{
	while (a->n > 1 && a->ranges[a->n - 1].high < a->floor)
		a->n--;
	a->floor = a->largest;
	a->floor_at = now + ACK_HORIZON;
}

void
ack_received(struct ack *a, uint64_t number, uint32_t bytes, wb_ns_t now)
{
	if (a->n && now - a->last > ACK_IDLE_RANGES)
		a->n = 1; // keep the newest range, so that the report stays short
	a->last = now;
	a->bytes += bytes;
	if (a->n == 0 || number > a->largest) {
		a->largest = number;
		a->largest_us = (uint32_t)(now / WB_US);
		a->largest_bytes = a->bytes;
	}
	add(a, number);
	if (number < a->low)
		a->low = number;
	if (now >= a->floor_at)
		move_horizon(a, now);
}

void
ack_elicited(struct ack *a, wb_ns_t srtt, wb_ns_t now)
{
	wb_ns_t delay = srtt / 4;

	if (delay > ACK_DELAY)
		delay = ACK_DELAY;
	if (delay < ACK_DELAY_MIN)
		delay = ACK_DELAY_MIN;
	if (a->pending++ == 0)
		a->due = now + delay;
	if (a->pending >= ACK_EVERY)
		a->due = now;
}

static void
fill(struct ack *a, uint8_t path, unsigned from, unsigned n, struct wb_frame *f)
{
	memset(f, 0, offsetof(struct wb_frame, ack.ranges));
	f->type = WB_FRAME_ACK;
	f->ack.path = path;
	f->ack.largest = a->ranges[from].high;
	f->ack.recv_us = a->largest_us;
	f->ack.bytes = a->largest_bytes;
	f->ack.n_ranges = (uint8_t)n;
	memcpy(f->ack.ranges, a->ranges + from, n * sizeof(a->ranges[0]));
	a->shown = from + n;
}

void
ack_report(struct ack *a, uint8_t path, unsigned max, struct wb_frame *f)
{
	fill(a, path, 0, a->n < max + 1 ? a->n : max + 1, f);
	a->want = a->low < a->low_before ? a->low : a->low_before; // twice, a report may be lost
	a->low_before = a->low;
	a->low = UINT64_MAX;
	a->pending = 0;
	a->due = WB_NEVER;
}

bool
ack_report_more(struct ack *a, uint8_t path, unsigned max, struct wb_frame *f)
{
	unsigned from = a->shown - 1, left = a->n - from;

	if (left < 2 || a->want >= a->ranges[from].low || max == 0)
		return false;
	fill(a, path, from, left < max + 1 ? left : max + 1, f);
	return true;
}
