// SPDX-License-Identifier: BSD-3-Clause
// Takes packets from the inner network into the flow queue.
#include "tunnel.h"

#define PACKETS_AHEAD 4 // prefetched

void
wb_tunnel_enqueue(struct wb_tunnel *t, struct wb_pkt **pkts, unsigned n, wb_ns_t now)
{
	now = tunnel_clock(t, now);
	tunnel_release_done(t);
	t->active_at = now;
	for (unsigned i = 0; i < n; i++) {
		struct wb_pkt *pkt = pkts[i];
		bool asks = pkt->flags & WB_PKT_CLASS_SET && pkt->sclass == WB_CLASS_REALTIME;

		if (i + PACKETS_AHEAD < n) {
			flow_class_prefetch(t->classes, pkts[i + PACKETS_AHEAD]->hash);
			flow_queue_prefetch(t->queue, pkts[i + PACKETS_AHEAD]);
		}
		t->stats.in_packets++;
		t->stats.in_bytes += pkt->len;
		pkt->tx.queued = now;
		pkt->tx.refs = 0;
		pkt->tx.tries = 0;
		pkt->flags &= WB_PKT_CLASS_SET;
		flow_class_packet(t->classes, pkt, now);
		// What asked for realtime and is too much for it need not wait longer than others.
		pkt->hold = equal_looks(&t->equal) && !asks ? tunnel_equal_hold(t, pkt) : 0;
		if (t->closing)
			tunnel_release(t, pkt, WB_DROP_CLOSED);
		else
			flow_queue_enqueue(t->queue, pkt, now);
	}
	t->data_at = 0;
}
