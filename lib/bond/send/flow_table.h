/* SPDX-License-Identifier: BSD-3-Clause */
// Which bucket a flow has, and which slot its host, a machine of the LAN. Both tables are set-associative, as
// CAKE's: what is in use at one time collides only when a set is full. A bucket belongs to one host.
//
// A bucket is a flow's for as long as packets of it come, and FLOW_TABLE_STALE after: by then no earlier packet is
// held for order anywhere, so the flow may have another one the next time. A new flow gets one that is stale. If its
// set has none, it takes one of the host that has most of the set, if that has two more than its own host at
// least; else it shares one with flows of its own host, and with any as the last resort.
#ifndef WB_BOND_FLOW_TABLE_H
#define WB_BOND_FLOW_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "send_tunables.h"
#include "wb_pkt.h"
#include "wb_time.h"
#include "wb_wire.h"

#define FLOW_TABLE_WAYS 8
#define FLOW_TABLE_HOSTS 256
#define FLOW_TABLE_HOST_WAYS 4
#define FLOW_TABLE_TIME(now) ((uint32_t)((now) >> 20)) // units of 2^20 ns

struct flow_table {
	uint64_t seed;
	uint32_t flows[WB_BUCKETS];     // hashes; 0: never used
	uint32_t flow_seen[WB_BUCKETS]; // when a packet came last
	uint16_t owners[WB_BUCKETS];    // hosts
	bool busy[WB_BUCKETS];          // packets wait there (the caller sets it): it is not stale
	uint32_t hosts[FLOW_TABLE_HOSTS];
	uint32_t host_seen[FLOW_TABLE_HOSTS];
};

struct flow_place {
	uint16_t bucket, host;
	bool fresh; // the bucket is given to this flow now: what is known of it, or waits there, is of another one
};

// 0 is what was never used.
static inline uint32_t
flow_table_tag(uint32_t hash)
{
	return hash ? hash : 1;
}

struct flow_place flow_table_search(struct flow_table *t, const struct wb_pkt *pkt, uint32_t time);

// Finds where a packet belongs that came. pkt->bucket may be any guess; with the right one there is no search.
static inline struct flow_place
flow_table_find(struct flow_table *t, const struct wb_pkt *pkt, wb_ns_t now)
{
	uint32_t time = FLOW_TABLE_TIME(now);
	struct flow_place p = { .bucket = pkt->bucket % WB_BUCKETS };

	p.host = t->owners[p.bucket];
	if (t->flows[p.bucket] != flow_table_tag(pkt->hash) ||
		t->hosts[p.host] != flow_table_tag(pkt->host))
		return flow_table_search(t, pkt, time);
	t->flow_seen[p.bucket] = time;
	t->host_seen[p.host] = time;
	return p;
}

// Returns the bucket that a flow has, or may get.
uint16_t flow_table_guess(const struct flow_table *t, uint32_t flow);

#endif
