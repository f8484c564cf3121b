/* SPDX-License-Identifier: BSD-3-Clause */
// Inner packets larger than MBUF_MTU_MAX, such as jumbo frames of a LAN. The other end has one buffer for each
// packet, so those that may be cut go on as IPv4 fragments that fit the tunnel. A packet that needs several buffers
// arrives as a chain. There are no chains after lan_input.
#ifndef WB_DATAPATH_LARGE_H
#define WB_DATAPATH_LARGE_H

#include <rte_mbuf.h>

#include "inner.h"

#define LARGE_FRAGMENTS 64 // of the longest packet there is, at the smallest inner MTU

// Joins a chain that fits one buffer. Returns false if it does not fit.
bool large_join(struct rte_mbuf *m);
// Does what inner_read() does for a chain whose IP header is `offset` bytes into its first buffer.
enum wb_drop large_read(struct inner *in, struct rte_mbuf *m, unsigned offset);
// Cuts the IPv4 packet in m (without a frame, DF not set, `len` bytes) into fragments of at most `mtu` bytes, each in
// one buffer of the pool (RFC 791 3.2). Frees m. Returns the number of fragments; 0: no buffers, or a header that
// cannot be cut.
unsigned large_cut(struct rte_mbuf *m, uint32_t len, unsigned mtu, struct rte_mempool *pool,
	struct rte_mbuf **out);

#endif
