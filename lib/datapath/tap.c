// SPDX-License-Identifier: BSD-3-Clause
// A TAP with virtio headers (Linux, Documentation/networking/tuntap.rst; virtio 1.2, 5.1.6).
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dp.h"
#include "gso.h"
#include "tap.h"

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20 // Linux 6.2
#define TUN_F_USO6 0x40
#endif

#define TSO (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)
#define USO (TUN_F_USO4 | TUN_F_USO6)

// All but fd is its worker's; counters are read by the control thread.
struct tap_queue {
	int fd;
	struct wb_tap_stats stats;
	struct gso_cut cut; // of `frame`; done: read the next
	struct gso_merge merge;
	uint8_t frame[GSO_FRAME];
} __rte_cache_aligned;

struct wb_tap {
	unsigned n;
	unsigned offloads; // TUN_F_
	uint8_t mac[6];
	struct wb_tap_stats cleared; // control: what the counters were
	struct tap_queue *queues[WB_TAP_QUEUES];
};

static int
open_queue(const char *name, unsigned n, unsigned *offloads)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), size, err;

	if (fd < 0)
		return -errno;
	if (n > 1)
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	size = sizeof(struct virtio_net_hdr);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &size) < 0)
		goto fail;
	*offloads = TSO | USO;
	if (ioctl(fd, TUNSETOFFLOAD, *offloads) == 0)
		return fd;
	*offloads = TSO;
	if (ioctl(fd, TUNSETOFFLOAD, *offloads) == 0)
		return fd;
fail:
	err = errno == EINVAL ? EOPNOTSUPP : errno;
	close(fd);
	return -err;
}

static int
add_queue(struct wb_tap *tap, const char *name, unsigned n)
{
	struct tap_queue *q =
		aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(sizeof(*q), RTE_CACHE_LINE_SIZE));
	int fd;

	if (q == NULL)
		return -ENOMEM;
	fd = open_queue(name, n, &tap->offloads);
	if (fd < 0) {
		free(q);
		return fd;
	}
	memset(q, 0, sizeof(*q));
	q->fd = fd;
	q->cut.done = true;
	tap->queues[tap->n++] = q;
	return 0;
}

int
wb_tap_open(const char *name, unsigned n, struct wb_tap **tap)
{
	struct wb_tap *t = calloc(1, sizeof(*t));
	struct ifreq ifr = { 0 };
	int err = 0;

	if (t == NULL)
		return -ENOMEM;
	while (err == 0 && t->n < n)
		err = add_queue(t, name, n);
	if (err == 0 && ioctl(t->queues[0]->fd, SIOCGIFHWADDR, &ifr) < 0)
		err = -errno;
	if (err != 0) {
		wb_tap_close(t);
		return err;
	}
	memcpy(t->mac, ifr.ifr_hwaddr.sa_data, sizeof(t->mac));
	*tap = t;
	return 0;
}

void
wb_tap_close(struct wb_tap *tap)
{
	for (unsigned i = 0; tap != NULL && i < tap->n; i++) {
		close(tap->queues[i]->fd);
		free(tap->queues[i]);
	}
	free(tap);
}

const uint8_t *
wb_tap_mac(const struct wb_tap *tap)
{
	return tap->mac;
}

const char *
wb_tap_features(const struct wb_tap *tap)
{
	return tap->offloads & USO ? "TCP and UDP" : "TCP";
}

unsigned
tap_queues(const struct wb_tap *tap)
{
	return tap->n;
}

static void
add_stats(struct wb_tap_stats *to, const struct wb_tap_stats *s, int sign)
{
	to->rx_packets += sign * s->rx_packets;
	to->rx_bytes += sign * s->rx_bytes;
	to->rx_errors += sign * s->rx_errors;
	to->rx_pieces += sign * s->rx_pieces;
	to->tx_packets += sign * s->tx_packets;
	to->tx_bytes += sign * s->tx_bytes;
	to->tx_errors += sign * s->tx_errors;
	to->tx_pieces += sign * s->tx_pieces;
}

static void
read_stats(const struct wb_tap *tap, struct wb_tap_stats *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < tap->n; i++)
		add_stats(s, &tap->queues[i]->stats, 1);
}

void
wb_tap_stats(const struct wb_tap *tap, struct wb_tap_stats *s)
{
	read_stats(tap, s);
	add_stats(s, &tap->cleared, -1);
}

void
wb_tap_stats_clear(struct wb_tap *tap)
{
	read_stats(tap, &tap->cleared);
}

// Next frame of the kernel's. False: there is none.
static bool
read_frame(struct tap_queue *q)
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
tap_rx(struct wb_tap *tap, unsigned queue, struct rte_mempool *pool, struct rte_mbuf **pkts,
	unsigned max)
{
	struct tap_queue *q = tap->queues[queue];
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
write_super(struct tap_queue *q, const struct gso_super *s)
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
	return writev(q->fd, iov, n) >= 0;
}

_Static_assert(TX_BURST <= GSO_BURST, "a transmit batch is merged whole");

static unsigned
write_all(struct tap_queue *q, struct rte_mbuf **pkts, unsigned n)
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
tap_tx(struct wb_tap *tap, unsigned queue, struct rte_mbuf **pkts, unsigned n)
{
	struct tap_queue *q = tap->queues[queue];

	gso_merge_begin(&q->merge, tap->offloads & USO);
	for (unsigned i = 0; i < n; i++)
		gso_merge_add(&q->merge, rte_pktmbuf_mtod(pkts[i], uint8_t *),
			rte_pktmbuf_data_len(pkts[i]));
	gso_merge_end(&q->merge);
	return write_all(q, pkts, n);
}
