/* SPDX-License-Identifier: BSD-3-Clause */
// Does anything come back from the Internet behind the hub? Packets that ask for an answer go out (TCP's SYN, pings, DNS
// queries), and for WAY_OUT_AFTER nothing comes but ICMP errors: told once, and when something does. At a hub of what
// goes into its egress, at an edge of what goes into the tunnel; for IPv4 and IPv6 apart.
#ifndef CONTROL_WAY_OUT_H
#define CONTROL_WAY_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "tunnels.h"
#include "wb_time.h"

#define WAY_OUT_AFTER (10 * WB_SEC)
#define WAY_OUT_ASKED 10 // packets at least

struct way_out {
	uint64_t asked, answered; // counters when there was last nothing to complain of
	wb_ns_t since;            // first asked after that; 0: not
	bool dead;                // told
};

enum way_word { WAY_SAYS_NOTHING, WAY_IS_DEAD, WAY_IS_BACK };

// What is to be told now, by the counters of both kinds. reached: packets get as far as the hub.
enum way_word way_out(
	struct way_out *w, uint64_t asked, uint64_t answered, bool reached, wb_ns_t now);

struct ways_out {
	struct way_out family[2]; // IPv4, IPv6
	wb_ns_t look_at;
};

// Looks once a second, and logs what is to be told.
void way_out_watch(struct ways_out *ways, const struct tunnels *t, unsigned n_workers, wb_ns_t now);
// What is wrong behind the hub; "": all is well as far as is known.
const char *way_out_state(const struct ways_out *w);

#endif
