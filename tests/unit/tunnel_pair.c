// SPDX-License-Identifier: BSD-3-Clause
#include "tunnel_pair.h"

#include <stdlib.h>
#include <string.h>

struct packet {
	struct wb_pkt pkt;
	uint32_t stamp;
};

static void
deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	struct pair_end *e = ctx;

	for (unsigned i = 0; i < n; i++) {
		struct packet *k = (struct packet *)pkts[i];

		e->delivered++;
		e->delivered_bytes += k->pkt.len;
		e->out_of_order += k->stamp < e->next_hash_seq;
		if (k->stamp >= e->next_hash_seq)
			e->next_hash_seq = k->stamp + 1;
		e->pair->live--;
		free(k);
	}
}

static void
release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	struct pair_end *e = ctx;

	e->released[reason]++;
	e->pair->live--;
	free(pkt);
}

static void
mark_ce(void *ctx, struct wb_pkt *pkt)
{
	struct pair_end *e = ctx;

	pkt->ecn = 3;
	e->marked++;
}

static void
join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	struct pair_end *e = ctx;

	(void)head;
	e->pair->live--;
	free(tail);
}

static void
event(void *ctx, const struct wb_event *ev)
{
	struct pair_end *e = ctx;

	e->events[ev->type]++;
	e->last_event = *ev;
}

static void
message(void *ctx, const uint8_t *data, size_t len)
{
	struct pair_end *e = ctx;

	e->messages++;
	memcpy(e->message, data, len);
	e->message_len = len;
}

static const struct wb_tunnel_ops ops = {
	.deliver = deliver,
	.release = release,
	.mark_ce = mark_ce,
	.join = join,
	.event = event,
	.message = message,
};

static struct wb_addr
address(const struct pair *p, enum wb_role of, unsigned link)
{
	return (struct wb_addr){ .ip = { 192, 0, 2, (uint8_t)(10 * of + link) },
		.udp_port = of == WB_ROLE_EDGE ? p->hub_sees_port[link] : WB_UDP_PORT,
		.family = 4,
		.port = link };
}

void
pair_open(struct pair *p, unsigned n_paths, const struct wb_tunnel_conf *conf)
{
	memset(p, 0, sizeof(*p));
	p->now = WB_SEC;
	p->n_paths = n_paths;
	p->queue = calloc(PAIR_QUEUE, sizeof(*p->queue));
	for (unsigned i = 0; i < 2; i++) {
		struct wb_tunnel_conf c = conf ? *conf : (struct wb_tunnel_conf){ 0 };

		p->end[i].pair = p;
		c.role = i;
		c.ops = &ops;
		c.ctx = &p->end[i];
		c.alloc = tunnel_end_alloc;
		c.seed[0] = 11 + i;
		c.seed[1] = 7;
		p->end[i].t = wb_tunnel_create(&c, p->now);
	}
	for (unsigned i = 0; i < n_paths; i++) {
		struct wb_path_conf c = { .name = { (char)('a' + i) } };
		struct wb_addr hub = address(p, WB_ROLE_HUB, i);

		p->hub_sees_port[i] = 40000;
		p->delay[i][0] = p->delay[i][1] = 10 * WB_MS;
		wb_tunnel_path_add(p->end[WB_ROLE_EDGE].t, &c, &hub, p->now);
	}
}

void
pair_close(struct pair *p)
{
	for (unsigned i = 0; i < 2; i++) {
		struct pair_end *e = &p->end[i];

		wb_tunnel_destroy(e->t);
		tunnel_end_free(&e->end);
	}
	free(p->queue);
}

void
pair_session(struct pair *p, uint32_t features)
{
	p->n_queue = 0;
	wb_tunnel_session_started(p->end[1].t, features, p->now);
	wb_tunnel_session_started(p->end[0].t, features, p->now);
}

void
pair_send(struct pair *p, enum wb_role from, uint32_t hash, uint32_t len, unsigned n)
{
	while (n--) {
		struct packet *k = calloc(1, sizeof(*k));
		struct wb_pkt *pkt = &k->pkt;

		k->stamp = ++p->stamp;
		pkt->len = len;
		pkt->hash = hash;
		p->live++;
		wb_tunnel_enqueue(p->end[from].t, &pkt, 1, p->now);
	}
}

// Bytes of the head before the states at its end.
static uint16_t
without_states(const struct wb_tx *tx)
{
	static const uint8_t state[] = { WB_FRAME_PATH_STATE, 0, WB_PATH_STATE_LEN - 3 };
	uint16_t len = tx->head_len;

	while (len >= WB_TIME_LEN + WB_PATH_STATE_LEN &&
		!memcmp(tx->head + len - WB_PATH_STATE_LEN, state, sizeof(state)))
		len -= WB_PATH_STATE_LEN;
	return len;
}

