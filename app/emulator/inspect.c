// SPDX-License-Identifier: BSD-3-Clause
#include <netinet/in.h>

#include <rte_ether.h>
#include <rte_ip.h>

#include "inspect.h"

static const struct rte_ipv4_hdr *
ipv4_of(const struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);

	if (m->data_len < sizeof(*eth) + sizeof(struct rte_ipv4_hdr) ||
		eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return NULL;
	return (const struct rte_ipv4_hdr *)(eth + 1);
}

bool
frame_is_cut_off(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = ipv4_of(m);

	return ip != NULL && rte_be_to_cpu_16(ip->total_length) > m->pkt_len - RTE_ETHER_HDR_LEN;
}

bool
frame_has_bad_checksum(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = ipv4_of(m);
	uint32_t ip_len, header, sum;
	const uint8_t *l4;
	bool udp;

	if (ip == NULL || (ip->next_proto_id != IPPROTO_TCP && ip->next_proto_id != IPPROTO_UDP) ||
		(ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)))
		return false;
	udp = ip->next_proto_id == IPPROTO_UDP;
	ip_len = rte_be_to_cpu_16(ip->total_length);
	header = rte_ipv4_hdr_len(ip);
	if (header < sizeof(*ip) || ip_len < header + (udp ? 8 : 20) ||
		ip_len > m->data_len - sizeof(struct rte_ether_hdr))
		return false;
	l4 = (const uint8_t *)ip + header;
	if (udp && l4[6] == 0 && l4[7] == 0) // none, which is allowed
		return false;
	sum = rte_raw_cksum(l4, ip_len - header) + rte_ipv4_phdr_cksum(ip, 0);
	return (sum & 0xffff) + (sum >> 16) != 0xffff;
}
