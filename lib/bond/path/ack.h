/* SPDX-License-Identifier: BSD-3-Clause */
// What has arrived on one path, and when to say so: after ACK_EVERY datagrams that ask for it, or
// ACK_DELAY (a quarter of the round trip if that is less) after the first of them.
#ifndef WB_BOND_ACK_H
#define WB_BOND_ACK_H

#include <stdbool.h>

#include "path_tunables.h"
#include "wb_time.h"
#include "wb_wire.h"

#define ACK_RANGES 256 // at +-25 ms and 9000 datagrams a second there are about 140

struct ack {
	struct wb_ack_range ranges[ACK_RANGES]; // descending, never touching
	unsigned n;
	uint64_t largest;
	uint32_t largest_us;    // our clock when it arrived
	uint32_t largest_bytes; // `bytes` at that moment
	uint32_t bytes;         // of outer IP packets, cumulative, mod 2^32
	unsigned pending;       // datagrams not yet reported that ask for it
	unsigned shown;         // ranges in the frames of this report
	uint64_t low,
		low_before; // least number that arrived since the last report, and the one before
	uint64_t want;      // this report must reach down to it
	uint64_t floor;     // largest number when the horizon last moved
	wb_ns_t floor_at;   // when it moves next
	wb_ns_t due;        // WB_NEVER: nothing to report
	wb_ns_t last;
};

void ack_init(struct ack *a);
// Notes that datagram `number` arrived. eliciting: it carried more than ACKs. delay: srtt / 4.
void ack_received(struct ack *a, uint64_t number, uint32_t bytes, wb_ns_t now);
void ack_elicited(struct ack *a, wb_ns_t srtt, wb_ns_t now);
// Fills the report of path id `path` and takes it as sent. At most max further ranges.
void ack_report(struct ack *a, uint8_t path, unsigned max, struct wb_frame *f);
// Fills in another frame for the same datagram, where news lie below what was shown. It goes on with the last
// range shown, so that its largest number is never news. Returns false if there is nothing more to say.
bool ack_report_more(struct ack *a, uint8_t path, unsigned max, struct wb_frame *f);

#endif
