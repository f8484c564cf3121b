// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include <rte_errno.h>

#include "pool.h"

unsigned
pool_mbufs(const struct emu_conf *c)
{
	unsigned n = 2048;

	for (unsigned i = 0; i < c->n_links; i++) {
		for (int side = 0; side < 2; side++) {
			n += config_max_items(c, &c->links[i].direction[side]);
			// These keep mbufs in their rings.
			if (strncmp(c->links[i].dev[side], "net_af_xdp", 10) == 0)
				n += 6144;
		}
	}
	return n;
}

unsigned
pool_memory_mb(const struct emu_conf *c)
{
	return pool_mbufs(c) * 2496ULL / (1 << 20) + 24;
}

// As rte_pktmbuf_pool_create, but objects may lie across pages: with 4 KiB pages it would put one in
// each and waste 40 % (no port here does DMA).
struct rte_mempool *
pool_create(unsigned mbufs)
{
	const struct rte_pktmbuf_pool_private private = {
		.mbuf_data_room_size = RTE_MBUF_DEFAULT_BUF_SIZE,
	};
	struct rte_mempool *p = rte_mempool_create_empty("emu", mbufs,
		sizeof(struct rte_mbuf) + RTE_MBUF_DEFAULT_BUF_SIZE, 256, sizeof(private),
		SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	int rc;

	if (p == NULL)
		return NULL;
	rc = rte_mempool_set_ops_byname(p, "ring_mp_mc", NULL);
	if (rc == 0) {
		rte_pktmbuf_pool_init(p, (void *)(uintptr_t) & private);
		rc = rte_mempool_populate_default(p);
	}
	if (rc < 0) {
		rte_mempool_free(p);
		rte_errno = -rc;
		return NULL;
	}
	rte_mempool_obj_iter(p, rte_pktmbuf_init, NULL);
	return p;
}
