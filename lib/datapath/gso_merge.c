// SPDX-License-Identifier: BSD-3-Clause
// Merges packets of a burst into large frames. Cutting a large frame must give the same packets again, except for
// the identification of IPv4 packets with DF, which means nothing (RFC 6864 4). Checksums are verified before: the
// kernel computes them anew, which would hide a damaged packet.
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "checksum.h"
#include "gso.h"
#include "inner.h"

#define IP_MAX 65535
#define TCP_LIKE (RTE_TCP_ACK_FLAG | RTE_TCP_ECE_FLAG) // may be set in all alike
#define IPV4_DF RTE_BE16(RTE_IPV4_HDR_DF_FLAG)

// NO_FLOW: merges with nothing. ALONE: belongs to a flow, but stays by itself.
enum kind { NO_FLOW, FRAGMENT, ALONE, MERGEABLE };

struct packet {
	struct inner in;
	enum kind kind;
	uint16_t header, payload, id;
	uint32_t seq;
	bool tcp, push;
};

static uint16_t
get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static enum kind
read_tcp(struct packet *p, const struct rte_tcp_hdr *tcp, uint32_t room)
{
	uint32_t len = room < sizeof(*tcp) ? 0 : (tcp->data_off >> 4) * 4u;

	if (len < sizeof(*tcp) || len >= room)
		return ALONE;
	p->header = GSO_ETHERNET + p->in.l4 + len;
	p->payload = room - len;
	p->seq = rte_be_to_cpu_32(tcp->sent_seq);
	p->push = tcp->tcp_flags & RTE_TCP_PSH_FLAG;
	if ((tcp->tcp_flags & ~(TCP_LIKE | RTE_TCP_PSH_FLAG)) != 0 ||
		!(tcp->tcp_flags & RTE_TCP_ACK_FLAG))
		return ALONE;
	return MERGEABLE;
}

static enum kind
read_udp(struct packet *p, const struct rte_udp_hdr *udp, uint32_t room)
{
	if (room <= sizeof(*udp) || rte_be_to_cpu_16(udp->dgram_len) != room ||
		udp->dgram_cksum == 0)
		return ALONE;
	p->header = GSO_ETHERNET + p->in.l4 + sizeof(*udp);
	p->payload = room - sizeof(*udp);
	return MERGEABLE;
}

static enum kind
read_packet(struct packet *p, uint8_t *frame, uint32_t len, bool udp)
{
	const uint8_t *ip = frame + GSO_ETHERNET;
	uint32_t room;

	if (len < GSO_ETHERNET || inner_read(&p->in, frame + GSO_ETHERNET, len - GSO_ETHERNET) != 0)
		return NO_FLOW;
	if (get16(frame + 12) !=
		(p->in.family == 4 ? RTE_BE16(RTE_ETHER_TYPE_IPV4) : RTE_BE16(RTE_ETHER_TYPE_IPV6)))
		return NO_FLOW;
	if (p->in.fragment)
		return FRAGMENT;
	p->tcp = p->in.proto == IPPROTO_TCP;
	room = p->in.len - p->in.l4;
	if ((!p->tcp && p->in.proto != IPPROTO_UDP) || room < 4)
		return NO_FLOW;
	// No IP options, no extension headers, nothing behind the packet, flags but DF clear.
	if (p->in.len != len - GSO_ETHERNET || p->in.l4 != (p->in.family == 4 ? 20 : 40))
		return ALONE;
	if (p->in.family == 4) {
		if ((get16(ip + 6) & (uint16_t)~IPV4_DF) != 0)
			return ALONE;
		p->id = rte_be_to_cpu_16(get16(ip + 4));
	}
	if (p->tcp)
		return read_tcp(p, (const struct rte_tcp_hdr *)(ip + p->in.l4), room);
	return udp ? read_udp(p, (const struct rte_udp_hdr *)(ip + p->in.l4), room) : ALONE;
}

