// SPDX-License-Identifier: BSD-3-Clause
// The controllers against a fluid model of a link: capacity, base delay, droptail queue, reports
// every 10 ms that are one round trip old.
#include <string.h>

#include "cc.h"
#include "harness.h"

#define STEP (10 * WB_MS)
#define HISTORY 64

struct link {
	uint64_t capacity;                                       // bit/s
	wb_ns_t rtt;                                             // without queue
	uint64_t buffer, queue;                                  // bytes
	uint64_t in[HISTORY], delivered[HISTORY], lost[HISTORY]; // bytes a step
	wb_ns_t delay[HISTORY];
	unsigned step;
	uint32_t total; // bytes that have arrived
	wb_ns_t way;    // by which it has become longer
	wb_ns_t base;   // what the controller takes for the empty path's delay
	wb_ns_t own;    // delay under load that is no queue: all of it, half of it, each for 100 ms
};

static struct cc cc;
static struct link l;
static wb_ns_t now;

static void
open_link(const char *name, uint64_t fixed, uint64_t capacity, wb_ns_t rtt)
{
	l = (struct link){ .capacity = capacity, .rtt = rtt, .buffer = 250000 };
	now = WB_SEC;
	cc_init(&cc, name, fixed, now);
}

// One step of the link at this sending rate; the report of a round trip ago goes to the controller.
static void
run_step(uint64_t bps, bool app_limited)
{
	unsigned at = l.step % HISTORY, then, back = (unsigned)(l.rtt / STEP) + 1;
	uint64_t in = bps * STEP / 8 / WB_SEC, room = l.capacity * STEP / 8 / WB_SEC, out;
	uint64_t sum = 0, sent = 1;
	struct cc_report r = {
		.app_limited = app_limited, .srtt = l.rtt, .min_rtt = l.rtt + l.base
	};

	l.in[at] = in;
	l.queue += in;
	out = l.queue < room ? l.queue : room;
	l.queue -= out;
	l.lost[at] = l.queue > l.buffer ? l.queue - l.buffer : 0;
	l.queue -= l.lost[at];
	l.delivered[at] = out;
	l.delay[at] =
		l.queue * 8 * WB_SEC / l.capacity + l.way + (l.step / 10 % 2 ? l.own : l.own / 2);
	l.step++;
	now += STEP;
	if (l.step < back + 4)
		return;
	then = l.step - back;
	for (unsigned i = 0; i < 4; i++) {
		sum += l.delivered[(then - i) % HISTORY];
		sent += l.in[(then - i) % HISTORY];
	}
	r.received = 4 * STEP;
	r.left = now - l.rtt - l.delay[then % HISTORY];
	r.came_us = (uint32_t)((now - l.rtt) / WB_US);
	r.total = l.total += (uint32_t)l.delivered[then % HISTORY];
	r.sent = 4 * STEP * sum / sent;
	r.bps = sum * 8 * WB_SEC / (4 * STEP);
	r.bytes = (uint32_t)sum;
	r.train_bytes = r.bytes / 4;
	r.train_sent = r.sent / 4;
	r.train_received = r.received / 4;
	r.queue = l.delay[then % HISTORY] > l.base ? l.delay[then % HISTORY] - l.base : 0;
	r.srtt += l.delay[then % HISTORY];
	r.acked_bytes = l.delivered[then % HISTORY];
	r.lost_bytes = l.lost[then % HISTORY];
	r.inflight = app_limited ? r.acked_bytes : cc.cwnd;
	if (cc.ops->report(&cc, &r, now) || l.delay[then % HISTORY] < l.base)
		l.base = l.delay[then % HISTORY];
}

// What pacing and window let out of a sender that always has more.
static uint64_t
allowed(void)
{
	uint64_t window =
		cc.cwnd * 8 * WB_SEC / (l.rtt + l.delay[(l.step + HISTORY - 1) % HISTORY]);

	return cc.pacing < window ? cc.pacing : window;
}

static uint64_t
run(wb_ns_t duration, wb_ns_t *worst)
{
	uint64_t sum = 0, steps = 0;

	*worst = 0;
	for (wb_ns_t end = now + duration; now < end; steps++) {
		run_step(allowed(), false);
		sum += l.delivered[(l.step - 1) % HISTORY];
		if (l.delay[(l.step - 1) % HISTORY] > *worst)
			*worst = l.delay[(l.step - 1) % HISTORY];
	}
	return sum * 8 * WB_SEC / (steps * STEP);
}

