/* SPDX-License-Identifier: BSD-3-Clause */
// Frames as hosts would send them, with right checksums unless a test then spoils them.
#ifndef WB_TEST_NODE_PACKET_H
#define WB_TEST_NODE_PACKET_H

#include <netinet/in.h>

#include "nodes.h"

struct packet {
	const char *src, *dst; // addresses as text; IPv6 when there is a ':'
	uint16_t sport, dport;
	unsigned payload; // bytes, a pattern; or
	const void *data; // these
	uint8_t proto;    // 6, 17
	uint8_t ttl;      // 0: 64
	uint8_t tos;
	bool dont_fragment;
	uint16_t mss; // TCP: SYN with this option
};

#define PACKET_IP 14 // where the IP header stands in a frame

void packet_build(struct frame *f, const struct rte_ether_addr *to, const struct packet *p);
// Are all checksums right (IPv4 header, TCP, UDP, ICMP)?
bool packet_checksums(const struct frame *f);
// Offset of the transport header.
unsigned packet_l4(const struct frame *f);
// IPv4 header checksum anew after a change.
void packet_fix_ipv4(struct frame *f);

#endif
