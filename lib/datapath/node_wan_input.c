// SPDX-License-Identifier: BSD-3-Clause
// Picks the tunnel datagrams out of a WAN's or uplink's frames, and leaves the rest to the kernel.
#include <rte_ip.h>
#include <rte_udp.h>

#include "fib.h"
#include "node.h"

enum edge { DECRYPT, PUNT, DROP, EDGES };

#define OUTER_IP (OUTER_LEN - OUTER_ETHER)

// Returns the length of all headers if it is a whole UDP datagram to one of our addresses and our port, else 0. The
// IP header may have options.
static unsigned
match(const struct worker *w, const struct rte_mbuf *m, enum wb_drop *drop)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	const struct rte_udp_hdr *udp;
	unsigned header, room = rte_pktmbuf_data_len(m) - sizeof(*eth);

	*drop = WB_DROP_NOT_OURS;
	if (rte_pktmbuf_data_len(m) < OUTER_LEN ||
		eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) || ip->version_ihl >> 4 != 4 ||
		ip->next_proto_id != IPPROTO_UDP)
		return 0;
	header = rte_ipv4_hdr_len(ip);
	udp = (const struct rte_udp_hdr *)((const uint8_t *)ip + header);
	if (header < sizeof(*ip) || header + sizeof(*udp) > room ||
		(ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK | RTE_IPV4_HDR_MF_FLAG)) ||
		udp->dst_port != rte_cpu_to_be_16(w->dp->udp_port) ||
		!rte_is_same_ether_addr(&eth->dst_addr, fib_mac(w, m->port)) ||
		!fib_is_local(w->fib, m->port, 4, (const uint8_t *)&ip->dst_addr))
		return 0;
	*drop = WB_DROP_TOO_SHORT;
	if (m->nb_segs > 1 || rte_be_to_cpu_16(ip->total_length) > room ||
		rte_be_to_cpu_16(ip->total_length) < header + sizeof(*udp) ||
		rte_be_to_cpu_16(udp->dgram_len) > rte_be_to_cpu_16(ip->total_length) - header ||
		rte_be_to_cpu_16(udp->dgram_len) < sizeof(*udp) + 1)
		return 0;
	// The UDP checksum is not checked, as the AEAD's tag covers more.
	*drop = rte_raw_cksum(ip, header) == 0xffff ? WB_DROP_NONE : WB_DROP_BAD_CHECKSUM;
	return *drop == WB_DROP_NONE ? sizeof(*eth) + header + sizeof(*udp) : 0;
}

// Keeps what the headers said, and removes all but the UDP payload from m.
static void
strip(const struct worker *w, struct rte_mbuf *m, unsigned headers)
{
	const struct rte_ipv4_hdr *ip =
		rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, OUTER_ETHER);
	const struct rte_udp_hdr *udp =
		rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *, headers - sizeof(*udp));
	struct mbuf_priv *p = mbuf_priv(m);
	unsigned payload = rte_be_to_cpu_16(udp->dgram_len) - sizeof(*udp);

	memset(&p->rx, 0, sizeof(p->rx));
	p->rx.from.family = 4;
	p->rx.from.port = m->port;
	p->rx.from.udp_port = rte_be_to_cpu_16(udp->src_port);
	memcpy(p->rx.from.ip, &ip->src_addr, 4);
	// a NAT lets nothing through but what comes from where the edge has sent to
	if (w->dp->role == WB_ROLE_HUB)
		memcpy(p->rx.from.local, &ip->dst_addr, 4);
	p->rx.wire_len = rte_be_to_cpu_16(ip->total_length);
	rte_pktmbuf_adj(m, headers);
	rte_pktmbuf_trim(m, rte_pktmbuf_data_len(m) - payload);
}

// Passes a session datagram to its tunnel's home worker. Returns WB_DROP_NONE if that is this one; sets *handed if
// it went to another one.
static enum wb_drop
session(struct worker *w, struct rte_mbuf *m, bool *handed)
{
	struct mbuf_priv *p = mbuf_priv(m);
	struct wb_header h;
	struct slot *s;
	int tunnel;

	if (wb_header_read(rte_pktmbuf_mtod(m, uint8_t *), rte_pktmbuf_data_len(m), &h) != 0)
		return WB_DROP_TOO_SHORT;
	tunnel = index_lookup(w->indexes, h.receiver);
	s = tunnel < 0 ? NULL : slot_find(w->dp, tunnel);
	if (s == NULL) {
		notice_unknown(w, &p->rx.from);
		return WB_DROP_UNKNOWN_INDEX;
	}
	p->tunnel = tunnel;
	p->path = h.path;
	p->rx.receiver = h.receiver;
	p->rx.wire_number = h.number;
	if (s->home == w)
		return WB_DROP_NONE;
	*handed = hand_over(s->home, m, HANDOVER_DATAGRAM);
	return *handed ? WB_DROP_NONE : WB_DROP_QUEUE_LIMIT;
}

