/* SPDX-License-Identifier: BSD-3-Clause */
// The packets of one bucket that wait, first in first out, under CoDel (RFC 8289) and overload.h; and whether its
// queue stands, which makes its packets class BULK. flow_queue.c has them take turns.
#ifndef WB_BOND_FLOW_BUCKET_H
#define WB_BOND_FLOW_BUCKET_H

#include "codel.h"
#include "fattest.h"
#include "flow_queue.h"
#include "overload.h"
#include "turns.h"

// What an enqueue needs is together.
struct flow_bucket {
	struct wb_pkt *head, *tail;
	uint32_t bytes, packets;
	// Of flow_queue.c:
	struct fattest_node fat; // among those of its host; fat.bytes: what the totals know of
	uint32_t fat_packets;
	int32_t deficit;
	struct turn turn; // among those of its host
	uint16_t host;

	uint8_t sclass;    // of the last packet
	bool bulk;         // has a standing queue
	wb_ns_t last_seen; // last enqueue
	struct codel codel;
	struct overload overload;
	uint32_t deep_run; // dequeues running that left several packets
	wb_ns_t bulk_due;  // it is bulk when above target until then; 0: below target
	wb_ns_t bulk_seen; // last time the queue stood
	wb_ns_t sojourn;
	uint64_t sent_packets, sent_bytes, drops, marks;
	uint64_t bulk_from; // sent_bytes when it became bulk
};

// What all buckets share.
struct flow_law {
	const struct flow_queue_conf *conf;
	wb_ns_t target_swing;
	uint32_t max_packet; // largest seen
	uint64_t marks;
	struct reach reach;
};

// Returns what a packet counts for. One of no length counts as a byte, else a bucket could have packets without
// bytes.
static inline uint32_t
flow_bytes(const struct wb_pkt *pkt)
{
	return pkt->len ? pkt->len : 1;
}

static inline void
flow_bucket_add(struct flow_bucket *b, struct wb_pkt *pkt)
{
	if (b->head)
		b->tail->next = pkt;
	else
		b->head = pkt;
	b->tail = pkt;
	b->packets++;
	b->bytes += flow_bytes(pkt);
	b->sclass = pkt->sclass;
}

// Returns the next packet to send. NULL: none. What CoDel and overload.h drop goes through conf->drop.
struct wb_pkt *flow_bucket_take(struct flow_bucket *b, struct flow_law *law, wb_ns_t now);
// Drops the oldest packet; there is one.
void flow_bucket_drop(struct flow_bucket *b, const struct flow_law *law, enum wb_drop reason);
// Sets the class of a packet that is sent, and counts it.
static inline void
flow_bucket_sent(struct flow_bucket *b, struct wb_pkt *pkt)
{
	b->sent_packets++;
	b->sent_bytes += pkt->len;
	if (b->bulk && pkt->len > FLOW_SMALL && pkt->sclass == WB_CLASS_DEFAULT &&
		!(pkt->flags & WB_PKT_CLASS_SET))
		pkt->sclass = WB_CLASS_BULK;
	b->sclass = pkt->sclass;
}

// Forgets what was learnt of the flow, as an empty bucket goes to another one.
void flow_bucket_forget(struct flow_bucket *b);
// Fills in all but the bucket's number.
void flow_bucket_stats(const struct flow_bucket *b, struct wb_flow_stats *s);

#endif