static void
fills_links(void)
{
	static const struct {
		uint64_t capacity;
		wb_ns_t rtt;
	} rows[] = {
		{ 20000000, 16 * WB_MS },
		{ 100000000, 40 * WB_MS },
		{ 150000000, 60 * WB_MS },
		{ 1000000000, 20 * WB_MS },
		{ 2000000, 50 * WB_MS },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		wb_ns_t worst;
		uint64_t got;

		open_link("auto", 0, rows[i].capacity, rows[i].rtt);
		run(3 * WB_SEC, &worst);
		got = run(10 * WB_SEC, &worst);
		CU_ASSERT(got >= rows[i].capacity / 100 * 96);
		CU_ASSERT(worst < 40 * WB_MS);
	}
}

// What stands on the path holds up the acknowledgements of the other direction. (It was 8 ms.)
static void
a_small_queue_stands(void)
{
	for (wb_ns_t rtt = 16 * WB_MS; rtt <= 64 * WB_MS; rtt *= 2) {
		wb_ns_t worst, sum = 0;
		unsigned n = 500;

		open_link("auto", 0, 100000000, rtt);
		run(4 * WB_SEC, &worst);
		for (unsigned i = 0; i < n; i++) {
			run_step(allowed(), false);
			sum += l.delay[(l.step - 1) % HISTORY];
		}
		CU_ASSERT(sum / n >= WB_MS);
		CU_ASSERT(sum / n <= 11 * WB_MS / 2);
	}
}

static void
follows_a_step(void)
{
	wb_ns_t worst;

	open_link("auto", 0, 100000000, 40 * WB_MS);
	run(5 * WB_SEC, &worst);
	l.capacity = 50000000;
	run(600 * WB_MS, &worst);
	CU_ASSERT(run(2 * WB_SEC, &worst) >= 47500000);
	CU_ASSERT(worst < 40 * WB_MS); // the queue that the step made has gone
	l.capacity = 100000000;
	run(1500 * WB_MS, &worst);
	CU_ASSERT(run(2 * WB_SEC, &worst) >= 95000000);
}

// Whenever in a round it comes: the old rate need not leave the rounds first. (Then it was 104 to 150.)
static void
halved_rate_is_seen_at_once(void)
{
	for (wb_ns_t at = 0; at < 100 * WB_MS; at += 10 * WB_MS) {
		wb_ns_t worst;

		open_link("auto", 0, 150000000, 60 * WB_MS);
		run(5 * WB_SEC + at, &worst);
		l.capacity = 75000000;
		run(140 * WB_MS, &worst);
		CU_ASSERT(cc.rate <= 90000000);
	}
}

// So it is when each second report brings no sample, as of a datagram that was overtaken.
static void
no_sample_is_no_sign(void)
{
	struct cc_report none = { .srtt = 60 * WB_MS, .min_rtt = 60 * WB_MS };
	wb_ns_t worst;

	open_link("auto", 0, 150000000, 60 * WB_MS);
	run(5 * WB_SEC, &worst);
	l.capacity = 75000000;
	for (unsigned i = 0; i < 14; i++) {
		run_step(allowed(), false);
		none.inflight = cc.cwnd;
		none.queue = l.delay[(l.step - 8) % HISTORY];
		cc.ops->report(&cc, &none, now);
	}
	CU_ASSERT(cc.rate <= 90000000);
}

// Whenever it comes: a step that has not shown yet what it brings is not one in vain, nor a sign of a policer.
// (Judged after one round, or held back once taken for a policer's, it took up to 950 ms here.)
static void
doubled_rate_is_found_at_once(void)
{
	for (wb_ns_t at = 0; at < WB_SEC; at += 100 * WB_MS) {
		wb_ns_t worst;

		open_link("auto", 0, 75000000, 40 * WB_MS);
		run(5 * WB_SEC + at, &worst);
		l.capacity = 150000000;
		run(250 * WB_MS, &worst);
		CU_ASSERT(run(200 * WB_MS, &worst) >= 142500000);
	}
}

