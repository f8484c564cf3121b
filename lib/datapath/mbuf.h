/* SPDX-License-Identifier: BSD-3-Clause */
// What a packet carries through the graph, in the mbuf's private area.
#ifndef WB_DATAPATH_MBUF_H
#define WB_DATAPATH_MBUF_H

#include <rte_mbuf.h>

#include "wb_addr.h"
#include "wb_drop.h"
#include "wb_pkt.h"

struct keypair;

// Where a packet from a worker's ring goes.
enum handover { HANDOVER_DATAGRAM, HANDOVER_INNER, HANDOVER_SEND };

struct mbuf_priv {
	struct wb_pkt pkt; // first: a wb_pkt is its mbuf, see pkt_mbuf()
	union {
		struct {
			struct wb_addr from;
			uint64_t wire_number, number;
			uint32_t receiver; // index in the datagram
			uint32_t wire_len; // outer IP packet, bytes
		} rx;
		struct {
			struct keypair *key;
			uint64_t number;
		} tx;
	};
	uint16_t tunnel;
	uint8_t path;     // id in the header
	uint8_t drop;     // enum wb_drop, for the drop node
	uint8_t handover; // enum handover
};

#define MBUF_PRIV RTE_ALIGN_CEIL(sizeof(struct mbuf_priv), RTE_MBUF_PRIV_ALIGN)
_Static_assert(sizeof(struct mbuf_priv) <= 2 * RTE_CACHE_LINE_SIZE, "grows every mbuf");
_Static_assert(offsetof(struct mbuf_priv, pkt) == 0, "pkt_mbuf() counts on it");

// Room for a frame of 1500 bytes and for what AF_XDP takes off a chunk (256 bytes in front).
#define MBUF_ROOM 2048
#define MBUF_MTU_MAX                                                                               \
	1600 // of packets, inner and outer: with every header in front they fit the room

static inline struct mbuf_priv *
mbuf_priv(struct rte_mbuf *m)
{
	return rte_mbuf_to_priv(m);
}

static inline struct rte_mbuf *
pkt_mbuf(struct wb_pkt *pkt)
{
	return (struct rte_mbuf *)((char *)pkt - sizeof(struct rte_mbuf));
}

#endif
