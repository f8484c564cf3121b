/* SPDX-License-Identifier: BSD-3-Clause */
// How a flow wants to be carried, from its behaviour: small, paced packets at a low rate are REALTIME
// (calls, games, terminals); all else is DEFAULT here, and BULK once its queue stands (flow_queue).
//
//   level = max(0, level - elapsed x FLOW_CLASS_RATE) + packet + WB_OVERHEAD     bytes, a flow
//   realtime: FLOW_CLASS_PACKETS packets and FLOW_CLASS_NEW of time without a pause of FLOW_CLASS_PAUSE,
//   every one at most FLOW_CLASS_SIZE and level at most FLOW_CLASS_BURST. One that is not costs the flow
//   FLOW_CLASS_PENALTY. A realtime flow may be silent for FLOW_CLASS_SILENT (a call's pauses).
//
// A class given by rule (WB_PKT_CLASS_SET) stands. Realtime packets of all flows, recognised or by
// rule, share `cap`: when they exceed it, the flows that send more than their share of it lose the class
// for FLOW_CLASS_PENALTY, so a flood takes the realtime queue from nobody. What is sent as realtime in
// any span t is at most cap x t + cap x (FLOW_CLASS_DEPTH + FLOW_CLASS_DEBT), or FLOW_CLASS_DEPTH_MIN
// where that is more than cap x FLOW_CLASS_DEPTH.
#ifndef WB_BOND_FLOW_CLASS_H
#define WB_BOND_FLOW_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "send_tunables.h"
#include "wb_pkt.h"
#include "wb_time.h"

struct flow_class;

// Remembers 2048 flows, the least recently seen of a set of four gives way. NULL: alloc failed.
struct flow_class *flow_class_create(void *(*alloc)(void *ctx, size_t size), void *ctx);
// Sets what realtime may take, in bit/s on the wire; raised to FLOW_CLASS_CAP_MIN.
void flow_class_set_cap(struct flow_class *c, uint64_t bps);
// Prefetches for a packet of this hash, which comes soon.
void flow_class_prefetch(struct flow_class *c, uint32_t hash);
// Sets pkt->sclass of a packet from the inner network (len, hash, and sclass with WB_PKT_CLASS_SET are filled).
// Takes WB_PKT_CLASS_SET off where the cap demands it.
void flow_class_packet(struct flow_class *c, struct wb_pkt *pkt, wb_ns_t now);
// Packets that asked for REALTIME and went as DEFAULT because of the cap.
uint64_t flow_class_demoted(const struct flow_class *c);

#endif