// A radio link whose delay varies: what looks like a queue, and stays when it is given time to drain, is none.
static void
varying_delay_does_not_slow(void)
{
	wb_ns_t worst;

	open_link("auto", 0, 100000000, 40 * WB_MS);
	l.own = 16 * WB_MS;
	run(5 * WB_SEC, &worst);
	CU_ASSERT(run(10 * WB_SEC, &worst) >= 90000000);
	CU_ASSERT(worst < l.own + 40 * WB_MS); // nor is a queue taken for that
}

// Longer by up to 150 ms, with turns of up to 8 ms: the rate was never less, and is known 2 s later.
static void
longer_way_is_no_slower_link(void)
{
	for (wb_ns_t step = 10 * WB_MS; step <= 150 * WB_MS; step += 20 * WB_MS) {
		for (wb_ns_t own = 0; own <= 16 * WB_MS; own += 8 * WB_MS) {
			wb_ns_t worst;

			open_link("auto", 0, 100000000, 40 * WB_MS);
			l.own = own;
			run(5 * WB_SEC, &worst);
			l.way = step;
			run(2 * WB_SEC, &worst);
			CU_ASSERT(cc.rate >= 90000000 && cc.rate <= 110000000);
			CU_ASSERT(run(2 * WB_SEC, &worst) >= 85000000);
		}
	}
}

// And where it is slower as well, that is seen.
static void
longer_and_slower(void)
{
	for (wb_ns_t step = 10 * WB_MS; step <= 150 * WB_MS; step += 20 * WB_MS) {
		wb_ns_t worst;

		open_link("auto", 0, 100000000, 40 * WB_MS);
		run(5 * WB_SEC, &worst);
		l.way = step;
		l.capacity = 40000000;
		run(2 * WB_SEC, &worst);
		CU_ASSERT(cc.rate >= 36000000 && cc.rate <= 44000000);
		run(3 * WB_SEC, &worst);
		CU_ASSERT(run(WB_SEC, &worst) >= 38000000);
		CU_ASSERT(worst < step + 40 * WB_MS); // and no queue is left
	}
}

// After a dip the others carry all, and nobody would see that it is over: the rate is not known any more, and
// what is sent then finds it soon.
static void
slow_path_is_tried_again(void)
{
	wb_ns_t worst;

	open_link("auto", 0, 100000000, 40 * WB_MS);
	run(5 * WB_SEC, &worst);
	l.capacity = 10000000;
	run(3 * WB_SEC, &worst);
	CU_ASSERT_TRUE(cc.known);
	CU_ASSERT(cc.rate < 12000000);
	l.capacity = 100000000;
	for (unsigned i = 0; i < 400; i++)
		run_step(20000, true);
	CU_ASSERT_FALSE(cc.known);
	run(1500 * WB_MS, &worst);
	CU_ASSERT_TRUE(cc.known);
	CU_ASSERT(run(WB_SEC, &worst) >= 90000000);
}

// Over a satellite the first window tells the rate; doubling it would take five round trips of half a second.
static void
a_rate_seen_opens_the_window(void)
{
	struct cc_report r = { .bps = 20000000,
		.bytes = 130000,
		.sent = 50 * WB_MS,
		.received = 50 * WB_MS,
		.srtt = 580 * WB_MS,
		.min_rtt = 580 * WB_MS,
		.acked_bytes = 130000,
		.inflight = 130000 };

	open_link("auto", 0, 40000000, 580 * WB_MS);
	cc.ops->report(&cc, &r, now);
	CU_ASSERT_STRING_EQUAL(cc.ops->state(&cc), "startup");
	CU_ASSERT(cc.cwnd >= 20000000 / 8 * 58 / 100);
	CU_ASSERT(cc.cwnd < 2 * 20000000 / 8 * 58 / 100);
}

// A weak link that has spread out a few datagrams does not get a first window that takes it 130 ms.
static void
a_queue_in_startup_bounds_the_window(void)
{
	struct cc_report r = { .bps = 8000000,
		.bytes = 20000,
		.sent = 40 * WB_MS,
		.received = 40 * WB_MS,
		.train_bytes = 15000,
		.train_sent = WB_MS,
		.train_received = 15 * WB_MS,
		.app_limited = true,
		.rise = 30 * WB_MS,
		.srtt = 50 * WB_MS,
		.min_rtt = 20 * WB_MS,
		.acked_bytes = 15000,
		.inflight = 30000 };

	open_link("auto", 0, 8000000, 20 * WB_MS);
	cc.ops->report(&cc, &r, now);
	CU_ASSERT_STRING_EQUAL(cc.ops->state(&cc), "startup");
	CU_ASSERT(cc.cwnd < 8000000 / 8 * 75 / 1000);
	CU_ASSERT(cc.pacing <= 2 * 8000000);
	r.train_received = r.train_sent = 10 * WB_MS; // it carries more than that after all
	cc.ops->report(&cc, &r, now += 10 * WB_MS);
	CU_ASSERT(cc.pacing > 2 * 8000000);
}

