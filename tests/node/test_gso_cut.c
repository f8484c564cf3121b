// SPDX-License-Identifier: BSD-3-Clause
// A large frame of the kernel's into packets, and descriptions that lie.
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <rte_ip.h>
#include <rte_tcp.h>

#include "../unit/harness.h"
#include "gso_frames.h"

#define PAYLOAD 10000u
#define SIZE 1360u

static uint8_t whole[GSO_FRAME];

// A super-packet of PAYLOAD bytes as Linux makes it. Returns its length.
static uint32_t
build(struct virtio_net_hdr *h, bool v6, bool tcp)
{
	struct stream s = { .v6 = v6, .tcp = tcp, .payload = 100 };
	struct frame f;
	uint32_t l4, header, len;
	uint16_t sum;

	stream_frame(&f, &s, 0);
	l4 = packet_l4(&f);
	header = l4 + (tcp ? 20 : 8);
	memcpy(whole, f.bytes, header);
	for (unsigned i = 0; i < PAYLOAD; i++)
		whole[header + i] = (uint8_t)(i * 31 >> 3);
	len = header + PAYLOAD - l4;
	if (v6) {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(whole + PACKET_IP);

		ip->payload_len = htons(len);
		sum = rte_ipv6_phdr_cksum(ip, 0);
	} else {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(whole + PACKET_IP);

		ip->total_length = htons(len + 20);
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		sum = rte_ipv4_phdr_cksum(ip, 0);
	}
	if (!tcp) {
		uint16_t udp_len = htons(len);

		memcpy(whole + l4 + 4, &udp_len, 2);
	}
	memcpy(whole + l4 + (tcp ? 16 : 6), &sum, 2);
	*h = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = !tcp ? VIRTIO_NET_HDR_GSO_UDP_L4
			    : v6 ? VIRTIO_NET_HDR_GSO_TCPV6
				 : VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = header,
		.gso_size = SIZE,
		.csum_start = l4,
		.csum_offset = tcp ? 16 : 6,
	};
	return header + PAYLOAD;
}

static void
check_segment(const struct frame *f, bool tcp, unsigned i, uint32_t at)
{
	uint32_t l4 = packet_l4(f), header = l4 + (tcp ? 20 : 8), seq;
	uint16_t id;

	CU_ASSERT(packet_checksums(f));
	CU_ASSERT_EQUAL(f->len - header, RTE_MIN(SIZE, PAYLOAD - at));
	CU_ASSERT_EQUAL(memcmp(f->bytes + header, whole + header + at, f->len - header), 0);
	if (f->bytes[PACKET_IP] >> 4 == 4) {
		memcpy(&id, f->bytes + PACKET_IP + 4, 2);
		CU_ASSERT_EQUAL(ntohs(id), (uint16_t)(65530 + i));
	}
	if (tcp) {
		memcpy(&seq, f->bytes + l4 + 4, 4);
		CU_ASSERT_EQUAL(ntohl(seq), 0xffff0000u + at);
	} else {
		memcpy(&id, f->bytes + l4 + 4, 2);
		CU_ASSERT_EQUAL(ntohs(id), f->len - l4);
	}
}

static void
test_cut(void)
{
	struct virtio_net_hdr h;
	struct gso_cut c;
	struct frame f;

	for (unsigned kind = 0; kind < 4; kind++) {
		bool v6 = kind & 1, tcp = kind & 2;
		uint32_t len = build(&h, v6, tcp), at = 0;
		unsigned i = 0;

		CU_ASSERT_FATAL(gso_cut_begin(&c, &h, whole, len, FRAME_MAX));
		for (; (f.len = gso_cut_len(&c)) != 0; i++, at += SIZE) {
			gso_cut_next(&c, f.bytes);
			check_segment(&f, tcp, i, at);
		}
		CU_ASSERT_EQUAL(i, 8);
	}
}

