// SPDX-License-Identifier: BSD-3-Clause
// Equal delay with flows, paths and times of any kind: each packet that comes goes on once, in its flow's order and
// not much later; no deadline is left in the past; a hold is never longer than the paths are apart.
#include <string.h>

#include "equal_delay.h"
#include "fuzz.h"

#define FLOWS 8             // and a flow 0, which acknowledges nothing
#define STEP (5 * WB_MS)    // from one burst of packets to the next
#define EVERY (20 * WB_MS)  // as tunnel_tune.c calls equal_tick()
#define STALL (100 * WB_MS) // withheld at most
#define BPS_UNIT 1600000    // a packet of 1000 bytes a STEP
#define BURST 64
#define STEPS 10000 // of an input

struct input {
	const uint8_t *data;
	size_t size;
};

struct world {
	struct equal_delay e;
	struct equal_view view;
	struct input in;
	wb_ns_t now, tick_at;
	wb_ns_t widest; // spread and jitter so far
	uint32_t limit;
	uint32_t next[FLOWS], expected[FLOWS];
	unsigned live, steps;
};

static uint8_t
take(struct world *w)
{
	if (w->in.size == 0)
		return 0;
	w->in.size--;
	return *w->in.data++;
}

// ---- what equal_delay.c calls

static uint32_t
acknowledges(void *ctx, const struct wb_pkt *pkt)
{
	(void)ctx;
	return pkt->bucket;
}

static void
goes_on(struct world *w, struct wb_pkt *pkt)
{
	FUZZ_CHECK(w->live > 0 && pkt->bucket < FLOWS);
	FUZZ_CHECK(pkt->seq == w->expected[pkt->bucket]);
	FUZZ_CHECK(w->now <= pkt->rx.arrived + STALL);
	FUZZ_CHECK(pkt->bucket != 0 || w->now == pkt->rx.arrived);
	w->expected[pkt->bucket]++;
	w->live--;
	free(pkt);
}

static void
deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	FUZZ_CHECK(n > 0 && n <= BURST);
	for (unsigned i = 0; i < n; i++)
		goes_on(ctx, pkts[i]);
}

// ---- what happens to it

static void
send(struct world *w, uint32_t hash, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct wb_pkt pkt = { .hash = hash, .len = 1000 };

		FUZZ_CHECK(equal_sent(&w->e, &pkt) <= w->widest);
		w->view.sent += pkt.len;
	}
}

static void
receive(struct world *w, uint16_t flow, unsigned n)
{
	struct wb_pkt *pkts[BURST];

	for (unsigned i = 0; i < n; i++) {
		pkts[i] = calloc(1, sizeof(*pkts[i]));
		pkts[i]->bucket = i % 4 == 3 ? 0 : flow;
		pkts[i]->seq = w->next[pkts[i]->bucket]++;
		pkts[i]->rx.arrived = w->now;
		w->live++;
	}
	n = equal_received(&w->e, pkts, n);
	for (unsigned i = 0; i < n; i++)
		goes_on(w, pkts[i]);
	FUZZ_CHECK(w->live <= w->limit);
}

// Up to `until`, as the tunnel does it.
static void
pass(struct world *w, wb_ns_t until)
{
	for (;;) {
		wb_ns_t at = equal_next_deadline(&w->e);

		FUZZ_CHECK(at >= w->now);
		at = at < w->tick_at ? at : w->tick_at;
		if (at > until)
			break;
		w->now = at;
		if (at == w->tick_at) {
			w->tick_at += EVERY;
			equal_tick(&w->e, &w->view, w->now);
		}
		for (unsigned idle = 0; equal_next_deadline(&w->e) <= w->now; idle++) {
			FUZZ_CHECK(idle < 2); // the caller would spin
			equal_expire(&w->e, w->now);
		}
	}
	w->now = until;
}

