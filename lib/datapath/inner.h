/* SPDX-License-Identifier: BSD-3-Clause */
// What the nodes, the MSS clamp and ICMP need to know of an inner IP packet. Its headers are read once.
#ifndef WB_DATAPATH_INNER_H
#define WB_DATAPATH_INNER_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_drop.h"

struct inner {
	uint8_t *ip;              // header
	const uint8_t *src, *dst; // addresses in it
	uint32_t len;             // of the packet
	uint16_t l4;              // offset of the transport header
	uint8_t family;           // 4 or 6
	uint8_t proto;            // of the transport header
	uint8_t ttl, tos;         // or hop limit, traffic class
	bool fragment;            // any fragment
	bool later_fragment;      // not the first: no transport header
	bool dont_fragment;       // IPv4 DF; always with IPv6
};

// Reads the packet at p[0..room). Returns WB_DROP_NONE, or why it must not be forwarded: BAD_IP, BAD_CHECKSUM (of
// the IPv4 header), TOO_SHORT.
enum wb_drop inner_read(struct inner *in, uint8_t *p, uint32_t room);
// Reads a packet of which only the first `have` bytes of `room` are at p. All headers and 8 bytes after them must
// be there, else it is TOO_SHORT.
enum wb_drop inner_read_part(struct inner *in, uint8_t *p, uint32_t have, uint32_t room);
// Returns whether a router must not forward it: multicast, broadcast, link-local, loopback, unspecified addresses.
bool inner_stays(const struct inner *in);
// Return whether it asks for an answer (a TCP SYN, a ping, a DNS query), and whether it may be one. ICMP errors are
// no answers, as a router on the way sends them, too.
bool inner_asks(const struct inner *in);
bool inner_answers(const struct inner *in);
// Returns a hash of addresses, protocol and ports. Fragments have no ports. Who does not know the seed cannot make a flow
// that has another's hash.
uint32_t inner_hash(const struct inner *in, uint32_t seed);
// Returns inner_hash() of the packets that go the other way in the flow of this one, where this one may only be an
// acknowledgement: TCP, and what looks like QUIC on UDP from or to port 443, unless its DSCP asks for realtime. 0: something
// else, or it cannot be told.
uint32_t inner_reverse_hash(const struct inner *in, uint32_t seed);
// Returns a hash of the LAN's host: of the source or the destination address.
uint32_t inner_host(const struct inner *in, bool source);
// Decrements the TTL or hop limit, which is > 1.
void inner_decrement_ttl(const struct inner *in);
// Sets the ECN field to CE (RFC 3168) and corrects the checksum.
void inner_mark_ce(uint8_t *ip);
// Completes a checksum that the sender left to its hardware. A virtual port (veth, TAP) has no such hardware, so
// the field only holds the sum of the pseudo header.
void inner_complete_checksum(const struct inner *in);
// Lowers the MSS of a TCP SYN to what a packet of `mtu` bytes carries (RFC 6691). Never raises it.
void inner_clamp_mss(const struct inner *in, unsigned mtu);

#endif
