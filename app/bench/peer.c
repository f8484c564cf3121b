// SPDX-License-Identifier: BSD-3-Clause
// The other end, as far as the edge can tell: what it sends is acknowledged as a hub would (a report
// of all paths after 32 datagrams on one, on two paths), and in the decapsulating direction it sends
// packets. It sits in callbacks of the WAN ports, in the worker's own thread, so that the edge never
// waits for another core; the ticks it takes are counted and are not the edge's.
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "bench.h"

#define REPORT_EVERY 32            // datagrams of one path
#define REPORT_LATE (2 * WB_MS)    // or so long after the first of them
#define REPORT_OLDEST (20 * WB_MS) // a report is not held back longer, whatever in_flight says
#define REPORTS 1024               // power of two
// A path seems slower by a microsecond for every so many datagrams that it had more than another,
// so that a scheduler which looks at delays uses all three.
#define LEAD_OF_US 2
#define DATA_BURST 32
#define OUTER_LEN 42    // Ethernet 14, IPv4 20, UDP 8
#define ACK_RANGE 60000 // numbers that a report covers

struct report_of_path {
	bool any;
	uint64_t largest;
	uint32_t bytes, lead_us;
};

struct late_report {
	uint64_t heard; // datagrams of all paths until then
	wb_ns_t at;
	struct report_of_path paths[BENCH_PATHS];
};

struct lane {
	struct peer *peer;
	const struct rte_eth_rxtx_callback *rx, *tx;
	unsigned index;
	bool heard;
	uint8_t path;
	uint64_t largest;
	uint32_t bytes;
	unsigned pending; // heard and not reported
	uint64_t next;    // number of ours
	uint64_t told;    // reports that went out here
};

struct peer {
	struct peer_conf conf;
	struct rte_mempool *pool; // the edge's
	struct lane lanes[BENCH_PATHS];
	struct late_report reports[REPORTS];
	uint64_t n_reports, heard;
	wb_ns_t pending_since;
	uint8_t inner[2048];
	_Atomic bool sending;
	_Atomic uint64_t made, rx_ticks, tx_ticks; // worker: wo, main: ro
};

static wb_ns_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * WB_SEC + ts.tv_nsec;
}

static void
add(_Atomic uint64_t *counter, uint64_t n)
{
	uint64_t v = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, v + n, memory_order_relaxed);
}

static void
outer_write(uint8_t *at, const struct lane *lane, unsigned payload)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)at;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	unsigned port = PORT_WAN + lane->index;

	memcpy(&eth->dst_addr, lane->peer->conf.mac, 6);
	memcpy(&eth->src_addr, lane->peer->conf.gateway_mac, 6);
	eth->dst_addr.addr_bytes[5] = eth->src_addr.addr_bytes[5] = port;
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	memset(ip, 0, sizeof(*ip) + sizeof(*udp));
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16(sizeof(*ip) + sizeof(*udp) + payload);
	ip->time_to_live = 60;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = rte_cpu_to_be_32(RTE_IPV4(203, 0, 113, 10));
	ip->dst_addr = rte_cpu_to_be_32(RTE_IPV4(198, 51, 100 + port, 1));
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->src_port = udp->dst_port = RTE_BE16(WB_UDP_PORT);
	udp->dgram_len = rte_cpu_to_be_16(sizeof(*udp) + payload);
}

// Everything of a datagram but the frames, which come to its plaintext after the send time, and the
// seal. Returns where they go.
static uint8_t *
begin(struct lane *lane, struct rte_mbuf *m, wb_ns_t now)
{
	struct wb_header h = { .type = WB_DG_SESSION,
		.path = lane->path,
		.receiver = lane->peer->conf.receiver,
		.number = lane->next++ };
	uint8_t *at = rte_pktmbuf_mtod_offset(m, uint8_t *, OUTER_LEN);
	rte_be32_t us = rte_cpu_to_be_32((uint32_t)(now / WB_US));

	wb_header_write(at, &h);
	memcpy(at + WB_HDR_LEN, &us, sizeof(us));
	return at + WB_HDR_LEN + WB_TIME_LEN;
}

