/* SPDX-License-Identifier: BSD-3-Clause */
// CUBIC (RFC 9438) with HyStart's two signals as Linux has them. Windows in segments, integers only.
#ifndef CUBIC_H
#define CUBIC_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

// Of a TCP sender, segments.
struct tcp_window {
	uint32_t cwnd, ssthresh;
};
#define TCP_INITIAL_WINDOW 10 // RFC 6928
#define TCP_UNLIMITED (1u << 30)

struct cubic {
	uint32_t acked;     // toward the next increase of cwnd
	uint32_t w_max;     // window before the last reduction
	uint32_t origin;    // plateau of the present epoch
	uint64_t k_ms;      // time to the plateau
	wb_ns_t epoch;      // began; 0: with the next ACK
	uint32_t count;     // segments acknowledged for one more in cwnd
	uint32_t last_cwnd; // when that was worked out, and
	wb_ns_t last_update;
	uint32_t estimate, estimate_acked; // Reno-friendly window (RFC 9438 4.3)
	wb_ns_t min_rtt;
	// HyStart
	bool found;
	uint64_t round_end; // segment that ends the round
	wb_ns_t round_start, last_ack, round_min_rtt;
	uint32_t samples;
};

void cubic_init(struct cubic *c);
struct cubic_ack {
	wb_ns_t rtt;       // of the newest segment acknowledged
	uint64_t una, nxt; // the sender's, segments
};
void cubic_rtt(struct cubic *c, struct tcp_window *w, const struct cubic_ack *a, wb_ns_t now);
// n segments newly acknowledged, while the window was what limited the sender.
void cubic_acked(struct cubic *c, struct tcp_window *w, uint32_t n, wb_ns_t rtt, wb_ns_t now);
// Congestion: sets ssthresh, the caller brings cwnd there.
void cubic_congestion(struct cubic *c, struct tcp_window *w);
void cubic_timeout(struct cubic *c, uint64_t nxt, wb_ns_t now);

#endif
