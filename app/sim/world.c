// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "split.h"
#include "world.h"

#define LEG_DELAY (100 * WB_US)

void *
world_alloc(void *ctx, size_t size)
{
	struct world *w = ctx;
	void *p = aligned_alloc(64, (size + 63) / 64 * 64);

	w->owned = realloc(w->owned, (w->n_owned + 1) * sizeof(*w->owned));
	if (p == NULL || w->owned == NULL)
		sim_fatal("out of memory");
	w->owned[w->n_owned++] = p;
	return memset(p, 0, size);
}

uint64_t
world_seed(struct world *w)
{
	struct wb_em_random random;

	wb_em_random_seed(&random, w->scenario->seed * 1000003 + ++w->stream);
	return wb_em_random_next(&random);
}

struct packet *
world_packet(struct world *w, const struct flow *f, enum side to, uint32_t len)
{
	struct packet *p = pool_get(&w->packets);

	*p = (struct packet){ .flow = f->index, .to = (uint8_t)to, .whole = len };
	p->made = w->sim.now;
	p->wb.len = len;
	p->wb.hash = f->hash + (uint32_t)to; // both ways of a connection are buckets of their own
	p->wb.host = f->conf->host;
	if (f->conf->sclass != WB_CLASS_DEFAULT) {
		p->wb.sclass = f->conf->sclass;
		p->wb.flags = WB_PKT_CLASS_SET;
	}
	return p;
}

void
world_packet_free(struct world *w, struct packet *p)
{
	if (p->symbol != NULL)
		pool_put(&w->symbols, p->symbol);
	pool_put(&w->packets, p);
}

uint32_t
world_mtu(const struct world *w)
{
	unsigned up, down;

	if (w->scenario->inner_mtu != 0)
		return w->scenario->inner_mtu;
	if (w->scenario->direct)
		return 1500;
	up = wb_tunnel_inner_mtu(w->hosts[SIDE_EDGE].tunnel);
	down = wb_tunnel_inner_mtu(w->hosts[SIDE_HUB].tunnel);
	return up < down ? up : down;
}

static void
enter(struct world *w, struct packet *p, wb_ns_t now)
{
	struct datagram *d;

	if (!w->scenario->direct) {
		host_inner(&w->hosts[p->to == SIDE_HUB ? SIDE_EDGE : SIDE_HUB], p);
		return;
	}
	d = pool_get(&w->datagrams);
	d->inner = p;
	d->link = 0;
	d->wire_len = p->wb.len;
	link_send(&w->links[0].dir[p->to == SIDE_HUB ? DIR_UP : DIR_DOWN], d, now);
}

static void
receive(struct world *w, struct packet *p, wb_ns_t now)
{
	struct flow *f = w->flows[p->flow];

	f->ops->receive(f, p, p->to, now);
	world_packet_free(w, p);
}

// Between hub and server: a link that only delays.
static void
beyond_push(struct world *w, struct packet *p)
{
	if (wb_em_push(w->beyond[p->to], p, p->wb.len, w->sim.now) < 0)
		sim_fatal("too many packets beyond the hub");
	sim_timer_sooner(&w->sim, &w->beyond_timer[p->to], wb_em_next_deadline(w->beyond[p->to]));
}

static void
beyond_pull(struct world *w, enum side to, wb_ns_t now)
{
	void *p;

	while (wb_em_pull(w->beyond[to], &p, NULL, 1, now) == 1) {
		if (to == SIDE_EDGE)
			enter(w, p, now);
		else
			receive(w, p, now);
	}
	sim_timer_set(&w->sim, &w->beyond_timer[to], wb_em_next_deadline(w->beyond[to]));
}

static void
beyond_edge(void *w, wb_ns_t now)
{
	beyond_pull(w, SIDE_EDGE, now);
}

static void
beyond_hub(void *w, wb_ns_t now)
{
	beyond_pull(w, SIDE_HUB, now);
}

static void
leg_push(struct world *w, struct packet *p)
{
	if (wb_em_push(w->leg[p->to], p, p->wb.len, w->sim.now) < 0)
		sim_fatal("too many packets between hub and server");
	sim_timer_sooner(&w->sim, &w->leg_timer[p->to], wb_em_next_deadline(w->leg[p->to]));
}

