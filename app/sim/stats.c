// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <stdlib.h>

#include "sim.h"
#include "stats.h"

void
series_init(struct series *s, wb_ns_t duration)
{
	s->n = (uint32_t)((duration + WB_SEC - 1) / WB_SEC);
	s->duration = duration;
	s->bytes = sim_alloc(s->n * sizeof(*s->bytes));
}

void
series_free(struct series *s)
{
	free(s->bytes);
}

void
series_add(struct series *s, wb_ns_t now, uint64_t bytes)
{
	if (now / WB_SEC < s->n)
		s->bytes[now / WB_SEC] += bytes;
}

void
series_json(json_t *j, const struct series *s, wb_ns_t start, wb_ns_t stop)
{
	wb_ns_t end = stop < s->duration ? stop : s->duration;
	json_t *seconds = json_array();
	uint64_t total = 0, worst = UINT64_MAX;

	for (uint32_t i = 0; i < s->n; i++) {
		total += s->bytes[i];
		json_array_append_new(seconds, json_rounded((double)s->bytes[i] * 8e-6));
		if (i * WB_SEC >= start + 2 * WB_SEC && (i + 1) * WB_SEC <= end &&
			s->bytes[i] < worst)
			worst = s->bytes[i];
	}
	json_object_set_new(j, "goodput_mbit",
		json_rounded(end > start ? (double)total * 8e3 / (double)(end - start) : 0));
	if (worst != UINT64_MAX)
		json_object_set_new(j, "worst_second", json_rounded((double)worst * 8e-6));
	json_object_set_new(j, "per_second", seconds);
}

void
transfer_json(json_t *j, const struct series *s, wb_ns_t start, wb_ns_t stop, wb_ns_t done)
{
	series_json(j, s, start, done > start ? done : stop);
	if (done > start)
		json_object_set_new(j, "finished", json_rounded((double)(done - start) / 1e9));
}

void
gaps_add(struct gaps *g, wb_ns_t now)
{
	if (g->last != 0 && now - g->last > g->longest) {
		g->longest = now - g->last;
		g->longest_at = g->last;
	}
	g->last = now;
}

void
gaps_json(json_t *j, const struct gaps *g)
{
	json_object_set_new(j, "longest_gap_ms", json_rounded((double)g->longest / 1e6));
	json_object_set_new(j, "longest_gap_at", json_rounded((double)g->longest_at / 1e9));
}

static unsigned
bin_of(uint64_t us)
{
	unsigned shift = us < 2 * HISTOGRAM_SUB ? 0 : (unsigned)__builtin_ctz(HISTOGRAM_SUB), bin;

	if (shift == 0)
		return (unsigned)us;
	shift = (unsigned)(63 - __builtin_clzll(us)) - shift;
	bin = shift * HISTOGRAM_SUB + (unsigned)(us >> shift);
	return bin < HISTOGRAM_BINS ? bin : HISTOGRAM_BINS - 1;
}

static uint64_t
bin_end(unsigned bin)
{
	unsigned shift;

	if (bin < 2 * HISTOGRAM_SUB)
		return bin;
	shift = bin / HISTOGRAM_SUB - 1;
	return ((uint64_t)(bin - shift * HISTOGRAM_SUB + 1) << shift) - 1;
}

void
histogram_add(struct histogram *h, wb_ns_t delay)
{
	uint64_t us = delay / WB_US;

	h->n++;
	h->sum_us += us;
	if (us > h->max_us)
		h->max_us = us;
	h->bins[bin_of(us)]++;
}

uint64_t
histogram_at(const struct histogram *h, uint32_t ppm)
{
	uint64_t want = (h->n * ppm + 999999) / 1000000, seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BINS && want > 0; i++) {
		seen += h->bins[i];
		if (seen >= want)
			return bin_end(i) < h->max_us ? bin_end(i) : h->max_us;
	}
	return 0;
}

json_t *
json_rounded(double value)
{
	return json_real(round(value * 1000) / 1000);
}

json_t *
histogram_json(const struct histogram *h)
{
	json_t *j = json_object();

	json_object_set_new(
		j, "mean", json_rounded(h->n ? (double)h->sum_us / (double)h->n / 1000 : 0));
	json_object_set_new(j, "p50", json_rounded((double)histogram_at(h, 500000) / 1000));
	json_object_set_new(j, "p90", json_rounded((double)histogram_at(h, 900000) / 1000));
	json_object_set_new(j, "p99", json_rounded((double)histogram_at(h, 990000) / 1000));
	json_object_set_new(j, "p999", json_rounded((double)histogram_at(h, 999000) / 1000));
	json_object_set_new(j, "max", json_rounded((double)h->max_us / 1000));
	return j;
}
