/* SPDX-License-Identifier: BSD-3-Clause */
// Packet trains: what a path carries, roughly, before a flow needs to know. The datagrams of a train leave at once; the
// time from the arrival of its first to that of its last says how fast the narrowest link lets them through. Both of
// these carry a PROBE, whose reply tells when it arrived; the others are padding. Trains become longer until one takes
// TRAIN_SPAN to arrive, or has TRAIN_MOST datagrams: a slow link gets short ones only.
#ifndef WB_BOND_TRAIN_H
#define WB_BOND_TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_time.h"

#define TRAIN_FIRST 4
#define TRAIN_GROWTH 4            // times as many datagrams in the next, at most
#define TRAIN_MOST 64             // datagrams
#define TRAIN_SPAN (8 * WB_MS)    // much longer than a worker sleeps
#define TRAIN_LEAST (2 * WB_MS)   // what arrives in less counts as this: the rate is that at least
#define TRAIN_TRIES 2             // of which the first or the last got lost
#define TRAIN_EVERY (100 * WB_MS) // datagrams of a tunnel's trains, in the long run,
#define TRAIN_BURST 336           // and at once: of four paths
#define TRAIN_AGAIN (50 * WB_MS)  // when it is not the time

struct train {
	wb_ns_t at; // when the next may leave, or the one under way is given up; WB_NEVER: enough is known
	unsigned size; // datagrams of the next, or of the one under way
	unsigned left; // of these, still to leave
	bool flies;
	unsigned tries;      // that failed
	uint64_t token[2];   // of the first and the last PROBE
	bool answered[2];    // and which of them
	uint32_t recv_us[2]; // when they arrived, receiver's clock
	uint32_t bytes;      // behind the first
};

void train_init(struct train *t, wb_ns_t at);
// The next one begins.
void train_begin(struct train *t);
// A datagram of it leaves; token: of its PROBE, if train_probes().
void train_sent(struct train *t, uint32_t bytes, uint64_t token, wb_ns_t give_up_at);
// Does the next datagram carry a PROBE?
static inline bool
train_probes(const struct train *t)
{
	return t->left == t->size || t->left == 1;
}
// A reply. Returns the rate in bit/s once both have come, else 0.
uint64_t train_answered(struct train *t, uint64_t token, uint32_t recv_us, wb_ns_t now);
// Its replies did not come.
void train_failed(struct train *t, wb_ns_t now);

#endif
