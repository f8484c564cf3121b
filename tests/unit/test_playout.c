// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "harness.h"
#include "playout.h"

#define NOW (10 * WB_SEC)
#define CLOCKS 123456789u // us between the two ends' clocks
#define DELAY 50000u      // us of playout

static struct playout *o;
static struct wb_pkt pkts[200];
static unsigned n_pkts, n_out, n_dropped;
static uint32_t out[200];

static void *
zeroed(void *ctx, size_t size)
{
	(void)ctx;
	return calloc(1, size);
}

static void
deliver(void *ctx, struct wb_pkt **p, unsigned n)
{
	(void)ctx;
	CU_ASSERT(n > 0 && n <= 64);
	for (unsigned i = 0; i < n; i++) {
		CU_ASSERT_PTR_NULL(p[i]->next);
		out[n_out++] = p[i]->seq;
	}
}

static void
drop(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)ctx;
	(void)pkt;
	CU_ASSERT_EQUAL(reason, WB_DROP_CLOSED);
	n_dropped++;
}

static void
open_playout(void)
{
	struct playout_conf conf = {
		.packets = 100, .alloc = zeroed, .deliver = deliver, .drop = drop
	};

	o = playout_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	n_pkts = n_out = n_dropped = 0;
	playout_set_delay(o, 1, CLOCKS + DELAY, 40 * WB_MS);
}

// A packet that was on the way for so long; seq counts them.
static void
received(uint16_t bucket, uint16_t path, uint8_t sclass, uint32_t took_us, wb_ns_t now)
{
	struct wb_pkt *p = &pkts[n_pkts];

	*p = (struct wb_pkt){ .seq = n_pkts++, .bucket = bucket, .path = path, .sclass = sclass };
	p->rx.sent_us = (uint32_t)(now / WB_US) - took_us - CLOCKS;
	playout_received(o, &p, 1, now);
}

static void
early_ones_wait(void)
{
	open_playout();
	received(7, 1, WB_CLASS_DEFAULT, 60000, NOW); // late: at once
	CU_ASSERT_EQUAL(n_out, 1);
	received(7, 1, WB_CLASS_DEFAULT, 30000, NOW);
	received(7, 1, WB_CLASS_BULK, 70000, NOW + WB_MS);     // late, but in order
	received(7, 0, WB_CLASS_DEFAULT, 100, NOW + WB_MS);    // so is one of another path
	received(7, 1, WB_CLASS_REALTIME, 30000, NOW + WB_MS); // that waits for nothing
	received(8, 0, WB_CLASS_DEFAULT, 100, NOW + WB_MS);    // another flow on another path
	CU_ASSERT_EQUAL(n_out, 3);
	CU_ASSERT_EQUAL(out[1], 4);
	CU_ASSERT_EQUAL(out[2], 5);
	CU_ASSERT_EQUAL(playout_waiting(o), 3);
	CU_ASSERT_EQUAL(playout_next_deadline(o), NOW + 20 * WB_MS);
	playout_expire(o, NOW + 20 * WB_MS - 1);
	CU_ASSERT_EQUAL(n_out, 3);
	playout_expire(o, NOW + 20 * WB_MS);
	CU_ASSERT_EQUAL(n_out, 6);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(out[3 + i], 1 + i);
	CU_ASSERT_EQUAL(playout_next_deadline(o), WB_NEVER);
	CU_ASSERT_EQUAL(playout_waiting(o), 0);
	free(o);
}

static void
no_longer_than_most(void)
{
	open_playout();
	received(7, 1, WB_CLASS_DEFAULT, 1, NOW);
	CU_ASSERT_EQUAL(playout_next_deadline(o), NOW + 40 * WB_MS);
	playout_set_delay(o, 1, 0, 0); // what waits is due as it was
	received(7, 1, WB_CLASS_DEFAULT, 1, NOW);
	CU_ASSERT_EQUAL(playout_waiting(o), 2);
	playout_expire(o, NOW + 40 * WB_MS);
	received(7, 1, WB_CLASS_DEFAULT, 1, NOW + 41 * WB_MS);
	CU_ASSERT_EQUAL(n_out, 3);
	free(o);
}

