// SPDX-License-Identifier: BSD-3-Clause
// One end of the tunnel as a gateway's worker drives it (loop of wb_tunnel.h). The worker wakes when
// something arrives or a deadline is due, at the next multiple of `tick` (0: at once), and not during
// a stall: another process has the core for up to `stall`, every `stall_every` on average.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "program.h"
#include "split.h"
#include "wb_price.h"
#include "world.h"

static void
deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	struct host *h = ctx;

	for (unsigned i = 0; i < n; i++) {
		struct packet *p = (struct packet *)(void *)pkts[i];

		if (p->wb.len != p->whole || p->to != h->side) {
			h->corrupt++;
			world_packet_free(h->w, p);
		} else {
			world_deliver(h->w, p, h->w->sim.now);
		}
	}
}

static void
release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	struct host *h = ctx;
	struct packet *p = (struct packet *)(void *)pkt;

	// Reasons are counted by the tunnel.
	if (p->split && p->symbol == NULL && p->to != h->side)
		split_released(h->w->flows[p->flow], p, reason != WB_DROP_NONE, h->w->sim.now);
	world_packet_free(h->w, p);
}

static void
mark_ce(void *ctx, struct wb_pkt *pkt)
{
	(void)ctx;
	pkt->ecn = 3;
}

static void
join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	struct host *h = ctx;
	struct packet *a = (struct packet *)(void *)head, *b = (struct packet *)(void *)tail;

	// Slices must be of one packet and meet; the front of tail may have been cut, where they overlap.
	if (a->flow != b->flow || a->seq != b->seq ||
		b->slice + b->slice_len != head->len + tail->len)
		h->corrupt++;
	world_packet_free(h->w, b);
}

static void
event(void *ctx, const struct wb_event *e)
{
	struct host *h = ctx;

	h->events[e->type]++;
	events_tunnel(h->w->events, h->side, e, h->w->sim.now);
}

static void *
alloc(void *ctx, size_t size)
{
	return world_alloc(((struct host *)ctx)->w, size);
}

static uint32_t
acknowledges(void *ctx, const struct wb_pkt *pkt)
{
	const struct host *h = ctx;
	const struct packet *p = (const struct packet *)(const void *)pkt;

	return h->w->flows[p->flow]->hash + (h->side == SIDE_EDGE ? SIDE_HUB : SIDE_EDGE);
}

static const struct wb_tunnel_ops tunnel_ops = {
	.deliver = deliver,
	.release = release,
	.mark_ce = mark_ce,
	.join = join,
	.event = event,
	.acknowledges = acknowledges,
};

void
host_kick(struct host *h, wb_ns_t when)
{
	wb_ns_t tick = h->w->scenario->tick;

	if (when == WB_NEVER)
		return;
	if (when < h->busy_until)
		when = h->busy_until;
	if (tick > 0)
		when = (when + tick - 1) / tick * tick;
	sim_timer_sooner(&h->w->sim, &h->wake, when);
}

void
host_inner(struct host *h, struct packet *p)
{
	if (h->n_inner == h->room_inner) {
		h->room_inner = h->room_inner ? 2 * h->room_inner : 1024;
		h->inner = realloc(h->inner, h->room_inner * sizeof(*h->inner));
		if (h->inner == NULL)
			sim_fatal("out of memory");
	}
	h->inner[h->n_inner++] = &p->wb;
	host_kick(h, h->w->sim.now);
}

void
host_datagram(struct host *h, struct datagram *d)
{
	d->next = NULL;
	*h->rx_tail = d;
	h->rx_tail = &d->next;
	host_kick(h, h->w->sim.now);
}

static void
receive(struct host *h, struct datagram *d, wb_ns_t now)
{
	struct wb_rx rx = { .path = d->path, .from = &d->from, .plain = d->plain };

	rx.len = d->plain_len;
	rx.wire_len = d->wire_len;
	rx.pkt = &d->inner->wb;
	if (wb_tunnel_rx_number(h->tunnel, d->path, d->number, &rx.number) < 0) {
		h->rx_refused++;
		world_packet_free(h->w, d->inner);
	} else {
		wb_tunnel_received(h->tunnel, &rx, now);
	}
	pool_put(&h->w->datagrams, d);
}

