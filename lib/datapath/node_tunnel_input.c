// SPDX-License-Identifier: BSD-3-Clause
// Puts inner packets into their tunnel's flow queue, in runs of one tunnel, or hands them to its home worker.
#include "node.h"

enum edge { DROP, EDGES };

// objs[0..n) are all of one tunnel.
static void
put(struct rte_graph *graph, struct rte_node *node, void **objs, unsigned n)
{
	struct worker *w = node_worker(node);
	struct slot *s = slot_find(w->dp, mbuf_priv(objs[0])->tunnel);
	struct wb_pkt *pkts[RTE_GRAPH_BURST_SIZE];
	unsigned i;

	if (s != NULL && s->home == w) {
		for (i = 0; i < n; i++)
			pkts[i] = &mbuf_priv(objs[i])->pkt;
		wb_tunnel_enqueue(s->t, pkts, n, w->now);
		s->dirty = true;
		return;
	}
	for (i = 0; i < n; i++) {
		if (s != NULL && hand_over(s->home, objs[i], HANDOVER_INNER))
			continue;
		mark_drop(objs[i], s == NULL ? WB_DROP_NO_SESSION : WB_DROP_QUEUE_LIMIT);
		rte_node_enqueue_x1(graph, node, DROP, objs[i]);
	}
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	unsigned start = 0, end;

	while (start < n_objs) {
		for (end = start + 1; end < n_objs && end - start < RTE_GRAPH_BURST_SIZE; end++)
			if (mbuf_priv(objs[end])->tunnel != mbuf_priv(objs[start])->tunnel)
				break;
		put(graph, node, objs + start, end - start);
		start = end;
	}
	return n_objs;
}

static struct rte_node_register tunnel_input = {
	.name = "wb_tunnel_input",
	.process = process,
	.nb_edges = EDGES,
	.next_nodes = {
		[DROP] = "wb_drop",
	},
};
RTE_NODE_REGISTER(tunnel_input);
