// SPDX-License-Identifier: BSD-3-Clause
// Reads an inner packet's headers and changes them: TTL, ECN, MSS, checksums.
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_jhash.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "checksum.h"
#include "inner.h"
#include "wb_pkt.h"

#define EXTENSIONS_MAX 6 // IPv6 extension headers looked through
#define INNER_PART 68    // the longest IPv4 header, and 8 bytes
#define QUIC_FIXED_BIT 0x40
#define QUIC_PORT 443 // of HTTP/3 unless told otherwise (RFC 9114 3.1)

static __rte_always_inline enum wb_drop
read_ipv4(struct inner *in, uint32_t room)
{
	const struct rte_ipv4_hdr *h = (const struct rte_ipv4_hdr *)in->ip;
	unsigned header = rte_ipv4_hdr_len(h);
	uint16_t frag;

	if (room < sizeof(*h))
		return WB_DROP_TOO_SHORT;
	in->len = rte_be_to_cpu_16(h->total_length);
	if (header < sizeof(*h) || in->len < header)
		return WB_DROP_BAD_IP;
	if (in->len > room)
		return WB_DROP_TOO_SHORT;
	if (rte_raw_cksum(h, header) != 0xffff)
		return WB_DROP_BAD_CHECKSUM;
	frag = rte_be_to_cpu_16(h->fragment_offset);
	in->src = (const uint8_t *)&h->src_addr;
	in->dst = (const uint8_t *)&h->dst_addr;
	in->l4 = header;
	in->proto = h->next_proto_id;
	in->ttl = h->time_to_live;
	in->tos = h->type_of_service;
	in->later_fragment = (frag & RTE_IPV4_HDR_OFFSET_MASK) != 0;
	in->fragment = in->later_fragment || (frag & RTE_IPV4_HDR_MF_FLAG) != 0;
	in->dont_fragment = (frag & RTE_IPV4_HDR_DF_FLAG) != 0;
	return WB_DROP_NONE;
}

// Steps over IPv6 extension headers up to the transport header (RFC 8200 4). An unknown header counts as the
// transport header.
static enum wb_drop
skip_extensions(struct inner *in, uint32_t have)
{
	unsigned i, len;

	for (i = 0; i < EXTENSIONS_MAX; i++) {
		const uint8_t *e = in->ip + in->l4;

		if (in->proto != IPPROTO_HOPOPTS && in->proto != IPPROTO_ROUTING &&
			in->proto != IPPROTO_DSTOPTS && in->proto != IPPROTO_FRAGMENT)
			return WB_DROP_NONE;
		len = in->proto == IPPROTO_FRAGMENT || in->l4 + 2u > have ? 8 : 8 + 8 * e[1];
		if (in->l4 + len > in->len)
			return WB_DROP_BAD_IP;
		if (in->l4 + len > have)
			return WB_DROP_TOO_SHORT;
		if (in->proto == IPPROTO_FRAGMENT) {
			in->fragment = true;
			in->later_fragment = (e[2] << 8 | (e[3] & 0xf8)) != 0;
		}
		in->proto = e[0];
		in->l4 += len;
		if (in->later_fragment)
			return WB_DROP_NONE;
	}
	return WB_DROP_NONE;
}

static __rte_always_inline enum wb_drop
read_ipv6(struct inner *in, uint32_t have, uint32_t room)
{
	const struct rte_ipv6_hdr *h = (const struct rte_ipv6_hdr *)in->ip;
	uint32_t flow;

	if (room < sizeof(*h))
		return WB_DROP_TOO_SHORT;
	in->len = sizeof(*h) + rte_be_to_cpu_16(h->payload_len);
	if (in->len > room)
		return WB_DROP_TOO_SHORT;
	flow = rte_be_to_cpu_32(h->vtc_flow);
	in->src = (const uint8_t *)&h->src_addr; // an array, a struct from DPDK 24.11 on
	in->dst = (const uint8_t *)&h->dst_addr;
	in->l4 = sizeof(*h);
	in->proto = h->proto;
	in->ttl = h->hop_limits;
	in->tos = flow >> 20 & 0xff;
	in->dont_fragment = true;
	return skip_extensions(in, RTE_MIN(have, in->len));
}

static __rte_always_inline enum wb_drop
read_packet(struct inner *in, uint8_t *p, uint32_t have, uint32_t room)
{
	memset(in, 0, sizeof(*in));
	in->ip = p;
	if (room == 0)
		return WB_DROP_TOO_SHORT;
	in->family = p[0] >> 4;
	if (in->family == 4)
		return read_ipv4(in, room);
	if (in->family == 6)
		return read_ipv6(in, have, room);
	return WB_DROP_BAD_IP;
}

