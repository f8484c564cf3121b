// SPDX-License-Identifier: BSD-3-Clause
// A source: receives from the worker's queues, and sorts by the use of the port.
#include "dp.h"
#include "node.h"
#include "port_ops.h"

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	struct rte_mbuf *pkts[RX_BURST];
	unsigned i, j, n, total = 0;

	RTE_SET_USED(objs);
	RTE_SET_USED(n_objs);
	for (i = 0; i < w->n_rx; i++) {
		struct rx_queue *q = &w->rx[i];

		if (unlikely(q->off))
			continue;
		n = q->ops->rx(w, q, pkts, RX_BURST);
		if (n == 0)
			continue;
		for (j = 0; j < n; j++)
			pkts[j]->port = q->port; // from here on our index
		rte_node_enqueue(graph, node, q->edge, (void **)pkts, n);
		total += n;
	}
	w->moved += total;
	return total;
}

static struct rte_node_register port_rx = {
	.name = "wb_port_rx",
	.process = process,
	.flags = RTE_NODE_SOURCE_F,
	.nb_edges = PORT_RX_EDGES,
	.next_nodes = {
		[PORT_RX_LAN] = "wb_lan_input",
		[PORT_RX_WAN] = "wb_wan_input",
		[PORT_RX_MIRROR] = "wb_port_tx",
		[PORT_RX_TRUNK] = "wb_vlan_input",
	},
};
RTE_NODE_REGISTER(port_rx);