// More than may wait: those that are due first go, within a millisecond.
static void
full(void)
{
	open_playout();
	for (unsigned i = 0; i < 100; i++)
		received((uint16_t)(i % 3), 1, WB_CLASS_DEFAULT, 30000, NOW + i * WB_MS / 2);
	CU_ASSERT_EQUAL(n_out, 0);
	received(5, 1, WB_CLASS_DEFAULT, 30000, NOW + 50 * WB_MS);
	CU_ASSERT(n_out >= 1 && n_out <= 4);
	for (unsigned i = 0; i < n_out; i++)
		CU_ASSERT_EQUAL(out[i], i);
	CU_ASSERT_EQUAL(playout_waiting(o), 101 - n_out);
	for (unsigned i = 0; i < 60; i++)
		received(7, 1, WB_CLASS_DEFAULT, 30000, NOW + 50 * WB_MS + i * WB_MS / 2);
	CU_ASSERT(n_out >= 61 && n_out <= 64);
	CU_ASSERT_EQUAL(playout_waiting(o), 161 - n_out);
	playout_limit(o, 2);
	received(5, 1, WB_CLASS_DEFAULT, 30000, NOW + 80 * WB_MS);
	CU_ASSERT(n_out >= 160);
	CU_ASSERT(playout_waiting(o) <= 2);
	playout_flush(o, WB_DROP_CLOSED);
	free(o);
}

static void
reset_and_flush(void)
{
	open_playout();
	for (unsigned i = 0; i < 70; i++)
		received(3, 1, WB_CLASS_DEFAULT, 30000, NOW);
	playout_reset(o);
	CU_ASSERT_EQUAL(n_out, 70);
	for (unsigned i = 0; i < 70; i++)
		CU_ASSERT_EQUAL(out[i], i);
	received(3, 1, WB_CLASS_DEFAULT, 30000, NOW); // the delay was forgotten
	CU_ASSERT_EQUAL(n_out, 71);
	playout_set_delay(o, 1, CLOCKS + DELAY, 40 * WB_MS);
	received(3, 1, WB_CLASS_DEFAULT, 30000, NOW);
	received(4, 1, WB_CLASS_DEFAULT, 30000, NOW);
	playout_flush(o, WB_DROP_CLOSED);
	CU_ASSERT_EQUAL(n_dropped, 2);
	CU_ASSERT_EQUAL(playout_waiting(o), 0);
	CU_ASSERT_EQUAL(playout_next_deadline(o), WB_NEVER);
	free(o);
}

// Due so long after it would have come on the quickest path, whatever path it came on.
static void
held(void)
{
	struct wb_pkt p[4] = { { .hold = 5 }, { .hold = 5 }, { .hold = 5 }, { .hold = 5 } };
	const uint32_t took[] = { 8000, 53000, 44000, 8000 };

	open_playout();
	// Nothing is known of the paths yet, or any more.
	for (unsigned i = 0; i < 2; i++) {
		p[0].hash = (uint32_t)(NOW / WB_US) - CLOCKS - 4294900000u;
		p[0].bucket = 7;
		playout_received(o, &(struct wb_pkt *){ &p[0] }, 1, NOW);
		CU_ASSERT_EQUAL(playout_waiting(o), 0);
		playout_set_quickest(o, CLOCKS + 7000);
		playout_reset(o);
	}
	playout_set_delay(o, 1, CLOCKS + DELAY, 40 * WB_MS);
	n_out = 0;
	playout_set_quickest(o, CLOCKS + 7000);
	for (unsigned i = 0; i < 4; i++) {
		struct wb_pkt *one = &p[i];

		one->seq = i;
		one->bucket = i < 3 ? 7 : 8;
		one->sclass = i < 3 ? WB_CLASS_DEFAULT : WB_CLASS_REALTIME;
		one->rx.sent_us = (uint32_t)(NOW / WB_US) - took[i] - CLOCKS;
		playout_received(o, &one, 1, NOW);
	}
	CU_ASSERT_EQUAL(n_out, 1); // realtime waits for nothing
	CU_ASSERT_EQUAL(playout_next_deadline(o), NOW + 39 * WB_MS);
	received(7, 0, WB_CLASS_DEFAULT, 8000, NOW + WB_MS); // no hold, but in order
	playout_expire(o, NOW + 38 * WB_MS);
	CU_ASSERT_EQUAL(n_out, 1);
	playout_expire(o, NOW + 39 * WB_MS);
	CU_ASSERT_EQUAL(n_out, 5);
	CU_ASSERT_EQUAL(playout_waiting(o), 0);
	// A clock that has jumped: not longer than the hold.
	playout_set_quickest(o, CLOCKS + 1000000000);
	p[0].rx.due = 0;
	p[0].rx.sent_us = (uint32_t)(NOW / WB_US) - CLOCKS;
	playout_received(o, &(struct wb_pkt *){ &p[0] }, 1, NOW);
	CU_ASSERT_EQUAL(playout_next_deadline(o), NOW + 40 * WB_MS);
	playout_flush(o, WB_DROP_CLOSED);
	free(o);
}

static const struct harness_test tests[] = {
	{ "held", held },
	{ "early ones wait", early_ones_wait },
	{ "no longer than most", no_longer_than_most },
	{ "full", full },
	{ "reset and flush", reset_and_flush },
};

int
main(void)
{
	return HARNESS_RUN("playout", tests);
}
