// SPDX-License-Identifier: BSD-3-Clause
// A source: takes packets that other workers and the control thread have for this worker.
#include "node.h"

// Edges are the values of enum handover.
#define EDGES (HANDOVER_SEND + 1)

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	struct rte_mbuf *pkts[RX_BURST];
	unsigned i, n;

	RTE_SET_USED(objs);
	RTE_SET_USED(n_objs);
	n = rte_ring_sc_dequeue_burst(w->in, (void **)pkts, RX_BURST, NULL);
	for (i = 0; i < n; i++)
		rte_node_enqueue_x1(graph, node, mbuf_priv(pkts[i])->handover, pkts[i]);
	w->moved += n;
	return n;
}

static struct rte_node_register handover = {
	.name = "wb_handover",
	.process = process,
	.flags = RTE_NODE_SOURCE_F,
	.nb_edges = EDGES,
	.next_nodes = {
		[HANDOVER_DATAGRAM] = "wb_decrypt",
		[HANDOVER_INNER] = "wb_tunnel_input",
		[HANDOVER_SEND] = "wb_port_tx",
	},
};
RTE_NODE_REGISTER(handover);
