// SPDX-License-Identifier: BSD-3-Clause
// The filter for net_af_packet's sockets, run here by a small interpreter of classic BPF.
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/harness.h"
#include "packet.h"
#include "packet_socket.h"

// What the kernel has of a frame: its bytes as the socket is to get them, and what it knows beside them.
struct skb {
	const uint8_t *data;
	uint32_t protocol;
	unsigned type;
	bool vlan;
};

static uint32_t
load(const struct skb *b, uint32_t at, unsigned size)
{
	uint32_t v = 0;

	while (size-- != 0)
		v = v << 8 | b->data[at++];
	return v;
}

// Would the kernel pass it?
static bool
passes(const struct sock_filter *code, unsigned n, const struct skb *b)
{
	uint32_t a = 0, x = 0;
	unsigned pc = 0;

	while (pc < n) {
		const struct sock_filter *i = &code[pc++];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = i->k == (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)    ? b->type
			    : i->k == (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL) ? b->protocol
									       : b->vlan;
			break;
		case BPF_LD | BPF_H | BPF_ABS:
			a = load(b, i->k, 2);
			break;
		case BPF_LD | BPF_B | BPF_ABS:
			a = load(b, i->k, 1);
			break;
		case BPF_LD | BPF_H | BPF_IND:
			a = load(b, x + i->k, 2);
			break;
		case BPF_LDX | BPF_B | BPF_MSH:
			x = 4 * (b->data[i->k] & 15);
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += (a & i->k) != 0 ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k != 0;
		default:
			abort();
		}
	}
	abort();
}

enum kind { UDP_OURS, UDP_OTHER, TCP_OURS, V6, ARP, LATER, KINDS };

static void
build(struct frame *f, enum kind kind)
{
	static const struct rte_ether_addr to = { { 2, 0, 0, 0, 0, 1 } };
	struct packet p = { .src = "192.0.2.1",
		.dst = "192.0.2.2",
		.dport = 65500,
		.payload = 30,
		.proto = IPPROTO_UDP };

	if (kind == UDP_OTHER)
		p.dport = 53;
	if (kind == TCP_OURS)
		p.proto = IPPROTO_TCP;
	if (kind == V6)
		p.src = p.dst = "2001:db8::1";
	packet_build(f, &to, &p);
	if (kind == ARP)
		f->bytes[13] = 6;
	if (kind == LATER)
		f->bytes[PACKET_IP + 7] = 9;
}

static const struct {
	enum wb_dp_use use;
	unsigned type;
	bool pass[KINDS]; // as enum kind
} rows[] = {
	/* 0 */ { WB_DP_WAN, PACKET_HOST, { 1, 0, 0, 0, 0, 0 } },
	/* 1 */ { WB_DP_UPLINK, PACKET_HOST, { 1, 0, 0, 0, 0, 0 } },
	/* 2 */ { WB_DP_UPLINK, PACKET_OUTGOING, { 0, 0, 0, 0, 0, 0 } },
	/* 3 */ { WB_DP_WAN, PACKET_OTHERHOST, { 0, 0, 0, 0, 0, 0 } },
	/* 4 */ { WB_DP_LAN, PACKET_HOST, { 1, 1, 1, 1, 0, 1 } },
	/* 5 */ { WB_DP_LAN, PACKET_OUTGOING, { 0, 0, 0, 0, 0, 0 } },
	/* 6 */ { WB_DP_LAN, PACKET_BROADCAST, { 0, 0, 0, 0, 0, 0 } },
	/* 7 */ { WB_DP_EGRESS, PACKET_HOST, { 1, 1, 1, 1, 1, 1 } },
	/* 8 */ { WB_DP_EGRESS, PACKET_OTHERHOST, { 1, 1, 1, 1, 1, 1 } },
	/* 9 */ { WB_DP_EGRESS, PACKET_OUTGOING, { 0, 0, 0, 0, 0, 0 } },
};

static void
test_table(void)
{
	struct sock_filter code[PACKET_SOCKET_PROGRAM];
	unsigned i, k, n;
	struct frame f;

	for (i = 0; i < RTE_DIM(rows); i++) {
		n = packet_socket_program(code, rows[i].use, 65500);
		CU_ASSERT_FATAL(n <= PACKET_SOCKET_PROGRAM);
		for (k = 0; k < KINDS; k++) {
			struct skb b = { .data = f.bytes, .type = rows[i].type };

			build(&f, k);
			if (passes(code, n, &b) != rows[i].pass[k]) {
				printf(" row %u kind %u", i, k);
				CU_FAIL("verdict");
			}
			// the kernel keeps a VLAN's tag beside the frame
			b.vlan = true;
			if (rows[i].use != WB_DP_EGRESS)
				CU_ASSERT_FALSE(passes(code, n, &b));
		}
	}
}

// A trunk's socket gets what has a tag, which the kernel keeps beside the frame, whoever it is for.
static void
test_trunk(void)
{
	struct sock_filter code[PACKET_SOCKET_PROGRAM];
	unsigned n = packet_socket_program(code, WB_DP_TRUNK, 65500);
	struct frame f;

	CU_ASSERT_FATAL(n <= PACKET_SOCKET_PROGRAM);
	for (unsigned k = 0; k < KINDS; k++) {
		struct skb b = { .data = f.bytes, .vlan = true };

		build(&f, k);
		for (b.type = PACKET_HOST; b.type < PACKET_OUTGOING; b.type++)
			CU_ASSERT(passes(code, n, &b));
		CU_ASSERT_FALSE(passes(code, n, &b));
		b.vlan = false;
		b.type = PACKET_HOST;
		CU_ASSERT_FALSE(passes(code, n, &b));
	}
}

// Where there is no Ethernet header the kernel hands up the IP packet, and knows its protocol.
static void
test_raw_ip(void)
{
	struct sock_filter code[PACKET_SOCKET_PROGRAM];
	unsigned i, k, n;
	struct frame f;

	for (i = 0; i < RTE_DIM(rows); i++) {
		n = packet_socket_program(code, rows[i].use, 65500);
		packet_socket_without_ethernet(code, n);
		for (k = 0; k < KINDS; k++) {
			struct skb b = { .data = f.bytes + PACKET_IP, .type = rows[i].type };

			build(&f, k);
			b.protocol = f.bytes[12] << 8 | f.bytes[13];
			if (passes(code, n, &b) != rows[i].pass[k]) {
				printf(" row %u kind %u", i, k);
				CU_FAIL("verdict");
			}
		}
	}
}

static const struct harness_test tests[] = {
	{ "what passes", test_table },
	{ "what passes on a trunk", test_trunk },
	{ "what passes without Ethernet", test_raw_ip },
};

int
main(void)
{
	return HARNESS_RUN("packet_socket", tests);
}