// What leaves: the inner packet stays the tunnel's, the datagram takes a copy of its description.
static void
transmit(struct host *h, const struct wb_tx *tx, wb_ns_t now)
{
	struct world *w = h->w;
	unsigned link = h->side == SIDE_EDGE ? tx->to.port : tx->to.ip[3];
	struct datagram *d = pool_get(&w->datagrams);
	struct packet *p = pool_get(&w->packets);

	if (tx->pkt != NULL) {
		struct packet *k = (struct packet *)(void *)tx->pkt;

		if (k->split && k->symbol == NULL && !k->left)
			split_left(w->flows[k->flow], k, now);
		*p = *(const struct packet *)(const void *)tx->pkt;
		if (p->symbol != NULL) {
			const struct symbol *y = p->symbol;

			p->symbol = pool_get(&w->symbols);
			*p->symbol = *y;
		}
		p->wb = (struct wb_pkt){ .ecn = tx->pkt->ecn };
		p->slice = tx->pkt_off;
		p->slice_len = tx->pkt_len;
	} else {
		*p = (struct packet){ 0 };
	}
	d->inner = p;
	d->path = tx->path;
	d->link = (uint16_t)link;
	d->number = tx->number & 0xffffffffffffull;
	d->plain_len = tx->head_len + tx->pkt_len;
	d->wire_len = WB_OUTER_IPV4 + WB_HDR_LEN + d->plain_len + WB_TAG_LEN;
	h->head_bytes += d->wire_len - tx->pkt_len;
	if (link >= w->scenario->n_links || d->plain_len > sizeof(d->plain))
		sim_fatal("datagram of %u bytes to link %u", d->plain_len, link);
	memcpy(d->plain, tx->head, tx->head_len);
	if (tx->pkt == NULL)
		memset(d->plain + tx->head_len, 0, tx->pkt_len);
	d->from = (struct wb_addr){ .family = 4 };
	d->from.ip[0] = 10;
	d->from.ip[3] = (uint8_t)link;
	d->from.port = h->side == SIDE_EDGE ? 0 : link;
	d->from.udp_port = h->side == SIDE_EDGE ? w->links[link].nat_port : WB_UDP_PORT;
	d->nat_port = tx->to.udp_port;
	link_send(&w->links[link].dir[h->side == SIDE_EDGE ? DIR_UP : DIR_DOWN], d, now);
}

static void
wake(void *arg, wb_ns_t now)
{
	struct host *h = arg;
	static __thread struct wb_tx tx[HOST_BURST];
	struct datagram *d = h->rx, *after;
	wb_ns_t next;
	unsigned n;

	h->wakes++;
	h->rx = NULL;
	h->rx_tail = &h->rx;
	for (; d != NULL; d = after) {
		after = d->next;
		receive(h, d, now);
	}
	// Receivers answer into h->inner from within deliver(): these go out in the same turn.
	n = h->n_inner;
	h->n_inner = 0;
	if (n > 0)
		wb_tunnel_enqueue(h->tunnel, h->inner, n, now);
	if (now >= wb_tunnel_next_deadline(h->tunnel))
		wb_tunnel_expire(h->tunnel, now);
	while ((n = wb_tunnel_poll(h->tunnel, tx, HOST_BURST, now)) > 0)
		for (unsigned i = 0; i < n; i++)
			transmit(h, &tx[i], now);
	next = wb_tunnel_next_deadline(h->tunnel);
	if (next <= now) {
		h->spins++; // a deadline that expire() and poll() did not meet
		next = now + 100 * WB_US;
	}
	host_kick(h, next);
}

static void
stall(void *arg, wb_ns_t now)
{
	struct host *h = arg;
	const struct scenario *s = h->w->scenario;
	uint64_t every = 2 * s->stall_every, length = s->stall;

	h->busy_until = now + wb_em_random_next(&h->random) % (length + 1);
	if (h->wake.pos != 0 && h->wake.when < h->busy_until)
		sim_timer_set(&h->w->sim, &h->wake, h->busy_until);
	sim_timer_set(
		&h->w->sim, &h->stall, h->busy_until + 1 + wb_em_random_next(&h->random) % every);
}

void
host_create(struct world *w, enum side side)
{
	const struct scenario *s = w->scenario;
	struct host *h = &w->hosts[side];
	struct wb_tunnel_conf conf = { .role = side == SIDE_EDGE ? WB_ROLE_EDGE : WB_ROLE_HUB };

	h->w = w;
	h->side = side;
	h->rx_tail = &h->rx;
	wb_em_random_seed(&h->random, world_seed(w));
	sim_timer_init(&h->wake, wake, h);
	sim_timer_init(&h->stall, stall, h);
	if (s->stall > 0 && s->stall_every > 0)
		sim_timer_set(&w->sim, &h->stall, s->stall_every);
	conf.ops = &tunnel_ops;
	conf.ctx = h;
	conf.alloc = alloc;
	conf.seed[0] = world_seed(w);
	conf.seed[1] = world_seed(w);
	conf.scheduler = s->scheduler[0] && !program_is_file(s->scheduler) ? s->scheduler : NULL;
	conf.fec = &sim_fec;
	conf.fec_percent = s->fec_percent;
	h->tunnel = wb_tunnel_create(&conf, 0);
	if (h->tunnel == NULL)
		sim_fatal("tunnel not created: scheduler \"%s\"?", s->scheduler);
	if (program_is_file(s->scheduler))
		h->program = program_set(h->tunnel, s->scheduler);
}

