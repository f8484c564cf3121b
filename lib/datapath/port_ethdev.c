// SPDX-License-Identifier: BSD-3-Clause
// Ports that are DPDK devices: queues and offloads. What a device cannot do is done in software.
#include <errno.h>
#include <signal.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "dp.h"
#include "packet_socket.h"
#include "port_ops.h"

#define RX_DESCRIPTORS 1024
#define UNTAGGED (RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN) // beside the packet in a frame

// Has a trunk's device handle the tags, as far as it can, and makes room for them.
static void
configure_trunk(struct port *p, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	const uint64_t wanted = RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
	unsigned overhead = info->max_rx_pktlen - info->max_mtu;

	conf->rxmode.offloads |= info->rx_offload_capa & wanted;
	p->inserts_tag = info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	if (p->inserts_tag)
		conf->txmode.offloads |= RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	// where the largest frame is reckoned without a tag
	if (info->max_mtu != UINT16_MAX && overhead < UNTAGGED + RTE_VLAN_HLEN &&
		info->max_mtu >= RTE_ETHER_MTU + RTE_VLAN_HLEN)
		conf->rxmode.mtu = RTE_ETHER_MTU + RTE_VLAN_HLEN;
}

// Tells a trunk's device which VLANs to let in, if it asks for that.
static void
filter_vlans(const struct port *p)
{
	int err = 0;

	if ((rte_eth_dev_get_vlan_offload(p->conf.ethdev) & RTE_ETH_VLAN_FILTER_OFFLOAD) == 0)
		return;
	for (unsigned vlan = 1; vlan < RTE_ETHER_MAX_VLAN_ID && err == 0; vlan++)
		if (p->vlans[vlan] != 0)
			err = rte_eth_dev_vlan_filter(p->conf.ethdev, (uint16_t)vlan, 1);
	if (err != 0)
		LOG(WARNING, "port %s: its device may keep back VLANs: %s\n", p->conf.name,
			rte_strerror(-err));
}

static int
configure(struct port *p, const struct rte_eth_dev_info *info, unsigned n_workers)
{
	const uint64_t checksums = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
	struct rte_eth_conf conf = { 0 };

	p->n_rx = RTE_MIN(n_workers, info->max_rx_queues);
	p->n_tx = RTE_MIN(n_workers, info->max_tx_queues);
	conf.rx_adv_conf.rss_conf.rss_hf =
		info->flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
	if (conf.rx_adv_conf.rss_conf.rss_hf == 0)
		p->n_rx = 1;
	if (p->n_rx > 1)
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	else
		conf.rx_adv_conf.rss_conf.rss_hf = 0;
	// A TAP computes checksums in software, no better than we do.
	p->hw_checksum = (info->tx_offload_capa & checksums) == checksums &&
			 strcmp(info->driver_name, "net_tap") != 0;
	if (p->hw_checksum)
		conf.txmode.offloads |= checksums;
	if (p->vlans != NULL)
		configure_trunk(p, info, &conf);
	return rte_eth_dev_configure(p->conf.ethdev, p->n_rx, p->n_tx, &conf);
}

static int
setup_queues(struct wb_dp *dp, struct port *p, const struct rte_eth_dev_info *info)
{
	uint16_t n_rx = RX_DESCRIPTORS, n_tx = TX_DESCRIPTORS, q;
	struct rte_eth_txconf tx = info->default_txconf;
	int err;

	err = rte_eth_dev_adjust_nb_rx_tx_desc(p->conf.ethdev, &n_rx, &n_tx);
	if (p->hw_checksum)
		tx.offloads |= RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
	if (p->inserts_tag)
		tx.offloads |= RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	for (q = 0; q < p->n_rx && err == 0; q++)
		err = rte_eth_rx_queue_setup(p->conf.ethdev, q, n_rx, p->socket, NULL, dp->pool);
	for (q = 0; q < p->n_tx && err == 0; q++)
		err = rte_eth_tx_queue_setup(p->conf.ethdev, q, n_tx, p->socket, &tx);
	return err;
}

// Sets up a net_tap port. The driver asks for a signal for each received packet, which takes a quarter of a busy
// hub's worker. It works without when no real-time signal is free, so we occupy them all: nothing else in this
// process needs any. Its two messages about that are suppressed.
static int
setup_tap(struct wb_dp *dp, struct port *p, const struct rte_eth_dev_info *info)
{
	int type = rte_log_register("pmd.net.tap"), level = rte_log_get_level(type), s, err;

	for (s = SIGRTMIN + 1; s < SIGRTMAX; s++)
		signal(s, SIG_IGN);
	rte_log_set_level(type, RTE_LOG_ERR);
	err = setup_queues(dp, p, info);
	rte_log_set_level(type, level);
	return err;
}

// Makes a mirrored port receive multicast for the kernel behind its mirror: neighbour discovery, router
// advertisements, mDNS. A card drops it by default. Drivers that have no such mode (memif, vhost) filter nothing.
static void
take_multicast(const struct port *p)
{
	int err = rte_eth_allmulticast_enable(p->conf.ethdev);

	if (err != 0)
		err = rte_eth_promiscuous_enable(p->conf.ethdev);
	if (err != 0 && err != -ENOTSUP)
		LOG(WARNING, "port %s: no multicast, so no IPv6 in the kernel beside it: %s\n",
			p->conf.name, rte_strerror(-err));
}

