// SPDX-License-Identifier: BSD-3-Clause
#include <rte_mbuf.h>

#include "loop.h"

// Whether now is in [from, to); the first of the two that is still to come goes to *next.
static bool
within(wb_em_ns_t now, wb_em_ns_t from, wb_em_ns_t to, wb_em_ns_t *next)
{
	wb_em_ns_t coming = now < from ? from : to;

	if (now < to && coming < *next)
		*next = coming;
	return now >= from && now < to;
}

static void
switch_hole(struct link *k, enum side side, bool on, wb_em_ns_t now)
{
	struct direction *d = &k->direction[side];
	void *lost[64];
	unsigned n;

	k->hole[side] = on;
	wb_em_set_outage(d->em, on, now);
	while ((n = wb_em_reap(d->em, lost, 64)) > 0)
		rte_pktmbuf_free_bulk((struct rte_mbuf **)lost, n);
}

static void
switch_carrier(struct link *k, bool down)
{
	k->down = down;
	for (unsigned i = 0; i < 2; i++)
		carrier_set(k->loop->carrier, k->port[i].kernel_if, !down);
}

void
outage_apply(struct link *k, wb_em_ns_t now)
{
	bool was_up = !k->down && !k->hole[A_TO_B] && !k->hole[B_TO_A];
	bool down, hole[2];

	k->next_outage = WB_EM_NEVER;
	down = within(now, 0, k->down_until, &k->next_outage);
	for (int side = 0; side < 2; side++)
		hole[side] = within(now, 0, k->hole_until[side], &k->next_outage);
	for (unsigned i = 0; i < k->conf->n_outages; i++) {
		const struct outage_conf *o = &k->conf->outages[i];
		wb_em_ns_t from = k->loop->start + o->at;

		if (!within(now, from, from + o->duration, &k->next_outage))
			continue;
		if (o->kind == OUTAGE_LINK_DOWN)
			down = true;
		for (int side = 0; side < 2; side++)
			hole[side] = hole[side] || o->side[side];
	}
	k->outages += was_up && (down || hole[A_TO_B] || hole[B_TO_A]);
	if (down != k->down)
		switch_carrier(k, down);
	for (int side = 0; side < 2; side++) {
		if ((hole[side] || down) != k->hole[side])
			switch_hole(k, side, hole[side] || down, now);
	}
}
