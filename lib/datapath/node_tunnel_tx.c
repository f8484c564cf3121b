// SPDX-License-Identifier: BSD-3-Clause
// A source: asks the worker's tunnels what may leave now, and builds the datagrams, not encrypted yet.
#include <rte_ip.h>

#include "fib.h"
#include "node.h"

enum edge { ENCRYPT, DELIVER, DROP, EDGES };

#define POLLS_MAX 4 // times TX_BATCH datagrams of a tunnel in one walk: then others get their turn
#define RECHECK (500 * WB_US)
#define ROOM_EVERY WB_MS

// Writes the datagram into m: outer headers, header, head, slice of the packet, room for the tag.
static void
build(struct rte_mbuf *m, const struct slot *s, const struct outer *o, const struct wb_tx *tx)
{
	struct mbuf_priv *p = mbuf_priv(m);
	struct wb_header h = {
		.type = WB_DG_SESSION,
		.path = tx->path,
		.receiver = s->current->remote_index,
		.number = tx->number,
	};
	uint8_t *at = rte_pktmbuf_mtod(m, uint8_t *);

	m->data_len = OUTER_LEN + WB_HDR_LEN + tx->head_len + tx->pkt_len + WB_TAG_LEN;
	m->pkt_len = m->data_len;
	outer_write(o, m);
	at += OUTER_LEN;
	wb_header_write(at, &h);
	at += WB_HDR_LEN;
	memcpy(at, tx->head, tx->head_len);
	if (tx->pkt == NULL)
		memset(at + tx->head_len, 0, tx->pkt_len);
	else if (tx->pkt_len != 0)
		rte_memcpy(at + tx->head_len,
			rte_pktmbuf_mtod_offset(pkt_mbuf(tx->pkt), void *, tx->pkt_off),
			tx->pkt_len);
	p->tx.key = s->current;
	p->tx.number = tx->number;
	p->path = tx->path;
}

static const struct outer *
outer_of(struct worker *w, struct slot *s, const struct wb_tx *tx)
{
	struct outer *o = &s->outers[tx->slot];

	if (unlikely(!outer_matches(o, w->fib->generation, &tx->to)))
		outer_build(o, w->dp, w->fib, &tx->to);
	if (unlikely(o->drop == WB_DROP_NO_NEIGHBOUR))
		notice_resolve(w, o->resolve, 4, tx->to.port);
	return o;
}

// Builds the datagrams of one poll. Returns how many the tunnel had.
static unsigned
poll_batch(struct rte_graph *graph, struct rte_node *node, struct slot *s)
{
	struct worker *w = node_worker(node);
	struct rte_mbuf *pkts[TX_BATCH];
	unsigned i, n, ready = 0;
	bool keys = s->current != NULL && keys_usable(s->current, w->now);

	n = wb_tunnel_poll(s->t, w->tx, TX_BATCH, w->now);
	if (n == 0)
		return 0;
	if (unlikely(!keys || rte_pktmbuf_alloc_bulk(w->tx_pool, pkts, n) != 0)) {
		worker_count_drop(w, !keys ? WB_DROP_NO_SESSION : WB_DROP_NO_MBUF, n);
		return n;
	}
	for (i = 0; i < n; i++) {
		const struct outer *o = outer_of(w, s, &w->tx[i]);

		if (unlikely(o->drop != WB_DROP_NONE)) {
			mark_drop(pkts[i], o->drop);
			rte_node_enqueue_x1(graph, node, DROP, pkts[i]);
			continue;
		}
		build(pkts[i], s, o, &w->tx[i]);
		pkts[ready++] = pkts[i];
	}
	if (ready != 0)
		rte_node_enqueue(graph, node, ENCRYPT, (void **)pkts, ready);
	return n;
}

static unsigned
serve(struct rte_graph *graph, struct rte_node *node, struct slot *s)
{
	struct worker *w = node_worker(node);
	unsigned polls, n = 1, total = 0;

	if (!s->dirty && w->now < s->deadline)
		return 0;
	if (w->now >= wb_tunnel_next_deadline(s->t))
		wb_tunnel_expire(s->t, w->now);
	for (polls = 0; polls < POLLS_MAX && n != 0; polls++) {
		n = poll_batch(graph, node, s);
		total += n;
	}
	s->dirty = n != 0;
	s->deadline = wb_tunnel_next_deadline(s->t);
	// Due, but with nothing to do, as without a session: that is no reason to spin.
	if (n == 0 && s->deadline <= w->now)
		s->deadline = w->now + RECHECK;
	atomic_store_explicit(&s->inner_mtu, wb_tunnel_inner_mtu(s->t), memory_order_relaxed);
	return total;
}

// Tells each tunnel how much of the shared pool is free, which bounds what it may keep.
static void
look_for_room(struct worker *w)
{
	if (w->now < w->room_at)
		return;
	w->room = rte_mempool_avail_count(w->pool);
	w->room_at = w->now + ROOM_EVERY;
	for (unsigned i = 0; i < w->n_slots; i++)
		wb_tunnel_set_room(w->slots[i]->t, w->room);
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	unsigned i, total = 0;

	RTE_SET_USED(objs);
	RTE_SET_USED(n_objs);
	look_for_room(w);
	// The first tunnel may fill a port's ring, so it is a different one in each walk.
	if (++w->first_slot >= w->n_slots)
		w->first_slot = 0;
	for (i = w->first_slot; i < w->n_slots; i++)
		total += serve(graph, node, w->slots[i]);
	for (i = 0; i < w->first_slot; i++)
		total += serve(graph, node, w->slots[i]);
	w->moved += total;
	deliver_flush(graph, node, DELIVER);
	return total;
}

static struct rte_node_register tunnel_tx = {
	.name = "wb_tunnel_tx",
	.process = process,
	.flags = RTE_NODE_SOURCE_F,
	.nb_edges = EDGES,
	.next_nodes = {
		[ENCRYPT] = "wb_encrypt",
		[DELIVER] = "wb_lan_output",
		[DROP] = "wb_drop",
	},
};
RTE_NODE_REGISTER(tunnel_tx);
