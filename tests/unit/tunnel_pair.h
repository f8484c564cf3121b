/* SPDX-License-Identifier: BSD-3-Clause */
// Two tunnels joined by ideal links in hand-driven time, for the tests of the facade: each path has
// a delay in either direction, may be cut, and may lose every n-th datagram.
#ifndef TUNNEL_PAIR_H
#define TUNNEL_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "../support/tunnel_end.h"
#include "wb_tunnel.h"

#define PAIR_PATHS 4
#define PAIR_QUEUE 65536
#define PAIR_TICK (100 * WB_US)

struct pair_end {
	struct tunnel_end end; // first
	struct pair *pair;
	struct wb_tunnel *t;
	uint64_t delivered, delivered_bytes, released[WB_DROP_COUNT];
	uint64_t out_of_order, marked;
	uint32_t next_hash_seq; // of the test's own numbering, in the payload
	unsigned events[8];
	enum wb_path_state last_state;
	struct wb_event last_event;
	unsigned messages;
	uint8_t message[WB_MESSAGE_MAX]; // the last one
	size_t message_len;
};

struct pair_datagram {
	wb_ns_t at;
	uint64_t number;
	uint8_t end; // that receives
	uint8_t path, link;
	uint32_t len;
	uint32_t stamp; // the payload's number, 0: no payload
	uint8_t plain[WB_TX_HEAD_MAX];
	uint16_t payload;
	uint16_t from_port; // 0: the sender's own
};

struct pair {
	wb_ns_t now;
	struct pair_end end[2]; // WB_ROLE_EDGE, WB_ROLE_HUB
	unsigned n_paths;
	wb_ns_t delay[PAIR_PATHS][2]; // toward the edge, toward the hub
	bool cut[PAIR_PATHS][2];
	bool tells_not[2]; // an end that knows no PATH_STATE: none leaves it
	bool stopped[2];   // an end: what comes waits for it
	unsigned lose_every[PAIR_PATHS];
	unsigned pass_every[PAIR_PATHS]
			   [2];   // toward the edge, the hub: of so many datagrams only one; 0: all
	unsigned mtu[PAIR_PATHS]; // larger outer packets vanish; 0: none do
	uint64_t sent[PAIR_PATHS][2];
	uint16_t hub_sees_port[PAIR_PATHS]; // the edge's address as the hub sees it
	// Somebody on the way delivers a copy of each datagram to the hub first, from racer_port, and passes on
	// what comes back there, as far as racer_passes bytes of head and payload; changes: from another port each.
	bool raced[PAIR_PATHS], racer_changes;
	uint16_t racer_port;
	unsigned racer_passes;
	uint64_t to_racer; // datagrams
	struct pair_datagram *queue;
	unsigned n_queue;
	uint32_t stamp; // last payload number
	uint64_t live;  // packets that exist
};

void pair_open(struct pair *p, unsigned n_paths, const struct wb_tunnel_conf *conf);
void pair_close(struct pair *p);
void pair_session(struct pair *p, uint32_t features);
// Packets of `len` bytes from one end; hash chooses the flow.
void pair_send(struct pair *p, enum wb_role from, uint32_t hash, uint32_t len, unsigned n);
void pair_run(struct pair *p, wb_ns_t duration);
// Runs until path `slot` of `role` is in `state`; false: not within `limit`.
bool pair_wait(
	struct pair *p, enum wb_role role, unsigned slot, enum wb_path_state state, wb_ns_t limit);
// What an end says of its path `slot`; WB_PATH_FREE: it has none there.
struct wb_path_stats pair_path(const struct pair *p, enum wb_role role, unsigned slot);

#endif
