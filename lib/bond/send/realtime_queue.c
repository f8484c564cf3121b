// SPDX-License-Identifier: BSD-3-Clause
// Deficit round robin over the flows that have realtime packets waiting.
#include "realtime_queue.h"

#include <stddef.h>

enum { LISTED = 1 };

void
realtime_queue_init(struct realtime_queue *l)
{
	*l = (struct realtime_queue){ .turns = { TURNS_NONE, TURNS_NONE } };
}

static struct turns_of
flows_of(struct realtime_queue *l)
{
	return (struct turns_of){ &l->flows[0].turn, sizeof(l->flows[0]) };
}

static struct wb_pkt *
take_of(struct realtime_queue *l, struct realtime_flow *f)
{
	struct wb_pkt *pkt = f->head;

	f->head = pkt->next;
	pkt->next = NULL;
	f->packets--;
	l->packets--;
	return pkt;
}

// A look at all flows: this is rare.
static struct wb_pkt *
shorten(struct realtime_queue *l)
{
	struct realtime_flow *most = &l->flows[l->turns.head];

	for (uint16_t i = l->turns.head; i != TURNS_NONE; i = l->flows[i].turn.next)
		if (l->flows[i].packets > most->packets)
			most = &l->flows[i];
	// It has several packets, or there would be no more flows than REALTIME_FLOWS: it stays listed.
	return take_of(l, most);
}

_Static_assert(REALTIME_PACKETS > REALTIME_FLOWS, "the longest has more than one");

struct wb_pkt *
realtime_queue_add(struct realtime_queue *l, struct wb_pkt *pkt)
{
	uint16_t i = pkt->bucket % REALTIME_FLOWS;
	struct realtime_flow *f = &l->flows[i];
	struct turns_of of = flows_of(l);

	pkt->next = NULL;
	if (f->head) {
		f->tail->next = pkt;
	} else {
		f->head = pkt;
		f->deficit = REALTIME_QUANTUM;
		turns_append(&l->turns, &of, i, LISTED);
	}
	f->tail = pkt;
	f->packets++;
	l->packets++;
	return l->packets > REALTIME_PACKETS ? shorten(l) : NULL;
}

struct wb_pkt *
realtime_queue_take(struct realtime_queue *l)
{
	struct turns_of of = flows_of(l);
	struct realtime_flow *f;
	struct wb_pkt *pkt;

	if (l->packets == 0)
		return NULL;
	while ((f = &l->flows[l->turns.head])->deficit <= 0) {
		f->deficit += REALTIME_QUANTUM;
		turns_append(&l->turns, &of, turns_take(&l->turns, &of), LISTED);
	}
	pkt = take_of(l, f);
	f->deficit -= (int32_t)pkt->len;
	if (f->head == NULL)
		turns_take(&l->turns, &of);
	return pkt;
}
