/* SPDX-License-Identifier: BSD-3-Clause */
// The workers' side of a kernel port: as rte_eth_rx_burst() and rte_eth_tx_burst().
#ifndef WB_DATAPATH_KPORT_H
#define WB_DATAPATH_KPORT_H

#include <stdatomic.h>

#include <rte_mbuf.h>

#include "gso.h"
#include "mbuf.h"
#include "wb_datapath.h"
#include "wb_kport.h"

#define LARGE_SEGS ((GSO_FRAME + MBUF_ROOM - 1) / MBUF_ROOM)

// Its worker's, or under the port's lock; counters are read by the control thread.
struct kport_queue {
	int fd;              // fixed: read(2) and write(2) carry a virtio header and a frame
	bool udp;            // the kernel takes segmented UDP
	_Atomic int refusal; // errno of the last write that failed
	struct wb_kport_stats stats;
	struct gso_cut cut; // of `frame`; done: read the next
	struct gso_merge merge;
	uint8_t frame[GSO_FRAME];
	uint8_t large[GSO_FRAME]; // a packet of it that needs several buffers
} __rte_cache_aligned;

struct wb_kport {
	bool tap; // else a packet socket
	unsigned n;
	_Atomic unsigned ifindex; // of a packet socket; control: wo
	_Atomic bool raw_ip;      // its interface has no Ethernet header; control: wo
	uint8_t mac[6];           // made up where there is no Ethernet
	enum wb_dp_use use;       // control: what its filter is for
	uint16_t udp_port;
	uint64_t missed;               // control
	struct wb_kport_stats cleared; // control: what the counters were
	struct kport_queue *queues[WB_KPORT_QUEUES];
};

// Takes up to `max` packets from the kernel into mbufs of `pool`, one of more than MBUF_ROOM bytes into a
// chain of them. Without mbufs they wait.
unsigned kport_rx(struct wb_kport *port, unsigned queue, struct rte_mempool *pool,
	struct rte_mbuf **pkts, unsigned max);
// Hands n frames to the kernel, at most GSO_BURST, which are freed then. What it does not take is put to
// the end of pkts[], the caller's to free; returns the number of the others.
unsigned kport_tx(struct wb_kport *port, unsigned queue, struct rte_mbuf **pkts, unsigned n);

// The same where the interface has no Ethernet header.
unsigned kport_raw_ip_rx(
	struct wb_kport *port, struct rte_mempool *pool, struct rte_mbuf **pkts, unsigned max);
unsigned kport_raw_ip_tx(struct wb_kport *port, struct rte_mbuf **pkts, unsigned n);

// kport_open.c: puts the filter for that use on a packet socket, and lets it receive. 0 or -errno.
int kport_start(struct wb_kport *port, enum wb_dp_use use, uint16_t udp_port);

#endif
