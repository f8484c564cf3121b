// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "samples.h"
#include "world.h"

#define PER_SEC ((uint32_t)(WB_SEC / SAMPLE_EVERY))
#define BELOW_BEST 0.9
#define USED_WINDOW (PER_SEC / 10)
#define USED_SHARE 0.1
#define FULL_WINDOW (PER_SEC / 5)
#define FULL_SHARE 0.95
#define QUEUE_WINDOW (PER_SEC / 10)
#define QUEUE_TARGET_MS 15.0
#define CHANGE_JUDGED (5 * PER_SEC)
#define STARTUP 2 // seconds that are not judged by themselves

static void
take(void *arg, wb_ns_t now)
{
	struct samples *s = arg;
	const struct scenario *c = s->w->scenario;

	for (unsigned i = 0; i < c->n_links + c->n_cells && s->n < s->room; i++)
		for (unsigned dir = 0; dir < DIRS; dir++) {
			struct link_dir *l = &s->w->links[i].dir[dir];
			struct wb_em_stats stats;

			wb_em_stats(l->em, &stats);
			s->at[i][dir][s->n] = (struct sample){ .capacity = link_capacity(l, now),
				.carried = stats.bytes_out,
				.queued = stats.queued_bytes };
		}
	if (s->n < s->room)
		s->n++;
	sim_timer_set(&s->w->sim, &s->timer, now + SAMPLE_EVERY);
}

void
samples_start(struct samples *s, struct world *w)
{
	s->w = w;
	s->room = (uint32_t)(w->scenario->duration / SAMPLE_EVERY) + 1;
	for (unsigned i = 0; i < w->scenario->n_links + w->scenario->n_cells; i++)
		for (unsigned dir = 0; dir < DIRS; dir++)
			s->at[i][dir] = sim_alloc(s->room * sizeof(struct sample));
	sim_timer_init(&s->timer, take, s);
	sim_timer_set(&w->sim, &s->timer, 0);
}

void
samples_free(struct samples *s)
{
	for (unsigned i = 0; i < LINKS_MAX + CELLS_MAX; i++)
		for (unsigned dir = 0; dir < DIRS; dir++)
			free(s->at[i][dir]);
}

// Mbit that the link could carry, and did, from one sample to another.
static double
capacity(const struct sample *a, uint32_t from, uint32_t to)
{
	return (a[to].capacity - a[from].capacity) / 1e6;
}

static double
carried(const struct sample *a, uint32_t from, uint32_t to)
{
	return (double)(a[to].carried - a[from].carried) * 8 / 1e6;
}

// ---- share of the sum

// The flows of one direction, as one.
struct aggregate {
	uint32_t first, last; // seconds; last not included
	uint32_t size;        // of a full packet
};

static bool
aggregate_of(const struct world *w, enum direction dir, struct aggregate *a)
{
	const struct scenario *s = w->scenario;
	wb_ns_t first = WB_NEVER, last = 0;

	a->size = world_mtu(w);
	for (unsigned i = 0; i < s->n_flows; i++) {
		const struct scenario_flow *f = &s->flows[i];

		if (f->direction != dir || f->kind == FLOW_PING || f->kind == FLOW_VOIP)
			continue;
		first = f->start < first ? f->start : first;
		last = f->stop > last ? f->stop : last;
		if (f->kind == FLOW_UDP)
			a->size = f->size ? f->size : UDP_SIZE;
	}
	last = last < s->duration ? last : s->duration;
	a->first = (uint32_t)(first / WB_SEC);
	a->last = (uint32_t)(last / WB_SEC);
	return first < last && a->first < a->last;
}

// Mbit of inner IP packets that the direction's flows got in a second.
static double
delivered(const struct world *w, const json_t *flows, enum direction dir, uint32_t second)
{
	const json_t *flow, *factor;
	double sum = 0;
	size_t i;

	json_array_foreach (flows, i, flow) {
		if (w->scenario->flows[i].direction != dir)
			continue;
		factor = json_object_get(flow, "inner_per_byte");
		sum += (factor ? json_number_value(factor) : 1) *
		       json_number_value(
			       json_array_get(json_object_get(flow, "per_second"), second));
	}
	return sum;
}

// What all links offered in a second, and the best one; of those in a cell no more than the cell did.
// `carries`: that part of a link's bits.
static double
offers(const struct samples *s, enum direction dir, uint32_t second, double carries, double *best)
{
	const struct scenario *c = s->w->scenario;
	uint32_t from = second * PER_SEC, to = from + PER_SEC;
	double in_cell[LINKS_MAX + CELLS_MAX] = { 0 }, sum, part, most;

	*best = 0;
	for (unsigned i = 0; i < c->n_links; i++) {
		unsigned cell = c->links[i].cell;

		part = carries * capacity(s->at[i][dir], from, to);
		most = cell ? carries * capacity(s->at[cell][dir], from, to) : part;
		in_cell[cell] += part;
		part = part < most ? part : most;
		*best = part > *best ? part : *best;
	}
	sum = in_cell[0];
	for (unsigned i = c->n_links; i < c->n_links + c->n_cells; i++) {
		most = carries * capacity(s->at[i][dir], from, to);
		sum += in_cell[i] < most ? in_cell[i] : most;
	}
	return sum;
}

