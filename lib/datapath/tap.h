/* SPDX-License-Identifier: BSD-3-Clause */
// The workers' side of a TAP: as rte_eth_rx_burst() and rte_eth_tx_burst().
#ifndef WB_DATAPATH_TAP_H
#define WB_DATAPATH_TAP_H

#include <rte_mbuf.h>

#include "wb_tap.h"

unsigned tap_queues(const struct wb_tap *tap);
// Takes up to `max` packets from the kernel into mbufs of `pool`. Without an mbuf they wait.
unsigned tap_rx(struct wb_tap *tap, unsigned queue, struct rte_mempool *pool,
	struct rte_mbuf **pkts, unsigned max);
// Hands n frames to the kernel, which are freed then. What it does not take is put to the end of
// pkts[], the caller's to free; returns the number of the others.
unsigned tap_tx(struct wb_tap *tap, unsigned queue, struct rte_mbuf **pkts, unsigned n);

#endif