// frames: bytes of frames. The operation that seals it.
static void
finish(struct lane *lane, struct rte_mbuf *m, unsigned frames, struct wb_aead_op *op)
{
	uint8_t *at = rte_pktmbuf_mtod_offset(m, uint8_t *, OUTER_LEN);
	unsigned payload = WB_HDR_LEN + WB_TIME_LEN + frames + WB_TAG_LEN;

	outer_write(rte_pktmbuf_mtod(m, uint8_t *), lane, payload);
	m->data_len = OUTER_LEN + payload;
	m->pkt_len = m->data_len;
	m->port = lane->peer->conf.ethdevs[PORT_WAN + lane->index];
	*op = (struct wb_aead_op){ .src = at + WB_HDR_LEN,
		.dst = at + WB_HDR_LEN,
		.aad = at,
		.aad_len = WB_HDR_LEN,
		.len = WB_TIME_LEN + frames };
	op->tag = op->dst + op->len;
	wb_nonce_write(op->nonce, lane->path, lane->next - 1);
}

// ---- what the edge sends

static void
take_report(struct peer *p, wb_ns_t now)
{
	struct late_report *r = &p->reports[p->n_reports % REPORTS];
	uint64_t least = UINT64_MAX;
	unsigned i;

	for (i = 0; i < 2; i++)
		if (p->n_reports - p->lanes[i].told == REPORTS)
			return; // said with a later one
	r->heard = p->heard;
	r->at = now;
	for (i = 0; i < BENCH_PATHS; i++)
		least = RTE_MIN(least, p->lanes[i].largest);
	for (i = 0; i < BENCH_PATHS; i++) {
		struct lane *lane = &p->lanes[i];

		r->paths[i] = (struct report_of_path){ lane->pending != 0, lane->largest,
			lane->bytes, (uint32_t)((lane->largest - least) / LEAD_OF_US) };
		lane->pending = 0;
	}
	p->n_reports++;
	p->pending_since = 0;
}

static uint16_t
on_tx(uint16_t port, uint16_t queue, struct rte_mbuf **pkts, uint16_t n, void *arg)
{
	uint64_t start = rte_rdtsc();
	struct lane *lane = arg;
	struct peer *p = lane->peer;
	unsigned i;

	RTE_SET_USED(port);
	RTE_SET_USED(queue);
	for (i = 0; i < n; i++) {
		const uint8_t *dg = rte_pktmbuf_mtod_offset(pkts[i], const uint8_t *, OUTER_LEN);
		struct wb_header h;

		if (wb_header_read(dg, pkts[i]->data_len - OUTER_LEN, &h) != 0)
			continue;
		lane->path = h.path;
		lane->heard = true;
		lane->largest = h.number; // nothing overtakes on the way here
		lane->bytes += pkts[i]->data_len - RTE_ETHER_HDR_LEN;
		lane->pending++;
		p->heard++;
	}
	if (n != 0)
		p->pool = pkts[0]->pool;
	if (p->pending_since == 0)
		p->pending_since = clock_now();
	if (lane->pending >= REPORT_EVERY)
		take_report(p, clock_now());
	add(&p->tx_ticks, rte_rdtsc() - start);
	return n;
}

// ---- what the edge receives

static void
build_report(struct lane *lane, struct rte_mbuf *m, const struct late_report *r, wb_ns_t now)
{
	uint8_t *at = begin(lane, m, now), *end = at;
	struct wb_aead_op op;
	unsigned i;

	for (i = 0; i < BENCH_PATHS; i++) {
		const struct report_of_path *path = &r->paths[i];
		struct wb_frame f = { .type = WB_FRAME_ACK };

		if (!path->any)
			continue;
		f.ack.path = lane->peer->lanes[i].path;
		f.ack.largest = path->largest;
		f.ack.recv_us = (uint32_t)(now / WB_US) + path->lead_us;
		f.ack.bytes = path->bytes;
		f.ack.n_ranges = 1;
		f.ack.ranges[0].high = path->largest;
		f.ack.ranges[0].low = path->largest < ACK_RANGE ? 0 : path->largest - ACK_RANGE;
		end += wb_frame_write(end, 256, &f);
	}
	finish(lane, m, end - at, &op);
	wb_aead_seal(lane->peer->conf.seal, &op, 1);
}

static unsigned
send_reports(struct lane *lane, struct rte_mbuf **pkts, unsigned room, wb_ns_t now)
{
	struct peer *p = lane->peer;
	unsigned n = 0;

	if (lane->index == 0 && p->pending_since != 0 && now - p->pending_since > REPORT_LATE)
		take_report(p, now);
	for (; lane->told < p->n_reports && n < room; lane->told++) {
		const struct late_report *r = &p->reports[lane->told % REPORTS];

		if (r->heard + p->conf.in_flight > p->heard && now - r->at < REPORT_OLDEST)
			break;
		pkts[n] = rte_pktmbuf_alloc(p->pool);
		if (pkts[n] == NULL)
			break;
		build_report(lane, pkts[n++], r, now);
	}
	return n;
}

