// SPDX-License-Identifier: BSD-3-Clause
// Packets to and from the kernel in large pieces: one system call a piece.
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "dp.h"
#include "kport.h"

// Next frame of the kernel's. False: there is none.
static bool
read_frame(struct kport_queue *q)
{
	struct virtio_net_hdr hdr;
	struct iovec iov[2] = { { &hdr, sizeof(hdr) }, { q->frame, sizeof(q->frame) } };
	ssize_t n = readv(q->fd, iov, 2);

	if (n < 0)
		return false;
	q->stats.rx_pieces++;
	if (n <= (ssize_t)sizeof(hdr) ||
		!gso_cut_begin(&q->cut, &hdr, q->frame, n - sizeof(hdr), MBUF_ROOM)) {
		q->cut.done = true;
		q->stats.rx_errors++;
	}
	return true;
}

unsigned
kport_rx(struct wb_kport *port, unsigned queue, struct rte_mempool *pool, struct rte_mbuf **pkts,
	unsigned max)
{
	struct kport_queue *q = port->queues[queue];
	unsigned n = 0, reads = 0;

	while (n < max) {
		uint32_t len = gso_cut_len(&q->cut);

		if (len == 0) {
			// what is refused takes its turn too
			if (reads++ == max || !read_frame(q))
				break;
			continue;
		}
		pkts[n] = rte_pktmbuf_alloc(pool);
		if (unlikely(pkts[n] == NULL))
			break;
		gso_cut_next(&q->cut, (uint8_t *)rte_pktmbuf_append(pkts[n], len));
		q->stats.rx_bytes += len;
		n++;
	}
	q->stats.rx_packets += n;
	return n;
}

static bool
write_super(struct kport_queue *q, const struct gso_super *s)
{
	struct iovec iov[1 + GSO_BURST];
	const struct gso_packet *p = &q->merge.packets[s->first];
	unsigned n = 0;

	iov[n++] = (struct iovec){ (void *)(uintptr_t)&s->hdr, sizeof(s->hdr) };
	iov[n++] = (struct iovec){ p->frame, p->len };
	for (unsigned i = 1; i < s->n; i++) {
		p = &q->merge.packets[p->next];
		iov[n++] = (struct iovec){ p->frame + p->header, p->len - p->header };
	}
	q->stats.tx_pieces++;
	if (likely(writev(q->fd, iov, n) >= 0))
		return true;
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
		bool ok = write_super(q, s);

		for (unsigned j = 0, at = s->first; j < s->n; j++, at = q->merge.packets[at].next) {
			if (ok) {
				q->stats.tx_bytes += q->merge.packets[at].len;
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

	gso_merge_begin(&q->merge, q->udp);
	for (unsigned i = 0; i < n; i++)
		gso_merge_add(&q->merge, rte_pktmbuf_mtod(pkts[i], uint8_t *),
			rte_pktmbuf_data_len(pkts[i]));
	gso_merge_end(&q->merge);
	return write_all(q, pkts, n);
}
