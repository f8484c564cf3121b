/* SPDX-License-Identifier: BSD-3-Clause */
// A WAN that can be used, and over which the hub does not answer: told once, and when it does later.
#ifndef CONTROL_WAN_WATCH_H
#define CONTROL_WAN_WATCH_H

#include "tunnels.h"
#include "wb_time.h"

#define WAN_WATCH_AFTER (10 * WB_SEC)

struct wan_watch {
	wb_ns_t since; // probed in vain; 0: not so
	bool told;
};

enum wan_word { WAN_SAYS_NOTHING, WAN_IS_SILENT, WAN_ANSWERS };

// What is to be told now. probed: its port can be used and there is a session. state: of its path. Returns WAN_ANSWERS
// only after WAN_IS_SILENT; w->since is then still when that began.
enum wan_word wan_watch(struct wan_watch *w, bool probed, enum wb_path_state state, wb_ns_t now);

struct wan_watches {
	struct wan_watch ports[WB_DP_PORTS_MAX];
	wb_ns_t look_at;
};

// Edge: looks once a second, and logs what is to be told.
void wans_watch(struct wan_watches *watches, const struct tunnels *t, wb_ns_t now);

#endif