// As the gateway's control thread reckons it, the run being the month.
static wb_ns_t
price(const struct host *h, const struct scenario_link *l, uint64_t carried, wb_ns_t now)
{
	const struct wb_price p = {
		.backup = l->backup,
		.metered = l->metered,
		.budget = l->budget,
		.used = carried,
		.period = h->w->scenario->duration / WB_MS,
		.left = (h->w->scenario->duration - now) / WB_MS,
	};

	return wb_price(&p);
}

static void
path_conf(const struct host *h, unsigned link, struct wb_path_conf *conf)
{
	const struct scenario_link *l = &h->w->scenario->links[link];

	*conf = (struct wb_path_conf){ .weight = l->weight, .priority = l->priority };
	snprintf(conf->name, sizeof(conf->name), "%s", l->name);
	conf->rate_up = l->fixed_rate[h->side == SIDE_EDGE ? DIR_UP : DIR_DOWN];
	conf->max_up = l->max_rate[h->side == SIDE_EDGE ? DIR_UP : DIR_DOWN];
	conf->backup = l->backup;
	conf->mtu = l->mtu;
	conf->price = price(h, l, 0, 0);
}

// Edge: budgets. The hub is told by the protocol.
static void
reprice(struct host *h, wb_ns_t now)
{
	for (unsigned i = 0; i < h->w->scenario->n_links; i++) {
		const struct scenario_link *l = &h->w->scenario->links[i];
		struct wb_path_stats s;
		struct wb_path_conf conf;

		if (l->budget == 0 || wb_tunnel_path_stats(h->tunnel, i, &s) < 0)
			continue;
		path_conf(h, i, &conf);
		conf.price = price(h, l, s.carried, now);
		if (conf.price / WB_MS != s.price / WB_MS)
			wb_tunnel_path_configure(h->tunnel, i, &conf);
	}
	sim_timer_set(&h->w->sim, &h->configure, now + 100 * WB_MS);
}

// The hub's paths appear by being heard: each gets its configuration then.
static void
configure(void *arg, wb_ns_t now)
{
	struct host *h = arg;
	struct wb_path_stats s;
	struct wb_path_conf conf;

	if (h->side == SIDE_EDGE) {
		reprice(h, now);
		return;
	}
	for (unsigned slot = 0; slot < WB_PATHS_MAX; slot++) {
		if (wb_tunnel_path_stats(h->tunnel, slot, &s) < 0 || s.remote.family == 0 ||
			h->configured[slot])
			continue;
		path_conf(h, s.remote.ip[3], &conf);
		wb_tunnel_path_configure(h->tunnel, slot, &conf);
		h->configured[slot] = true;
	}
	sim_timer_set(&h->w->sim, &h->configure, now + 10 * WB_MS);
}

void
host_start(struct host *h, wb_ns_t now)
{
	const struct scenario *s = h->w->scenario;
	struct wb_path_conf conf;

	for (unsigned i = 0; i < s->n_links && h->side == SIDE_EDGE; i++) {
		struct wb_addr hub = { .family = 4, .udp_port = WB_UDP_PORT, .port = i };

		memcpy(hub.ip, (const uint8_t[]){ 10, 0, 0, (uint8_t)i }, 4);
		path_conf(h, i, &conf);
		if (wb_tunnel_path_add(h->tunnel, &conf, &hub, now) < 0)
			sim_fatal("path %s not added", conf.name);
	}
	sim_timer_init(&h->configure, configure, h);
	sim_timer_set(&h->w->sim, &h->configure, now + 10 * WB_MS);
	wb_tunnel_session_started(
		h->tunnel, WB_FEATURE_FRAGMENT | WB_FEATURE_FEC | WB_FEATURE_HOLD, now);
	host_kick(h, now);
}

void
host_destroy(struct host *h)
{
	for (struct datagram *d = h->rx, *next; d != NULL; d = next) {
		next = d->next;
		world_packet_free(h->w, d->inner);
		pool_put(&h->w->datagrams, d);
	}
	for (uint32_t i = 0; i < h->n_inner; i++)
		world_packet_free(h->w, (struct packet *)(void *)h->inner[i]);
	free(h->inner);
	if (h->tunnel != NULL)
		wb_tunnel_destroy(h->tunnel);
	program_free(h->program);
}
