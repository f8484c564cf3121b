/* SPDX-License-Identifier: BSD-3-Clause */
// What flow_queue.c, which keeps the packets, and flow_turns.c, which says who is next, share.
#ifndef WB_BOND_FLOW_QUEUE_IMPL_H
#define WB_BOND_FLOW_QUEUE_IMPL_H

#include "fattest.h"
#include "flow_bucket.h"
#include "flow_queue.h"
#include "flow_table.h"
#include "realtime_queue.h"
#include "turns.h"

enum list { ON_NO_LIST, ON_NEW, ON_OLD };

struct host {
	struct fattest buckets;
	struct fattest_node fat; // among the hosts
	struct turns fresh, old; // of its buckets
	struct turn turn;        // among the hosts
	int32_t deficit;
};

struct flow_queue {
	struct flow_queue_conf conf;
	struct flow_law law;
	uint32_t packets, bytes;
	uint32_t fresh_buckets;  // on all hosts' lists of new ones
	uint32_t listed;         // hosts on a list
	struct turns fresh, old; // of hosts
	struct fattest fat;
	struct realtime_queue realtime;
	struct flow_table table;
	struct host hosts[FLOW_TABLE_HOSTS];
	struct flow_bucket buckets[WB_BUCKETS];
};

// Packets came to a bucket, or left it: brings all totals up to date.
static inline void
flow_queue_settle(struct flow_queue *q, struct flow_bucket *b)
{
	const struct fattest_of buckets = { &q->buckets[0].fat, sizeof(*b) };
	const struct fattest_of hosts = { &q->hosts[0].fat, sizeof(struct host) };
	struct host *h = &q->hosts[b->host];
	uint32_t more = b->bytes - b->fat.bytes; // modulo 2^32

	q->packets += b->packets - b->fat_packets;
	q->bytes += more;
	b->fat_packets = b->packets;
	if (!fattest_stays(&b->fat, b->bytes))
		fattest_move(&h->buckets, &buckets, (uint16_t)(b - q->buckets), b->bytes);
	if (!fattest_stays(&h->fat, h->fat.bytes + more))
		fattest_move(&q->fat, &hosts, b->host, h->fat.bytes + more);
}

// flow_turns.c. Nobody waits for a turn.
void flow_turns_forget(struct flow_queue *q);
// Has a bucket with a packet, and its host, take turns from now on.
void flow_turns_add(struct flow_queue *q, struct flow_bucket *b);
// Takes a bucket without a packet out of the turns.
void flow_turns_remove(struct flow_queue *q, struct flow_bucket *b);
// Has the bucket's host pay for what goes over the wire, which the hosts share.
void flow_turns_charge(struct flow_queue *q, const struct flow_bucket *b, uint32_t bytes);
// Returns the packet whose turn it is, NULL: none. *sparse as for flow_queue_dequeue().
struct wb_pkt *flow_turns_take(struct flow_queue *q, wb_ns_t now, bool *sparse);

#endif
