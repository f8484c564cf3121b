// SPDX-License-Identifier: BSD-3-Clause
// Builds a path's outer headers once, and copies them in front of each datagram.
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

#include "checksum.h"
#include "dp.h"
#include "fib.h"
#include "outer.h"

_Static_assert(OUTER_LEN == sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) +
				    sizeof(struct rte_udp_hdr),
	"template");

bool
outer_matches(const struct outer *o, uint64_t generation, const struct wb_addr *to)
{
	return o->generation == generation && memcmp(&o->to, to, sizeof(*to)) == 0;
}

// Returns the source address: the one that the other end sends to, as long as the port has it.
static const uint8_t *
source(const struct wb_dp_net_port *np, const struct wb_addr *to)
{
	for (unsigned i = 0; i < np->n_addresses; i++)
		if (np->addresses[i].family == 4 && memcmp(np->addresses[i].ip, to->local, 4) == 0)
			return to->local;
	return np->source;
}

void
outer_build(
	struct outer *o, const struct wb_dp *dp, const struct fib *fib, const struct wb_addr *to)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)o->hdr;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	const struct wb_dp_net_port *np;
	const struct rte_ether_addr *mac;

	memset(o, 0, sizeof(*o));
	o->to = *to;
	o->generation = fib->generation;
	o->drop = WB_DROP_PORT_DOWN;
	if (to->family != 4 || to->port >= dp->n_ports)
		return;
	np = &fib->snapshot->ports[to->port];
	if (!np->usable)
		return;
	mac = fib_outer_mac(fib, to->port, to->ip, o->resolve);
	if (mac == NULL) {
		o->drop = WB_DROP_NO_NEIGHBOUR;
		return;
	}
	eth->dst_addr = *mac;
	eth->src_addr = fib->port_macs[to->port];
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG); // id stays 0: RFC 6864 4.1
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	memcpy(&ip->src_addr, source(np, to), 4);
	memcpy(&ip->dst_addr, to->ip, 4);
	udp->src_port = rte_cpu_to_be_16(dp->udp_port);
	udp->dst_port = rte_cpu_to_be_16(to->udp_port);
	o->sum = ~rte_ipv4_cksum(ip);
	o->drop = WB_DROP_NONE;
}

void
outer_write(const struct outer *o, struct rte_mbuf *m)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	uint16_t len = rte_pktmbuf_pkt_len(m) - OUTER_ETHER;

	memcpy(eth, o->hdr, OUTER_LEN);
	ip->total_length = rte_cpu_to_be_16(len);
	udp->dgram_len = rte_cpu_to_be_16(len - sizeof(*ip));
	ip->hdr_checksum = ~checksum_fold(o->sum + (uint32_t)ip->total_length);
	m->port = o->to.port;
}

// Computes the UDP checksum. GCM authenticates and RFC 768 allows 0, but a 464XLAT of a mobile network may drop IPv4
// datagrams with checksum 0 (RFC 7915 4.5). It costs an eighth of the encryption.
void
outer_finish(struct rte_mbuf *m, bool hw_checksum)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	uint16_t checksum;
	uint32_t sum;

	udp->dgram_cksum = 0;
	if (!hw_checksum) {
		sum = rte_ipv4_phdr_cksum(ip, 0);
		sum += checksum_raw(udp, rte_be_to_cpu_16(udp->dgram_len));
		checksum = ~checksum_fold(sum);
		udp->dgram_cksum = checksum == 0 ? 0xffff : checksum;
		return;
	}
	m->l2_len = sizeof(*eth);
	m->l3_len = sizeof(*ip);
	m->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_UDP_CKSUM;
	udp->dgram_cksum = rte_ipv4_phdr_cksum(ip, m->ol_flags);
}
