/* SPDX-License-Identifier: BSD-3-Clause */
// Every packet and datagram ends in sent, queued or one of these. The name is what telemetry, the
// CLI and docs/counters.md show.
#ifndef WB_DROP_H
#define WB_DROP_H

// X(enum suffix, name, what happened)
#define WB_DROPS(X)                                                                                \
	X(NONE, "none", "not a drop: the packet was delivered or acknowledged")                    \
	X(NO_SESSION, "no_session", "no session with the other end yet")                           \
	X(NO_PATH, "no_path", "no path is up and the flow queue's patience ended")                 \
	X(QUEUE_LIMIT, "queue_limit",                                                              \
		"flow queue full: packet of the fattest flow (RFC 8290 4.1)")                      \
	X(CODEL, "codel", "flow queue: CoDel signalled congestion to the sender (RFC 8289)")       \
	X(OVERLOAD, "overload", "flow queue: waited too long, in a flow that does not slow down")  \
	X(LOST, "lost", "lost on the way and not worth sending again any more")                    \
	X(DUPLICATE, "duplicate", "inner packet had been received before")                         \
	X(FRAGMENT_TIMEOUT, "fragment_timeout", "fragments of a packet did not all arrive")        \
	X(BAD_REPAIR, "bad_repair", "rebuilt by error correction, but not as it was sent")         \
	X(REPLAY, "replay", "datagram number seen before or too old (RFC 6479)")                   \
	X(BAD_FRAME, "bad_frame", "authenticated datagram with a frame that cannot be parsed")     \
	X(BAD_PATH, "bad_path", "path id not valid in this session")                               \
	X(CLOSED, "closed", "tunnel is closing")                                                   \
	X(TOO_SHORT, "too_short", "truncated frame, packet or datagram")                           \
	X(NOT_OURS, "not_ours",                                                                    \
		"left to the kernel: for this machine, its networks or routes, or no IP")          \
	X(BAD_CHECKSUM, "bad_checksum", "bad IPv4 or UDP checksum")                                \
	X(BAD_TYPE, "bad_type", "datagram type not known")                                         \
	X(UNKNOWN_INDEX, "unknown_index", "no session has this receiver index")                    \
	X(AUTH, "auth", "authentication failed")                                                   \
	X(HANDSHAKE_LIMIT, "handshake_limit", "too many handshakes waiting")                       \
	X(BAD_SOURCE, "bad_source", "inner source address outside the edge's networks")            \
	X(NO_ROUTE, "no_route", "no edge or LAN route for the inner destination")                  \
	X(NO_NEIGHBOUR, "no_neighbour", "next hop's MAC address not resolved yet")                 \
	X(MTU, "mtu", "does not fit and must not be fragmented; sender was told by ICMP")          \
	X(TTL, "ttl", "TTL or hop limit used up; sender was told by ICMP")                         \
	X(BAD_IP, "bad_ip", "inner packet is not well-formed IPv4 or IPv6")                        \
	X(NO_MBUF, "no_mbuf", "packet memory exhausted")                                           \
	X(TX_FULL, "tx_full", "port's transmit ring full")                                         \
	X(PORT_DOWN, "port_down", "port has gone or its link is down")                             \
	X(PUNT_LIMIT, "punt_limit",                                                                \
		"for the kernel beside a port of DPDK's, which had its share of the worker's "     \
		"time")                                                                            \
	X(NO_VLAN, "no_vlan", "frame without a VLAN tag on a trunk")                               \
	X(UNKNOWN_VLAN, "unknown_vlan", "frame of a VLAN that no port is configured for")

enum wb_drop {
#define X(id, name, text) WB_DROP_##id,
	WB_DROPS(X)
#undef X
		WB_DROP_COUNT
};

// Returns the name, or the description, of a drop reason. "?": out of range.
const char *wb_drop_name(enum wb_drop reason);
const char *wb_drop_text(enum wb_drop reason);

#endif