// Configures and starts a port's device.
static int
prepare(struct wb_dp *dp, struct port *p)
{
	struct rte_eth_dev_info info;
	uint16_t mtu = 0;
	int err;

	p->socket = rte_eth_dev_socket_id(p->conf.ethdev);
	err = rte_eth_dev_info_get(p->conf.ethdev, &info);
	if (err == 0)
		err = configure(p, &info, dp->n_workers);
	if (err == 0)
		err = strcmp(info.driver_name, "net_tap") == 0 ? setup_tap(dp, p, &info)
							       : setup_queues(dp, p, &info);
	if (err == 0)
		err = rte_eth_macaddr_get(p->conf.ethdev, &p->mac);
	if (err == 0)
		err = rte_eth_dev_get_mtu(p->conf.ethdev, &mtu);
	if (err == 0 && mtu > MBUF_MTU_MAX) {
		LOG(ERR, "port %s: MTU %u, at most %u can be carried\n", p->conf.name, mtu,
			MBUF_MTU_MAX);
		return -EMSGSIZE;
	}
	if (err == 0)
		err = rte_eth_dev_start(p->conf.ethdev);
	if (err != 0) {
		LOG(ERR, "port %s: cannot be started: %s\n", p->conf.name, rte_strerror(-err));
		return err;
	}
	if (p->mirror < WB_DP_PORTS_MAX || p->vlans != NULL)
		take_multicast(p);
	if (p->vlans != NULL)
		filter_vlans(p);
	if (p->conf.kernel_owned && strcmp(info.driver_name, "net_af_packet") == 0 &&
		packet_socket_filter(info.if_index, p->conf.use, dp->udp_port) == 0)
		LOG(WARNING, "port %s: no filter on its socket: slower, not wrong\n", p->conf.name);
	return 0;
}

static int
start(struct wb_dp *dp, struct port *p)
{
	int err;

	if (p->conf.ethdev == WB_DP_ABSENT) {
		p->n_rx = p->n_tx = 1;
		p->socket = SOCKET_ID_ANY;
		return 0;
	}
	err = prepare(dp, p);
	p->started = err == 0;
	return err;
}

static void
stop(struct port *p)
{
	// Also closed, as its rings may hold packets of the pool, which is freed next.
	if (p->started)
		rte_eth_dev_stop(p->conf.ethdev);
	if (rte_eth_dev_is_valid_port(p->conf.ethdev))
		rte_eth_dev_close(p->conf.ethdev);
	p->started = false;
}

static unsigned
rx(struct worker *w, struct rx_queue *q, struct rte_mbuf **pkts, unsigned max)
{
	(void)w;
	return rte_eth_rx_burst(q->ethdev, q->queue, pkts, max);
}

// Has the driver prepare packets that get a tag; some insert it there, virtio among them. Moves those that it refuses to
// the end. Returns how many it has prepared.
static unsigned
prepare_tags(const struct port *p, unsigned queue, struct rte_mbuf **pkts, unsigned n)
{
	unsigned done = 0;

	while (done < n) {
		struct rte_mbuf *refused;

		done += rte_eth_tx_prepare(p->conf.ethdev, queue, pkts + done, n - done);
		if (done == n)
			break;
		refused = pkts[done];
		pkts[done] = pkts[--n];
		pkts[n] = refused;
	}
	return done;
}

static unsigned
tx(struct worker *w, const struct port *p, unsigned queue, struct rte_mbuf **pkts, unsigned n)
{
	(void)w;
	if (unlikely(p->inserts_tag))
		n = prepare_tags(p, queue, pkts, n);
	return rte_eth_tx_burst(p->conf.ethdev, queue, pkts, n);
}

const struct port_ops port_ethdev = {
	.start = start,
	.stop = stop,
	.rx = rx,
	.tx = tx,
	.buffers = PORT_ETHDEV_BUFFERS,
};

struct port_change {
	unsigned index;
	uint16_t ethdev;
	bool off;
};

static void
change_queues(struct worker *w, void *arg)
{
	const struct port_change *c = arg;
	unsigned i;

	for (i = 0; i < w->n_rx; i++) {
		if (w->rx[i].index != c->index)
			continue;
		w->rx[i].ethdev = c->ethdev;
		w->rx[i].off = c->off;
	}
}

static void
change_all_queues(struct wb_dp *dp, struct port_change *c)
{
	unsigned i;

	for (i = 0; i < dp->n_workers; i++)
		call_worker(dp->workers[i], change_queues, c);
}

void
wb_dp_port_detach(struct wb_dp *dp, unsigned port)
{
	struct port_change c = { port, dp->ports[port].conf.ethdev, true };

	if (!dp->ports[port].started)
		return;
	// A worker that has answered the call uses the ethdev no more.
	dp->ports[port].started = false;
	dp->ports[port].conf.ethdev = WB_DP_ABSENT;
	change_all_queues(dp, &c);
	rte_eth_dev_stop(c.ethdev);
	rte_eth_dev_close(c.ethdev);
}

int
wb_dp_port_attach(struct wb_dp *dp, unsigned port, uint16_t ethdev)
{
	struct port_change c = { port, ethdev, false };
	struct port *p = &dp->ports[port];
	uint16_t n_rx = p->n_rx, n_tx = p->n_tx;
	int err;

	p->conf.ethdev = ethdev;
	err = prepare(dp, p);
	if (err == 0 && (p->n_rx != n_rx || p->n_tx != n_tx)) {
		LOG(ERR, "port %s: its device has %u and %u queues now, %u and %u before\n",
			p->conf.name, p->n_rx, p->n_tx, n_rx, n_tx);
		err = -EINVAL;
	}
	if (err == 0) {
		p->started = true;
		change_all_queues(dp, &c);
		return 0;
	}
	p->n_rx = n_rx;
	p->n_tx = n_tx;
	p->conf.ethdev = WB_DP_ABSENT;
	rte_eth_dev_stop(ethdev);
	rte_eth_dev_close(ethdev);
	return err;
}
