/* SPDX-License-Identifier: BSD-3-Clause */
// Watches for WANs that can be used but over which the hub does not answer. Logs that once, and when it answers.
#ifndef CONTROL_WAN_WATCH_H
#define CONTROL_WAN_WATCH_H

#include "tunnels.h"
#include "wb_time.h"

#define WAN_WATCH_AFTER (10 * WB_SEC)

struct wan_watch {
	wb_ns_t since; // probed without an answer since then; 0: not so
	bool told;
};

enum wan_word { WAN_SAYS_NOTHING, WAN_IS_SILENT, WAN_ANSWERS };

// Returns what is to be logged now. probed: the port can be used and there is a session. state: the path's.
// WAN_ANSWERS only follows WAN_IS_SILENT; w->since still says when the silence began.
enum wan_word wan_watch(struct wan_watch *w, bool probed, enum wb_path_state state, wb_ns_t now);

struct wan_watches {
	struct wan_watch ports[WB_DP_PORTS_MAX];
	wb_ns_t look_at;
};

// Checks an edge's WANs once a second and logs what has changed.
void wans_watch(struct wan_watches *watches, const struct tunnels *t, wb_ns_t now);

#endif
