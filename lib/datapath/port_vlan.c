// SPDX-License-Identifier: BSD-3-Clause
// Ports that are a VLAN on a trunk (IEEE 802.1Q). The node vlan_input gives them what is received with their tag. What
// they send leaves on the trunk with it, priority 0.
#include <errno.h>
#include <stdlib.h>

#include <rte_ether.h>

#include "dp.h"
#include "port_ops.h"

#define VLANS 4096

_Static_assert(WB_DP_PORTS_MAX < UINT8_MAX, "index + 1 of a port");

int
trunks_find(struct wb_dp *dp, const struct wb_dp_conf *conf)
{
	for (unsigned i = 0; i < conf->n_ports; i++) {
		const struct wb_dp_port_conf *c = &conf->ports[i];
		struct port *trunk = &dp->ports[i];

		if (c->use == WB_DP_TRUNK)
			trunk->vlans = calloc(VLANS, sizeof(*trunk->vlans));
		if (c->use == WB_DP_TRUNK && trunk->vlans == NULL)
			return -ENOMEM;
	}
	for (unsigned i = 0; i < conf->n_ports; i++) {
		const struct wb_dp_port_conf *c = &conf->ports[i];

		if (c->vlan == 0)
			continue;
		if (c->vlan >= VLANS - 1 || c->trunk >= conf->n_ports ||
			dp->ports[c->trunk].vlans == NULL ||
			dp->ports[c->trunk].vlans[c->vlan] != 0) {
			LOG(ERR, "port %s: VLAN %u on no trunk, or taken\n", c->name, c->vlan);
			return -EINVAL;
		}
		dp->ports[c->trunk].vlans[c->vlan] = (uint8_t)(i + 1);
	}
	return 0;
}

// Takes over what its trunk, which has been started, can do.
static int
start(struct wb_dp *dp, struct port *p)
{
	const struct port *trunk = &dp->ports[p->conf.trunk];

	p->wire = &dp->ports[p->conf.trunk];
	p->n_rx = 0;
	p->n_tx = trunk->n_tx;
	p->socket = trunk->socket;
	p->hw_checksum = trunk->hw_checksum;
	p->mac = trunk->mac;
	p->started = true;
	return 0;
}

static void
stop(struct port *p)
{
	p->started = false;
}

static unsigned
rx(struct worker *w, struct rx_queue *q, struct rte_mbuf **pkts, unsigned max)
{
	(void)w;
	(void)q;
	(void)pkts;
	(void)max;
	return 0;
}

// Tags a packet, or has the trunk do that. Returns false if there is no room for the tag.
static bool
tag(const struct port *p, struct rte_mbuf **m)
{
	(*m)->vlan_tci = p->conf.vlan;
	if (p->wire->inserts_tag) {
		(*m)->ol_flags |= RTE_MBUF_F_TX_VLAN;
		return true;
	}
	return rte_vlan_insert(m) == 0; // also adds to l2_len, for the checksum offloads
}

static unsigned
tx(struct worker *w, const struct port *p, unsigned queue, struct rte_mbuf **pkts, unsigned n)
{
	struct port_count *count = &w->counts[p - w->dp->ports];
	unsigned len[TX_BURST], tagged = 0, left = n, sent;
	uint64_t bytes = 0;

	while (tagged < left) {
		len[tagged] = rte_pktmbuf_pkt_len(pkts[tagged]);
		if (likely(tag(p, &pkts[tagged]))) {
			tagged++;
		} else { // to the end, where the caller finds what was not sent
			struct rte_mbuf *m = pkts[tagged];

			pkts[tagged] = pkts[--left];
			pkts[left] = m;
		}
	}
	sent = p->wire->ops->tx(w, p->wire, queue, pkts, tagged);
	for (unsigned i = 0; i < sent; i++)
		bytes += len[i];
	count->tx_packets += sent;
	count->tx_bytes += bytes;
	count->tx_errors += n - sent;
	return sent;
}

const struct port_ops port_vlan = {
	.start = start,
	.stop = stop,
	.rx = rx,
	.tx = tx,
};
