// SPDX-License-Identifier: BSD-3-Clause
// Receives packets from the kernel and sends them there in large pieces, each by one system call.
#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <rte_ether.h>

#include "dp.h"
#include "kport.h"

// Reads a frame of a trunk, whose tag the kernel has put beside it. A provider's tag (802.1ad) counts as none: what it
// carries is another network's, also where that has our VLAN's tag within.
static ssize_t
read_tagged(struct kport_queue *q, struct iovec iov[2])
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct msghdr msg = { .msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(q->fd, &msg, 0);
	struct tpacket_auxdata aux;

	q->tci = 0;
	for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg); c != NULL;
		c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if ((aux.tp_status & TP_STATUS_VLAN_VALID) &&
			aux.tp_vlan_tpid == RTE_ETHER_TYPE_VLAN)
			q->tci = aux.tp_vlan_tci;
	}
	return n;
}

// Reads the kernel's next frame. Returns false if there is none.
static bool
read_frame(struct kport_queue *q)
{
	struct virtio_net_hdr hdr;
	struct iovec iov[2] = { { &hdr, sizeof(hdr) }, { q->frame, sizeof(q->frame) } };
	ssize_t n = unlikely(q->trunk) ? read_tagged(q, iov) : readv(q->fd, iov, 2);

	if (n < 0)
		return false;
	q->stats.rx_pieces++;
	if (n <= (ssize_t)sizeof(hdr) ||
		!gso_cut_begin(&q->cut, &hdr, q->frame, n - sizeof(hdr), GSO_FRAME)) {
		q->cut.done = true;
		q->stats.rx_errors++;
	}
	return true;
}

// Takes the next packet, which is larger than a buffer, into a chain of them.
static struct rte_mbuf *
take_large(struct kport_queue *q, struct rte_mempool *pool, uint32_t len)
{
	struct rte_mbuf *segs[LARGE_SEGS];
	unsigned n = (len + MBUF_ROOM - 1) / MBUF_ROOM;

	if (rte_pktmbuf_alloc_bulk(pool, segs, n) != 0)
		return NULL;
	gso_cut_next(&q->cut, q->large);
	for (unsigned i = 0; i < n; i++) {
		uint32_t at = i * MBUF_ROOM, part = RTE_MIN(len - at, (uint32_t)MBUF_ROOM);

		memcpy(rte_pktmbuf_append(segs[i], part), q->large + at, part);
		if (i != 0)
			rte_pktmbuf_chain(segs[0], segs[i]);
	}
	return segs[0];
}

static struct rte_mbuf *
take(struct kport_queue *q, struct rte_mempool *pool, uint32_t len)
{
	struct rte_mbuf *m;

	if (unlikely(len > MBUF_ROOM))
		return take_large(q, pool, len);
	m = rte_pktmbuf_alloc(pool);
	if (likely(m != NULL))
		gso_cut_next(&q->cut, (uint8_t *)rte_pktmbuf_append(m, len));
	return m;
}

unsigned
kport_rx(struct wb_kport *port, unsigned queue, struct rte_mempool *pool, struct rte_mbuf **pkts,
	unsigned max)
{
	struct kport_queue *q = port->queues[queue];
	unsigned n = 0, reads = 0;

	if (atomic_load_explicit(&port->raw_ip, memory_order_relaxed))
		return kport_raw_ip_rx(port, pool, pkts, max);
	while (n < max) {
		uint32_t len = gso_cut_len(&q->cut);

		if (len == 0) {
			// what is refused takes its turn too
			if (reads++ == max || !read_frame(q))
				break;
			continue;
		}
		pkts[n] = take(q, pool, len);
		if (unlikely(pkts[n] == NULL))
			break;
		if (unlikely(q->trunk)) { // no tag in the frame is ours
			pkts[n]->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
			pkts[n]->vlan_tci = q->tci;
		}
		q->stats.rx_bytes += len;
		n++;
	}
	q->stats.rx_packets += n;
	return n;
}

// The first bytes of a frame that is sent with a tag.
struct tagged {
	uint8_t macs[2 * RTE_ETHER_ADDR_LEN];
	rte_be16_t type, tci;
};

