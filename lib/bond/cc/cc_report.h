/* SPDX-License-Identifier: BSD-3-Clause */
// What rate control is told when an acknowledgement arrives, and what that is evidence of.
#ifndef WB_BOND_CC_REPORT_H
#define WB_BOND_CC_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

#define CC_DATAGRAM 1500 // bytes, for windows counted in datagrams

struct cc_report {
	uint64_t bps;           // delivery rate of the last RATE_WINDOW; 0: none yet
	uint32_t bytes;         // that this rate was measured with
	wb_ns_t sent, received; // time in which they left, and in which they arrived
	wb_ns_t left;           // when the last datagram left that has arrived,
	uint32_t came_us,
		total; // when it came, by the other end's clock, and the bytes up to it, mod 2^32
	uint32_t train_bytes; // see rate.h; 0: none
	wb_ns_t train_sent, train_received;
	bool app_limited; // for some time in it, the path had room and nothing to send
	wb_ns_t queue;    // queueing delay on the path now
	wb_ns_t rise;     // of the last few samples above the least: may be a queue, or jitter
	wb_ns_t jitter;   // mean difference of successive one-way delays
	wb_ns_t wander;   // see wander.h
	wb_ns_t srtt, min_rtt, rttvar;
	wb_ns_t overtaken;                // by how much datagrams overtake each other on the path
	uint64_t acked_bytes, lost_bytes; // newly
	uint64_t spurious_bytes;          // counted as lost before, and acknowledged now
	uint64_t inflight;                // bytes, before these were acknowledged or lost
};

// Returns the delay above the least that noise explains; more may be a queue.
wb_ns_t cc_report_low(const struct cc_report *r);
// Returns whether it took longer to arrive than to leave. Then the path set the pace. Else it was the sender, and
// a higher rate may be possible, whatever the delay looks like (jitter is easily taken for a queue).
bool cc_report_held_back(const struct cc_report *r);
// Returns whether the last of the sample and what came before it both arrived more slowly than they were sent.
// Then it was not one gap, as the step to a longer delay makes one.
bool cc_report_held_throughout(const struct cc_report *r);
// Does the sample tell the path's capacity? Yes when the sender filled it; and when a queue stood on
// it all the time that was ours, not that of a few probes on a path whose delay has changed.
bool cc_report_tells(const struct cc_report *r);
// Returns whether it arrived more slowly than it was sent. Then a burst has met the bottleneck, and the rate is
// its.
bool cc_report_stretched(const struct cc_report *r);
// Does the sample show a rate? One that reaches back over a pause shows how long that was.
bool cc_report_shows(const struct cc_report *r);

#endif