static unsigned
slot_of(const struct packet *p)
{
	unsigned len = p->in.family == 4 ? 4 : 16;
	uint32_t hash = p->in.proto, word;

	// source and destination lie side by side, and so do the ports
	for (unsigned i = 0; i < 2 * len; i += 4) {
		memcpy(&word, p->in.src + i, 4);
		hash = (hash ^ word) * 0x9e3779b1u;
	}
	memcpy(&word, p->in.ip + p->in.l4, 4);
	hash = (hash ^ word) * 0x9e3779b1u;
	return (hash >> 16) % GSO_BURST;
}

// Returns whether two packets have the same addresses, protocol and ports.
static bool
same_flow(const struct gso_super *s, const uint8_t *ip, const struct packet *p)
{
	unsigned at = p->in.family == 4 ? 12 : 8, len = p->in.family == 4 ? 8 : 32;

	return s->family == p->in.family && s->tcp == p->tcp &&
	       memcmp(ip + at, p->in.ip + at, len) == 0 &&
	       memcmp(ip + s->l4 - GSO_ETHERNET, p->in.ip + p->in.l4, 4) == 0;
}

// Returns whether two headers are the same except for length, number, PSH and checksums.
static bool
same_header(const uint8_t *a, const struct packet *p)
{
	const uint8_t *b = p->in.ip;
	unsigned l4 = p->in.l4, len = p->header - GSO_ETHERNET;

	if (memcmp(a - GSO_ETHERNET, b - GSO_ETHERNET, GSO_ETHERNET) != 0)
		return false;
	if (p->in.family == 4) {
		// version, TOS, flags, TTL
		if (get16(a) != get16(b) || get16(a + 6) != get16(b + 6) || a[8] != b[8])
			return false;
	} else if (memcmp(a, b, 4) != 0 || a[7] != b[7]) {
		return false; // version, class, flow label, hop limit
	}
	if (!p->tcp)
		return true;
	a += l4;
	b += l4;
	// acknowledgement and length; flags; window; urgent pointer and options
	return memcmp(a + 8, b + 8, 5) == 0 && ((a[13] ^ b[13]) & ~RTE_TCP_PSH_FLAG) == 0 &&
	       get16(a + 14) == get16(b + 14) && memcmp(a + 18, b + 18, len - l4 - 18) == 0;
}

static bool
checksum_right(const uint8_t *frame, uint32_t l4, uint32_t len)
{
	const uint8_t *ip = frame + GSO_ETHERNET;
	bool tcp;
	uint32_t sum;

	len -= l4;
	if (ip[0] >> 4 == 4) {
		sum = rte_ipv4_phdr_cksum((const struct rte_ipv4_hdr *)ip, 0);
	} else {
		tcp = ip[6] == IPPROTO_TCP;
		sum = checksum_pseudo_ipv6(ip + 8, ip + 24, tcp ? IPPROTO_TCP : IPPROTO_UDP, len);
	}
	return checksum_fold(sum + checksum_raw(frame + l4, len)) == 0xffff;
}

static bool
fits(const struct gso_merge *m, const struct gso_super *s, const struct packet *p)
{
	const struct gso_packet *first = &m->packets[s->first];
	const uint8_t *ip = first->frame + GSO_ETHERNET;

	if (!s->open || p->kind != MERGEABLE || p->payload > s->size ||
		s->len + p->payload > IP_MAX || first->header != p->header)
		return false;
	if (p->tcp && p->seq != s->seq)
		return false;
	if (p->in.family == 4 && !p->in.dont_fragment && p->id != s->id)
		return false;
	return same_header(ip, p);
}

static bool
append(struct gso_merge *m, struct gso_super *s, unsigned index, const struct packet *p)
{
	const struct gso_packet *first = &m->packets[s->first];

	if (!fits(m, s, p))
		return false;
	if (!s->verified && !checksum_right(first->frame, s->l4, first->len)) {
		s->open = false;
		return false;
	}
	s->verified = true;
	if (!checksum_right(m->packets[index].frame, s->l4, m->packets[index].len))
		return false;
	m->packets[s->last].next = index;
	s->last = index;
	s->n++;
	s->len += p->payload;
	s->seq += p->payload;
	s->id++;
	s->push = p->push;
	s->open = p->payload == s->size && !p->push;
	return true;
}

