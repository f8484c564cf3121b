// SPDX-License-Identifier: BSD-3-Clause
// The parts of a tunnel as they are made, and what they call when something has become of a packet.
#include "tunnel.h"

#include <errno.h>

void
tunnel_release(struct wb_tunnel *t, struct wb_pkt *pkt, enum wb_drop reason)
{
	t->stats.drops[reason]++;
	t->ops->release(t->ctx, pkt, reason);
}

void
tunnel_unref(struct wb_tunnel *t, struct wb_pkt *pkt)
{
	if (--pkt->tx.refs)
		return;
	t->stats.retained_packets--;
	if ((pkt->flags & (WB_PKT_ACKED | WB_PKT_GIVEN_UP)) == WB_PKT_ACKED) {
		t->stats.sent_packets++;
		tunnel_release(t, pkt, WB_DROP_NONE);
	} else {
		t->stats.classes[pkt->sclass].lost++;
		tunnel_release(t, pkt, WB_DROP_LOST);
	}
}

void
tunnel_release_done(struct wb_tunnel *t)
{
	if (t->fec)
		fec_tx_release_spent(&t->fec->tx);
	while (t->done) {
		struct wb_pkt *pkt = t->done;

		t->done = pkt->next;
		tunnel_unref(t, pkt);
	}
}

// Lets go of a packet, a piece of which has arrived.
static void
sent_acked(void *ctx, const struct in_flight_record *r, bool was_lost)
{
	struct wb_tunnel *t = ctx;

	(void)was_lost;
	if (r->pkt == NULL)
		return;
	r->pkt->flags |= WB_PKT_ACKED;
	tunnel_unref(t, r->pkt);
}

// Queues a lost piece to go out again, unless another copy has arrived.
static void
sent_lost(void *ctx, const struct in_flight_record *r)
{
	struct resend_entry e = { .pkt = r->pkt, .off = r->off, .len = r->len };
	struct wb_tunnel *t = ctx;

	if (r->group && t->fec && (r->flags & IN_FLIGHT_LOST)) // not one that is only late
		fec_tx_lost(&t->fec->tx, (uint8_t)r->group);
	if (r->pkt == NULL)
		return;
	if ((r->pkt->flags & WB_PKT_ACKED) && r->len == r->pkt->len)
		return;
	if (resend_push(&t->resend, &e)) {
		r->pkt->flags |= WB_PKT_GIVEN_UP;
		return;
	}
	r->pkt->tx.refs++;
	t->data_at = 0;
}

static void
sent_forgotten(void *ctx, struct wb_pkt *pkt)
{
	tunnel_unref(ctx, pkt);
}

struct in_flight_events
tunnel_in_flight_events(struct wb_tunnel *t)
{
	return (struct in_flight_events){
		.acked = sent_acked,
		.lost = sent_lost,
		.forgotten = sent_forgotten,
		.ctx = t,
	};
}

static void
reorder_drop(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	struct wb_tunnel *t = ctx;

	if (reason == WB_DROP_DUPLICATE) {
		t->stats.classes[pkt->sclass].duplicates++;
		if (t->from)
			t->from->stats.duplicates++;
	}
	tunnel_release(t, pkt, reason);
}

static void
queue_drop(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	tunnel_release(ctx, pkt, reason);
}

static void
queue_mark(void *ctx, struct wb_pkt *pkt)
{
	struct wb_tunnel *t = ctx;

	t->stats.ce_marked++;
	t->ops->mark_ce(t->ctx, pkt);
}

// Tells whether no path can bring any more what left at sent_us. All paths count: which one took a packet that is
// missing is not known here.
static bool
reorder_passed(void *ctx, uint32_t sent_us, wb_ns_t now)
{
	struct wb_tunnel *t = ctx;

	WB_FOREACH_PATH (t, p)
		if (!horizon_passed(&p->horizon, sent_us, now))
			return false;
	return true;
}

static void
reorder_deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	struct wb_tunnel *t = ctx;

	n = equal_received(&t->equal, pkts, n);
	if (n)
		playout_received(t->playout, pkts, n, t->now);
}

static void
playout_deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	struct wb_tunnel *t = ctx;

	t->stats.out_packets += n;
	for (unsigned i = 0; i < n; i++)
		t->stats.out_bytes += pkts[i]->len;
	t->ops->deliver(t->ctx, pkts, n);
}

static void
fragment_join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	struct wb_tunnel *t = ctx;

	t->ops->join(t->ctx, head, tail);
}

static void *
tunnel_alloc(void *ctx, size_t size)
{
	struct wb_tunnel *t = ctx;

	return t->conf.alloc(t->ctx, size);
}

int
tunnel_parts_create(struct wb_tunnel *t)
{
	struct flow_queue_conf q = {
		.packets = t->conf.queue_packets,
		.bytes = t->conf.queue_bytes,
		.seed = t->conf.seed[0],
		.alloc = tunnel_alloc,
		.drop = queue_drop,
		.mark_ce = queue_mark,
		.ctx = t,
	};
	struct reorder_conf r = {
		.packets = t->conf.reorder_packets,
		.seed = t->conf.seed[1],
		.alloc = tunnel_alloc,
		.deliver = reorder_deliver,
		.drop = reorder_drop,
		.passed = reorder_passed,
		.ctx = t,
	};
	struct playout_conf o = {
		.packets = r.packets,
		.alloc = tunnel_alloc,
		.deliver = playout_deliver,
		.drop = queue_drop,
		.ctx = t,
	};
	uint32_t records = t->conf.sent_records;

	tunnel_equal_create(t);
	t->classes = flow_class_create(tunnel_alloc, t);
	t->queue = flow_queue_create(&q);
	t->reorder = reorder_create(&r);
	t->playout = playout_create(&o);
	t->fragments =
		fragments_create(t->conf.seed[1], tunnel_alloc, queue_drop, fragment_join, t);
	if (!t->classes || !t->queue || !t->reorder || !t->playout || !t->fragments ||
		tunnel_fec_create(t, tunnel_alloc, t) ||
		in_flight_pool_init(&t->pool, 2 * records, tunnel_alloc, t) ||
		resend_init(&t->resend, 2 * records, tunnel_alloc, t))
		return -ENOMEM;
	for (unsigned i = 0; i < WB_PATHS_MAX; i++) {
		t->paths[i].slot = (uint8_t)i;
		if (in_flight_init(&t->paths[i].in_flight, &t->pool, records, tunnel_alloc, t))
			return -ENOMEM;
	}
	return 0;
}
