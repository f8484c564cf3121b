/* SPDX-License-Identifier: BSD-3-Clause */
// Follows an edge's hub where its names and answers say it is: asks the DNS through the WANs, and has sessions, paths,
// routes and rules use another address.
#ifndef CONTROL_HUB_FOLLOW_H
#define CONTROL_HUB_FOLLOW_H

#include "hub_kept.h"
#include "hub_move.h"
#include "hub_names.h"

#define HUB_FOLLOW_TEXT 384

struct control;

struct hub_follow {
	struct hub_names names;
	struct hub_move move;
	struct hub_kept kept;
	struct resolver *resolver;                 // NULL: there is no name to ask for
	unsigned ways;                             // that the last question took
	char told[WB_CONFIG_HOSTS][HUB_NAMES_WHY]; // failures, as last logged
	wb_ns_t told_silent;                       // that an address does not answer
	wb_ns_t silent_since;                      // no address has answered since then; 0: not so
};

// Begins with the configured and the kept addresses.
void hub_follow_start(struct control *ctl);
// Asks, listens and moves, whenever something is due. Never blocks.
void hub_follow_upkeep(struct control *ctl, wb_ns_t now);
void hub_follow_stop(struct control *ctl);
// Writes how the i-th configured address or name stands: "vps.example.net: 203.0.113.10, resolved 12 s ago". Returns
// false past the last.
bool hub_follow_text(
	const struct control *ctl, unsigned i, wb_ns_t now, char text[HUB_FOLLOW_TEXT]);

#endif
