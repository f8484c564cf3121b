/* SPDX-License-Identifier: BSD-3-Clause */
// The one place where packets wait: FQ-CoDel (RFC 8290) over hosts (pkt->host), and over the WB_BUCKETS flow queues
// of each: flow_table.h says which one; pkt->bucket is set on enqueue. Realtime packets wait in a
// queue of their own (realtime_queue.h): no bucket holds them up, and CoDel does not look at them.
// The CoDel target of a bucket that has stood backlogged for a while is `target_bulk` (a lone TCP flow must
// fill paths of 50 ms), and more as it carries more (reach.h); of the others `target`.
#ifndef WB_BOND_FLOW_QUEUE_H
#define WB_BOND_FLOW_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reach.h"
#include "send_tunables.h"
#include "wb_drop.h"
#include "wb_pkt.h"
#include "wb_tunnel.h"

struct flow_queue;

struct flow_queue_conf {
	uint32_t packets, bytes; // limits over all buckets
	uint32_t quantum;        // bytes; 0: 1514
	wb_ns_t target;          // 0: 5 ms
	wb_ns_t target_bulk;     // 0: 15 ms
	wb_ns_t interval;        // 0: 100 ms
	uint64_t seed;
	void *(*alloc)(void *ctx, size_t size);                           // zeroed
	void (*drop)(void *ctx, struct wb_pkt *pkt, enum wb_drop reason); // takes ownership
	void (*mark_ce)(void *ctx, struct wb_pkt *pkt); // CoDel would drop, but the packet is ECT
	void *ctx;
};

struct flow_queue *flow_queue_create(const struct flow_queue_conf *conf); // NULL: alloc failed
// Sets interval and bulk target, which follow the paths' delays. 0 keeps what is set. target_swing: the bulk
// target with what the dips of the paths' rates ask for; 0: the same.
void flow_queue_tune(
	struct flow_queue *q, wb_ns_t interval, wb_ns_t target_bulk, wb_ns_t target_swing);
// Sets how far a bulk flow's backlog may be above its target, so that slower paths help.
void flow_queue_reach(struct flow_queue *q, const struct reach *reach);
// Sets another limit than conf.packets, from the next packet on.
void flow_queue_limit(struct flow_queue *q, uint32_t packets);
// Takes ownership. Beyond a limit, packets are dropped from the head of the fattest host's fattest bucket, a
// batch of up to 64 at once (RFC 8290 4.1), through conf.drop with WB_DROP_QUEUE_LIMIT; beyond
// REALTIME_PACKETS realtime ones, one of those.
void flow_queue_enqueue(struct flow_queue *q, struct wb_pkt *pkt, wb_ns_t now);
// Prefetches for a packet that comes soon (its hash is filled).
void flow_queue_prefetch(struct flow_queue *q, struct wb_pkt *pkt);
// Returns the packet to send next. NULL: empty. CoDel's drops go through conf.drop. *sparse tells whether it is a
// realtime one or came from a list of new flows (RFC 8290 4.2) while its host may pass others: such packets go
// first and on the quickest path. pkt->sclass WB_CLASS_DEFAULT becomes WB_CLASS_BULK for packets of a backlogged
// bucket, unless WB_PKT_CLASS_SET or the packet is small.
struct wb_pkt *flow_queue_dequeue(struct flow_queue *q, wb_ns_t now, bool *sparse);
// Return likewise only a realtime packet, and only one of the new flows.
struct wb_pkt *flow_queue_dequeue_realtime(struct flow_queue *q, wb_ns_t now);
struct wb_pkt *flow_queue_dequeue_new(struct flow_queue *q, wb_ns_t now);
// Charges a host for a packet that was dequeued and goes out so many times more.
void flow_queue_copied(struct flow_queue *q, const struct wb_pkt *pkt, unsigned copies);
uint32_t flow_queue_packets(const struct flow_queue *q);
uint32_t flow_queue_bytes(const struct flow_queue *q);
// Drops all with `reason`.
void flow_queue_flush(struct flow_queue *q, enum wb_drop reason);
uint32_t flow_queue_active(const struct flow_queue *q, wb_ns_t since); // buckets seen since then
uint64_t flow_queue_marks(const struct flow_queue *q);
int flow_queue_stats(const struct flow_queue *q, unsigned *cursor, struct wb_flow_stats *s);

#endif
