/* SPDX-License-Identifier: BSD-3-Clause */
// An edge and a hub, joined by their WAN wires, with keys as a handshake would leave them:
//
//   host 192.168.40.9 -- lan [edge] wan0 198.51.100.1 ---- 203.0.113.10 uplink [hub] egress -- kernel
//                             [    ] wan1 198.51.101.1 ---/
#ifndef WB_TEST_NODE_LINK_H
#define WB_TEST_NODE_LINK_H

#include "../unit/harness.h"
#include "packet.h"

enum { EDGE_LAN, EDGE_WAN0, EDGE_WAN1, EDGE_KERNEL };
enum { HUB_UPLINK, HUB_EGRESS };

#define LINK_LATE 512

struct link {
	struct wb_dp *edge, *hub;
	wb_ns_t now;
	uint32_t index;               // of the next pair of keys
	uint32_t features;            // of the next session, besides fragments
	struct wb_aead_limits limits; // of the edge's next keys
	unsigned lose_every;          // toward the hub, one frame of so many; 0: none
	wb_ns_t delay;                // toward the hub
	unsigned carried;             // frames toward the hub
	struct {
		struct frame frame;
		wb_ns_t at;
	} late[LINK_LATE]; // in the order of their times
	unsigned n_late;
};

void link_open(struct link *l, unsigned workers); // at each end
void link_close(struct link *l);
// New keys at both ends, as after a handshake: the hub first, then the edge.
void link_keys(struct link *l, bool new_session);
// Walks both for `time`, carrying frames over the WANs without delay.
void link_run(struct link *l, wb_ns_t time);
// Runs until a path is up at both ends. False: not within a second.
bool link_up(struct link *l);
unsigned link_paths_up(struct wb_dp *dp);
// A test's main(): the EAL, a link with one worker at each end, the tests.
int link_test(struct link *l, const char *suite, const struct harness_test *tests, size_t n);
#define LINK_TEST(l, suite, tests) link_test(l, suite, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
