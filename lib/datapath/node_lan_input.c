// SPDX-License-Identifier: BSD-3-Clause
// Does for packets on their way into a tunnel what a router does (RFC 1812 5.2). They come from an edge's LAN or its
// own kernel, or from a hub's egress.
#include <rte_ethdev.h>

#include "classify.h"
#include "fib.h"
#include "icmp.h"
#include "inner.h"
#include "large.h"
#include "node.h"
#include "recent.h"

enum edge { INPUT, REPLY, PUNT, DROP, EDGES };

// Returns whether a frame is not ours to carry: other protocols, other hosts' frames, and those that our kernel
// sends, which net_af_packet also sees. On a TAP both ends may have the same address.
static bool
for_us(const struct worker *w, const struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ether_addr *mac = fib_mac(w, m->port);
	const struct wb_dp_port_conf *port = &w->dp->ports[m->port].conf;

	if (eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) &&
		eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return false;
	if (port->use == WB_DP_EGRESS)
		return rte_is_unicast_ether_addr(&eth->dst_addr);
	// The kernel's frames on its own interface are not ours; those behind a TAP bear its MAC too.
	return rte_is_same_ether_addr(&eth->dst_addr, mac) &&
	       !(port->kernel_owned && rte_is_same_ether_addr(&eth->src_addr, mac));
}

// Returns the tunnel of an inner destination; -1: there is none, *drop says why. routed: the kernel sent it here.
static int
choose_tunnel(struct worker *w, const struct inner *in, bool routed, enum wb_drop *drop)
{
	const struct dst d = fib_lookup(w->fib, in->family, in->dst);

	*drop = WB_DROP_NOT_OURS;
	if (d.kind == DST_TUNNEL)
		return d.tunnel;
	if (routed && d.kind != DST_LOCAL && w->dp->role == WB_ROLE_EDGE)
		return 0;
	// An edge has one tunnel. Connected networks and the kernel's other routes come before it: they are
	// the kernel's to forward, as the filter on a kernel interface has decided too.
	if (w->dp->role == WB_ROLE_EDGE)
		return d.kind == DST_NO_ROUTE ? 0 : -1;
	if (d.kind != DST_LOCAL) {
		*drop = WB_DROP_NO_ROUTE;
		recent_add(w, WB_DP_NO_ROUTES, in->family, in->dst, WB_DP_NO_TUNNEL);
	}
	return -1;
}

static void
fill_pkt(const struct worker *w, struct rte_mbuf *m, const struct inner *in)
{
	struct wb_pkt *pkt = &mbuf_priv(m)->pkt;
	bool set;

	memset(pkt, 0, sizeof(*pkt));
	pkt->len = in->len;
	pkt->hash = inner_hash(in, w->dp->hash_seed);
	pkt->host = inner_host(in, w->dp->role == WB_ROLE_EDGE);
	pkt->ecn = in->tos & 3;
	pkt->sclass = classify(w->dp->rules, w->dp->n_rules, in, &set);
	pkt->flags = set ? WB_PKT_CLASS_SET : 0;
}

static enum wb_drop
read_inner(struct rte_mbuf *m, struct inner *in)
{
	if (unlikely(m->nb_segs > 1) && !large_join(m))
		return large_read(in, m, RTE_ETHER_HDR_LEN);
	return inner_read(in, rte_pktmbuf_mtod_offset(m, uint8_t *, RTE_ETHER_HDR_LEN),
		rte_pktmbuf_data_len(m) - RTE_ETHER_HDR_LEN);
}

// Checks whether the packet fits the tunnel. *cut gets the largest piece if it must be cut.
static enum wb_drop
check(struct worker *w, struct rte_mbuf *m, struct inner *in, unsigned *cut,
	struct rte_mbuf **reply)
{
	struct slot *s;
	enum wb_drop drop;
	bool routed = w->dp->ports[m->port].conf.use == WB_DP_EGRESS;
	unsigned mtu;
	int tunnel;

