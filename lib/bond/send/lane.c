// SPDX-License-Identifier: BSD-3-Clause
#include "lane.h"

#include <stddef.h>

#define NONE UINT16_MAX

void
lane_init(struct lane *l)
{
	*l = (struct lane){ .head = NONE, .tail = NONE };
}

static void
append(struct lane *l, uint16_t i)
{
	l->flows[i].next = NONE;
	if (l->head == NONE)
		l->head = i;
	else
		l->flows[l->tail].next = i;
	l->tail = i;
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
	struct lane_flow *most = &l->flows[l->head];

	for (uint16_t i = l->head; i != NONE; i = l->flows[i].next)
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

	pkt->next = NULL;
	if (f->head) {
		f->tail->next = pkt;
	} else {
		f->head = pkt;
		f->deficit = LANE_QUANTUM;
		append(l, i);
	}
	f->tail = pkt;
	f->packets++;
	l->packets++;
	return l->packets > LANE_PACKETS ? shorten(l) : NULL;
}

struct wb_pkt *
lane_take(struct lane *l)
{
	struct lane_flow *f;
	struct wb_pkt *pkt;

	if (l->packets == 0)
		return NULL;
	for (f = &l->flows[l->head]; f->deficit <= 0; f = &l->flows[l->head]) {
		uint16_t i = l->head;

		f->deficit += LANE_QUANTUM;
		l->head = f->next;
		append(l, i);
	}
	pkt = take_of(l, f);
	f->deficit -= (int32_t)pkt->len;
	if (f->head == NULL)
		l->head = f->next;
	return pkt;
}
