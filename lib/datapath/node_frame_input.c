// SPDX-License-Identifier: BSD-3-Clause
// Passes authentic datagrams to their tunnel. What the tunnel delivers goes on at once.
#include "node.h"

enum edge { DELIVER, DROP, EDGES };

// Passes a datagram to its tunnel. Returns why it must be dropped, or WB_DROP_NONE.
static enum wb_drop
receive(struct worker *w, struct rte_mbuf *m)
{
	struct mbuf_priv *p = mbuf_priv(m);
	struct slot *s = slot_find(w->dp, p->tunnel);
	struct wb_rx rx = {
		.path = p->path,
		.number = p->rx.number,
		.from = &p->rx.from,
		.plain = rte_pktmbuf_mtod(m, const uint8_t *),
		.len = rte_pktmbuf_data_len(m),
		.wire_len = p->rx.wire_len,
		.pkt = &p->pkt,
	};

	// A datagram before this one may have started a new session.
	if (s == NULL || !keys_confirmed(s, p->rx.receiver, w->now))
		return WB_DROP_UNKNOWN_INDEX;
	memset(&p->pkt, 0, sizeof(p->pkt));
	wb_tunnel_received(s->t, &rx, w->now);
	s->dirty = true;
	return WB_DROP_NONE;
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	unsigned i;

	for (i = 0; i < n_objs; i++) {
		enum wb_drop drop = receive(w, objs[i]);

		if (unlikely(drop != WB_DROP_NONE)) {
			mark_drop(objs[i], drop);
			rte_node_enqueue_x1(graph, node, DROP, objs[i]);
		}
	}
	deliver_flush(graph, node, DELIVER);
	return n_objs;
}

static struct rte_node_register frame_input = {
	.name = "wb_frame_input",
	.process = process,
	.nb_edges = EDGES,
	.next_nodes = {
		[DELIVER] = "wb_lan_output",
		[DROP] = "wb_drop",
	},
};
RTE_NODE_REGISTER(frame_input);
