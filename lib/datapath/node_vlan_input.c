// SPDX-License-Identifier: BSD-3-Clause
// Takes the tag off what a trunk has received, unless the device has, and goes on with the port that the tag names.
#include <rte_ether.h>

#include "node.h"

enum edge { LAN, WAN, DROP, EDGES };

#define ID 0xfff // of the tag's 16 bits

// Takes the tag off. Returns the VLAN; 0: none.
static unsigned
take_tag(struct rte_mbuf *m)
{
	if (!(m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) &&
		(rte_pktmbuf_data_len(m) < RTE_ETHER_HDR_LEN + sizeof(struct rte_vlan_hdr) ||
			rte_vlan_strip(m) != 0))
		return 0;
	return m->vlan_tci & ID;
}

static rte_edge_t
sort(struct worker *w, struct rte_mbuf *m)
{
	const struct port *trunk = &w->dp->ports[m->port];
	unsigned vlan = take_tag(m), port;

	port = trunk->vlans[vlan];
	if (unlikely(port == 0)) {
		mark_drop(m, vlan == 0 ? WB_DROP_NO_VLAN : WB_DROP_UNKNOWN_VLAN);
		return DROP;
	}
	port--;
	m->port = port;
	w->counts[port].rx_packets++;
	w->counts[port].rx_bytes += rte_pktmbuf_pkt_len(m);
	return w->dp->ports[port].conf.use == WB_DP_LAN ? LAN : WAN;
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);

	for (unsigned i = 0; i < n_objs; i++)
		rte_node_enqueue_x1(graph, node, sort(w, objs[i]), objs[i]);
	return n_objs;
}

static struct rte_node_register vlan_input = {
	.name = "wb_vlan_input",
	.process = process,
	.nb_edges = EDGES,
	.next_nodes = {
		[LAN] = "wb_lan_input",
		[WAN] = "wb_wan_input",
		[DROP] = "wb_drop",
	},
};
RTE_NODE_REGISTER(vlan_input);
