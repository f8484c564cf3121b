/* SPDX-License-Identifier: BSD-3-Clause */
// A kernel port: a port of the datapath whose other end is the kernel, by system calls. Unlike DPDK's net_tap
// and net_af_packet it takes and gives packets of a flow in pieces of up to 64 KB, so that the kernel
// routes, translates and forwards some forty of them at the cost of one.
#ifndef WB_KPORT_H
#define WB_KPORT_H

#include <stdbool.h>
#include <stdint.h>

#define WB_KPORT_QUEUES 32

struct wb_kport;

// Of packets as the datapath sees them; pieces: of what went over the boundary. errors: what the kernel, or
// we, would not take; missed: what found no room in the socket.
struct wb_kport_stats {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_missed, rx_pieces;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_pieces;
};

// An interface's hardware type (ARPHRD_*) is none of Ethernet's: to us its frames are IP packets.
bool wb_kport_is_raw_ip(uint16_t type);

// Makes a TAP `name` with a queue for each of `n` workers, 1..WB_KPORT_QUEUES; the interface lives as long
// as the handle. -EBUSY: somebody has one of that name; -EOPNOTSUPP: this kernel cannot do it; other
// errors of open(2) and ioctl(2) on /dev/net/tun.
int wb_kport_open_tap(const char *name, unsigned n, struct wb_kport **port);
// Makes a TAP that outlives the port, with its addresses and routes, or takes up again one that does; `mac`
// becomes its address. Without a process that has it open it has no carrier. Errors as above.
int wb_kport_open_mirror(
	const char *name, unsigned n, const uint8_t mac[6], struct wb_kport **port);
// Whether a TAP's interface has a carrier. Errors of ioctl(2).
int wb_kport_set_carrier(struct wb_kport *port, bool on);
// A packet socket on interface `name`, Ethernet or raw IP, with one queue; without such an interface it waits for wb_kport_bind().
// Nothing comes before the datapath has started it. Errors of socket(2), setsockopt(2) and bind(2).
int wb_kport_open_packet(const char *name, struct wb_kport **port);
// There is an interface of that name now, or again after it was removed or became raw IP. -ENODEV, or errors as above.
int wb_kport_bind(struct wb_kport *port, const char *name);
// No worker uses it any more.
void wb_kport_close(struct wb_kport *port);
bool wb_kport_raw_ip(const struct wb_kport *port); // as it was bound
// errno of the last write that the kernel refused, since it was last asked; 0: none.
int wb_kport_refusal(struct wb_kport *port);
const uint8_t *wb_kport_mac(const struct wb_kport *port); // 6 bytes
const char *wb_kport_kind(const struct wb_kport *port);   // "tap", "packet"
void wb_kport_stats(struct wb_kport *port, struct wb_kport_stats *s);
void wb_kport_stats_clear(struct wb_kport *port);

#endif
