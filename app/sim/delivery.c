// SPDX-License-Identifier: BSD-3-Clause
#include "delivery.h"

void
delivery_sent(struct delivery *d, struct delivery_stamp *stamp, uint64_t in_flight, wb_ns_t now)
{
	if (in_flight == 0)
		d->first_sent = d->time = now;
	*stamp = (struct delivery_stamp){ .delivered = d->delivered, .time = d->time };
	stamp->first_sent = d->first_sent;
	stamp->app_limited = d->app_limited != 0;
}

void
delivery_acked(struct delivery *d, const struct delivery_stamp *stamp, wb_ns_t sent, uint64_t bytes,
	wb_ns_t now)
{
	d->delivered += bytes;
	d->time = now;
	// Of several packets the one sent last counts: its interval is the shortest.
	if (d->any && (stamp->delivered < d->prior.delivered ||
			      (stamp->delivered == d->prior.delivered && sent <= d->first_sent)))
		return;
	d->any = true;
	d->prior = *stamp;
	d->send_elapsed = sent - stamp->first_sent;
	d->first_sent = sent;
}

void
delivery_sample(struct delivery *d, struct delivery_sample *s, wb_ns_t min_rtt, wb_ns_t now)
{
	if (d->app_limited != 0 && d->delivered > d->app_limited)
		d->app_limited = 0;
	s->bytes = 0;
	s->interval = 0;
	s->prior_delivered = d->prior.delivered;
	if (!d->any)
		return;
	d->any = false;
	s->app_limited = d->prior.app_limited;
	s->interval = now - d->prior.time;
	if (d->send_elapsed > s->interval)
		s->interval = d->send_elapsed;
	if (s->interval > 0 && s->interval >= min_rtt)
		s->bytes = d->delivered - d->prior.delivered;
}

void
delivery_app_limited(struct delivery *d, uint64_t in_flight)
{
	d->app_limited = d->delivered + in_flight;
	if (d->app_limited == 0)
		d->app_limited = 1;
}
