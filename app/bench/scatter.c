// SPDX-License-Identifier: BSD-3-Clause
// Many destinations for the generator's packets, one after the other as a scan of addresses has them. What
// they are compared with is as many flows to one destination: only the route's look-up differs.
#include <stdatomic.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include "bench.h"

#define NETWORK_BITS 22
#define STRIDE 2654435761u // odd and large: two packets in a row are in different networks

static uint32_t
network(unsigned i)
{
	return RTE_IPV4(10, 0, 0, 0) + (i << (32 - NETWORK_BITS));
}

void
scatter_routes(struct wb_dp_snapshot *s, unsigned routes)
{
	struct wb_dp_route r = { .to = WB_DP_TO_TUNNEL,
		.prefix = { .family = 4, .len = NETWORK_BITS } };

	for (unsigned i = 0; i < routes; i++) {
		rte_be32_t ip = rte_cpu_to_be_32(network(i));

		memcpy(r.prefix.ip, &ip, sizeof(ip));
		wb_dp_snapshot_add(s, &r);
	}
}

static void
checksum_anew(struct rte_ipv4_hdr *ip)
{
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip); // the UDP checksum is looked at by nobody here
}

void
scatter_packets(struct edge *e, struct rte_mbuf **pkts, uint16_t n)
{
	unsigned routes = e->routes != 0 ? e->routes : BENCH_ROUTES_MAX, i, k;
	bool one = atomic_load_explicit(&e->one, memory_order_relaxed);
	uint64_t start = rte_rdtsc();

	if (e->destinations <= 1)
		return;
	for (i = 0; i < n; i++) {
		struct rte_ipv4_hdr *ip =
			rte_pktmbuf_mtod_offset(pkts[i], struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);

		e->next += STRIDE;
		k = (unsigned)((uint64_t)e->next * e->destinations >> 32);
		if (one)
			ip->src_addr = rte_cpu_to_be_32(RTE_IPV4(172, 16, 0, 0) + k);
		else
			ip->dst_addr = rte_cpu_to_be_32(
				network(k % routes) + k / routes % (1u << (32 - NETWORK_BITS)));
		checksum_anew(ip);
	}
	atomic_store_explicit(&e->scatter_ticks,
		atomic_load_explicit(&e->scatter_ticks, memory_order_relaxed) + rte_rdtsc() - start,
		memory_order_relaxed);
}
