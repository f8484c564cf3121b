// SPDX-License-Identifier: BSD-3-Clause
// A scheduler from outside (wb_sched_bpf.h). It is asked, and what it says is looked at before anything
// is sent: bits of usable paths that are free are taken, other usable paths are waited for, and
// for the rest `earliest` decides, so that a bad program costs throughput at worst.
#include "scheduler.h"
#include "wb_sched_program.h"

#define PATIENCE (500 * WB_MS) // so long may it let everything wait while a path is free
#define NOBODY UINT64_MAX

static inline uint64_t
field(const struct wb_sched_bpf *c, unsigned i, unsigned by)
{
	// as an array: enum wb_sched_by counts the fields
	return ((const uint64_t *)&c->path[i])[by];
}
_Static_assert(
	sizeof(struct wb_sched_bpf_path) == WB_BY_COUNT * sizeof(uint64_t), "no more fields");

// Returns the index of the least, -1: none.
static inline int
least(const struct wb_sched_bpf *c, uint64_t paths, uint64_t by)
{
	int best = -1;

	if (by >= WB_BY_COUNT)
		return -1;
	for (uint32_t m = (uint32_t)paths & c->up & (uint32_t)((1ull << WB_SCHED_PATHS) - 1); m;
		m &= m - 1) {
		int i = __builtin_ctz(m);
		uint64_t v = field(c, (unsigned)i, (unsigned)by);
		uint64_t w = best < 0 ? 0 : field(c, (unsigned)best, (unsigned)by);

		if (best < 0 || v < w || (v == w && c->path[i].arrival < c->path[best].arrival))
			best = i;
	}
	return best;
}

uint64_t
wb_sched_least(const struct wb_sched_bpf *c, uint64_t paths, uint64_t by)
{
	int i = least(c, paths, by);

	return i < 0 ? 0 : 1ull << i;
}

uint64_t
wb_sched_value(const struct wb_sched_bpf *c, uint64_t paths, uint64_t by)
{
	int i = least(c, paths, by);

	return i < 0 ? NOBODY : field(c, (unsigned)i, (unsigned)by);
}

static void
show_path(struct wb_sched_bpf *c, const struct sched *s, const struct sched_path *p,
	int64_t quickest, wb_ns_t now)
{
	struct wb_sched_bpf_path *o = &c->path[p->slot];

	o->wait = p->ready > now ? p->ready - now : 0;
	o->arrival = o->wait + (uint64_t)c->bytes * 8 * WB_SEC / (p->rate ? p->rate : 1) +
		     (uint64_t)(p->owd - quickest);
	o->rtt = p->rtt;
	o->rate = p->rate;
	o->loss = p->loss_ppm;
	o->served = s->served[p->slot];
	o->priority = p->priority;
	o->price = p->price;
}

// Fills what the program sees. Returns the set of free paths.
static uint32_t
show(struct sched *s, const struct sched_path *p, unsigned n, const struct sched_packet *k,
	wb_ns_t now)
{
	struct wb_sched_bpf *c = &s->view;
	int64_t quickest = p[0].owd;

	for (unsigned i = 1; i < n; i++)
		quickest = p[i].owd < quickest ? p[i].owd : quickest;
	c->now = now;
	c->waited = k->waited;
	c->bytes = k->bytes;
	c->sclass = k->sclass;
	c->flags = (k->sparse ? WB_SCHED_SPARSE : 0) | (k->again ? WB_SCHED_AGAIN : 0);
	c->tries = k->tries;
	c->flow = k->bucket;
	c->up = c->free = c->degraded = c->backup = 0;
	for (unsigned i = 0; i < n; i++) {
		uint32_t bit = 1u << p[i].slot;

		c->up |= bit;
		c->free |= sched_ready(&p[i], k, now) ? bit : 0;
		c->degraded |= p[i].degraded ? bit : 0;
		c->backup |= p[i].backup || p[i].price ? bit : 0;
		show_path(c, s, &p[i], quickest, now);
	}
	c->last = k->again ? c->up & 1u << k->last : 0;
	for (uint32_t gone = s->shown & ~c->up; gone; gone &= gone - 1)
		c->path[__builtin_ctz(gone)] = (struct wb_sched_bpf_path){ 0 };
	s->shown = c->up;
	return c->free;
}

// Notes that it says wait although a path is free. Returns whether it has said so for too long.
static bool
stalls(struct sched *s, wb_ns_t now)
{
	if (s->waiting_since == 0 || now - s->waited_at > PATIENCE)
		s->waiting_since = now;
	s->waited_at = now;
	return now - s->waiting_since >= PATIENCE;
}

static uint32_t
program_pick(struct sched *s, const struct sched_path *p, unsigned n, const struct sched_packet *k,
	wb_ns_t now)
{
	uint32_t free = show(s, p, n, k, now), mask = 0, up = s->shown;
	uint64_t answer = s->program->run(s->program->arg, &s->view);

	if ((answer & ~(uint64_t)up) || ((answer & free) == 0 && free && stalls(s, now))) {
		s->overruled++;
		s->answer = answer;
		return sched_earliest.pick(s, p, n, k, now);
	}
	for (unsigned i = 0; i < n; i++) {
		if (answer & free & 1u << p[i].slot) {
			sched_account(s, p, n, i, k);
			mask |= 1u << i;
		}
	}
	if (mask)
		s->waiting_since = 0;
	return mask;
}

const struct sched_ops sched_program = {
	.name = "program", .sees_all = true, .pick = program_pick
};
