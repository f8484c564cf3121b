// SPDX-License-Identifier: BSD-3-Clause
// Cuts a large frame of the kernel's into packets. Whatever its description says is checked against the frame.
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "checksum.h"
#include "gso.h"
#include "inner.h"

#define TCP_CHECK offsetof(struct rte_tcp_hdr, cksum)
#define UDP_CHECK offsetof(struct rte_udp_hdr, dgram_cksum)

static uint16_t
get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void
put16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

// Computes a checksum that was left open. The field holds the sum of the pseudo header. UDP sends 0 as 0xffff, as 0
// means that there is none.
static void
finish_checksum(uint8_t *l4, uint32_t len, uint32_t check)
{
	uint16_t sum = ~checksum_raw(l4, len);

	put16(l4 + check, sum == 0 && check == UDP_CHECK ? 0xffff : sum);
}

static bool
begin_whole(struct gso_cut *c, const struct virtio_net_hdr *h, uint32_t max)
{
	uint32_t start = h->csum_start;

	if (c->end > max)
		return false;
	c->size = c->end;
	if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return true;
	if (start < GSO_ETHERNET || start + h->csum_offset + 2u > c->end)
		return false;
	finish_checksum(c->frame + start, c->end - start, h->csum_offset);
	return true;
}

static bool
is_type(const struct virtio_net_hdr *h, const struct inner *in)
{
	switch (h->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return in->family == 4 && in->proto == IPPROTO_TCP;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return in->family == 6 && in->proto == IPPROTO_TCP;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return in->proto == IPPROTO_UDP;
	}
	return false;
}

// Transport header, its length, and what follows.
static bool
begin_transport(struct gso_cut *c, const struct virtio_net_hdr *h, const struct inner *in)
{
	const uint8_t *l4 = in->ip + in->l4;
	uint32_t room = in->len - in->l4, len = sizeof(struct rte_udp_hdr);

	c->tcp = in->proto == IPPROTO_TCP;
	c->l4 = GSO_ETHERNET + in->l4;
	c->check = c->l4 + (c->tcp ? TCP_CHECK : UDP_CHECK);
	if (c->tcp) {
		if (room < sizeof(struct rte_tcp_hdr))
			return false;
		len = (((const struct rte_tcp_hdr *)l4)->data_off >> 4) * 4u;
		if (len < sizeof(struct rte_tcp_hdr))
			return false;
	}
	if (room < len || h->csum_start != c->l4 || h->csum_start + h->csum_offset != c->check)
		return false;
	c->header = c->l4 + len;
	c->at = c->header;
	// The pseudo header's sum stands in the field, with the length of it all: taken out again.
	c->seed = checksum_fold(
		(uint32_t)get16(c->frame + c->check) + (uint16_t)~rte_cpu_to_be_16(room));
	return true;
}

bool
gso_cut_begin(struct gso_cut *c, const struct virtio_net_hdr *h, uint8_t *frame, uint32_t len,
	uint32_t max)
{
	struct inner in;

	memset(c, 0, sizeof(*c));
	c->frame = frame;
	c->end = len;
	if (len < GSO_ETHERNET || len > GSO_FRAME)
		return false;
	if (h->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return begin_whole(c, h, max);
	c->size = h->gso_size;
	if (c->size == 0 || !(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return false;
	if (inner_read(&in, frame + GSO_ETHERNET, len - GSO_ETHERNET) != WB_DROP_NONE ||
		in.fragment || !is_type(h, &in))
		return false;
	c->family = in.family;
	c->end = GSO_ETHERNET + in.len;
	return begin_transport(c, h, &in) && c->header + c->size <= max;
}

uint32_t
gso_cut_len(const struct gso_cut *c)
{
	return c->done ? 0 : c->header + RTE_MIN(c->size, c->end - c->at);
}

static void
network_header(const struct gso_cut *c, uint8_t *ip, uint32_t len)
{
	struct rte_ipv4_hdr *v4 = (struct rte_ipv4_hdr *)ip;

	if (c->family == 6) {
		((struct rte_ipv6_hdr *)ip)->payload_len =
			rte_cpu_to_be_16(len - sizeof(struct rte_ipv6_hdr));
		return;
	}
	v4->total_length = rte_cpu_to_be_16(len);
	v4->packet_id = rte_cpu_to_be_16(rte_be_to_cpu_16(v4->packet_id) + c->segment);
	v4->hdr_checksum = 0;
	v4->hdr_checksum = ~rte_raw_cksum(v4, rte_ipv4_hdr_len(v4));
}

// Returns a segment's TCP flags: CWR only in the first one (RFC 3168 6.1.2), FIN and PSH only in the last one.
static void
tcp_header(const struct gso_cut *c, struct rte_tcp_hdr *tcp, bool last)
{
	tcp->sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp->sent_seq) + (c->at - c->header));
	if (c->segment != 0)
		tcp->tcp_flags &= ~RTE_TCP_CWR_FLAG;
	if (!last)
		tcp->tcp_flags &= ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
}

void
gso_cut_next(struct gso_cut *c, uint8_t *out)
{
	uint32_t len = gso_cut_len(c), payload = len - c->header, l4_len = len - c->l4;
	uint8_t *l4 = out + c->l4;

	if (len == 0)
		return;
	c->done = c->at + payload == c->end;
	memcpy(out + c->header, c->frame + c->at, payload);
	if (c->header != 0) {
		memcpy(out, c->frame, c->header);
		network_header(c, out + GSO_ETHERNET, len - GSO_ETHERNET);
		if (c->tcp)
			tcp_header(c, (struct rte_tcp_hdr *)l4, c->done);
		else
			((struct rte_udp_hdr *)l4)->dgram_len = rte_cpu_to_be_16(l4_len);
		put16(out + c->check, checksum_fold((uint32_t)c->seed + rte_cpu_to_be_16(l4_len)));
		finish_checksum(l4, l4_len, c->check - c->l4);
	}
	c->at += payload;
	c->segment++;
}
