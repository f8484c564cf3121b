// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_tcp.h>

#include "gso_frames.h"

void
frame_fix(struct frame *f)
{
	uint8_t *ip = f->bytes + PACKET_IP, *l4 = f->bytes + packet_l4(f);
	bool v6 = ip[0] >> 4 == 6;
	uint8_t *field = l4 + ((v6 ? ip[6] : ip[9]) == IPPROTO_TCP ? 16 : 6);
	uint16_t sum;

	memset(field, 0, 2);
	if (!v6)
		packet_fix_ipv4(f);
	sum = v6 ? rte_ipv6_udptcp_cksum((struct rte_ipv6_hdr *)ip, l4)
		 : rte_ipv4_udptcp_cksum((struct rte_ipv4_hdr *)ip, l4);
	memcpy(field, &sum, 2);
}

void
stream_frame(struct frame *f, const struct stream *s, unsigned i)
{
	static const struct rte_ether_addr to = { { 2, 0, 0, 0, 0, 1 } };
	struct packet p = {
		.src = s->v6 ? "2001:db8::2" : "10.9.0.2",
		.dst = s->v6 ? "2001:db8::1" : "10.9.0.1",
		.sport = s->sport != 0 ? s->sport : 4000,
		.dport = 5000,
		.payload = s->payload,
		.proto = s->tcp ? IPPROTO_TCP : IPPROTO_UDP,
		.dont_fragment = s->dont_fragment,
	};
	uint16_t id = htons(65530 + i); // wraps on the way
	uint32_t seq = htonl(0xffff0000u + i * s->payload);

	packet_build(f, &to, &p);
	if (!s->v6)
		memcpy(f->bytes + PACKET_IP + 4, &id, 2);
	if (s->tcp)
		memcpy(f->bytes + packet_l4(f) + 4, &seq, 4);
	// no two payloads alike
	for (unsigned j = 0; j < 4 && j < s->payload; j++)
		f->bytes[f->len - 1 - j] = (uint8_t)(i >> 2 * j);
	frame_fix(f);
}

uint32_t
super_join(const struct gso_merge *m, const struct gso_super *s, uint8_t *out)
{
	const struct gso_packet *p = &m->packets[s->first];
	uint32_t len = p->len;

	memcpy(out, p->frame, p->len);
	for (unsigned i = 1; i < s->n; i++) {
		p = &m->packets[p->next];
		memcpy(out + len, p->frame + p->header, p->len - p->header);
		len += p->len - p->header;
	}
	return len;
}