static void
leg_pull(struct world *w, enum side to, wb_ns_t now)
{
	void *p;

	while (wb_em_pull(w->leg[to], &p, NULL, 1, now) == 1)
		receive(w, p, now);
	sim_timer_set(&w->sim, &w->leg_timer[to], wb_em_next_deadline(w->leg[to]));
}

static void
leg_edge(void *w, wb_ns_t now)
{
	leg_pull(w, SIDE_EDGE, now);
}

static void
leg_hub(void *w, wb_ns_t now)
{
	leg_pull(w, SIDE_HUB, now);
}

// For connections that end at the hub; a server there is not in the same machine.
static void
legs_create(struct world *w)
{
	struct wb_em_conf conf = { .delay = w->scenario->beyond, .queue_bytes = 1u << 30 };
	bool split = false;

	for (unsigned i = 0; i < w->scenario->n_flows; i++)
		split |= w->scenario->flows[i].split;
	if (conf.delay < LEG_DELAY)
		conf.delay = LEG_DELAY;
	conf.max_items = 1u << 17;
	for (unsigned side = 0; side < SIDES && split; side++) {
		conf.seed = world_seed(w);
		w->leg[side] = wb_em_create(&conf, world_alloc, w, 0);
		if (w->leg[side] == NULL)
			sim_fatal("\"beyond_ms\" is not valid");
	}
	sim_timer_init(&w->leg_timer[SIDE_EDGE], leg_edge, w);
	sim_timer_init(&w->leg_timer[SIDE_HUB], leg_hub, w);
}

void
world_send(struct world *w, struct packet *p)
{
	if (w->flows[p->flow]->leg)
		leg_push(w, p);
	else if (p->to == SIDE_EDGE && w->beyond[SIDE_EDGE] != NULL)
		beyond_push(w, p);
	else
		enter(w, p, w->sim.now);
}

void
world_deliver(struct world *w, struct packet *p, wb_ns_t now)
{
	if (p->to == SIDE_HUB && w->beyond[SIDE_HUB] != NULL && !p->split)
		beyond_push(w, p);
	else
		receive(w, p, now);
}

static void
beyond_create(struct world *w)
{
	struct wb_em_conf conf = { .delay = w->scenario->beyond, .queue_bytes = 1u << 30 };

	conf.max_items = 1u << 17;
	for (unsigned side = 0; side < SIDES && conf.delay > 0; side++) {
		conf.seed = world_seed(w);
		w->beyond[side] = wb_em_create(&conf, world_alloc, w, 0);
		if (w->beyond[side] == NULL)
			sim_fatal("\"beyond_ms\" is not valid");
	}
	sim_timer_init(&w->beyond_timer[SIDE_EDGE], beyond_edge, w);
	sim_timer_init(&w->beyond_timer[SIDE_HUB], beyond_hub, w);
}

static void
flow_start(void *arg, wb_ns_t now)
{
	struct flow *f = arg;

	f->ops->start(f, now);
}

struct flow *
world_flow_add(struct world *w, const struct scenario_flow *conf, uint32_t hash)
{
	static const struct flow_ops *const kinds[FLOW_KINDS] = {
		[FLOW_CUBIC] = &tcp_flow,
		[FLOW_BBR] = &tcp_flow,
		[FLOW_QUIC] = &quic_flow,
		[FLOW_UDP] = &udp_flow,
		[FLOW_VOIP] = &udp_flow,
		[FLOW_PING] = &ping_flow,
		[FLOW_REQUEST] = &request_flow,
		[FLOW_WEB] = &web_flow,
	};
	const bool split = conf->split && kinds[conf->kind] == &tcp_flow;
	const struct flow_ops *ops = split ? &split_flow : kinds[conf->kind];
	struct flow *f =
		ops->create != NULL ? ops->create(w, conf, w->n_flows) : sim_alloc(ops->size);

	if (w->n_flows == w->room_flows) {
		w->room_flows = w->room_flows ? 2 * w->room_flows : 64;
		w->flows = realloc(w->flows, w->room_flows * sizeof(struct flow *));
		if (w->flows == NULL)
			sim_fatal("out of memory");
	}
	f->ops = ops;
	f->w = w;
	f->conf = conf;
	f->index = w->n_flows;
	f->hash = hash;
	f->from = conf->direction == DIR_UP ? SIDE_EDGE : SIDE_HUB;
	w->flows[w->n_flows++] = f;
	return f;
}