static void
test_flags(void)
{
	const uint8_t all = RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG | RTE_TCP_FIN_FLAG |
			    RTE_TCP_CWR_FLAG | RTE_TCP_ECE_FLAG;
	struct virtio_net_hdr h;
	struct gso_cut c;
	struct frame f;
	uint32_t len = build(&h, false, true);

	h.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	whole[34 + 13] = all;
	CU_ASSERT_FATAL(gso_cut_begin(&c, &h, whole, len, FRAME_MAX));
	for (unsigned i = 0; (f.len = gso_cut_len(&c)) != 0; i++) {
		uint8_t expected = all;

		gso_cut_next(&c, f.bytes);
		if (i != 0)
			expected &= ~RTE_TCP_CWR_FLAG;
		if (i != 7)
			expected &= ~(RTE_TCP_PSH_FLAG | RTE_TCP_FIN_FLAG);
		CU_ASSERT_EQUAL(f.bytes[34 + 13], expected);
		CU_ASSERT(packet_checksums(&f));
	}
}

// Whole packets pass as they are, a checksum that is still to be computed is.
static void
test_whole(void)
{
	struct stream s = { .payload = 700, .tcp = true };
	struct virtio_net_hdr h = { 0 };
	struct gso_cut c;
	struct frame f, out;
	uint16_t sum;

	stream_frame(&f, &s, 3);
	CU_ASSERT_FATAL(gso_cut_begin(&c, &h, f.bytes, f.len, FRAME_MAX));
	CU_ASSERT_EQUAL(gso_cut_len(&c), f.len);
	gso_cut_next(&c, out.bytes);
	CU_ASSERT_EQUAL(memcmp(out.bytes, f.bytes, f.len), 0);
	CU_ASSERT_EQUAL(gso_cut_len(&c), 0);

	sum = rte_ipv4_phdr_cksum((struct rte_ipv4_hdr *)(f.bytes + PACKET_IP), 0);
	memcpy(f.bytes + 34 + 16, &sum, 2);
	h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h.csum_start = 34;
	h.csum_offset = 16;
	CU_ASSERT_FALSE(packet_checksums(&f));
	CU_ASSERT_FATAL(gso_cut_begin(&c, &h, f.bytes, f.len, FRAME_MAX));
	gso_cut_next(&c, out.bytes);
	out.len = f.len;
	CU_ASSERT(packet_checksums(&out));
}

static void
refused(const char *what, const struct virtio_net_hdr *h, uint32_t len, uint32_t max)
{
	uint8_t *copy = malloc(len ? len : 1); // exactly: a step past it is seen
	struct gso_cut c;

	memcpy(copy, whole, len);
	if (gso_cut_begin(&c, h, copy, len, max)) {
		printf(" %s", what);
		CU_FAIL("believed");
	}
	free(copy);
}

static void
test_lies(void)
{
	struct virtio_net_hdr good, h;
	uint32_t len = build(&good, false, true);

#define LIE(field, value)                                                                          \
	(h = good, h.field = (value), refused(#field " " #value, &h, len, FRAME_MAX))
	LIE(flags, 0);
	LIE(gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
	LIE(gso_type, VIRTIO_NET_HDR_GSO_UDP);
	LIE(gso_type, VIRTIO_NET_HDR_GSO_UDP_L4);
	LIE(gso_type, 0x7f);
	LIE(gso_type, VIRTIO_NET_HDR_GSO_NONE); // 10 KB in one
	LIE(gso_size, 0);
	LIE(gso_size, 0xffff);
	LIE(csum_start, 0);
	LIE(csum_start, 33);
	LIE(csum_start, 0xffff);
	LIE(csum_offset, 6);
	LIE(csum_offset, 0xffff);
#undef LIE
	for (uint32_t n = 0; n < len; n += n < 80 ? 1 : 1111)
		refused("truncated", &good, n, FRAME_MAX);
	whole[34 + 12] = 0x10; // shorter than a TCP header
	refused("data offset 1", &good, len, FRAME_MAX);
	len = build(&good, false, true);
	whole[20] = 0x20; // a fragment
	refused("fragment", &good, len, FRAME_MAX);
	h = (struct virtio_net_hdr){ .flags = 1, .csum_start = 34, .csum_offset = 30 };
	refused("checksum behind the end", &h, 64, FRAME_MAX);
	h.csum_start = 13;
	refused("checksum before IP", &h, 64, FRAME_MAX);
}

static const struct harness_test tests[] = {
	{ "TCP and UDP, IPv4 and IPv6", test_cut },
	{ "flags", test_flags },
	{ "whole packets", test_whole },
	{ "lies", test_lies },
};

int
main(void)
{
	return HARNESS_RUN("gso_cut", tests);
}
