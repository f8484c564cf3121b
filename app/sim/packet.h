/* SPDX-License-Identifier: BSD-3-Clause */
// What travels in the simulator: inner packets of the flow models, and the outer datagrams that
// carry them over a link. Payload bytes do not exist, only their number does.
#ifndef PACKET_H
#define PACKET_H

#include <stdint.h>

#include <stdbool.h>

#include "wb_addr.h"
#include "wb_fec.h"
#include "wb_pkt.h"

enum side { SIDE_EDGE, SIDE_HUB, SIDES };

#define SACK_BLOCKS 3 // that fit beside timestamps (RFC 2018)

struct seg_range {
	uint64_t start, end; // segments, end not included
};

enum tcp_flag {
	TCP_ECE = 1 << 0,
	TCP_CWR = 1 << 1,
	TCP_DSACK = 1 << 2, // sack[0] reports a duplicate (RFC 2883)
};

// An inner packet. wb stands first: the tunnel's handle is the packet.
struct packet {
	struct wb_pkt wb;
	uint32_t flow;  // index
	uint32_t whole; // its length when it was made: a joined packet must have it again
	uint32_t slice, slice_len; // rx: the part that was carried
	uint8_t to;                // enum side
	uint8_t tcp_flags, n_sack;
	bool split, left; // between the ends of the tunnel (split.h); has left the flow queue
	wb_ns_t made;     // when its sender made it
	uint64_t seq;     // UDP, voip, ping: number; TCP: segment
	uint64_t ack;     // TCP: next segment expected; 0 with data
	uint32_t ts, ecr; // TCP timestamps, ms
	uint64_t edge;    // TCP: first segment that there is no room for; 0: not told
	struct seg_range sack[SACK_BLOCKS + 1];
	struct symbol *symbol; // of the erasure code; NULL: none
};

struct symbol_source {
	uint8_t meta[WB_FEC_META];
	struct packet packet;
};
struct symbol {
	uint32_t own; // indexes that were added
	uint32_t all; // of the group, once a repair symbol has been added
	bool mixed;   // with another group: garbage comes out
	uint8_t meta[WB_FEC_META];
	struct symbol_source sources[WB_FEC_SOURCES];
};

// An outer datagram on a link; in `direct` transport just a wrapper.
struct datagram {
	struct packet *inner;
	struct datagram *next; // in a host's receive queue
	uint16_t link;
	uint8_t path;
	uint8_t to; // enum side
	uint32_t wire_len, plain_len;
	uint64_t number;   // low 48 bits
	uint16_t nat_port; // toward the edge: the mapping it was sent to
	struct wb_addr from;
	uint8_t plain[2304]; // frames; the payload's bytes are never written
};

#endif