static void
begin_super(struct gso_merge *m, unsigned index, const struct packet *p)
{
	struct gso_super *s = &m->supers[m->n_supers++];

	memset(s, 0, sizeof(*s));
	s->first = s->last = index;
	s->n = 1;
	s->size = p->payload;
	s->len = p->in.len;
	s->seq = p->seq + p->payload;
	s->id = p->id + 1;
	s->l4 = GSO_ETHERNET + p->in.l4;
	s->family = p->in.family;
	s->tcp = p->tcp;
	s->open = p->kind == MERGEABLE && !p->push;
}

void
gso_merge_begin(struct gso_merge *m, bool udp)
{
	m->n_packets = m->n_supers = 0;
	m->udp = udp;
	memset(m->latest, 0, sizeof(m->latest));
}

void
gso_merge_add(struct gso_merge *m, uint8_t *frame, uint32_t len)
{
	struct packet p = { 0 };
	unsigned index = m->n_packets++, slot, at;

	p.kind = read_packet(&p, frame, len, m->udp);
	m->packets[index] = (struct gso_packet){ .frame = frame, .len = len, .header = p.header };
	if (p.kind == FRAGMENT) // of whatever flow: none may overtake it
		memset(m->latest, 0, sizeof(m->latest));
	if (p.kind == FRAGMENT || p.kind == NO_FLOW) {
		begin_super(m, index, &p);
		return;
	}
	slot = slot_of(&p);
	at = m->latest[slot];
	if (at != 0) {
		struct gso_super *s = &m->supers[at - 1];

		if (same_flow(s, m->packets[s->first].frame + GSO_ETHERNET, &p) &&
			append(m, s, index, &p))
			return;
	}
	// Another flow of the same slot loses its place, not its order.
	begin_super(m, index, &p);
	m->latest[slot] = m->n_supers;
}

static void
end_super(struct gso_merge *m, struct gso_super *s)
{
	const struct gso_packet *first = &m->packets[s->first];
	uint8_t *ip = first->frame + GSO_ETHERNET, *l4 = first->frame + s->l4;
	uint32_t len = s->len - (s->l4 - GSO_ETHERNET);
	struct rte_ipv4_hdr *v4 = (struct rte_ipv4_hdr *)ip;
	struct rte_ipv6_hdr *v6 = (struct rte_ipv6_hdr *)ip;
	uint16_t pseudo;

	if (s->family == 4) {
		v4->total_length = rte_cpu_to_be_16(s->len);
		v4->hdr_checksum = 0;
		v4->hdr_checksum = rte_ipv4_cksum(v4);
		pseudo = rte_ipv4_phdr_cksum(v4, 0);
	} else {
		v6->payload_len = rte_cpu_to_be_16(len);
		pseudo = checksum_pseudo_ipv6(&v6->src_addr, &v6->dst_addr, v6->proto, len);
	}
	if (s->tcp) {
		((struct rte_tcp_hdr *)l4)->cksum = pseudo;
		if (s->push)
			((struct rte_tcp_hdr *)l4)->tcp_flags |= RTE_TCP_PSH_FLAG;
		s->hdr.gso_type =
			s->family == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
		s->hdr.csum_offset = offsetof(struct rte_tcp_hdr, cksum);
	} else {
		((struct rte_udp_hdr *)l4)->dgram_len = rte_cpu_to_be_16(len);
		((struct rte_udp_hdr *)l4)->dgram_cksum = pseudo;
		s->hdr.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
		s->hdr.csum_offset = offsetof(struct rte_udp_hdr, dgram_cksum);
	}
	s->hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	s->hdr.hdr_len = first->header;
	s->hdr.gso_size = s->size;
	s->hdr.csum_start = s->l4;
}

void
gso_merge_end(struct gso_merge *m)
{
	for (unsigned i = 0; i < m->n_supers; i++)
		if (m->supers[i].n > 1)
			end_super(m, &m->supers[i]);
}
