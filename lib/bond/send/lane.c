// SPDX-License-Identifier: BSD-3-Clause
// Deficit round robin over the flows that have realtime packets waiting.
#include "lane.h"

#include <stddef.h>

enum { LISTED = 1 };

void
lane_init(struct lane *l)
{
	*l = (struct lane){ .turns = { TURNS_NONE, TURNS_NONE } };
}

static struct turns_of
flows_of(struct lane *l)
{
	return (struct turns_of){ &l->flows[0].turn, sizeof(l->flows[0]) };
}

static struct wb_pkt *
take_of(struct lane *l, struct lane_flow *f)
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
shorten(struct lane *l)
{
	struct lane_flow *most = &l->flows[l->turns.head];

	for (uint16_t i = l->turns.head; i != TURNS_NONE; i = l->flows[i].turn.next)
		if (l->flows[i].packets > most->packets)
			most = &l->flows[i];
	// It has several packets, or there would be no more flows than LANE_FLOWS: it stays listed.
	return take_of(l, most);
}

_Static_assert(LANE_PACKETS > LANE_FLOWS, "the longest has more than one");

struct wb_pkt *
lane_add(struct lane *l, struct wb_pkt *pkt)
{
	uint16_t i = pkt->bucket % LANE_FLOWS;
	struct lane_flow *f = &l->flows[i];
	struct turns_of of = flows_of(l);

	pkt->next = NULL;
	if (f->head) {
		f->tail->next = pkt;
	} else {
		f->head = pkt;
		f->deficit = LANE_QUANTUM;
		turns_append(&l->turns, &of, i, LISTED);
	}
	f->tail = pkt;
	f->packets++;
	l->packets++;
	return l->packets > LANE_PACKETS ? shorten(l) : NULL;
}

struct wb_pkt *
lane_take(struct lane *l)
{
	struct turns_of of = flows_of(l);
	struct lane_flow *f;
	struct wb_pkt *pkt;

	if (l->packets == 0)
		return NULL;
	while ((f = &l->flows[l->turns.head])->deficit <= 0) {
		f->deficit += LANE_QUANTUM;
		turns_append(&l->turns, &of, turns_take(&l->turns, &of), LISTED);
	}
	pkt = take_of(l, f);
	f->deficit -= (int32_t)pkt->len;
	if (f->head == NULL)
		turns_take(&l->turns, &of);
	return pkt;
}