json_t *
samples_share(const struct samples *s, const json_t *flows, enum direction dir)
{
	double offered = 0, got = 0, carries, best, one;
	uint32_t below = 0, seconds = 0;
	struct aggregate a;
	json_t *j;

	if (!aggregate_of(s->w, dir, &a))
		return NULL;
	carries = s->w->scenario->direct ? 1 : (double)a.size / (a.size + WB_OVERHEAD);
	for (uint32_t i = a.first; i < a.last && (i + 1) * PER_SEC < s->n; i++) {
		offered += offers(s, dir, i, carries, &best);
		one = delivered(s->w, flows, dir, i);
		got += one;
		if (i < a.first + STARTUP)
			continue;
		seconds++;
		below += one < BELOW_BEST * best;
	}
	j = json_object();
	json_object_set_new(j, "offered_mbit", json_rounded(offered / (a.last - a.first)));
	json_object_set_new(j, "inner_mbit", json_rounded(got / (a.last - a.first)));
	json_object_set_new(j, "percent", json_rounded(offered > 0 ? 100 * got / offered : 0));
	json_object_set_new(j, "seconds", json_integer(seconds));
	json_object_set_new(j, "below_best", json_integer(below));
	return j;
}

// ---- changes

static bool
uses(const struct sample *a, uint32_t from, uint32_t window, double share)
{
	return carried(a, from, from + window) >= share * capacity(a, from, from + window);
}

static json_t *
used_after(const struct sample *a, uint32_t from, uint32_t end)
{
	for (uint32_t i = from; i + USED_WINDOW <= end; i++)
		if (uses(a, i, USED_WINDOW, USED_SHARE))
			return json_integer((i - from) * (WB_SEC / WB_MS) / PER_SEC);
	return json_null();
}

static json_t *
full_after(const struct sample *a, uint32_t from, uint32_t end)
{
	for (uint32_t i = from; i + PER_SEC <= end; i++)
		if (uses(a, i, FULL_WINDOW, FULL_SHARE) && uses(a, i, PER_SEC, FULL_SHARE))
			return json_integer((i - from) * (WB_SEC / WB_MS) / PER_SEC);
	return json_null();
}

// Milliseconds that what is queued would take at the rate of the 100 ms around.
static double
queue_ms(const struct sample *a, uint32_t from, uint32_t to)
{
	double sum = 0, rate = capacity(a, from, to) / (to - from) * PER_SEC; // Mbit/s

	for (uint32_t i = from; i < to; i++)
		sum += a[i].queued * 8e-3;
	return rate > 0 ? sum / (to - from) / rate : 0;
}

static json_t *
queued_until(const struct sample *a, uint32_t from, uint32_t end)
{
	uint32_t last = from;

	for (uint32_t i = from; i + QUEUE_WINDOW <= end && i < from + PER_SEC; i++)
		if (queue_ms(a, i, i + QUEUE_WINDOW) > QUEUE_TARGET_MS)
			last = i + QUEUE_WINDOW;
	return json_integer((last - from) * (WB_SEC / WB_MS) / PER_SEC);
}

static json_t *
change(const struct samples *s, const struct scenario_event *e, enum direction dir, uint32_t end)
{
	uint32_t from = (uint32_t)((e->at + SAMPLE_EVERY - 1) / SAMPLE_EVERY);
	const struct sample *a = s->at[e->link][dir];
	json_t *j = json_object();

	if (end > from + CHANGE_JUDGED)
		end = from + CHANGE_JUDGED;
	json_object_set_new(j, "at", json_rounded((double)e->at / 1e9));
	json_object_set_new(j, "link", json_string(s->w->scenario->links[e->link].name));
	json_object_set_new(j, "direction", json_string(dir == DIR_UP ? "up" : "down"));
	json_object_set_new(j, "used_ms", used_after(a, from, end));
	json_object_set_new(j, "full_ms", full_after(a, from, end));
	json_object_set_new(j, "queue_ms", queued_until(a, from, end));
	return j;
}

json_t *
samples_changes(const struct samples *s)
{
	const struct scenario *c = s->w->scenario;
	json_t *list = json_array();

	for (unsigned i = 0; i < c->n_events; i++) {
		const struct scenario_event *e = &c->events[i];
		uint32_t end = s->n - 1;

		if ((e->kind != EVENT_SET && e->kind != EVENT_HEALED) || e->at > c->duration)
			continue;
		if (i + 1 < c->n_events && c->events[i + 1].at / SAMPLE_EVERY < end)
			end = (uint32_t)(c->events[i + 1].at / SAMPLE_EVERY);
		for (unsigned dir = 0; dir < DIRS; dir++)
			if (e->dir[dir])
				json_array_append_new(list, change(s, e, dir, end));
	}
	return list;
}

json_t *
samples_queue(const struct samples *s, unsigned link, enum direction dir)
{
	const struct sample *a = s->at[link][dir];
	double sum = 0, most = 0, one;
	uint32_t n = 0;
	json_t *j = json_object();

	for (uint32_t i = (STARTUP + 1) * PER_SEC; i + QUEUE_WINDOW < s->n;
		i += QUEUE_WINDOW, n++) {
		one = queue_ms(a, i, i + QUEUE_WINDOW);
		sum += one;
		most = one > most ? one : most;
	}
	json_object_set_new(j, "mean", json_rounded(n ? sum / n : 0));
	json_object_set_new(j, "max", json_rounded(most));
	return j;
}
