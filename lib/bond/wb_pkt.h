/* SPDX-License-Identifier: BSD-3-Clause */
// An inner packet as lib/bond sees it: a handle with what is needed to queue, number and resend it.
// The payload belongs to the user of the library (an mbuf, a simulator's record) and is never read.
#ifndef WB_PKT_H
#define WB_PKT_H

#include <stdint.h>

#include "wb_time.h"

// How a packet wants to be carried. Carried in each DATA frame (the receiver never classifies).
enum wb_class {
	WB_CLASS_DEFAULT,
	WB_CLASS_REALTIME, // not held for order, two quickest paths
	WB_CLASS_BULK,     // backlogged: may wait for order and several resends
	WB_CLASS_COUNT
};
// Class that a DSCP asks for (RFC 4594, 5865, 8622): REALTIME for EF, VOICE-ADMIT, CS4 to CS7 and
// AF4x; BULK for LE and CS1; DEFAULT, no wish, for the others.
enum wb_class wb_class_of_dscp(unsigned dscp);

enum wb_pkt_flag {
	WB_PKT_ACKED = 1 << 0,     // some copy has arrived: other copies need no resend
	WB_PKT_IN_RESEND = 1 << 1, // linked in the resend queue
	WB_PKT_NUMBERED = 1 << 2,  // bucket sequence assigned
	WB_PKT_GIVEN_UP = 1 << 3,  // too late to be useful: never sent again
	WB_PKT_CLASS_SET = 1 << 4, // class given by a rule: not to be recognised from behaviour
};

// Filled by the user before wb_tunnel_enqueue(): len, hash, host, ecn, sclass (and WB_PKT_CLASS_SET).
// All else is lib/bond's while it holds the packet.
struct wb_pkt {
	struct wb_pkt *next; // link of the list that holds it
	uint32_t len;        // inner packet, bytes
	uint32_t hash; // of addresses, protocol and ports (addresses and protocol for fragments)
	uint32_t host; // of the address of the machine in the LAN
	uint32_t seq;  // sequence in its bucket
	uint16_t bucket;
	uint8_t sclass; // enum wb_class
	uint8_t ecn;    // inner ECN codepoint (RFC 3168): 0 not-ECT, 1 ECT(1), 2 ECT(0), 3 CE
	uint8_t flags;  // enum wb_pkt_flag
	uint8_t hold; // WB_HOLD_UNITs: how long the receiver holds it, beyond the quickest path's delay
	uint8_t path; // slot of the path that carried it last
	union {
		struct {                    // a packet that is to be sent, until it is released
			wb_ns_t queued;     // when it entered the flow queue
			wb_ns_t first_sent; // when it first left on a path
			uint16_t refs;      // sent records and lists that still point here
			uint8_t tries;      // times sent again
		} tx;
		struct { // a packet that was received, until it is delivered
			wb_ns_t arrived;
			wb_ns_t gap_seen;  // since when a gap right before it is known
			wb_ns_t due;       // when playout lets it go
			uint32_t sent_us;  // when it left, by the sender's clock
			uint16_t off;      // bytes of frames before the inner packet in wb_rx.plain
			uint16_t fragment; // where this fragment begins in its packet
		} rx;
	};
};
_Static_assert(sizeof(void *) != 8 || sizeof(struct wb_pkt) <= 64, "more than a cache line");

#endif
