/* SPDX-License-Identifier: BSD-3-Clause */
// A TAP of our own: an interface of the kernel's whose other end is a port of the datapath. Unlike DPDK's
// net_tap it takes and gives packets of a flow in pieces of up to 64 KB, so that the kernel routes,
// translates and forwards some forty of them at the cost of one.
#ifndef WB_TAP_H
#define WB_TAP_H

#include <stdint.h>

#define WB_TAP_QUEUES 32

struct wb_tap;

// Of packets as the datapath sees them, not of the pieces. tx_errors, rx_errors: what the kernel, or we,
// would not take.
struct wb_tap_stats {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_pieces;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_pieces;
};

// Makes interface `name` with a queue for each of `n` workers, 1..WB_TAP_QUEUES; it lives as long as the
// handle. -EEXIST, -EBUSY: somebody has one of that name; -EOPNOTSUPP: this kernel cannot do it;
// other errors of open(2) and ioctl(2) on /dev/net/tun.
int wb_tap_open(const char *name, unsigned n, struct wb_tap **tap);
// No worker uses it any more.
void wb_tap_close(struct wb_tap *tap);
const uint8_t *wb_tap_mac(const struct wb_tap *tap);   // 6 bytes
const char *wb_tap_features(const struct wb_tap *tap); // what it does in pieces, in words
void wb_tap_stats(const struct wb_tap *tap, struct wb_tap_stats *s);
void wb_tap_stats_clear(struct wb_tap *tap);

#endif
