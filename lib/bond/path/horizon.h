/* SPDX-License-Identifier: BSD-3-Clause */
// Up to when one path has delivered what was sent on it. A packet that is missing has left there before
// the horizon or not at all: it is lost, once its path has brought something sent later by more than
// datagrams overtake each other there (RACK, RFC 8985, seen from the receiver). Times are of the sender's
// clock, which all paths of a tunnel share: 32 bits of microseconds.
#ifndef WB_BOND_HORIZON_H
#define WB_BOND_HORIZON_H

#include <stdbool.h>
#include <stdint.h>

#include "path_tunables.h"
#include "wb_time.h"

struct horizon {
	bool valid;
	uint32_t newest_us; // when the latest-sent datagram that has come left
	wb_ns_t at;         // when anything came last
	wb_ns_t overtaken;  // by so much, all but a few
};

void horizon_received(struct horizon *h, uint32_t sent_us, wb_ns_t now);
// Returns whether nothing that left at sent_us or before is to be waited for on this path.
bool horizon_passed(const struct horizon *h, uint32_t sent_us, wb_ns_t now);

#endif
