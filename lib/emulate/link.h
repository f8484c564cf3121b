/* SPDX-License-Identifier: BSD-3-Clause */
// Private to lib/emulate: the state of one direction of a link.
//
// An item's whole life is computed when it enters. The service (rate or trace) gives `finish`, when its last byte has
// left the queue. Delay and jitter give `arrival` >= `finish`. A heap holds all items by arrival. A FIFO list holds
// those that are not finished, for the length of the queue and for serving them anew when the rate changes.
#ifndef EMULATE_LINK_H
#define EMULATE_LINK_H

#include "wb_emulate.h"

#define NO_SLOT UINT32_MAX
#define OPPORTUNITY_BYTES 1500

struct slot {
	void *item;
	wb_em_ns_t start; // its first byte is served; rate only
	wb_em_ns_t finish;
	wb_em_ns_t arrival;
	uint64_t seq;      // of entry: order among equal arrivals
	int64_t deviation; // its jitter, drawn once
	uint32_t len;
	uint32_t next; // in the list it is in: queue, free or dropped
};

struct slot_list {
	uint32_t head, tail;
};

struct service {
	wb_em_ns_t busy_until; // rate: the last item's finish
	wb_em_ns_t epoch;      // trace: time of its millisecond 0
	uint64_t cycle;        // trace: repetitions since epoch
	size_t index;          // trace: the opportunity in use
	uint32_t left;         // trace: bytes it can still take
};

struct police {
	wb_em_ns_t full; // when the bucket will be full again
};

struct wb_em_link {
	struct wb_em_conf conf;
	struct wb_em_random random;
	struct service service;
	struct police police;
	struct slot_list queue, free, dropped;
	struct wb_em_stats stats;
	wb_em_ns_t now;          // latest seen
	wb_em_ns_t left_arrival; // of the last item that left the queue
	wb_em_ns_t last_arrival; // of the last item that entered
	uint64_t seq;
	uint32_t max_items;
	uint32_t fresh; // slots never used yet start here, so memory is touched only by need
	uint32_t heap_n;
	bool ge_bad;
	bool outage;
	uint32_t *heap; // slot numbers, the earliest arrival first
	struct slot slots[];
};

// heap.c
void heap_push(struct wb_em_link *l, uint32_t slot);
uint32_t heap_pop(struct wb_em_link *l); // must not be empty
void heap_rebuild(struct wb_em_link *l);

// service.c
// Returns when these bytes have been served, if they enter at `from` after all others.
wb_em_ns_t service_finish(struct wb_em_link *l, uint32_t bytes, wb_em_ns_t from, wb_em_ns_t *start);
// Frees the service from `now` on, regardless of the items that it was to serve.
void service_free_from(struct wb_em_link *l, wb_em_ns_t now);
// Starts a trace at its millisecond 0.
void service_restart(struct wb_em_link *l, wb_em_ns_t now);

// police.c
// Returns whether an item may pass, and takes its tokens if so.
bool police_pass(struct wb_em_link *l, uint32_t bytes);
// Fills the bucket.
void police_restart(struct wb_em_link *l);

// pause.c
// Returns when `air` of service is done that begins at *start, or after the pause that *start is in.
wb_em_ns_t pause_finish(const struct wb_em_conf *conf, wb_em_ns_t *start, wb_em_ns_t air);
bool pauses_valid(const struct wb_em_conf *conf);

// conf.c
int conf_check(const struct wb_em_conf *conf);
// Returns a copy with the defaults filled in.
struct wb_em_conf conf_defaults(const struct wb_em_conf *conf);

#endif
