/* SPDX-License-Identifier: BSD-3-Clause */
// The realtime packets that wait, beside the flow queue, so that no other packet is before them. Flows take turns
// (deficit round robin, REALTIME_QUANTUM bytes a turn): one that floods holds up no other.
// Their rate is bounded before they come here (flow_class.h), so no queue management is wanted.
#ifndef WB_BOND_REALTIME_QUEUE_H
#define WB_BOND_REALTIME_QUEUE_H

#include <stdbool.h>

#include "turns.h"
#include "wb_pkt.h"

#define REALTIME_FLOWS 256 // by pkt->bucket, which is a keyed hash
#define REALTIME_QUANTUM 400
#define REALTIME_PACKETS 1024

struct realtime_queue {
	struct realtime_flow {
		struct wb_pkt *head, *tail;
		uint32_t packets;
		int32_t deficit;
		struct turn turn;
	} flows[REALTIME_FLOWS];
	struct turns turns; // of the flows that have packets
	uint32_t packets;
};

void realtime_queue_init(struct realtime_queue *l);
// Takes ownership; pkt->bucket is set. Returns NULL; or, with more than REALTIME_PACKETS, one to drop: the
// oldest of the flow that has most (of realtime packets the newest are worth most).
struct wb_pkt *realtime_queue_add(struct realtime_queue *l, struct wb_pkt *pkt);
struct wb_pkt *realtime_queue_take(struct realtime_queue *l); // NULL: empty

#endif
