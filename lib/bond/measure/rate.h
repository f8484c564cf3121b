/* SPDX-License-Identifier: BSD-3-Clause */
// Delivery rate of one path: bytes that arrived over the *receiver's* clock, so that bunched
// acknowledgements (5G, DOCSIS uplinks) do not disturb it. A sample spans at least RATE_WINDOW:
// a burst of a few packets measures nothing on a link that is scheduled in slots.
#ifndef WB_BOND_RATE_H
#define WB_BOND_RATE_H

#include "measure_tunables.h"
#include "wb_time.h"

#include <stdbool.h>

#define RATE_HISTORY 64
#define RATE_MAX UINT64_C(100000000000) // bit/s; a report that says more is nonsense

struct rate {
	struct rate_point {
		uint32_t recv_us; // receiver's clock when the datagram arrived
		uint32_t bytes;   // cumulative, mod 2^32
		wb_ns_t sent;     // our clock when it was sent
	} points[RATE_HISTORY];
	unsigned head, n;
};

struct rate_sample {
	uint64_t bps;      // bit/s; 0: no sample yet
	uint32_t bytes;    // that it is made of
	wb_ns_t sent_from; // when the first and the last datagram of the sample were sent
	wb_ns_t sent_to;
	wb_ns_t received; // time in which it arrived
	// The last datagrams that took at least RATE_TRAIN to arrive: sent in less, they met the
	// bottleneck, and their rate is its.
	uint32_t train_bytes;
	wb_ns_t train_sent, train_received;
};

void rate_init(struct rate *r);
// Takes a report: the datagram sent at `sent` arrived at recv_us, when `bytes` had arrived in all.
struct rate_sample rate_report(struct rate *r, uint32_t recv_us, uint32_t bytes, wb_ns_t sent);

#endif
