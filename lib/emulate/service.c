// SPDX-License-Identifier: BSD-3-Clause
// Serves the queue: at a constant rate with or without pauses, by a Mahimahi trace, or at once.
//
// Trace, as Mahimahi's link does it: an opportunity takes 1500 bytes of what waits at that moment,
// a packet may need parts of several, several small packets fit in one; what an opportunity does
// not need is lost.
#include "link.h"

#define NS_PER_MS 1000000ULL
#define NS_PER_S 1000000000ULL

static wb_em_ns_t
opportunity_time(const struct wb_em_link *l)
{
	const struct wb_em_trace *t = l->conf.trace;
	const struct service *s = &l->service;

	return s->epoch + (s->cycle * t->period_ms + t->opportunity_ms[s->index]) * NS_PER_MS;
}

static void
opportunity_next(struct wb_em_link *l)
{
	struct service *s = &l->service;

	s->left = OPPORTUNITY_BYTES;
	if (++s->index == l->conf.trace->n) {
		s->index = 0;
		s->cycle++;
	}
}

// Returns how many opportunities of a cycle are at or before `ms`.
static size_t
opportunities_until(const struct wb_em_trace *t, uint64_t ms)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->opportunity_ms[middle] <= ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

// Finds the first opportunity at or after `from`.
static void
trace_seek(struct wb_em_link *l, wb_em_ns_t from)
{
	const struct wb_em_trace *t = l->conf.trace;
	wb_em_ns_t since = from > l->service.epoch ? from - l->service.epoch : 0;
	uint64_t ms = (since + NS_PER_MS - 1) / NS_PER_MS;
	size_t low;

	// A cycle ends with the opportunity at period_ms, which is no part of the next one.
	l->service.cycle = ms == 0 ? 0 : (ms - 1) / t->period_ms;
	ms -= l->service.cycle * t->period_ms;
	low = ms == 0 ? 0 : opportunities_until(t, ms - 1);
	l->service.index = low;
	l->service.left = OPPORTUNITY_BYTES;
	if (low == t->n) {
		l->service.index = 0;
		l->service.cycle++;
	}
}

static wb_em_ns_t
trace_finish(struct wb_em_link *l, uint32_t bytes, wb_em_ns_t from)
{
	struct service *s = &l->service;

	if (opportunity_time(l) < from)
		trace_seek(l, from);
	while (bytes > s->left) {
		bytes -= s->left;
		opportunity_next(l);
	}
	s->left -= bytes;
	return opportunity_time(l);
}

wb_em_ns_t
service_finish(struct wb_em_link *l, uint32_t bytes, wb_em_ns_t from, wb_em_ns_t *start)
{
	struct service *s = &l->service;
	wb_em_ns_t air;

	*start = from;
	if (l->conf.trace != NULL)
		return trace_finish(l, bytes, from);
	air = l->conf.rate != 0 ? bytes * (8 * NS_PER_S) / l->conf.rate : 0;
	if (s->busy_until > from)
		*start = s->busy_until;
	s->busy_until =
		l->conf.pauses.every != 0 ? pause_finish(&l->conf, start, air) : *start + air;
	return s->busy_until;
}

void
service_free_from(struct wb_em_link *l, wb_em_ns_t now)
{
	l->service.busy_until = now;
	if (l->conf.trace != NULL)
		trace_seek(l, now);
}

void
service_restart(struct wb_em_link *l, wb_em_ns_t now)
{
	l->service = (struct service){ .busy_until = now, .epoch = now };
	l->service.left = OPPORTUNITY_BYTES;
}

static uint64_t
bytes_in(uint64_t rate, wb_em_ns_t time)
{
	return rate / 8 * (time / NS_PER_S) + rate / 8 * (time % NS_PER_S) / NS_PER_S;
}

static uint64_t
mean_rate(const struct wb_em_conf *conf)
{
	const struct wb_em_pauses *p = &conf->pauses;

	if (p->every == 0)
		return conf->rate;
	return (uint64_t)((double)conf->rate *
			  (1 - (double)(p->min + p->max) / 2 / (double)p->every));
}

uint64_t
wb_em_capacity(const struct wb_em_link *l, wb_em_ns_t now)
{
	const struct wb_em_trace *t = l->conf.trace;
	wb_em_ns_t since = now > l->service.epoch ? now - l->service.epoch : 0;
	uint64_t ms = since / NS_PER_MS, bytes, contract = l->conf.police_rate;

	if (t == NULL)
		bytes = bytes_in(mean_rate(&l->conf), since);
	else
		bytes = (ms / t->period_ms * t->n + opportunities_until(t, ms % t->period_ms)) *
			OPPORTUNITY_BYTES;
	if (contract == 0 ||
		(bytes < bytes_in(contract, since) && (t != NULL || l->conf.rate != 0)))
		return bytes;
	return bytes_in(contract, since);
}
