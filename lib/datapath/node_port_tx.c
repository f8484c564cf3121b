// SPDX-License-Identifier: BSD-3-Clause
// Sends frames, in bursts for each port. mbuf.port says which port.
#include <rte_cycles.h>

#include "node.h"
#include "port_ops.h"

enum edge { DROP, EDGES };

// Returns whether the time for sending on a port is limited. It is on mirrors, except for that of a hub's uplink:
// half of all that the hub forwards goes through it.
static bool
is_policed(const struct wb_dp *dp, const struct port *port)
{
	return port->conf.use == WB_DP_MIRROR &&
	       dp->ports[port->conf.mirrors].conf.use != WB_DP_UPLINK;
}

#define PUNT_COST_MAX WB_MS // of a burst: more than that was not ours, but the machine's

static void
spent(struct worker *w, unsigned mirror, uint64_t cycles)
{
	bool busy = w->now < w->last_inner + PUNT_BUSY_FOR;
	wb_ns_t cost = RTE_MIN(cycles * WB_SEC / rte_get_tsc_hz(), PUNT_COST_MAX);

	w->punt_full[mirror] = RTE_MAX(w->punt_full[mirror], w->now) +
			       cost * (busy ? PUNT_COST_BUSY : PUNT_COST_CALM);
}

static void
send_batch(struct rte_graph *graph, struct rte_node *node, unsigned index)
{
	struct worker *w = node_worker(node);
	struct port *port = &w->dp->ports[index];
	struct tx_batch *b = &w->out[index];
	unsigned queue = RTE_MIN(w->index, port->n_tx - 1u);
	enum wb_drop reason = WB_DROP_TX_FULL;
	bool policed = is_policed(w->dp, port);
	uint64_t start = policed ? rte_rdtsc() : 0;
	unsigned i, sent;

	if (unlikely(!port->wire->started)) {
		reason = WB_DROP_PORT_DOWN;
		sent = 0;
	} else if (port->n_tx < w->dp->n_workers && queue == port->n_tx - 1u) {
		// Fewer queues than workers: the remaining workers share the last queue.
		rte_spinlock_lock(&port->wire->tx_lock);
		sent = port->ops->tx(w, port, queue, b->pkts, b->n);
		rte_spinlock_unlock(&port->wire->tx_lock);
	} else {
		sent = port->ops->tx(w, port, queue, b->pkts, b->n);
	}
	if (policed)
		spent(w, index, rte_rdtsc() - start);
	for (i = sent; i < b->n; i++) {
		mark_drop(b->pkts[i], reason);
		rte_node_enqueue_x1(graph, node, DROP, b->pkts[i]);
	}
	b->n = 0;
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	unsigned i;

	for (i = 0; i < n_objs; i++) {
		struct rte_mbuf *m = objs[i];
		struct tx_batch *b = &w->out[m->port];

		b->pkts[b->n++] = m;
		if (b->n == TX_BURST)
			send_batch(graph, node, m->port);
	}
	for (i = 0; i < w->dp->n_ports; i++)
		if (w->out[i].n != 0)
			send_batch(graph, node, i);
	return n_objs;
}

static struct rte_node_register port_tx = {
	.name = "wb_port_tx",
	.process = process,
	.nb_edges = EDGES,
	.next_nodes = {
		[DROP] = "wb_drop",
	},
};
RTE_NODE_REGISTER(port_tx);