// Turns an INIT into the COOKIE that is sent back.
static enum wb_drop
ask(struct worker *w, struct rte_mbuf *m, const struct gate_datagram *d)
{
	uint8_t cookie[WB_COOKIE_MESSAGE];
	struct outer o;

	outer_build(&o, w->dp, w->fib, d->from);
	if (o.drop != WB_DROP_NONE)
		return o.drop;
	gate_ask(&w->gate, &w->dp->cookies, d, w->now, cookie);
	if (rte_pktmbuf_data_len(m) < sizeof(cookie) ||
		rte_pktmbuf_trim(m, rte_pktmbuf_data_len(m) - sizeof(cookie)) != 0 ||
		rte_pktmbuf_prepend(m, OUTER_LEN) == NULL)
		return WB_DROP_TOO_SHORT;
	memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, OUTER_LEN), cookie, sizeof(cookie));
	m->ol_flags = 0;
	outer_write(&o, m);
	outer_finish(m, w->dp->ports[d->from->port].hw_checksum);
	return WB_DROP_NONE;
}

// Copies a handshake datagram to the control thread (*edge: DROP, without a reason), or answers it by a COOKIE.
static enum wb_drop
handshake(struct worker *w, struct rte_mbuf *m, rte_edge_t *edge)
{
	struct gate_datagram d = { .from = &mbuf_priv(m)->rx.from,
		.data = rte_pktmbuf_mtod(m, const uint8_t *),
		.len = rte_pktmbuf_data_len(m),
		.drop = WB_DROP_BAD_TYPE,
		.known = gate_knows(&w->dp->known_edges, &mbuf_priv(m)->rx.from) };
	struct wb_dp *dp = w->dp;
	enum gate_answer answer = GATE_PASS;

	if (d.len > sizeof(((struct wb_dp_notice *)0)->data))
		return WB_DROP_BAD_TYPE;
	*edge = DROP;
	if (dp->shakes && dp->role == WB_ROLE_HUB)
		answer = gate_hub(&w->gate, &dp->cookies, &d, dp->n_workers, w->now);
	else if (dp->shakes)
		answer = gate_edge(&w->gate, &dp->cookies, &d, w->now);
	switch (answer) {
	case GATE_DROP:
		return d.drop;
	case GATE_ASK:
		*edge = PUNT;
		return ask(w, m, &d);
	default:
		return notice_handshake(dp, &d, answer == GATE_PASS_PROVEN)
			       ? WB_DROP_NONE
			       : WB_DROP_HANDSHAKE_LIMIT;
	}
}

static enum wb_drop
classify(struct worker *w, struct rte_mbuf *m, rte_edge_t *edge, bool *handed)
{
	enum wb_drop drop;
	unsigned headers = match(w, m, &drop);

	if (headers == 0)
		return drop;
	strip(w, m, headers);
	switch (rte_pktmbuf_mtod(m, const uint8_t *)[WB_HDR_TYPE]) {
	case WB_DG_SESSION:
		return session(w, m, handed);
	case WB_DG_HANDSHAKE_INIT:
	case WB_DG_HANDSHAKE_RESPONSE:
	case WB_DG_HANDSHAKE_PROOF:
	case WB_DG_COOKIE:
		return handshake(w, m, edge);
	default:
		return WB_DROP_BAD_TYPE;
	}
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	unsigned i;

	for (i = 0; i < n_objs; i++) {
		struct rte_mbuf *m = objs[i];
		rte_edge_t edge = DECRYPT;
		bool handed = false;
		enum wb_drop drop = classify(w, m, &edge, &handed);

		if (handed)
			continue;
		if (unlikely(drop != WB_DROP_NONE)) {
			mark_drop(m, drop);
			edge = drop == WB_DROP_NOT_OURS && to_mirror(w, m) ? PUNT : DROP;
		} else if (edge == DROP) {
			mark_drop(m, WB_DROP_NONE); // a copy went to the control thread
		}
		rte_node_enqueue_x1(graph, node, edge, m);
	}
	return n_objs;
}

static struct rte_node_register wan_input = {
	.name = "wb_wan_input",
	.process = process,
	.nb_edges = EDGES,
	.next_nodes = {
		[DECRYPT] = "wb_decrypt",
		[PUNT] = "wb_port_tx",
		[DROP] = "wb_drop",
	},
};
RTE_NODE_REGISTER(wan_input);
