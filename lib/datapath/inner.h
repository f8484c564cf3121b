/* SPDX-License-Identifier: BSD-3-Clause */
// An inner IP packet, read once: what the nodes, the MSS clamp and ICMP need to know of it.
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

// Reads the packet at p[0..room). WB_DROP_NONE, or why it is not to be forwarded: BAD_IP,
// BAD_CHECKSUM (IPv4 header), TOO_SHORT.
enum wb_drop inner_read(struct inner *in, uint8_t *p, uint32_t room);
// The same of a packet of which only the first `have` bytes of `room` stand at p. All headers and 8 bytes
// behind them must be there, else TOO_SHORT.
enum wb_drop inner_read_part(struct inner *in, uint8_t *p, uint32_t have, uint32_t room);
// Not for a router: multicast, broadcast, link-local, loopback or unspecified addresses.
bool inner_stays(const struct inner *in);
// Somebody waits for an answer: a TCP SYN, a ping, a DNS query. And this may be one: all but ICMP errors, which a router on
// the way sends too.
bool inner_asks(const struct inner *in);
bool inner_answers(const struct inner *in);
// Of addresses, protocol and ports; of addresses and protocol for fragments.
uint32_t inner_hash(const struct inner *in);
// Of the machine in the LAN: the source address, or the destination.
uint32_t inner_host(const struct inner *in, bool source);
// One off TTL or hop limit, which is > 1.
void inner_decrement_ttl(const struct inner *in);
// ECN field to CE (RFC 3168), checksum kept right.
void inner_mark_ce(uint8_t *ip);
// Finishes a checksum that the sending host left to its hardware: a virtual port (veth, TAP) has
// none, and its field still holds the sum of the pseudo header alone.
void inner_complete_checksum(const struct inner *in);
// Lowers the MSS of a TCP SYN to what a packet of `mtu` bytes carries (RFC 6691). Never raises it.
void inner_clamp_mss(const struct inner *in, unsigned mtu);

#endif
