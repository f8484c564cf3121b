/* SPDX-License-Identifier: BSD-3-Clause */
// Inner packets larger than MBUF_MTU_MAX, jumbo frames of a LAN: the other end has one buffer for a packet.
// Those that may be cut go on as IPv4 fragments that fit the tunnel. What needs more than one buffer comes
// as a chain; behind lan_input there are none.
#ifndef WB_DATAPATH_LARGE_H
#define WB_DATAPATH_LARGE_H

#include <rte_mbuf.h>

#include "inner.h"

#define LARGE_FRAGMENTS 64 // of the longest packet there is, at the smallest inner MTU

// Joins a chain that fits one buffer after all. False: it does not.
bool large_join(struct rte_mbuf *m);
// As inner_read() of a chain whose IP header stands `offset` bytes into its first buffer.
enum wb_drop large_read(struct inner *in, struct rte_mbuf *m, unsigned offset);
// Cuts the IPv4 packet in m (no frame in front, DF not set, `len` bytes) into fragments of at most `mtu`
// bytes, each in one buffer of the pool (RFC 791 3.2). Frees m; returns their number, 0: no buffers,
// or a header that cannot be cut.
unsigned large_cut(struct rte_mbuf *m, uint32_t len, unsigned mtu, struct rte_mempool *pool,
	struct rte_mbuf **out);

#endif
