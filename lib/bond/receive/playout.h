/* SPDX-License-Identifier: BSD-3-Clause */
// A jitter buffer behind the reorder buffer, for paths whose datagrams overtake each other by much. A packet
// that comes early there brings its flow nothing, for others will be late and hold it up; but a sender that
// takes the least round trip for the path's (BBR) then keeps too little on the way. So it is played out, as
// RFC 3550 calls it, when most packets of its path would come:
//   sent + the path's playout delay, at most `most` after it was in order
// Order within a flow bucket stays. WB_CLASS_REALTIME, and what came on other paths while nothing of its bucket
// waits, passes at once.
#ifndef WB_BOND_PLAYOUT_H
#define WB_BOND_PLAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "wb_drop.h"
#include "wb_pkt.h"

struct playout;

struct playout_conf {
	uint32_t
		packets; // that wait in all buckets at most; beyond, what is due first is played out
	void *(*alloc)(void *ctx, size_t size);                       // zeroed
	void (*deliver)(void *ctx, struct wb_pkt **pkts, unsigned n); // batches up to 64
	void (*drop)(void *ctx, struct wb_pkt *pkt, enum wb_drop reason);
	void *ctx;
};

struct playout *playout_create(const struct playout_conf *conf); // NULL: alloc failed
// Sets the playout delay of a path, its slot below WB_PATHS_MAX: us of the receiver's clock at arrival minus the
// sender's at departure, mod 2^32; and the longest wait. most 0: none.
void playout_set_delay(struct playout *o, unsigned slot, uint32_t delay_us, wb_ns_t most);
// Sets the delay of the quickest path, as above: what has a hold is due so long after it would have come there.
// Before it is set, holds count nothing.
void playout_set_quickest(struct playout *o, uint32_t delay_us);
// Sets another limit than conf.packets, not above it.
void playout_limit(struct playout *o, uint32_t packets);
// Takes packets in order, up to 64; bucket, sclass, hash (when it left) and last_path (slot it came on) are set.
// Takes ownership.
void playout_received(struct playout *o, struct wb_pkt **pkts, unsigned n, wb_ns_t now);
wb_ns_t playout_next_deadline(const struct playout *o);
void playout_expire(struct playout *o, wb_ns_t now);
void playout_reset(struct playout *o); // a new session: plays out all, forgets the delays
void playout_flush(struct playout *o, enum wb_drop reason); // drops what waits
uint32_t playout_waiting(const struct playout *o);

#endif