static unsigned
send_data(struct lane *lane, struct rte_mbuf **pkts, unsigned room, wb_ns_t now)
{
	struct wb_aead_op ops[DATA_BURST];
	struct peer *p = lane->peer;
	unsigned i, n = RTE_MIN(room, (unsigned)DATA_BURST);

	if (rte_pktmbuf_alloc_bulk(p->pool, pkts, n) != 0)
		return 0;
	for (i = 0; i < n; i++) {
		uint64_t k = p->made + i;
		struct wb_frame f = { .type = WB_FRAME_DATA };
		uint8_t *at = begin(lane, pkts[i], now);

		f.data.bucket = k % BENCH_FLOWS;
		f.data.seq = (uint32_t)(k / BENCH_FLOWS);
		wb_frame_write(at, WB_DATA_LEN, &f);
		memcpy(at + WB_DATA_LEN, p->inner, p->conf.inner);
		finish(lane, pkts[i], WB_DATA_LEN + p->conf.inner, &ops[i]);
	}
	wb_aead_seal(p->conf.seal, ops, n);
	add(&p->made, n);
	return n;
}

static uint16_t
on_rx(uint16_t port, uint16_t queue, struct rte_mbuf **pkts, uint16_t n, uint16_t max, void *arg)
{
	uint64_t start = rte_rdtsc();
	struct lane *lane = arg;
	struct peer *p = lane->peer;
	wb_ns_t now;

	RTE_SET_USED(port);
	RTE_SET_USED(queue);
	if (!lane->heard)
		return n;
	now = clock_now();
	if (lane->index < 2)
		n += send_reports(lane, pkts + n, max - n, now);
	if (atomic_load_explicit(&p->sending, memory_order_relaxed))
		n += send_data(lane, pkts + n, max - n, now);
	add(&p->rx_ticks, rte_rdtsc() - start);
	return n;
}

// ----

struct peer *
peer_create(const struct peer_conf *conf)
{
	struct peer *p = aligned_alloc(64, RTE_ALIGN_CEIL(sizeof(*p), 64));
	unsigned i;

	if (p == NULL)
		return NULL;
	memset(p, 0, sizeof(*p));
	p->conf = *conf;
	for (i = 0; i < BENCH_PATHS; i++) {
		p->lanes[i].peer = p;
		p->lanes[i].index = i;
	}
	if (conf->inner != 0)
		generator_packet(p->inner, conf->inner, 0, true);
	return p;
}

void
peer_destroy(struct peer *p)
{
	if (p != NULL)
		wb_aead_destroy(p->conf.seal);
	free(p);
}

int
peer_attach(struct peer *p)
{
	unsigned i;

	for (i = 0; i < BENCH_PATHS; i++) {
		uint16_t id = p->conf.ethdevs[PORT_WAN + i];
		struct lane *lane = &p->lanes[i];

		lane->tx = rte_eth_add_tx_callback(id, 0, on_tx, lane);
		lane->rx = rte_eth_add_rx_callback(id, 0, on_rx, lane);
		if (lane->tx == NULL || lane->rx == NULL)
			return -ENOTSUP;
	}
	return 0;
}

void
peer_detach(struct peer *p)
{
	unsigned i;

	for (i = 0; i < BENCH_PATHS; i++) {
		uint16_t id = p->conf.ethdevs[PORT_WAN + i];

		if (p->lanes[i].tx != NULL)
			rte_eth_remove_tx_callback(id, 0, p->lanes[i].tx);
		if (p->lanes[i].rx != NULL)
			rte_eth_remove_rx_callback(id, 0, p->lanes[i].rx);
	}
}

void
peer_start(struct peer *p)
{
	atomic_store(&p->sending, p->conf.inner != 0);
}

void
peer_stop(struct peer *p)
{
	atomic_store(&p->sending, false);
}

void
peer_stats(const struct peer *p, struct peer_stats *s)
{
	s->rx_ticks = atomic_load_explicit(&p->rx_ticks, memory_order_relaxed);
	s->tx_ticks = atomic_load_explicit(&p->tx_ticks, memory_order_relaxed);
	s->made = atomic_load_explicit(&p->made, memory_order_relaxed);
	s->reports = p->n_reports;
}
