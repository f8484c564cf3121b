// SPDX-License-Identifier: BSD-3-Clause
// Makes the packet memory. The af_xdp driver announces `objects x object size` bytes to the kernel, which refuses
// buffers beyond that. But without hugepages a pool leaves gaps, as no object may cross a page of 4 KiB. So with an
// AF_XDP port each object is a page of 4 KiB, and there are no gaps.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "dp.h"
#include "port_ops.h"

// Held by tunnels at once (flow queue, unacknowledged, reorder), all together.
#define MBUFS_TUNNELS 24576
// Rings, graphs, tables of the devices.
#define BESIDES_MIB 32
#define CACHE 256
#define PAGE 4096
#define DATAGRAMS_WORKER 1024 // being built, in transmit batches, in the pool's cache

unsigned
pool_objects(const struct wb_dp_conf *conf)
{
	unsigned n = MBUFS_TUNNELS;

	for (unsigned i = 0; i < conf->n_ports; i++)
		n += port_ops_of(&conf->ports[i])->buffers;
	return n;
}

static unsigned
datagrams(unsigned n_outer)
{
	return DATAGRAMS_WORKER + TX_DESCRIPTORS * n_outer;
}

// Each object a page: so it is with an af_xdp port, and without hugepages.
unsigned
wb_dp_pool_mib(unsigned n_ports, unsigned n_outer, unsigned n_workers)
{
	unsigned n = MBUFS_TUNNELS + PORT_ETHDEV_BUFFERS * n_ports + datagrams(n_outer) * n_workers;

	return BESIDES_MIB + (unsigned)(((uint64_t)n * PAGE + (1u << 20) - 1) >> 20);
}

static bool
has_af_xdp(const struct wb_dp_conf *conf)
{
	struct rte_eth_dev_info info;

	for (unsigned i = 0; i < conf->n_ports; i++)
		if (port_ops_of(&conf->ports[i]) == &port_ethdev &&
			rte_eth_dev_info_get(conf->ports[i].ethdev, &info) == 0 &&
			strcmp(info.driver_name, "net_af_xdp") == 0)
			return true;
	return false;
}

static struct rte_mempool *
paged_pool(const char *name, unsigned n, int socket)
{
	struct rte_pktmbuf_pool_private priv = { .mbuf_priv_size = MBUF_PRIV };
	struct rte_mempool_objsz size;
	struct rte_mempool *mp;
	uint32_t element;

	// spreading objects over memory channels would need more room
	rte_mempool_calc_obj_size(PAGE / 2, RTE_MEMPOOL_F_NO_SPREAD, &size);
	element = PAGE - size.header_size - size.trailer_size;
	priv.mbuf_data_room_size = (uint16_t)(element - sizeof(struct rte_mbuf) - MBUF_PRIV);
	mp = rte_mempool_create_empty(
		name, n, element, CACHE, sizeof(priv), socket, RTE_MEMPOOL_F_NO_SPREAD);
	if (mp == NULL)
		return NULL;
	rte_pktmbuf_pool_init(mp, &priv);
	if (rte_mempool_populate_default(mp) < 0) {
		rte_mempool_free(mp);
		return NULL;
	}
	rte_mempool_obj_iter(mp, rte_pktmbuf_init, NULL);
	return mp;
}

static struct rte_mempool *
plain_pool(const char *name, unsigned n, int socket)
{
	return rte_pktmbuf_pool_create(
		name, n, CACHE, MBUF_PRIV, MBUF_ROOM + RTE_PKTMBUF_HEADROOM, socket);
}

// Makes the pool of datagrams. Most drivers free them soon, so that few are used in turn and stay in the CPU's
// caches. In a common pool they would be mixed with packets that an acknowledgement has just freed after a round
// trip. An AF_XDP port sends without a copy, but only from the pool that it receives into.
static struct rte_mempool *
datagram_pool(struct wb_dp *dp, const struct wb_dp_conf *conf, const char *name, int socket)
{
	unsigned n_outer = 0;

	for (unsigned i = 0; i < conf->n_ports; i++) // as devices: VLANs share their trunk's
		n_outer += conf->ports[i].vlan == 0 &&
			   (conf->ports[i].use == WB_DP_WAN || conf->ports[i].use == WB_DP_UPLINK ||
				   conf->ports[i].use == WB_DP_TRUNK);
	return has_af_xdp(conf) ? dp->pool
				: plain_pool(name, datagrams(n_outer) * conf->n_workers, socket);
}

int
pools_make(struct wb_dp *dp, const struct wb_dp_conf *conf, unsigned n, int socket)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "wb%u_packets", dp->id);
	dp->pool = has_af_xdp(conf) ? paged_pool(name, n, socket) : plain_pool(name, n, socket);
	if (dp->pool == NULL)
		return -ENOMEM;
	snprintf(name, sizeof(name), "wb%u_datagrams", dp->id);
	dp->tx_pool = datagram_pool(dp, conf, name, socket);
	return dp->tx_pool == NULL ? -ENOMEM : 0;
}

void
pools_free(struct wb_dp *dp)
{
	if (dp->tx_pool != dp->pool)
		rte_mempool_free(dp->tx_pool);
	rte_mempool_free(dp->pool);
}