// Puts the tag between the addresses and the rest of m.
static unsigned
put_tagged(
	struct iovec *iov, struct virtio_net_hdr *hdr, struct tagged *t, const struct rte_mbuf *m)
{
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);

	memcpy(t->macs, frame, sizeof(t->macs));
	t->type = RTE_BE16(RTE_ETHER_TYPE_VLAN);
	t->tci = rte_cpu_to_be_16(m->vlan_tci);
	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		hdr->csum_start += RTE_VLAN_HLEN;
	if (hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		hdr->hdr_len += RTE_VLAN_HLEN;
	iov[0] = (struct iovec){ t, sizeof(*t) };
	iov[1] = (struct iovec){ frame + sizeof(t->macs),
		rte_pktmbuf_data_len(m) - sizeof(t->macs) };
	return 2;
}

// Writes a super-packet. first: the mbuf of its first packet, which is the only one if it is a chain.
static bool
write_super(struct kport_queue *q, const struct gso_super *s, const struct rte_mbuf *first)
{
	struct iovec iov[2 + RTE_MAX(GSO_BURST, LARGE_SEGS)];
	struct virtio_net_hdr hdr = s->hdr;
	struct tagged tagged;
	const struct gso_packet *p = &q->merge.packets[s->first];
	unsigned n = 0;

	iov[n++] = (struct iovec){ &hdr, sizeof(hdr) };
	if (unlikely(first->ol_flags & RTE_MBUF_F_TX_VLAN)) {
		n += put_tagged(&iov[n], &hdr, &tagged, first);
		first = first->next;
	}
	for (; first != NULL && n < RTE_DIM(iov); first = first->next)
		iov[n++] = (struct iovec){ rte_pktmbuf_mtod(first, void *),
			rte_pktmbuf_data_len(first) };
	for (unsigned i = 1; i < s->n; i++) {
		p = &q->merge.packets[p->next];
		iov[n++] = (struct iovec){ p->frame + p->header, p->len - p->header };
	}
	q->stats.tx_pieces++;
	if (likely(writev(q->fd, iov, n) >= 0))
		return true;
	q->refusal = errno;
	// before Linux 6.2 a packet socket takes no segmented UDP: from now on not merged
	if (errno == EINVAL && s->hdr.gso_type == VIRTIO_NET_HDR_GSO_UDP_L4)
		q->udp = false;
	return false;
}

_Static_assert(TX_BURST <= GSO_BURST, "a transmit batch is merged whole");

static unsigned
write_all(struct kport_queue *q, struct rte_mbuf **pkts, unsigned n)
{
	struct rte_mbuf *sent[GSO_BURST], *left[GSO_BURST];
	unsigned n_sent = 0, n_left = 0;

	for (unsigned i = 0; i < q->merge.n_supers; i++) {
		const struct gso_super *s = &q->merge.supers[i];
		bool ok = write_super(q, s, pkts[s->first]);

		for (unsigned j = 0, at = s->first; j < s->n; j++, at = q->merge.packets[at].next) {
			if (ok) {
				q->stats.tx_bytes += rte_pktmbuf_pkt_len(pkts[at]);
				sent[n_sent++] = pkts[at];
			} else {
				left[n_left++] = pkts[at];
			}
		}
	}
	rte_pktmbuf_free_bulk(sent, n_sent);
	memcpy(pkts + n - n_left, left, n_left * sizeof(left[0]));
	q->stats.tx_packets += n_sent;
	q->stats.tx_errors += n_left;
	return n_sent;
}

unsigned
kport_tx(struct wb_kport *port, unsigned queue, struct rte_mbuf **pkts, unsigned n)
{
	struct kport_queue *q = port->queues[queue];

	if (atomic_load_explicit(&port->raw_ip, memory_order_relaxed))
		return kport_raw_ip_tx(port, pkts, n);
	gso_merge_begin(&q->merge, q->udp);
	for (unsigned i = 0; i < n; i++) // a chain is not looked into
		gso_merge_add(&q->merge, rte_pktmbuf_mtod(pkts[i], uint8_t *),
			pkts[i]->nb_segs == 1 ? rte_pktmbuf_data_len(pkts[i]) : 0);
	gso_merge_end(&q->merge);
	return write_all(q, pkts, n);
}
