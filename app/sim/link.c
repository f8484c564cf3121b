// SPDX-License-Identifier: BSD-3-Clause
// One direction of a link or cell: lib/emulate in virtual time, and how much it could have carried.
#include "trace.h"
#include "world.h"

static void arrived(void *arg, wb_ns_t now);
static void delay_changed(void *arg, wb_ns_t now);

void
link_create(struct world *w, uint16_t link)
{
	for (unsigned dir = 0; dir < DIRS; dir++) {
		struct link_dir *l = &w->links[link].dir[dir];

		*l = (struct link_dir){ .w = w, .link = link, .dir = (uint8_t)dir };
		l->conf = w->scenario->links[link].dir[dir];
		l->conf.seed = world_seed(w);
		l->em = wb_em_create(&l->conf, world_alloc, w, 0);
		if (l->em == NULL)
			sim_fatal("link %s: not valid", w->scenario->links[link].name);
		sim_timer_init(&l->timer, arrived, l);
		sim_timer_init(&l->delay_timer, delay_changed, l);
		if (w->scenario->links[link].delays[dir] != NULL)
			sim_timer_set(&w->sim, &l->delay_timer, 0);
	}
	w->links[link].nat_port = (uint16_t)(40000 + link);
}

static void
datagram_free(struct world *w, struct datagram *d)
{
	if (d->inner != NULL)
		world_packet_free(w, d->inner);
	pool_put(&w->datagrams, d);
}

static void
arm(struct link_dir *l)
{
	wb_ns_t next = wb_em_next_deadline(l->em);

	if (l->timer.pos == 0 || l->timer.when != next)
		sim_timer_set(&l->w->sim, &l->timer, next);
}

static void
hand_over(struct link_dir *l, struct datagram *d, wb_ns_t now)
{
	struct world *w = l->w;
	unsigned cell = w->scenario->links[l->link].cell;

	if (cell != 0) {
		link_send(&w->links[cell].dir[l->dir], d, now);
	} else if (w->scenario->direct) {
		world_deliver(w, d->inner, now);
		pool_put(&w->datagrams, d);
	} else if (l->dir == DIR_DOWN && d->nat_port != w->links[d->link].nat_port) {
		datagram_free(w, d); // the mapping it was sent to is gone
	} else {
		host_datagram(&w->hosts[l->dir == DIR_UP ? SIDE_HUB : SIDE_EDGE], d);
	}
}

static void
arrived(void *arg, wb_ns_t now)
{
	struct link_dir *l = arg;
	void *items[HOST_BURST];
	unsigned n;

	while ((n = wb_em_pull(l->em, items, NULL, HOST_BURST, now)) > 0)
		for (unsigned i = 0; i < n; i++)
			hand_over(l, items[i], now);
	arm(l);
}

void
link_send(struct link_dir *l, struct datagram *d, wb_ns_t now)
{
	int rc = wb_em_push(l->em, d, d->wire_len, now);

	if (rc < 0) {
		l->w->link_drops[-rc - 1]++;
		datagram_free(l->w, d);
	}
	arm(l);
}

static uint64_t
trace_opportunities(const struct wb_em_trace *t, uint64_t ms)
{
	uint64_t periods = ms / t->period_ms, rest = ms % t->period_ms;
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (t->opportunity_ms[middle] < rest)
			low = middle + 1;
		else
			high = middle;
	}
	return periods * t->n + low;
}

// Bits from one time to another, the policer's burst not counted.
static double
could_carry(const struct wb_em_conf *conf, wb_ns_t from, wb_ns_t to)
{
	const struct wb_em_trace *t = conf->trace;
	double bits, contract = (double)conf->police_rate * (double)(to - from) / 1e9;

	if (t != NULL)
		bits = 1500 * 8 *
		       (double)(trace_opportunities(t, to / WB_MS) -
				trace_opportunities(t, from / WB_MS));
	else if (conf->rate == 0)
		bits = contract;
	else
		bits = (double)conf->rate * (double)wb_em_open_time(conf, from, to) / 1e9;
	return conf->police_rate != 0 && contract < bits ? contract : bits;
}

double
link_capacity(struct link_dir *l, wb_ns_t now)
{
	if (!l->outage)
		l->capacity += could_carry(&l->conf, l->measured, now);
	l->measured = now;
	return l->capacity;
}

static void
reap(struct link_dir *l)
{
	void *items[HOST_BURST];
	unsigned n;

	while ((n = wb_em_reap(l->em, items, HOST_BURST)) > 0)
		for (unsigned i = 0; i < n; i++) {
			l->w->link_drops[WB_EM_DROP_OUTAGE]++;
			datagram_free(l->w, items[i]);
		}
}

static void
delay_changed(void *arg, wb_ns_t now)
{
	struct link_dir *l = arg;
	const struct delay_trace *d = l->w->scenario->links[l->link].delays[l->dir];

	l->conf.delay = d->delay[now / DELAY_STEP % d->n];
	if (wb_em_configure(l->em, &l->conf, now) < 0)
		sim_fatal("delay_trace at %.3f s: not valid for the link", (double)now / 1e9);
	arm(l);
	sim_timer_set(&l->w->sim, &l->delay_timer, now + DELAY_STEP);
}

static void
set_change(struct link_dir *l, const struct change *c)
{
	const struct wb_em_conf *given = &l->w->scenario->links[l->link].dir[l->dir];

	l->conf.delay = given->delay + c->delay;
	l->conf.rate = given->rate / 1000 * c->rate_ppm / 1000;
	l->conf.loss_ppm = given->loss_ppm + c->loss_ppm;
}

static void
direction_event(struct link_dir *l, const struct scenario_event *e, wb_ns_t now)
{
	link_capacity(l, now);
	if (e->kind == EVENT_SET || e->kind == EVENT_CHANGE) {
		if (e->kind == EVENT_CHANGE)
			set_change(l, &e->change);
		else
			scenario_link_direction(
				l->w->scenario, e->set[l->dir], &l->w->scenario->place, &l->conf);
		if (wb_em_configure(l->em, &l->conf, now) < 0)
			sim_fatal("event at %.3f s: not valid for the link", (double)now / 1e9);
	} else {
		l->outage = e->kind == EVENT_OUTAGE;
		wb_em_set_outage(l->em, l->outage, now);
		reap(l);
	}
	arm(l);
}

void
link_event(struct world *w, const struct scenario_event *e, wb_ns_t now)
{
	struct wb_tunnel *edge = w->hosts[SIDE_EDGE].tunnel;

	if (e->kind == EVENT_REBIND) {
		w->links[e->link].nat_port = (uint16_t)(w->links[e->link].nat_port + 100);
	} else if (e->kind == EVENT_ENABLE || e->kind == EVENT_DISABLE) {
		wb_tunnel_path_enable(edge, e->link, e->kind == EVENT_ENABLE, now);
		host_kick(&w->hosts[SIDE_EDGE], now);
	} else {
		for (unsigned dir = 0; dir < DIRS; dir++)
			if (e->dir[dir])
				direction_event(&w->links[e->link].dir[dir], e, now);
	}
}

void
link_drain(struct link_dir *l)
{
	wb_em_set_outage(l->em, true, l->w->sim.now);
	reap(l);
	sim_timer_stop(&l->w->sim, &l->timer);
	sim_timer_stop(&l->w->sim, &l->delay_timer);
}
