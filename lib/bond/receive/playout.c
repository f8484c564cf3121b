// SPDX-License-Identifier: BSD-3-Clause
// Holds packets until they are due, for paths that reorder and for equal delay (docs/design/reordering.md).
#include "playout.h"

#include <string.h>

#include "deadlines.h"
#include "wb_tunnel.h"
#include "wb_wire.h"

#define PLAYOUT_BATCH 64
#define ALIKE WB_MS // what is due within it goes in one batch, where room is short

// What waits, in order, linked by wb_pkt.next; what is behind is due no earlier.
struct line {
	struct wb_pkt *head, *tail;
};

struct playout {
	struct playout_conf conf;
	uint32_t waiting, limit; // packets
	uint32_t on;             // bit mask of the paths that have a delay
	uint32_t quickest_us;
	bool quickest_known;
	struct playout_path {
		uint32_t delay_us;
		wb_ns_t most;
	} paths[WB_PATHS_MAX];
	struct deadlines due; // of each bucket's first packet
	struct line lines[WB_BUCKETS];
};

struct playout *
playout_create(const struct playout_conf *conf)
{
	struct playout *o = conf->alloc(conf->ctx, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->conf = *conf;
	o->limit = conf->packets;
	deadlines_init(&o->due);
	return o;
}

void
playout_set_delay(struct playout *o, unsigned slot, uint32_t delay_us, wb_ns_t most)
{
	o->paths[slot] = (struct playout_path){ delay_us, most };
	o->on = most ? o->on | 1u << slot : o->on & ~(1u << slot);
}

void
playout_set_quickest(struct playout *o, uint32_t delay_us)
{
	o->quickest_us = delay_us;
	o->quickest_known = true;
}

static struct wb_pkt *
take(struct playout *o, struct line *l)
{
	struct wb_pkt *pkt = l->head;

	l->head = pkt->next;
	pkt->next = NULL;
	o->waiting--;
	return pkt;
}

static void
play(struct playout *o, struct line *l, wb_ns_t until)
{
	struct wb_pkt *batch[PLAYOUT_BATCH];
	unsigned n = 0;

	while (l->head && l->head->rx.due <= until) {
		batch[n++] = take(o, l);
		if (n == PLAYOUT_BATCH || !l->head || l->head->rx.due > until) {
			o->conf.deliver(o->conf.ctx, batch, n);
			n = 0;
		}
	}
	if (l->head)
		deadlines_set(&o->due, (uint16_t)(l - o->lines), l->head->rx.due);
	else
		deadlines_clear(&o->due, (uint16_t)(l - o->lines));
}

// Returns how long a packet has to wait, were there no others.
static wb_ns_t
early(const struct playout *o, const struct wb_pkt *pkt, wb_ns_t now)
{
	const struct playout_path *p = &o->paths[pkt->path];
	uint32_t took = (uint32_t)(now / WB_US) - pkt->rx.sent_us;
	int32_t us = (int32_t)(p->delay_us - took);
	wb_ns_t wait = us > 0 ? (wb_ns_t)us * WB_US : 0, hold = pkt->hold * WB_HOLD_UNIT;

	wait = wait < p->most ? wait : p->most;
	if (hold == 0 || !o->quickest_known)
		return wait;
	us = (int32_t)(o->quickest_us + (uint32_t)(hold / WB_US) - took);
	if (us > 0 && (wb_ns_t)us * WB_US > wait)
		wait = (wb_ns_t)us * WB_US < hold ? (wb_ns_t)us * WB_US : hold;
	return wait;
}

// false: it may pass.
static bool
wait(struct playout *o, struct wb_pkt *pkt, wb_ns_t now)
{
	struct line *l = &o->lines[pkt->bucket];
	wb_ns_t due;

	if (pkt->sclass == WB_CLASS_REALTIME)
		return false;
	due = now + early(o, pkt, now);
	if (l->head == NULL && due == now)
		return false;
	pkt->next = NULL;
	if (l->head) {
		pkt->rx.due = due > l->tail->rx.due ? due : l->tail->rx.due;
		l->tail->next = pkt;
	} else {
		pkt->rx.due = due;
		l->head = pkt;
		deadlines_set(&o->due, pkt->bucket, due);
	}
	l->tail = pkt;
	o->waiting++;
	return true;
}

// Plays out what is due first, until as many wait as may. Where that is short of what the holds ask for, all are held a
// shorter time, and alike: a sender sees a shorter round trip, not one that jumps.
static void
make_room(struct playout *o)
{
	while (o->waiting > o->limit)
		play(o, &o->lines[o->due.heap[0]], deadlines_first(&o->due) + ALIKE);
}

void
playout_limit(struct playout *o, uint32_t packets)
{
	o->limit = packets < o->conf.packets ? packets : o->conf.packets;
}

void
playout_received(struct playout *o, struct wb_pkt **pkts, unsigned n, wb_ns_t now)
{
	unsigned from = 0, i;

	for (i = 0; i < n && pkts[i]->hold == 0; i++)
		;
	if (!o->on && !o->waiting && i == n) {
		o->conf.deliver(o->conf.ctx, pkts, n);
		return;
	}
	for (i = 0; i < n; i++) {
		if (!wait(o, pkts[i], now))
			continue;
		if (i > from)
			o->conf.deliver(o->conf.ctx, pkts + from, i - from);
		from = i + 1;
	}
	if (n > from)
		o->conf.deliver(o->conf.ctx, pkts + from, n - from);
	make_room(o);
}

wb_ns_t
playout_next_deadline(const struct playout *o)
{
	return deadlines_first(&o->due);
}

void
playout_expire(struct playout *o, wb_ns_t now)
{
	while (deadlines_first(&o->due) <= now)
		play(o, &o->lines[o->due.heap[0]], now);
}

void
playout_reset(struct playout *o)
{
	while (o->due.n)
		play(o, &o->lines[o->due.heap[0]], WB_NEVER);
	memset(o->paths, 0, sizeof(o->paths));
	o->on = 0;
	o->quickest_known = false;
}

void
playout_flush(struct playout *o, enum wb_drop reason)
{
	while (o->due.n) {
		uint16_t id = o->due.heap[0];

		while (o->lines[id].head)
			o->conf.drop(o->conf.ctx, take(o, &o->lines[id]), reason);
		deadlines_clear(&o->due, id);
	}
}

uint32_t
playout_waiting(const struct playout *o)
{
	return o->waiting;
}