// The tunnel does not hold against a link what startup loses in its queue.
static void
startup_tells_that_it_floods(void)
{
	wb_ns_t worst;

	open_link("auto", 0, 20000000, 40 * WB_MS);
	for (unsigned i = 0; i < 10; i++)
		run_step(200000, true);
	CU_ASSERT_EQUAL(cc.flooded_at, 0); // a call fills nothing
	run(300 * WB_MS, &worst);
	CU_ASSERT(cc.flooded_at > 0);
	run(3 * WB_SEC, &worst);
	CU_ASSERT(cc.flooded_at + 2 * WB_SEC < now);
}

static void
random_loss_does_not_slow(void)
{
	wb_ns_t worst;

	open_link("auto", 0, 100000000, 40 * WB_MS);
	run(3 * WB_SEC, &worst);
	for (unsigned i = 0; i < 500; i++) {
		run_step(allowed(), false);
		l.lost[(l.step - 1) % HISTORY] += l.delivered[(l.step - 1) % HISTORY] / 33;
	}
	CU_ASSERT(run(2 * WB_SEC, &worst) >= 95000000);
}

// A path that is used for the first time: 132 kB at once, a third of it overtaken and taken for lost before it
// comes. The rate that is seen goes back to the last probe, over a second of pause: it ends no startup.
static void
pause_shows_no_rate(void)
{
	struct cc_report r = { .bps = 200000,
		.bytes = 36000,
		.sent = 1400 * WB_MS,
		.received = 1360 * WB_MS,
		.app_limited = true,
		.jitter = 2 * WB_MS,
		.srtt = 30 * WB_MS,
		.min_rtt = 20 * WB_MS,
		.acked_bytes = 33000,
		.lost_bytes = 49500,
		.inflight = 132000 };

	open_link("auto", 0, 100000000, 40 * WB_MS);
	cc.ops->report(&cc, &(struct cc_report){ .srtt = r.srtt, .min_rtt = r.min_rtt }, now);
	cc.ops->report(&cc, &r, now);
	CU_ASSERT_STRING_EQUAL(cc.ops->state(&cc), "startup");
	for (unsigned i = 0; i < 3; i++) {
		now += 50 * WB_MS; // nor do rounds without a better one
		r.lost_bytes = 0;
		cc.ops->report(&cc, &r, now);
	}
	CU_ASSERT_STRING_EQUAL(cc.ops->state(&cc), "startup");
	CU_ASSERT(cc.pacing >= 20000000);
	// Nor does what was overtaken, and came after all.
	r.bps = 0;
	r.lost_bytes = 49500;
	cc.ops->report(&cc, &r, now);
	r.lost_bytes = 0;
	r.acked_bytes = r.spurious_bytes = 49500;
	cc.ops->report(&cc, &r, now);
	r = (struct cc_report){ .bps = 20000000,
		.bytes = 100000,
		.sent = 40 * WB_MS,
		.received = 41 * WB_MS,
		.srtt = r.srtt,
		.min_rtt = r.min_rtt,
		.acked_bytes = 33000,
		.inflight = 132000 };
	cc.ops->report(&cc, &r, now);
	CU_ASSERT_STRING_EQUAL(cc.ops->state(&cc), "startup");
	r.lost_bytes = 49500;
	cc.ops->report(&cc, &r, now);
	CU_ASSERT_STRING_EQUAL(cc.ops->state(&cc), "steady");
	CU_ASSERT(cc.rate == 20000000);

	// A link of 64 kbit/s has no sample that spans less; its queue makes the round trip long.
	open_link("auto", 0, 100000000, 40 * WB_MS);
	r = (struct cc_report){ .bps = 64000,
		.bytes = 1500,
		.sent = 20 * WB_MS,
		.received = 187 * WB_MS,
		.app_limited = true,
		.srtt = 500 * WB_MS,
		.min_rtt = 60 * WB_MS,
		.acked_bytes = 1500,
		.inflight = 132000 };
	cc.ops->report(&cc, &r, now);
	CU_ASSERT_STRING_EQUAL(cc.ops->state(&cc), "startup");
	r.lost_bytes = 66000;
	cc.ops->report(&cc, &r, now);
	CU_ASSERT_STRING_EQUAL(cc.ops->state(&cc), "steady");
}