enum wb_drop
inner_read(struct inner *in, uint8_t *p, uint32_t room)
{
	return read_packet(in, p, room, room);
}

enum wb_drop
inner_read_part(struct inner *in, uint8_t *p, uint32_t have, uint32_t room)
{
	enum wb_drop drop;

	if (have < INNER_PART)
		return WB_DROP_TOO_SHORT;
	drop = read_packet(in, p, have, room);
	if (drop == WB_DROP_NONE && in->len > have && in->l4 + 8u > have)
		return WB_DROP_TOO_SHORT;
	return drop;
}

// Returns whether an address is in 0/8, 127/8, 169.254/16 or 224/4 and above.
static bool
ipv4_stays(const uint8_t *a)
{
	return a[0] == 0 || a[0] == 127 || a[0] >= 224 || (a[0] == 169 && a[1] == 254);
}

// Returns whether an address is in ::/127 (unspecified, loopback), fe80::/10 or ff00::/8.
static bool
ipv6_stays(const uint8_t *a)
{
	static const uint8_t zero[15];

	if (a[0] == 0xff || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80))
		return true;
	return memcmp(a, zero, 15) == 0 && a[15] <= 1;
}

bool
inner_stays(const struct inner *in)
{
	if (in->family == 4)
		return ipv4_stays(in->src) || ipv4_stays(in->dst);
	return ipv6_stays(in->src) || ipv6_stays(in->dst);
}

bool
inner_asks(const struct inner *in)
{
	const uint8_t *l4 = in->ip + in->l4;
	unsigned room = in->len - in->l4;

	if (in->fragment || room < 8)
		return false;
	switch (in->proto) {
	case IPPROTO_TCP:
		return room >= sizeof(struct rte_tcp_hdr) &&
		       (l4[13] & (RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG)) == RTE_TCP_SYN_FLAG;
	case IPPROTO_UDP:
		return l4[2] == 0 && l4[3] == 53;
	case IPPROTO_ICMP:
		return l4[0] == 8;
	case IPPROTO_ICMPV6:
		return l4[0] == 128;
	default:
		return false;
	}
}

bool
inner_answers(const struct inner *in)
{
	uint8_t type;

	if (in->fragment || (in->proto != IPPROTO_ICMP && in->proto != IPPROTO_ICMPV6) ||
		in->len <= in->l4)
		return true;
	type = in->ip[in->l4];
	return in->proto == IPPROTO_ICMP ? type == 0 || type == 8 : type >= 128;
}

// ports: 4 bytes, source and destination; NULL: none.
static uint32_t
hash_flow(const struct inner *in, const uint8_t *src, const uint8_t *dst, const void *ports,
	uint32_t seed)
{
	unsigned len = in->family == 4 ? 4 : 16;
	uint32_t key[10] = { 0 };

	memcpy(key, src, len);
	memcpy(key + 4, dst, len);
	key[8] = in->proto;
	if (ports != NULL)
		memcpy(key + 9, ports, 4);
	return rte_jhash_32b(key, RTE_DIM(key), in->family + seed);
}

uint32_t
inner_hash(const struct inner *in, uint32_t seed)
{
	bool ports = !in->fragment && in->l4 + 4u <= in->len &&
		     (in->proto == IPPROTO_TCP || in->proto == IPPROTO_UDP ||
			     in->proto == IPPROTO_SCTP || in->proto == IPPROTO_UDPLITE);

	return hash_flow(in, in->src, in->dst, ports ? in->ip + in->l4 : NULL, seed);
}

// Returns whether a UDP packet may be one of QUIC: its port, and the bit that all of its packets have set (RFC 9000 17;
// those of who agreed on RFC 9287 not always). STUN, DTLS, RTP (RFC 7983) and WireGuard have it clear.
static bool
may_be_quic(const struct inner *in, const rte_be16_t port[2])
{
	const rte_be16_t quic = RTE_BE16(QUIC_PORT);
	unsigned payload = in->l4 + sizeof(struct rte_udp_hdr);

	return (port[0] == quic || port[1] == quic) && payload < in->len &&
	       (in->ip[payload] & QUIC_FIXED_BIT);
}

