/* SPDX-License-Identifier: BSD-3-Clause */
// One direction of an emulated link, with rate or trace, policer, pauses, delay, jitter, loss, queue and outage. Pure:
// items and `now` go in, and items come out when they arrive. app/sim uses it in virtual time, app/emulator in real
// time. An item is any pointer of the caller's.
#ifndef WB_EMULATE_H
#define WB_EMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t wb_em_ns_t; // nanoseconds, as wb_ns_t of lib/bond
#define WB_EM_NEVER UINT64_MAX

enum wb_em_drop {
	WB_EM_DROP_QUEUE,  // droptail queue full
	WB_EM_DROP_LOSS,   // random or bursty loss
	WB_EM_DROP_OUTAGE, // black hole
	WB_EM_DROP_LIMIT,  // more items than the link was created for
	WB_EM_DROP_MTU,    // larger than the link takes: vanishes without a word
	WB_EM_DROP_POLICE, // more than the contract's rate, and the burst was used up
	WB_EM_DROPS
};

enum wb_em_jitter {
	WB_EM_JITTER_NONE,
	WB_EM_JITTER_FIFO,    // normal distribution, order kept: none arrives before the one ahead
	WB_EM_JITTER_REORDER, // normal distribution, items may overtake each other
};

// A Mahimahi trace: opportunity[i] is the millisecond at which one 1500-byte packet (or the same
// bytes of smaller ones) may pass; repeats after period_ms, the first time from create or from the
// configure that brought it. Memory is the caller's and stays valid.
struct wb_em_trace {
	const uint32_t *opportunity_ms; // ascending, not over period_ms; equal ones are several
	size_t n;
	uint32_t period_ms;
};

// Pauses of a medium that others use too (air time of Wi-Fi): in each `every` one, its length and
// its place in it at random. What waits is served at the full rate between them.
struct wb_em_pauses {
	wb_em_ns_t every;    // 0: none
	wb_em_ns_t min, max; // below every
};

struct wb_em_conf {
	uint64_t rate;                   // bit/s of item bytes; 0: unlimited (or by trace)
	const struct wb_em_trace *trace; // instead of rate
	wb_em_ns_t delay;                // one way, after the queue
	enum wb_em_jitter jitter_kind;
	wb_em_ns_t jitter; // standard deviation; delay + jitter never falls below 0
	uint32_t loss_ppm; // independent loss, parts per million
	// Gilbert-Elliott: loss while in the bad state; 0, 0: off
	uint32_t ge_enter_ppm, ge_leave_ppm; // chance per item of good->bad and bad->good
	uint32_t ge_loss_ppm;                // loss in the bad state; 0: 1000000
	uint32_t
		queue_bytes; // droptail, what is being sent included; one item always fits; 0: 250000
	// A token bucket before the queue: what finds it empty is dropped. 0: none. A changed one is full.
	uint64_t police_rate;       // bit/s
	uint32_t police_bytes;      // the bucket; 0: 125000
	struct wb_em_pauses pauses; // not with a trace
	uint32_t mtu;               // largest item, bytes; 0: no limit
	uint32_t max_items;         // queued and on the way at once; 0: 65536
	uint64_t seed;
};

struct wb_em_stats {
	uint64_t in, out, bytes_in, bytes_out;
	uint64_t drops[WB_EM_DROPS];
	uint32_t queued_bytes,
		in_flight; // as of the last call; in_flight: items, the queued ones too
};                         // in = out + sum of drops + in_flight

struct wb_em_link;

// alloc is called from create only. NULL: out of memory or conf not valid (rate and trace both,
// trace empty, not ascending or with period 0, ppm over 1000000, pauses with a trace or not in
// order). Loss comes before policer and queue: a lost item takes no capacity.
struct wb_em_link *wb_em_create(const struct wb_em_conf *conf, void *(*alloc)(void *, size_t),
	void *alloc_ctx, wb_em_ns_t now);
// Changes a link in use (rate, delay, loss, ...; max_items stays). What is on the way keeps its
// arrival time, what is still queued is served by the new values. Another seed starts the random
// numbers anew. -EINVAL as create.
int wb_em_configure(struct wb_em_link *l, const struct wb_em_conf *conf, wb_em_ns_t now);
// Turns a black hole on or off. Items that enter while it is on vanish, as do those that are in the link when it
// begins.
void wb_em_set_outage(struct wb_em_link *l, bool outage, wb_em_ns_t now);

// Puts an item of len bytes into the link. 0: the link has it. -(1 + enum wb_em_drop): it is dropped and stays the
// caller's.
int wb_em_push(struct wb_em_link *l, void *item, uint32_t len, wb_em_ns_t now);
// Items whose time has come, at most max, in order of arrival. `when` (may be NULL) gets the exact
// arrival times. An item dropped inside (outage) comes out through `dropped` of wb_em_reap.
unsigned wb_em_pull(
	struct wb_em_link *l, void **items, wb_em_ns_t *when, unsigned max, wb_em_ns_t now);
// Items that were dropped after push had taken them (an outage began): the caller frees them.
unsigned wb_em_reap(struct wb_em_link *l, void **items, unsigned max);
// Returns when wb_em_pull() will have something next.
wb_em_ns_t wb_em_next_deadline(const struct wb_em_link *l);
void wb_em_stats(const struct wb_em_link *l, struct wb_em_stats *s);
// Bytes that the present rate or trace could have carried since it began (at create, or at the
// configure that brought the trace), within the policer's rate: differences say what a link offered
// meanwhile, outages not regarded, pauses by their mean. 0: no limit.
uint64_t wb_em_capacity(const struct wb_em_link *l, wb_em_ns_t now);
// Returns how much of the time from `from` to `to` is outside of pauses.
wb_em_ns_t wb_em_open_time(const struct wb_em_conf *conf, wb_em_ns_t from, wb_em_ns_t to);

// Deterministic random numbers (xoshiro256**) of both this library and the simulator.
struct wb_em_random {
	uint64_t s[4];
};
void wb_em_random_seed(struct wb_em_random *r, uint64_t seed);
uint64_t wb_em_random_next(struct wb_em_random *r);
bool wb_em_random_chance(struct wb_em_random *r, uint32_t ppm);
int64_t wb_em_random_normal(struct wb_em_random *r, int64_t deviation);

#endif