static void
flow_create(struct world *w, uint32_t index)
{
	const struct scenario_flow *conf = &w->scenario->flows[index];
	struct flow *f = world_flow_add(w, conf, (uint32_t)world_seed(w));

	sim_timer_init(&f->start_timer, flow_start, f);
	sim_timer_set(&w->sim, &f->start_timer, conf->start);
}

struct world *
world_create(const struct scenario *s, struct events *events)
{
	struct world *w = sim_alloc(sizeof(*w));

	w->scenario = s;
	w->events = events;
	sim_init(&w->sim);
	pool_init(&w->packets, sizeof(struct packet));
	pool_init(&w->symbols, sizeof(struct symbol));
	pool_init(&w->datagrams, sizeof(struct datagram));
	for (unsigned i = 0; i < s->n_links + s->n_cells; i++)
		link_create(w, (uint16_t)i);
	for (unsigned side = 0; side < SIDES && !s->direct; side++)
		host_create(w, side);
	beyond_create(w);
	legs_create(w);
	for (unsigned i = 0; i < s->n_flows; i++)
		flow_create(w, i);
	return w;
}

void
world_run(struct world *w)
{
	const struct scenario *s = w->scenario;

	samples_start(&w->samples, w);
	knowledge_start(&w->knowledge, w);
	if (w->events != NULL)
		events_start(w->events, w);
	sim_run(&w->sim, s->session_at);
	for (unsigned side = 0; side < SIDES && !s->direct; side++)
		host_start(&w->hosts[side], s->session_at);
	for (unsigned i = 0; i < s->n_events; i++) {
		if (s->events[i].at > s->duration)
			break;
		sim_run(&w->sim, s->events[i].at);
		events_scenario(w->events, &s->events[i], w->sim.now);
		link_event(w, &s->events[i], w->sim.now);
	}
	sim_run(&w->sim, s->duration);
	for (unsigned i = 0; i < s->n_links + s->n_cells; i++)
		for (unsigned dir = 0; dir < DIRS; dir++)
			link_capacity(&w->links[i].dir[dir], s->duration);
}

void
world_destroy(struct world *w)
{
	void *p;

	for (unsigned i = 0; i < w->scenario->n_links + w->scenario->n_cells; i++)
		for (unsigned dir = 0; dir < DIRS; dir++)
			link_drain(&w->links[i].dir[dir]);
	for (unsigned side = 0; side < SIDES; side++) {
		host_destroy(&w->hosts[side]);
		while (w->beyond[side] != NULL &&
			wb_em_pull(w->beyond[side], &p, NULL, 1, WB_EM_NEVER - 1) == 1)
			world_packet_free(w, p);
		while (w->leg[side] != NULL &&
			wb_em_pull(w->leg[side], &p, NULL, 1, WB_EM_NEVER - 1) == 1)
			world_packet_free(w, p);
	}
	// A flow's configuration may lie in one before it: the last go first.
	for (uint32_t i = w->n_flows; i-- > 0;) {
		if (w->flows[i]->ops->destroy != NULL)
			w->flows[i]->ops->destroy(w->flows[i]);
		else
			free(w->flows[i]);
	}
	free(w->flows);
	if (w->packets.in_use != 0 || w->datagrams.in_use != 0 || w->symbols.in_use != 0)
		sim_fatal("%lld packets, %lld datagrams, %lld symbols were lost track of",
			(long long)w->packets.in_use, (long long)w->datagrams.in_use,
			(long long)w->symbols.in_use);
	samples_free(&w->samples);
	pool_free(&w->packets);
	pool_free(&w->datagrams);
	pool_free(&w->symbols);
	for (unsigned i = 0; i < w->n_owned; i++)
		free(w->owned[i]);
	free(w->owned);
	sim_free(&w->sim);
	free(w);
}