	if (rte_pktmbuf_data_len(m) < RTE_ETHER_HDR_LEN)
		return WB_DROP_TOO_SHORT;
	if (!for_us(w, m))
		return WB_DROP_NOT_OURS;
	drop = read_inner(m, in);
	if (drop != WB_DROP_NONE)
		return drop;
	if (inner_stays(in))
		return WB_DROP_NOT_OURS;
	tunnel = choose_tunnel(w, in, routed, &drop);
	if (tunnel < 0)
		return drop;
	s = slot_find(w->dp, tunnel);
	if (s == NULL)
		return WB_DROP_NO_SESSION;
	mbuf_priv(m)->tunnel = tunnel;
	// A kernel has seen to the TTL already.
	if (!routed && in->ttl <= 1) {
		*reply = icmp_reply(w, m, in, ICMP_TIME_EXCEEDED, 0);
		return WB_DROP_TTL;
	}
	mtu = atomic_load_explicit(&s->inner_mtu, memory_order_relaxed);
	if (unlikely(in->len > mtu)) {
		if (in->dont_fragment) {
			*reply = icmp_reply(w, m, in, ICMP_TOO_BIG, mtu);
			return WB_DROP_MTU;
		}
		if (in->len > MBUF_MTU_MAX || m->nb_segs > 1)
			*cut = mtu;
	}
	if (!routed)
		inner_decrement_ttl(in);
	if (unlikely(*cut != 0 && m->nb_segs > 1)) // nothing behind the headers is in one piece
		return WB_DROP_NONE;
	inner_complete_checksum(in);
	inner_clamp_mss(in, mtu);
	return WB_DROP_NONE;
}

// Cuts a packet that is larger than MBUF_MTU_MAX, the size of the other end's buffer. Not inlined, as it would cost
// the usual packets registers and stack.
static __rte_noinline void
input_cut(struct rte_graph *graph, struct rte_node *node, struct rte_mbuf *m, uint32_t len,
	unsigned mtu)
{
	struct worker *w = node_worker(node);
	struct rte_mbuf *pieces[LARGE_FRAGMENTS];
	unsigned n = large_cut(m, len, mtu, w->pool, pieces), i;
	struct inner piece;

	if (n == 0)
		worker_count_drop(w, WB_DROP_NO_MBUF, 1);
	for (i = 0; i < n; i++) {
		inner_read(&piece, rte_pktmbuf_mtod(pieces[i], uint8_t *),
			rte_pktmbuf_data_len(pieces[i]));
		fill_pkt(w, pieces[i], &piece);
		w->inner++;
		rte_node_enqueue_x1(graph, node, INPUT, pieces[i]);
	}
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	unsigned i;

	for (i = 0; i < n_objs; i++) {
		struct rte_mbuf *m = objs[i], *reply = NULL;
		struct inner in;
		enum wb_drop drop;
		rte_edge_t edge = INPUT;
		unsigned cut = 0;

		drop = check(w, m, &in, &cut, &reply);
		if (unlikely(reply != NULL))
			rte_node_enqueue_x1(graph, node, REPLY, reply);
		if (unlikely(drop != WB_DROP_NONE)) {
			mark_drop(m, drop);
			edge = drop == WB_DROP_NOT_OURS && to_mirror(w, m) ? PUNT : DROP;
			goto next;
		}
		inner_count(w, &in, w->dp->role == WB_ROLE_EDGE);
		rte_pktmbuf_adj(m, RTE_ETHER_HDR_LEN);
		if (unlikely(cut != 0)) {
			input_cut(graph, node, m, in.len, cut);
			continue;
		}
		if (rte_pktmbuf_data_len(m) > in.len) // Ethernet's padding
			rte_pktmbuf_trim(m, rte_pktmbuf_data_len(m) - in.len);
		fill_pkt(w, m, &in);
		w->inner++;
next:
		rte_node_enqueue_x1(graph, node, edge, m);
	}
	return n_objs;
}

static struct rte_node_register lan_input = {
	.name = "wb_lan_input",
	.process = process,
	.nb_edges = EDGES,
	.next_nodes = {
		[INPUT] = "wb_tunnel_input",
		[REPLY] = "wb_port_tx",
		[PUNT] = "wb_port_tx",
		[DROP] = "wb_drop",
	},
};
RTE_NODE_REGISTER(lan_input);
