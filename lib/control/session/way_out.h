/* SPDX-License-Identifier: BSD-3-Clause */
// Watches whether the Internet behind the hub answers. Packets that ask for an answer go out (TCP's SYN, pings,
// DNS queries), and nothing but ICMP errors comes back for WAY_OUT_AFTER: that is logged once, and its end.
// A hub counts what goes into its egress, an edge what goes into the tunnel; IPv4 and IPv6 are counted apart.
#ifndef CONTROL_WAY_OUT_H
#define CONTROL_WAY_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "tunnels.h"
#include "wb_time.h"

#define WAY_OUT_AFTER (10 * WB_SEC)
#define WAY_OUT_ASKED 10 // so many packets at least

struct way_out {
	uint64_t asked, answered; // the counters when all was last well
	wb_ns_t since;            // when the first packet left after that; 0: none has
	bool dead;                // logged
};

enum way_word { WAY_SAYS_NOTHING, WAY_IS_DEAD, WAY_IS_BACK };

// Returns what is to be logged now, by the counters of both kinds. reached: packets reach the hub.
enum way_word way_out(
	struct way_out *w, uint64_t asked, uint64_t answered, bool reached, wb_ns_t now);

struct ways_out {
	struct way_out family[2]; // IPv4, IPv6
	wb_ns_t look_at;
};

// Checks once a second and logs what has changed.
void way_out_watch(struct ways_out *ways, const struct tunnels *t, unsigned n_workers, wb_ns_t now);
// Returns what is wrong behind the hub, or "".
const char *way_out_state(const struct ways_out *w);

#endif
