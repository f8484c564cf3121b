// SPDX-License-Identifier: BSD-3-Clause
// Attaches filters to packet sockets. net_af_packet receives every frame of its interface, also those that are sent.
// So a hub whose uplink is its way to the Internet would receive everything that it forwards. The filter keeps the
// kernel from copying these frames.
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "dp.h"
#include "packet_socket.h"

#define FDS_MAX 1024
#define ETHERTYPE_AT 12
#define FRAGMENT_AT 20 // IPv4 flags and offset
#define PROTO_AT 23
#define IHL_AT 14
#define DPORT_AFTER_IHL 16 // Ethernet 14 + 2 into UDP

#define PASS BPF_STMT(BPF_RET | BPF_K, 0xffffffff)
#define STOP BPF_STMT(BPF_RET | BPF_K, 0)
#define LOAD_VLAN BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)
#define NO_VLAN(jumps) LOAD_VLAN, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, jumps)
#define LOAD_TYPE BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE)

// For LANs: IPv4 or IPv6 to this interface. The kernel has removed VLAN tags. Jumps count skipped instructions.
static const struct sock_filter lan[] = {
	NO_VLAN(6),
	LOAD_TYPE,
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 4),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETHERTYPE_AT),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 1, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 1),
	PASS,
	STOP,
};

// For WANs and uplinks: IPv4 and UDP to our port (K of WAN_PORT), not a later fragment.
#define WAN_PORT 12
static const struct sock_filter wan[] = {
	NO_VLAN(12),
	LOAD_TYPE,
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 10),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETHERTYPE_AT),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 8),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, PROTO_AT),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, FRAGMENT_AT),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, IHL_AT),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, DPORT_AFTER_IHL),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
	PASS,
	STOP,
};

// For trunks: every frame with a VLAN tag, which the kernel has removed.
static const struct sock_filter trunk[] = {
	LOAD_VLAN,
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0),
	LOAD_TYPE,
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
	STOP,
	PASS,
};

// For other uses: everything that was not sent by this machine.
static const struct sock_filter incoming[] = {
	LOAD_TYPE,
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 1, 0),
	PASS,
	STOP,
};

unsigned
packet_socket_program(struct sock_filter *out, enum wb_dp_use use, uint16_t udp_port)
{
	switch (use) {
	case WB_DP_LAN:
		memcpy(out, lan, sizeof(lan));
		return RTE_DIM(lan);
	case WB_DP_WAN:
	case WB_DP_UPLINK:
		memcpy(out, wan, sizeof(wan));
		out[WAN_PORT].k = udp_port;
		return RTE_DIM(wan);
	case WB_DP_TRUNK:
		memcpy(out, trunk, sizeof(trunk));
		return RTE_DIM(trunk);
	default:
		memcpy(out, incoming, sizeof(incoming));
		return RTE_DIM(incoming);
	}
}

void
packet_socket_without_ethernet(struct sock_filter *code, unsigned n)
{
	static const struct sock_filter type =
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));

	for (unsigned i = 0; i < n; i++) {
		struct sock_filter *c = &code[i];
		bool load = BPF_CLASS(c->code) == BPF_LD || BPF_CLASS(c->code) == BPF_LDX;

		if (!load || BPF_MODE(c->code) == BPF_IMM || c->k >= (uint32_t)SKF_AD_OFF)
			continue;
		if (c->k == ETHERTYPE_AT)
			*c = type;
		else
			c->k -= ETH_HLEN;
	}
}

static bool
is_packet_socket(int fd, unsigned ifindex)
{
	struct sockaddr_ll ll = { 0 };
	socklen_t len = sizeof(int);
	int domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) != 0 || domain != AF_PACKET)
		return false;
	len = sizeof(ll);
	return getsockname(fd, (struct sockaddr *)&ll, &len) == 0 &&
	       (unsigned)ll.sll_ifindex == ifindex;
}

int
packet_socket_attach(int fd, enum wb_dp_use use, uint16_t udp_port, bool raw_ip)
{
	struct sock_filter code[PACKET_SOCKET_PROGRAM];
	struct sock_fprog prog = { .filter = code };
	int on = 1;

	prog.len = packet_socket_program(code, use, udp_port);
	if (raw_ip)
		packet_socket_without_ethernet(code, prog.len);
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0 ? 0 : -errno;
}

unsigned
packet_socket_filter(unsigned ifindex, enum wb_dp_use use, uint16_t udp_port)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < FDS_MAX; fd++)
		if (is_packet_socket(fd, ifindex))
			n += packet_socket_attach(fd, use, udp_port, false) == 0;
	return n;
}
