/* SPDX-License-Identifier: BSD-3-Clause */
// A kernel port: a port of the datapath that exchanges packets with the kernel by system calls. Unlike DPDK's net_tap
// and net_af_packet it passes packets of a flow in pieces of up to 64 KB. So the kernel routes, translates and
// forwards some forty packets at the cost of one.
#ifndef WB_KPORT_H
#define WB_KPORT_H

#include <stdbool.h>
#include <stdint.h>

#define WB_KPORT_QUEUES 32

struct wb_kport;

// Counters of packets as the datapath sees them, and of the pieces in which they were passed. errors: refused by the
// kernel or by us; missed: there was no room in the socket.
struct wb_kport_stats {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_missed, rx_pieces;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_pieces;
};

// Returns whether an interface of that hardware type (ARPHRD_*) has no Ethernet: its frames are IP packets.
bool wb_kport_is_raw_ip(uint16_t type);

// Makes a TAP `name` with a queue for each of `n` workers, 1..WB_KPORT_QUEUES. The interface exists as long as the
// port. -EBUSY: there is one of that name; -EOPNOTSUPP: this kernel cannot do it; other errors of open(2) and
// ioctl(2) on /dev/net/tun.
int wb_kport_open_tap(const char *name, unsigned n, struct wb_kport **port);
// Makes a TAP that outlives the port with its addresses and routes, or takes up such a TAP again, and sets its
// address to `mac`. It has no carrier while no process has it open. Errors as above.
int wb_kport_open_mirror(
	const char *name, unsigned n, const uint8_t mac[6], struct wb_kport **port);
// Sets whether a TAP's interface has a carrier. Errors of ioctl(2).
int wb_kport_set_carrier(struct wb_kport *port, bool on);
// Opens a packet socket with one queue on interface `name`, Ethernet or raw IP. If there is no such interface, it
// waits for wb_kport_bind(). It receives nothing before the datapath has started it. Errors of socket(2),
// setsockopt(2) and bind(2).
int wb_kport_open_packet(const char *name, struct wb_kport **port);
// Binds the port to an interface that has appeared, come back or changed its kind. -ENODEV, or errors as above.
int wb_kport_bind(struct wb_kport *port, const char *name);
// Closes a port that no worker uses any more.
void wb_kport_close(struct wb_kport *port);
bool wb_kport_raw_ip(const struct wb_kport *port); // as it was bound
// Returns the errno of the last write that the kernel refused since the last call; 0: none.
int wb_kport_refusal(struct wb_kport *port);
const uint8_t *wb_kport_mac(const struct wb_kport *port); // 6 bytes
const char *wb_kport_kind(const struct wb_kport *port);   // "tap", "packet"
void wb_kport_stats(struct wb_kport *port, struct wb_kport_stats *s);
void wb_kport_stats_clear(struct wb_kport *port);

#endif
