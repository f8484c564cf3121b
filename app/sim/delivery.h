/* SPDX-License-Identifier: BSD-3-Clause */
// How fast a path delivers, as a sender can know it (draft-cheng-iccrg-delivery-rate-estimation-02):
// between the acknowledgement that a packet was sent upon and its own. Shared by BBR over TCP and QUIC.
#ifndef DELIVERY_H
#define DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

// What a packet takes along when it is sent.
struct delivery_stamp {
	uint64_t delivered;       // bytes delivered by then
	wb_ns_t time, first_sent; // of the newest delivery; of the packet that made it
	bool app_limited;
};

struct delivery {
	uint64_t delivered;   // bytes
	wb_ns_t time;         // of the newest delivery
	wb_ns_t first_sent;   // when the newest packet delivered was sent
	uint64_t app_limited; // samples are, until this many bytes are delivered; 0: no
	// the sample being gathered from one acknowledgement
	struct delivery_stamp prior;
	wb_ns_t send_elapsed;
	bool any;
};

// One acknowledgement's worth, for a congestion control. Bytes.
struct delivery_sample {
	uint64_t bytes; // delivered over interval; 0: no valid sample
	wb_ns_t interval;
	uint64_t prior_delivered; // before the sampled packet was sent: tells rounds
	bool app_limited;
	uint64_t acked, lost;                // newly
	uint64_t in_flight, prior_in_flight; // after, before
	wb_ns_t rtt;                         // newest; 0: none
	bool recovering;                     // TCP: the sender's state
	uint64_t largest_acked, last_sent;   // QUIC: packet numbers + 1
};

void delivery_sent(
	struct delivery *d, struct delivery_stamp *stamp, uint64_t in_flight, wb_ns_t now);
// A packet of `bytes`, sent at `sent`, is acknowledged for the first time.
void delivery_acked(struct delivery *d, const struct delivery_stamp *stamp, wb_ns_t sent,
	uint64_t bytes, wb_ns_t now);
// Ends the gathering: fills bytes, interval, prior_delivered, app_limited. Samples shorter than
// min_rtt are of acknowledgements that came bunched, and not valid.
void delivery_sample(struct delivery *d, struct delivery_sample *s, wb_ns_t min_rtt, wb_ns_t now);
// The sender has nothing to send although it might.
void delivery_app_limited(struct delivery *d, uint64_t in_flight);

#endif
