// SPDX-License-Identifier: BSD-3-Clause
// Frees packets that are dropped, and counts them by reason.
#include "node.h"

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	unsigned i;

	RTE_SET_USED(graph);
	for (i = 0; i < n_objs; i++)
		worker_count_drop(w, mbuf_priv(objs[i])->drop, 1);
	rte_pktmbuf_free_bulk((struct rte_mbuf **)objs, n_objs);
	return n_objs;
}

static struct rte_node_register drop = {
	.name = "wb_drop",
	.process = process,
};
RTE_NODE_REGISTER(drop);