// One flow or more at a rate; answers come, or do not. tcp: it waits for them.
static void
run(struct world *w, uint8_t what)
{
	unsigned steps = 1 + 4u * take(w), n = take(w), answers = what & 16 ? 0 : 1 + n / 8,
		 of = 1 + (what >> 6);

	for (unsigned i = 0; i < steps && w->steps++ < STEPS; i++) {
		uint16_t flow = 1 + i % of;

		if (!(what & 32) || w->live == 0)
			send(w, flow, n);
		receive(w, flow, answers < BURST ? answers : BURST);
		pass(w, w->now + STEP);
	}
}

static void
look(struct world *w)
{
	struct equal_view *v = &w->view;

	v->rtt = take(w) * 2 * WB_MS;
	v->empty = v->rtt / 2;
	v->spread = take(w) * WB_MS;
	v->quick = take(w) * (uint64_t)BPS_UNIT;
	v->all = v->quick + take(w) * (uint64_t)BPS_UNIT;
	v->jitter = take(w) * WB_MS / 8;
	w->widest = v->spread + v->jitter > w->widest ? v->spread + v->jitter : w->widest;
}

static void
step(struct world *w)
{
	uint8_t what = take(w);

	switch (what & 15) {
	case 0 ... 7:
		run(w, what);
		break;
	case 8 ... 9:
		look(w);
		break;
	case 10:
		w->limit = 32u * take(w);
		equal_limit(&w->e, w->limit);
		break;
	case 11:
		send(w, what >> 4, take(w));
		break;
	case 12:
		for (unsigned n = take(w), times = take(w); times > 0; times--)
			receive(w, what >> 5, n % BURST);
		break;
	case 13 ... 14:
		pass(w, w->now + (WB_US << (what >> 4)) * take(w));
		break;
	default:
		equal_reset(&w->e);
		FUZZ_CHECK(w->live == 0 && equal_next_deadline(&w->e) == WB_NEVER);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .in = { data, size }, .now = 5 * WB_SEC, .limit = EQUAL_WITHHELD };
	struct equal_conf conf = { acknowledges, deliver, &w };
	struct wb_pkt *pkt;

	w.tick_at = w.now;
	equal_init(&w.e, &conf);
	for (unsigned i = 0; i < 200 && w.in.size > 0; i++)
		step(&w);
	while ((pkt = equal_take(&w.e)) != NULL)
		goes_on(&w, pkt);
	FUZZ_CHECK(w.live == 0);
	return 0;
}

// Paths that are worth it, and flows that fill the quickest one: which go on without acknowledgements, or wait for
// them, or are several; and then another view of the paths, another rate, or an end.
size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	static const uint8_t flows[] = { 0, 32, 16, 64, 128 | 32 };
	static const uint8_t then[][6] = {
		{ 8, 10, 80, 20, 60, 0 },
		{ 8, 10, 0, 20, 60, 0 },
		{ 8, 40, 30, 5, 200, 0 },
		{ 8, 10, 40, 20, 60, 255 },
		{ 8, 10, 200, 20, 60, 0 },
		{ 15, 0x2c, 9, 5, 13, 99 },
		{ 0, 2, 20, 0x2c, 63, 255 },
		{ 0, 5, 2, 0xee, 50, 15 },
		{ 10, 1, 64, 250, 50, 0 },
	};
	static const uint8_t begin[] = { 8, 10, 40, 20, 60, 0 };
	size_t len = 0;

	if (i >= sizeof(flows) * (sizeof(then) / sizeof(then[0])))
		return 0;
	memcpy(buf, begin, sizeof(begin));
	len += sizeof(begin);
	for (unsigned n = 0; n < 4; n++) {
		for (unsigned k = 0; k < 4; k++) {
			buf[len++] = flows[i % sizeof(flows)];
			buf[len++] = 250; // 5 s
			buf[len++] = (uint8_t)(20 + 10 * n);
		}
		memcpy(buf + len, then[i / sizeof(flows)], sizeof(then[0]));
		len += sizeof(then[0]);
	}
	return len;
}
