// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "packet.h"

static unsigned
build_l4(uint8_t *l4, const struct packet *p)
{
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)l4;
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)l4;
	unsigned header = sizeof(*udp), i;

	if (p->proto == IPPROTO_TCP) {
		header = sizeof(*tcp) + (p->mss != 0 ? 4 : 0);
		memset(tcp, 0, header);
		tcp->src_port = htons(p->sport);
		tcp->dst_port = htons(p->dport);
		tcp->data_off = header / 4 << 4;
		tcp->tcp_flags = p->mss != 0 ? RTE_TCP_SYN_FLAG : RTE_TCP_ACK_FLAG;
		if (p->mss != 0)
			memcpy(tcp + 1, (uint8_t[]){ 2, 4, p->mss >> 8, p->mss & 255 }, 4);
	} else {
		udp->src_port = htons(p->sport);
		udp->dst_port = htons(p->dport);
		udp->dgram_len = htons(header + p->payload);
		udp->dgram_cksum = 0;
	}
	for (i = 0; i < p->payload; i++)
		l4[header + i] = p->data != NULL ? ((const uint8_t *)p->data)[i] : i * 7;
	return header + p->payload;
}

void
packet_build(struct frame *f, const struct rte_ether_addr *to, const struct packet *p)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)f->bytes;
	struct rte_ipv4_hdr *ip4 = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_ipv6_hdr *ip6 = (struct rte_ipv6_hdr *)(eth + 1);
	bool v6 = strchr(p->dst, ':') != NULL;
	unsigned header = v6 ? sizeof(*ip6) : sizeof(*ip4), len;
	uint8_t *l4 = (uint8_t *)(eth + 1) + header, *sum;
	uint16_t value;

	memset(f, 0, PACKET_IP + header);
	eth->dst_addr = *to;
	memcpy(&eth->src_addr, (uint8_t[]){ 2, 0, 0, 0, 9, 9 }, 6);
	eth->ether_type = htons(v6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	len = build_l4(l4, p);
	f->len = PACKET_IP + header + len;
	sum = l4 + (p->proto == IPPROTO_TCP ? 16 : 6);
	if (v6) {
		ip6->vtc_flow = htonl(6u << 28 | (uint32_t)p->tos << 20);
		ip6->payload_len = htons(len);
		ip6->proto = p->proto;
		ip6->hop_limits = p->ttl != 0 ? p->ttl : 64;
		inet_pton(AF_INET6, p->src, &ip6->src_addr);
		inet_pton(AF_INET6, p->dst, &ip6->dst_addr);
		value = rte_ipv6_udptcp_cksum(ip6, l4);
	} else {
		ip4->version_ihl = RTE_IPV4_VHL_DEF;
		ip4->type_of_service = p->tos;
		ip4->total_length = htons(header + len);
		ip4->fragment_offset = p->dont_fragment ? htons(RTE_IPV4_HDR_DF_FLAG) : 0;
		ip4->time_to_live = p->ttl != 0 ? p->ttl : 64;
		ip4->next_proto_id = p->proto;
		inet_pton(AF_INET, p->src, &ip4->src_addr);
		inet_pton(AF_INET, p->dst, &ip4->dst_addr);
		packet_fix_ipv4(f);
		value = rte_ipv4_udptcp_cksum(ip4, l4);
	}
	memcpy(sum, &value, 2);
}

unsigned
packet_l4(const struct frame *f)
{
	return PACKET_IP + (f->bytes[PACKET_IP] >> 4 == 6 ? 40 : (f->bytes[PACKET_IP] & 15) * 4);
}

void
packet_fix_ipv4(struct frame *f)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(f->bytes + PACKET_IP);

	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

bool
packet_checksums(const struct frame *f)
{
	const struct rte_ipv4_hdr *ip4 = (const struct rte_ipv4_hdr *)(f->bytes + PACKET_IP);
	const struct rte_ipv6_hdr *ip6 = (const struct rte_ipv6_hdr *)(f->bytes + PACKET_IP);
	const uint8_t *l4 = f->bytes + packet_l4(f);

	if (ip4->version_ihl >> 4 == 6) {
		uint32_t sum = rte_ipv6_phdr_cksum(ip6, 0);

		sum += rte_raw_cksum(l4, ntohs(ip6->payload_len));
		sum = (sum & 0xffff) + (sum >> 16);
		return sum == 0xffff;
	}
	if (rte_raw_cksum(ip4, rte_ipv4_hdr_len(ip4)) != 0xffff)
		return false;
	if (ip4->next_proto_id == IPPROTO_ICMP)
		return rte_raw_cksum(l4, ntohs(ip4->total_length) - rte_ipv4_hdr_len(ip4)) ==
		       0xffff;
	return rte_ipv4_udptcp_cksum_verify(ip4, l4) == 0;
}