// A path that a ceiling keeps small never has enough on the way to end its startup: it is known all the same.
static void
ceiling_is_known(void)
{
	struct cc_report r = { .bps = 2500000,
		.bytes = 12500,
		.sent = 40 * WB_MS,
		.received = 40 * WB_MS,
		.srtt = 20 * WB_MS,
		.min_rtt = 20 * WB_MS,
		.acked_bytes = 6000,
		.inflight = 9000 };

	open_link("auto", 3000000, 100000000, 20 * WB_MS);
	CU_ASSERT_FALSE(cc.known);
	cc.ops->report(&cc, &r, now);
	CU_ASSERT_TRUE(cc.known);
	CU_ASSERT_EQUAL(cc.pacing, 3000000);
	open_link("fixed", 3000000, 100000000, 20 * WB_MS);
	CU_ASSERT_TRUE(cc.known);
}

// A look at the empty path that began in an outage, whose round trip was seconds, is not one after it.
static void
restart_ends_a_look(void)
{
	wb_ns_t worst;

	open_link("auto", 0, 100000000, 40 * WB_MS);
	run(3 * WB_SEC, &worst);
	cc.automatic.look.end = now + 10 * WB_SEC;
	cc.ops->restart(&cc, now);
	run(WB_SEC, &worst);
	CU_ASSERT(run(2 * WB_SEC, &worst) >= 96000000);
}

// A few probes on an idle path say nothing about its capacity.
static void
idle_path_keeps_its_pace(void)
{
	open_link("auto", 0, 100000000, 40 * WB_MS);
	for (unsigned i = 0; i < 1000; i++)
		run_step(20000, true);
	CU_ASSERT(cc.pacing >= 1000000);
	l.base = 0;
	for (unsigned i = 0; i < 1000; i++) {
		l.delay[l.step % HISTORY] = 0;
		run_step(20000, true);
	}
	CU_ASSERT(cc.pacing >= 1000000);
}

static void
fixed_stays(void)
{
	wb_ns_t worst;

	open_link("fixed", 30000000, 20000000, 40 * WB_MS);
	run(3 * WB_SEC, &worst);
	CU_ASSERT_EQUAL(cc.pacing, 30000000);
	CU_ASSERT_STRING_EQUAL(cc.ops->state(&cc), "fixed");
	cc.ops->restart(&cc, now);
	CU_ASSERT_EQUAL(cc.pacing, 30000000);
}

static const struct harness_test tests[] = {
	{ "fills links", fills_links },
	{ "a small queue stands", a_small_queue_stands },
	{ "follows a step", follows_a_step },
	{ "halved rate is seen at once", halved_rate_is_seen_at_once },
	{ "no sample is no sign", no_sample_is_no_sign },
	{ "doubled rate is found at once", doubled_rate_is_found_at_once },
	{ "varying delay does not slow", varying_delay_does_not_slow },
	{ "a longer way is no slower link", longer_way_is_no_slower_link },
	{ "longer and slower", longer_and_slower },
	{ "a slow path is tried again", slow_path_is_tried_again },
	{ "a rate seen opens the window", a_rate_seen_opens_the_window },
	{ "a queue in startup bounds the window", a_queue_in_startup_bounds_the_window },
	{ "startup tells that it floods", startup_tells_that_it_floods },
	{ "random loss does not slow", random_loss_does_not_slow },
	{ "a pause shows no rate", pause_shows_no_rate },
	{ "a ceiling is known", ceiling_is_known },
	{ "a restart ends a look", restart_ends_a_look },
	{ "an idle path keeps its pace", idle_path_keeps_its_pace },
	{ "fixed stays", fixed_stays },
};

int
main(void)
{
	return HARNESS_RUN("cc", tests);
}
