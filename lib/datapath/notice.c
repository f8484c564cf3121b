// SPDX-License-Identifier: BSD-3-Clause
// Passes notices from the workers to the control thread, in bounded rings with many producers. Handshakes have two
// rings of their own, so that a flood of them leaves room for other notices and for handshakes of known senders.
#include <errno.h>
#include <stdio.h>

#include <rte_ring_elem.h>

#include "dp.h"

#define HANDSHAKES 512 // more than the gate lets through at once
#define NOTICES 256
#define NOTICE_INTERVAL (20 * WB_MS) // of a worker and kind, in the long run
#define NOTICE_BURST 16

_Static_assert(sizeof(struct wb_dp_notice) % 4 == 0, "element of an rte_ring");

static struct rte_ring *
ring_create(const struct wb_dp *dp, const char *what, unsigned count)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "wb%u_%s", dp->id, what);
	return rte_ring_create_elem(
		name, sizeof(struct wb_dp_notice), count, SOCKET_ID_ANY, RING_F_SC_DEQ);
}

int
notices_create(struct wb_dp *dp)
{
	dp->handshakes = ring_create(dp, "handshakes", HANDSHAKES);
	dp->proven = ring_create(dp, "proven", HANDSHAKES);
	dp->notices = ring_create(dp, "notices", NOTICES);
	return dp->handshakes == NULL || dp->proven == NULL || dp->notices == NULL ? -ENOMEM : 0;
}

static bool
put(struct rte_ring *ring, const struct wb_dp_notice *n)
{
	return rte_ring_mp_enqueue_elem(ring, (void *)(uintptr_t)n, sizeof(*n)) == 0;
}

void
notice_put(struct wb_dp *dp, const struct wb_dp_notice *n)
{
	put(dp->notices, n);
}

bool
notice_handshake(struct wb_dp *dp, const struct gate_datagram *d, bool proven)
{
	struct wb_dp_notice n;

	n.type = WB_DP_HANDSHAKE;
	n.from = *d->from;
	n.proven = proven;
	n.len = d->len;
	memcpy(n.data, d->data, d->len);
	return put(proven ? dp->proven : dp->handshakes, &n);
}

void
notice_message(struct wb_dp *dp, unsigned tunnel, const void *data, size_t len)
{
	struct wb_dp_notice n = { .type = WB_DP_MESSAGE, .tunnel = tunnel, .len = len };

	memcpy(n.data, data, len);
	put(dp->notices, &n);
}

bool
notice_keys(struct wb_dp *dp, enum wb_dp_notice_type type, unsigned tunnel, uint32_t index)
{
	struct wb_dp_notice n = { .type = type, .tunnel = tunnel, .index = index };

	return put(dp->notices, &n);
}

void
notice_event(struct wb_dp *dp, unsigned tunnel, const struct wb_event *event)
{
	struct wb_dp_notice n = { .type = WB_DP_EVENT, .tunnel = tunnel, .event = *event };

	put(dp->notices, &n);
}

void
notice_unknown(struct worker *w, const struct wb_addr *from)
{
	struct wb_dp_notice n = { .type = WB_DP_UNKNOWN_INDEX, .from = *from };

	if (limit_pass(&w->unknown_limit, w->now, NOTICE_INTERVAL, NOTICE_BURST))
		put(w->dp->notices, &n);
}

void
notice_resolve(struct worker *w, const uint8_t *ip, uint8_t family, unsigned port)
{
	struct wb_dp_notice n = { .type = WB_DP_RESOLVE };

	if (!limit_pass(&w->resolve_limit, w->now, NOTICE_INTERVAL, NOTICE_BURST))
		return;
	n.from.family = family;
	n.from.port = port;
	memcpy(n.from.ip, ip, family == 4 ? 4 : 16);
	put(w->dp->notices, &n);
}

bool
wb_dp_notice(struct wb_dp *dp, struct wb_dp_notice *notice)
{
	return rte_ring_sc_dequeue_elem(dp->notices, notice, sizeof(*notice)) == 0 ||
	       rte_ring_sc_dequeue_elem(dp->proven, notice, sizeof(*notice)) == 0 ||
	       rte_ring_sc_dequeue_elem(dp->handshakes, notice, sizeof(*notice)) == 0;
}

void
wb_dp_remember_edge(struct wb_dp *dp, const struct wb_addr *edge)
{
	gate_remember(&dp->known_edges, edge);
}
