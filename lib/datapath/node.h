/* SPDX-License-Identifier: BSD-3-Clause */
// Helpers that several nodes use.
#ifndef WB_DATAPATH_NODE_H
#define WB_DATAPATH_NODE_H

#include "dp.h"
#include "inner.h"

enum port_rx_edge { PORT_RX_LAN, PORT_RX_WAN, PORT_RX_MIRROR, PORT_RX_TRUNK, PORT_RX_EDGES };

// Delivered packets go on in portions of this size, so that the graph's streams need not grow.
#define DELIVER_BURST 256

static inline void
mark_drop(struct rte_mbuf *m, enum wb_drop reason)
{
	mbuf_priv(m)->drop = reason;
}

// Mirrors get a tenth of a worker's time while inner packets move, else half of it.
#define PUNT_COST_BUSY 10
#define PUNT_COST_CALM 2
#define PUNT_BUSY_FOR (100 * WB_MS) // after the last inner packet
#define PUNT_BURST (20 * WB_MS)     // what may be owed

// Leaves a frame to the kernel, which sees it itself or gets it through the port's mirror. Returns true if it must
// be sent to the mirror. A mirror that has used up its share of the worker's time gets nothing for a while.
static inline bool
to_mirror(const struct worker *w, struct rte_mbuf *m)
{
	unsigned mirror = w->dp->ports[m->port].mirror;

	if (mirror >= WB_DP_PORTS_MAX)
		return false;
	if (unlikely(w->punt_full[mirror] > w->now + PUNT_BURST)) {
		mark_drop(m, WB_DROP_PUNT_LIMIT);
		return false;
	}
	m->port = mirror;
	return true;
}

// Counts a packet that goes to, or comes from, the Internet behind the hub.
static inline void
inner_count(struct worker *w, const struct inner *in, bool out)
{
	if (out)
		w->asked[in->family == 6] += inner_asks(in);
	else
		w->answered[in->family == 6] += inner_answers(in);
}

// Hands a packet to the worker that it belongs to. Returns false if its ring is full.
static inline bool
hand_over(struct worker *to, struct rte_mbuf *m, enum handover kind)
{
	mbuf_priv(m)->handover = kind;
	return rte_ring_mp_enqueue(to->in, m) == 0;
}

// Passes on what tunnels have delivered since the last call.
void deliver_flush(struct rte_graph *graph, struct rte_node *node, rte_edge_t edge);

#endif
