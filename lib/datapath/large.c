// SPDX-License-Identifier: BSD-3-Clause
// Joins, reads and cuts inner packets that are larger than one buffer.
#include "large.h"

#include <rte_ip.h>
#include <rte_ip_frag.h>

#include "mbuf.h"

// What a router looks at, and an ICMP error quotes, stands in the first buffer.
#define LARGE_FIRST 1500

bool
large_join(struct rte_mbuf *m)
{
	return rte_pktmbuf_pkt_len(m) <= MBUF_ROOM && rte_pktmbuf_linearize(m) == 0;
}

enum wb_drop
large_read(struct inner *in, struct rte_mbuf *m, unsigned offset)
{
	unsigned first = rte_pktmbuf_data_len(m);
	enum wb_drop drop;

	if (first < LARGE_FIRST)
		return WB_DROP_TOO_SHORT;
	drop = inner_read_part(in, rte_pktmbuf_mtod_offset(m, uint8_t *, offset), first - offset,
		rte_pktmbuf_pkt_len(m) - offset);
	if (drop == WB_DROP_NONE && in->len <= first - offset) { // padding behind it
		rte_pktmbuf_free(m->next);
		m->next = NULL;
		m->nb_segs = 1;
		m->pkt_len = first;
	}
	return drop;
}

// Puts a fragment into one buffer and completes its header.
static bool
finish(struct rte_mbuf *f)
{
	struct rte_ipv4_hdr *ip;

	if (rte_pktmbuf_linearize(f) != 0)
		return false;
	ip = rte_pktmbuf_mtod(f, struct rte_ipv4_hdr *);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = ~rte_raw_cksum(ip, rte_ipv4_hdr_len(ip));
	return true;
}

unsigned
large_cut(struct rte_mbuf *m, uint32_t len, unsigned mtu, struct rte_mempool *pool,
	struct rte_mbuf **out)
{
	uint32_t more = rte_pktmbuf_pkt_len(m) - len;
	int n = -1;

	if (more == 0 || rte_pktmbuf_trim(m, more) == 0)
		n = rte_ipv4_fragment_packet(m, out, LARGE_FRAGMENTS, mtu, pool, pool);
	for (int i = 0; i < n; i++) {
		out[i]->port = m->port;
		mbuf_priv(out[i])->tunnel = mbuf_priv(m)->tunnel;
		if (!finish(out[i])) {
			rte_pktmbuf_free_bulk(out, n);
			n = -1;
		}
	}
	rte_pktmbuf_free(m);
	return n < 0 ? 0 : n;
}
