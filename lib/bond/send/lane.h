/* SPDX-License-Identifier: BSD-3-Clause */
// Realtime packets that wait: a lane beside the flow queue, so that no other packet is before them. Round
// robin by flow (deficit round robin, LANE_QUANTUM bytes a turn): one that floods holds up no other.
// Their rate is bounded before they come here (flow_class.h), so no queue management is wanted.
#ifndef WB_BOND_LANE_H
#define WB_BOND_LANE_H

#include <stdbool.h>

#include "turns.h"
#include "wb_pkt.h"

#define LANE_FLOWS 256 // by pkt->bucket, which is a keyed hash
#define LANE_QUANTUM 400
#define LANE_PACKETS 1024

struct lane {
	struct lane_flow {
		struct wb_pkt *head, *tail;
		uint32_t packets;
		int32_t deficit;
		struct turn turn;
	} flows[LANE_FLOWS];
	struct turns turns; // of the flows that have packets
	uint32_t packets;
};

void lane_init(struct lane *l);
// Takes ownership; pkt->bucket is set. Returns NULL; or, with more than LANE_PACKETS, one to drop: the
// oldest of the flow that has most (of realtime packets the newest are worth most).
struct wb_pkt *lane_add(struct lane *l, struct wb_pkt *pkt);
struct wb_pkt *lane_take(struct lane *l); // NULL: empty

#endif
