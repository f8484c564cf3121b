/* SPDX-License-Identifier: BSD-3-Clause */
// The workers' side of a kernel port, similar to rte_eth_rx_burst() and rte_eth_tx_burst().
#ifndef WB_DATAPATH_KPORT_H
#define WB_DATAPATH_KPORT_H

#include <stdatomic.h>

#include <rte_mbuf.h>

#include "gso.h"
#include "mbuf.h"
#include "wb_datapath.h"
#include "wb_kport.h"

#define LARGE_SEGS ((GSO_FRAME + MBUF_ROOM - 1) / MBUF_ROOM)

// A queue belongs to its worker, or is used under the port's lock. The control thread reads the counters.
struct kport_queue {
	int fd;              // fixed: read(2) and write(2) carry a virtio header and a frame
	bool udp;            // the kernel takes segmented UDP
	_Atomic int refusal; // errno of the last write that failed
	struct wb_kport_stats stats;
	struct gso_cut cut; // of `frame`; done: read the next
	struct gso_merge merge;
	bool trunk;
	uint16_t tci; // of a trunk: the tag of `frame`, which comes beside it; VLAN 0: none of ours
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

// Receives up to `max` packets from the kernel into mbufs of `pool`. A packet of more than MBUF_ROOM bytes becomes
// a chain. Packets wait in the kernel while there are no mbufs.
unsigned kport_rx(struct wb_kport *port, unsigned queue, struct rte_mempool *pool,
	struct rte_mbuf **pkts, unsigned max);
// Sends n frames to the kernel, at most GSO_BURST, and frees them. Returns how many the kernel took. The others are
// moved to the end of pkts[], for the caller to free.
unsigned kport_tx(struct wb_kport *port, unsigned queue, struct rte_mbuf **pkts, unsigned n);

// Do the same on an interface without Ethernet headers.
unsigned kport_raw_ip_rx(
	struct wb_kport *port, struct rte_mempool *pool, struct rte_mbuf **pkts, unsigned max);
unsigned kport_raw_ip_tx(struct wb_kport *port, struct rte_mbuf **pkts, unsigned n);

// kport_open.c: attaches the filter for that use to a packet socket, and starts to receive. 0 or -errno.
int kport_start(struct wb_kport *port, enum wb_dp_use use, uint16_t udp_port);

#endif
