/* SPDX-License-Identifier: BSD-3-Clause */
// Decides which of the hub's addresses is used, and which one is tried. Pure.
//
// With no session, each address is used in turn for HUB_MOVE_TRY, until one answers a handshake. With a session, the
// paths stay where they are. Another address is only tried, by a handshake, when the one in use does not answer or is
// not one of the hub's any more; the paths move once it has answered, with the hub's key. If none does, all stays.
#ifndef CONTROL_HUB_MOVE_H
#define CONTROL_HUB_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

#define HUB_MOVE_TRY (3 * WB_SEC)          // for the answer of an address
#define HUB_MOVE_AGAIN_LEAST (30 * WB_SEC) // after no other one answered; doubled each time
#define HUB_MOVE_AGAIN_MOST (600 * WB_SEC)

struct hub_move {
	bool known;          // there is an address in use
	uint8_t in_use[4];   // by the paths
	uint8_t target[4];   // handshakes go there
	wb_ns_t since;       // when the target became that
	bool silent;         // the one in use does not answer; else it is not listed any more
	unsigned next, left; // of the list: to be tried
	unsigned failures;
	wb_ns_t again_at;
	uint64_t handshakes; // as last seen
};

// What the sessions say.
struct hub_seen {
	bool running;         // not stopped by the operator
	bool session;         // there is one
	bool outside;         // a handshake goes to the target, not only inside the session
	bool inside_answered; // the last handshake's answer came inside the session
	uint64_t handshakes;  // so far
	wb_ns_t trying_since; // when the handshake under way began
};

enum hub_step {
	HUB_STAY,
	HUB_USE,    // in_use is another one; it has not answered yet. A handshake is to begin
	HUB_TRY,    // a handshake with the target is to begin, outside the session
	HUB_RETURN, // no other one has answered: a handshake with in_use is to begin
	HUB_MOVED,  // in_use is another one, which has answered
};

enum hub_step hub_move_step(struct hub_move *m, const uint8_t list[][4], unsigned n,
	const struct hub_seen *seen, wb_ns_t now);
// Says that the list has changed: what failed before may succeed now.
void hub_move_anew(struct hub_move *m);

#endif
