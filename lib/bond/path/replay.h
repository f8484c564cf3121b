/* SPDX-License-Identifier: BSD-3-Clause */
// Anti-replay window of one path's packet numbers (RFC 6479): accepts each number once, and none
// more than WB_REPLAY_WINDOW behind the largest.
#ifndef WB_BOND_REPLAY_H
#define WB_BOND_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define WB_REPLAY_WINDOW 8192 // numbers; the bitmap has one more word, see RFC 6479 2

struct replay {
	uint64_t next; // largest accepted + 1; 0: none yet
	uint64_t bitmap[WB_REPLAY_WINDOW / 64 + 1];
};

void replay_init(struct replay *r);
// Returns whether it would be accepted now.
bool replay_check(const struct replay *r, uint64_t number);
// Accepts it. false: seen before or too old.
bool replay_accept(struct replay *r, uint64_t number);

#endif
