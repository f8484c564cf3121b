// SPDX-License-Identifier: BSD-3-Clause
// Sends inner packets out of a tunnel: on an edge to the LAN's hosts or its own kernel, on a hub to the egress.
#include <rte_ip.h>

#include "fib.h"
#include "inner.h"
#include "node.h"
#include "recent.h"

enum edge { SEND, DROP, EDGES };

static bool
to_ethernet(struct worker *w, struct rte_mbuf *m, unsigned port, const struct rte_ether_addr *to)
{
	uint8_t family = rte_pktmbuf_mtod(m, uint8_t *)[0] >> 4;
	struct rte_ether_hdr *eth =
		(struct rte_ether_hdr *)rte_pktmbuf_prepend(m, sizeof(struct rte_ether_hdr));

	if (eth == NULL)
		return false;
	eth->dst_addr = *to;
	eth->src_addr = *fib_mac(w, port);
	eth->ether_type = rte_cpu_to_be_16(family == 4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	m->port = port;
	return true;
}

static enum wb_drop
to_kernel(struct worker *w, struct rte_mbuf *m)
{
	unsigned port = w->dp->egress;
	struct rte_ether_addr mac;

	if (port >= w->dp->n_ports)
		return WB_DROP_PORT_DOWN;
	mac = *fib_mac(w, port);
	if (!to_ethernet(w, m, port, &mac))
		return WB_DROP_BAD_IP;
	// The frame must not seem to come from the TAP itself.
	rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->src_addr.addr_bytes[5] ^= 1;
	return WB_DROP_NONE;
}

static enum wb_drop
bad_source(struct worker *w, struct rte_mbuf *m, const struct inner *in)
{
	unsigned tunnel = mbuf_priv(m)->tunnel;
	struct slot *s = slot_find(w->dp, tunnel);

	recent_add(w, WB_DP_BAD_SOURCES, in->family, in->src, tunnel);
	if (s != NULL) // the home worker's: only it is here with a packet of that tunnel
		atomic_store_explicit(&s->bad_sources,
			atomic_load_explicit(&s->bad_sources, memory_order_relaxed) + 1,
			memory_order_relaxed);
	return WB_DROP_BAD_SOURCE;
}

static enum wb_drop
no_route(struct worker *w, struct rte_mbuf *m, const struct inner *in)
{
	recent_add(w, WB_DP_NO_ROUTES, in->family, in->dst, mbuf_priv(m)->tunnel);
	return WB_DROP_NO_ROUTE;
}

// Sends a hub's packet to the kernel if its source is in the edge's networks (RFC 2827).
static enum wb_drop
to_egress(struct worker *w, struct rte_mbuf *m, const struct inner *in)
{
	const struct dst d = fib_lookup(w->fib, in->family, in->src);

	if (d.kind != DST_TUNNEL || d.tunnel != mbuf_priv(m)->tunnel)
		return bad_source(w, m, in);
	return to_kernel(w, m);
}

// Sends an edge's packet to a LAN's host, or to the kernel if it is for this machine or must be forwarded.
static enum wb_drop
to_lan(struct worker *w, struct rte_mbuf *m, const struct inner *in)
{
	const struct dst d = fib_lookup(w->fib, in->family, in->dst);

	switch (d.kind) {
	case DST_PORT:
		break;
	case DST_LOCAL:
	case DST_KERNEL:
		return to_kernel(w, m);
	case DST_NO_NEIGHBOUR:
		notice_resolve(w, d.next_hop, in->family, d.port);
		return WB_DROP_NO_NEIGHBOUR;
	case DST_DOWN:
		return WB_DROP_PORT_DOWN;
	default:
		return no_route(w, m, in);
	}
	if (w->dp->ports[d.port].conf.use != WB_DP_LAN)
		return no_route(w, m, in);
	return to_ethernet(w, m, d.port, d.mac) ? WB_DROP_NONE : WB_DROP_BAD_IP;
}

static enum wb_drop
output(struct worker *w, struct rte_mbuf *m)
{
	struct wb_pkt *pkt = &mbuf_priv(m)->pkt;
	struct inner in;
	enum wb_drop drop;

	if (pkt->rx.off > rte_pktmbuf_data_len(m))
		return WB_DROP_BAD_FRAME;
	rte_pktmbuf_adj(m, pkt->rx.off);
	drop = inner_read(&in, rte_pktmbuf_mtod(m, uint8_t *), rte_pktmbuf_data_len(m));
	if (drop != WB_DROP_NONE)
		return drop;
	if (inner_stays(&in))
		return WB_DROP_BAD_IP;
	if (in.len < rte_pktmbuf_data_len(m))
		rte_pktmbuf_trim(m, rte_pktmbuf_data_len(m) - in.len);
	drop = w->dp->role == WB_ROLE_HUB ? to_egress(w, m, &in) : to_lan(w, m, &in);
	if (drop == WB_DROP_NONE)
		inner_count(w, &in, w->dp->role == WB_ROLE_HUB);
	return drop;
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	unsigned i;

	for (i = 0; i < n_objs; i++) {
		enum wb_drop drop = output(w, objs[i]);

		if (unlikely(drop != WB_DROP_NONE))
			mark_drop(objs[i], drop);
		rte_node_enqueue_x1(graph, node, drop == WB_DROP_NONE ? SEND : DROP, objs[i]);
	}
	w->inner += n_objs;
	return n_objs;
}

static struct rte_node_register lan_output = {
	.name = "wb_lan_output",
	.process = process,
	.nb_edges = EDGES,
	.next_nodes = {
		[SEND] = "wb_port_tx",
		[DROP] = "wb_drop",
	},
};
RTE_NODE_REGISTER(lan_output);

void
deliver_flush(struct rte_graph *graph, struct rte_node *node, rte_edge_t edge)
{
	struct worker *w = node_worker(node);
	unsigned n = 0;

	while (w->delivered != NULL && n < DELIVER_BURST) {
		struct wb_pkt *pkt = w->delivered;

		w->delivered = pkt->next;
		rte_node_enqueue_x1(graph, node, edge, pkt_mbuf(pkt));
		n++;
	}
	if (w->delivered == NULL)
		w->delivered_end = &w->delivered;
	w->moved += n;
}
