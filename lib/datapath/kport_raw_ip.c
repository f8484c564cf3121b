// SPDX-License-Identifier: BSD-3-Clause
// Packet sockets on interfaces whose frames are IP packets. The kernel removes and adds what the link has in front
// (SOCK_DGRAM, packet(7)). The nodes expect Ethernet on every port. So received packets get a header to the port's
// made-up MAC address, and sent packets lose theirs.
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "dp.h"
#include "kport.h"

#define ETHER sizeof(struct rte_ether_hdr)

// Adds an Ethernet header. Returns false if the packet is neither IPv4 nor IPv6.
static bool
put_header(const struct wb_kport *port, struct rte_mbuf *m)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	uint8_t version = *(const uint8_t *)(eth + 1) >> 4;

	memcpy(&eth->dst_addr, port->mac, sizeof(eth->dst_addr));
	memset(&eth->src_addr, 0, sizeof(eth->src_addr));
	eth->ether_type =
		version == 4 ? RTE_BE16(RTE_ETHER_TYPE_IPV4) : RTE_BE16(RTE_ETHER_TYPE_IPV6);
	return version == 4 || version == 6;
}

// Receives the interface's next packet into an empty mbuf. Returns 1; 0 if it was refused, -1 if there is none.
static int
read_packet(struct wb_kport *port, struct kport_queue *q, struct rte_mbuf *m)
{
	unsigned room = rte_pktmbuf_tailroom(m) - ETHER;
	uint8_t *at = rte_pktmbuf_mtod_offset(m, uint8_t *, ETHER);
	ssize_t n = recv(q->fd, at, room, MSG_TRUNC);

	if (n < 0)
		return -1;
	q->stats.rx_pieces++;
	if (n > 0 && n <= (ssize_t)room && put_header(port, m)) {
		rte_pktmbuf_append(m, ETHER + n);
		q->stats.rx_bytes += ETHER + n;
		return 1;
	}
	q->stats.rx_errors++;
	return 0;
}

unsigned
kport_raw_ip_rx(
	struct wb_kport *port, struct rte_mempool *pool, struct rte_mbuf **pkts, unsigned max)
{
	struct kport_queue *q = port->queues[0];
	struct rte_mbuf *m = NULL;
	unsigned n = 0, reads;

	// what is refused takes its turn too
	for (reads = 0; reads < max; reads++) {
		int r;

		if (m == NULL)
			m = rte_pktmbuf_alloc(pool);
		if (unlikely(m == NULL))
			break;
		r = read_packet(port, q, m);
		if (r < 0)
			break;
		if (r == 0)
			continue;
		pkts[n++] = m;
		m = NULL;
	}
	rte_pktmbuf_free(m);
	q->stats.rx_packets += n;
	return n;
}

// Sends n packets, fewer when the kernel refuses one. -1: the first; if not for its size, all.
static int
send_some(struct kport_queue *q, struct sockaddr_ll *to, struct rte_mbuf **pkts, unsigned n)
{
	struct mmsghdr msgs[TX_BURST];
	struct iovec iov[TX_BURST];

	for (unsigned i = 0; i < n; i++) {
		const struct rte_ether_hdr *eth =
			rte_pktmbuf_mtod(pkts[i], const struct rte_ether_hdr *);
		bool v4 = eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4);

		iov[i] = (struct iovec){ (void *)(uintptr_t)(eth + 1),
			rte_pktmbuf_data_len(pkts[i]) - ETHER };
		msgs[i] = (struct mmsghdr){ .msg_hdr = { .msg_name = &to[v4 ? 0 : 1],
						    .msg_namelen = sizeof(*to),
						    .msg_iov = &iov[i],
						    .msg_iovlen = 1 } };
	}
	return sendmmsg(q->fd, msgs, n, 0);
}

unsigned
kport_raw_ip_tx(struct wb_kport *port, struct rte_mbuf **pkts, unsigned n)
{
	int ifindex = (int)atomic_load_explicit(&port->ifindex, memory_order_relaxed);
	struct sockaddr_ll to[2] = {
		{ .sll_family = AF_PACKET,
			.sll_protocol = RTE_BE16(ETH_P_IP),
			.sll_ifindex = ifindex },
		{ .sll_family = AF_PACKET,
			.sll_protocol = RTE_BE16(ETH_P_IPV6),
			.sll_ifindex = ifindex },
	};
	struct kport_queue *q = port->queues[0];
	struct rte_mbuf *left[TX_BURST];
	unsigned at = 0, n_left = 0, n_sent = 0;

	while (at < n) {
		int sent = send_some(q, to, pkts + at, n - at);

		q->stats.tx_pieces++;
		if (sent < 0) {
			q->refusal = errno;
			do
				left[n_left++] = pkts[at++];
			while (at < n && q->refusal != EMSGSIZE);
			continue;
		}
		for (int i = 0; i < sent; i++, at++) {
			q->stats.tx_bytes += rte_pktmbuf_data_len(pkts[at]);
			rte_pktmbuf_free(pkts[at]);
			n_sent++;
		}
	}
	memcpy(pkts + n - n_left, left, n_left * sizeof(left[0]));
	q->stats.tx_packets += n_sent;
	q->stats.tx_errors += n_left;
	return n_sent;
}