static void
transmit(struct pair *p, enum wb_role from, const struct wb_tx *tx)
{
	enum wb_role to = 1 - from;
	unsigned link = tx->to.port;
	struct pair_datagram *d = &p->queue[p->n_queue];
	uint64_t n = ++p->sent[link][to];

	if (p->pass_every[link][to] && n % p->pass_every[link][to] != 0)
		return;
	if (p->mtu[link] && 56u + tx->head_len + tx->pkt_len > p->mtu[link])
		return;
	if (p->cut[link][to] || (p->lose_every[link] && n % p->lose_every[link] == 0) ||
		p->n_queue == PAIR_QUEUE)
		return;
	if (to == WB_ROLE_EDGE && tx->to.udp_port != p->hub_sees_port[link]) {
		bool racer = p->raced[link] && tx->to.udp_port >= p->racer_port;

		p->to_racer += racer;
		if (!racer || tx->head_len + tx->pkt_len > p->racer_passes)
			return; // the NAT mapping has gone
	}
	d->at = p->now + p->delay[link][to];
	d->end = (uint8_t)to;
	d->number = tx->number;
	d->path = tx->path;
	d->link = (uint8_t)link;
	d->len = p->tells_not[from] ? without_states(tx) : tx->head_len;
	d->payload = tx->pkt_len;
	d->stamp = tx->pkt ? ((struct packet *)tx->pkt)->stamp : 0;
	d->from_port = 0;
	memcpy(d->plain, tx->head, tx->head_len);
	p->n_queue++;
	if (to == WB_ROLE_HUB && p->raced[link] && p->n_queue < PAIR_QUEUE) {
		p->queue[p->n_queue] = *d;
		d->from_port =
			p->racer_changes ? (uint16_t)(p->racer_port + n % 1000) : p->racer_port;
		p->n_queue++;
	}
}

static void
receive(struct pair *p, const struct pair_datagram *d)
{
	uint8_t plain[65536] = { 0 };
	struct pair_end *e = &p->end[d->end];
	struct wb_addr from = address(p, 1 - d->end, d->link);
	struct packet *k;
	struct wb_rx rx = { .path = d->path,
		.from = &from,
		.plain = plain,
		.len = d->len + d->payload,
		.wire_len = 56 + d->len + d->payload };

	if (d->from_port)
		from.udp_port = d->from_port;
	if (wb_tunnel_rx_number(e->t, d->path, d->number & 0xffffffffffff, &rx.number))
		return;
	memcpy(plain, d->plain, d->len);
	k = calloc(1, sizeof(*k));
	k->stamp = d->stamp;
	p->live++;
	rx.pkt = &k->pkt;
	wb_tunnel_received(e->t, &rx, p->now);
}

static void
step(struct pair *p)
{
	struct wb_tx tx[64];
	unsigned n, kept = 0;

	for (unsigned i = 0; i < p->n_queue; i++) {
		struct pair_datagram d = p->queue[i];

		if (d.at > p->now || p->stopped[d.end])
			p->queue[kept++] = d;
		else
			receive(p, &d);
	}
	p->n_queue = kept;
	for (unsigned i = 0; i < 2; i++) {
		if (p->stopped[i])
			continue;
		if (p->now >= wb_tunnel_next_deadline(p->end[i].t))
			wb_tunnel_expire(p->end[i].t, p->now);
		while ((n = wb_tunnel_poll(p->end[i].t, tx, 64, p->now)) > 0) {
			for (unsigned j = 0; j < n; j++)
				transmit(p, i, &tx[j]);
		}
	}
	p->now += PAIR_TICK;
}

void
pair_run(struct pair *p, wb_ns_t duration)
{
	for (wb_ns_t end = p->now + duration; p->now < end;)
		step(p);
}

bool
pair_wait(struct pair *p, enum wb_role role, unsigned slot, enum wb_path_state state, wb_ns_t limit)
{
	struct wb_path_stats s;

	for (wb_ns_t end = p->now + limit; p->now < end; step(p)) {
		if (!wb_tunnel_path_stats(p->end[role].t, slot, &s) && s.state == state)
			return true;
	}
	return false;
}

struct wb_path_stats
pair_path(const struct pair *p, enum wb_role role, unsigned slot)
{
	struct wb_path_stats s = { .state = WB_PATH_FREE };

	wb_tunnel_path_stats(p->end[role].t, slot, &s);
	return s;
}