uint32_t
inner_reverse_hash(const struct inner *in, uint32_t seed)
{
	rte_be16_t port[2];

	if (in->fragment || in->l4 + 4u > in->len ||
		(in->proto != IPPROTO_TCP && in->proto != IPPROTO_UDP) ||
		wb_class_of_dscp(in->tos >> 2) == WB_CLASS_REALTIME)
		return 0;
	memcpy(port, in->ip + in->l4, 4);
	if (in->proto == IPPROTO_UDP && !may_be_quic(in, port))
		return 0;
	return hash_flow(in, in->dst, in->src, (const rte_be16_t[]){ port[1], port[0] }, seed);
}

uint32_t
inner_host(const struct inner *in, bool source)
{
	const uint8_t *address = source ? in->src : in->dst;
	uint32_t key[4];

	if (in->family == 6) {
		memcpy(key, address, sizeof(key));
		return rte_jhash_32b(key, RTE_DIM(key), in->family);
	}
	memcpy(key, address, sizeof(key[0]));
	return key[0];
}

void
inner_decrement_ttl(const struct inner *in)
{
	struct rte_ipv4_hdr *h = (struct rte_ipv4_hdr *)in->ip;
	uint16_t before, after;

	if (in->family == 6) {
		((struct rte_ipv6_hdr *)in->ip)->hop_limits--;
		return;
	}
	before = rte_cpu_to_be_16(h->time_to_live << 8);
	h->time_to_live--;
	after = rte_cpu_to_be_16(h->time_to_live << 8);
	h->hdr_checksum = checksum_update(h->hdr_checksum, before, after);
}

void
inner_mark_ce(uint8_t *ip)
{
	struct rte_ipv4_hdr *h = (struct rte_ipv4_hdr *)ip;
	uint16_t before, after;

	if (ip[0] >> 4 == 6) {
		ip[1] |= 0x30; // the traffic class lies across two bytes
		return;
	}
	before = rte_cpu_to_be_16(h->type_of_service);
	h->type_of_service |= 3;
	after = rte_cpu_to_be_16(h->type_of_service);
	h->hdr_checksum = checksum_update(h->hdr_checksum, before, after);
}

void
inner_complete_checksum(const struct inner *in)
{
	uint16_t pseudo, sum;
	uint8_t *l4 = in->ip + in->l4, *field;
	uint32_t len = in->len - in->l4;

	if (in->fragment)
		return;
	if (in->proto == IPPROTO_TCP && len >= sizeof(struct rte_tcp_hdr))
		field = l4 + offsetof(struct rte_tcp_hdr, cksum);
	else if (in->proto == IPPROTO_UDP && len >= sizeof(struct rte_udp_hdr))
		field = l4 + offsetof(struct rte_udp_hdr, dgram_cksum);
	else
		return;
	if (in->family == 4)
		pseudo = rte_ipv4_phdr_cksum((const struct rte_ipv4_hdr *)in->ip, 0);
	else
		pseudo = checksum_pseudo_ipv6(in->src, in->dst, in->proto, len);
	if (memcmp(field, &pseudo, 2) != 0)
		return;
	sum = ~checksum_raw(l4, len);
	if (sum == 0 && in->proto == IPPROTO_UDP)
		sum = 0xffff; // 0 would mean: none
	memcpy(field, &sum, 2);
}

void
inner_clamp_mss(const struct inner *in, unsigned mtu)
{
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(in->ip + in->l4);
	unsigned room = in->len - in->l4, end, at, mss;
	uint8_t *p = (uint8_t *)tcp;
	uint16_t old, new;

	if (in->proto != IPPROTO_TCP || in->fragment || room < sizeof(*tcp) ||
		!(tcp->tcp_flags & RTE_TCP_SYN_FLAG))
		return;
	end = RTE_MIN(room, (tcp->data_off >> 4) * 4u);
	mss = mtu - (in->family == 4 ? 40 : 60);
	for (at = sizeof(*tcp); at + 1 < end && p[at] != 0; at += p[at] == 1 ? 1 : p[at + 1]) {
		if (p[at] == 1)
			continue;
		if (p[at + 1] < 2)
			return;
		if (p[at] != 2 || p[at + 1] != 4 || at + 4 > end)
			continue;
		memcpy(&old, p + at + 2, 2);
		if (rte_be_to_cpu_16(old) <= mss)
			return;
		new = rte_cpu_to_be_16(mss);
		memcpy(p + at + 2, &new, 2);
		// An option may start at an odd offset: its bytes then sit swapped in the sum.
		if (at & 1)
			tcp->cksum =
				checksum_update(tcp->cksum, rte_bswap16(old), rte_bswap16(new));
		else
			tcp->cksum = checksum_update(tcp->cksum, old, new);
		return;
	}
}
