/* SPDX-License-Identifier: BSD-3-Clause */
// The flows that equal_delay.h looks after: which of all carry most, what each has sent, and whether it is held.
#ifndef WB_BOND_EQUAL_FLOWS_H
#define WB_BOND_EQUAL_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EQUAL_FLOWS 8
#define EQUAL_SAMPLES 32

struct equal_flow {
	uint32_t hash;          // as in wb_pkt.hash
	bool on;                // its packets are held
	bool answered;          // acknowledgements come back
	uint64_t bytes, before; // so far, and when the window began
	unsigned light;         // windows running in which it carried little
};

struct equal_flows {
	unsigned n;
	struct equal_flow flow[EQUAL_FLOWS];
	// A packet is looked at now and then: the last of them.
	bool sample_due;
	unsigned sampled;
	uint32_t samples[EQUAL_SAMPLES];
	uint32_t tried[EQUAL_FLOWS]; // in vain, of late
	unsigned next_tried;
};

static inline struct equal_flow *
equal_flows_find(struct equal_flows *f, uint32_t hash)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->flow[i].hash == hash)
			return &f->flow[i];
	return NULL;
}

// Counts a packet that is sent. Returns its flow; NULL: it is none of them.
struct equal_flow *equal_flows_sent(struct equal_flows *f, uint32_t hash, uint32_t len);
// Return the bytes of the flows so far, and how many of them are held.
uint64_t equal_flows_bytes(const struct equal_flows *f);
unsigned equal_flows_held(const struct equal_flows *f);
// Keep those that are held, or that are answered.
void equal_flows_keep_held(struct equal_flows *f);
void equal_flows_keep_answered(struct equal_flows *f);
void equal_flows_hold(struct equal_flows *f); // all of them
// Ends a window: drops what has carried little for some.
void equal_flows_drop_light(struct equal_flows *f);
// Remembers that these were tried in vain.
void equal_flows_tried(struct equal_flows *f);
// Takes the flows that carry most. Returns whether that is half of all at least, and one of them is not held, nor was
// tried in vain (again: or may be tried again); else all stays as it is.
bool equal_flows_choose(struct equal_flows *f, bool again);

#endif
