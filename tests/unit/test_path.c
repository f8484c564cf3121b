// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "harness.h"
#include "path.h"

#define T0 (10 * WB_SEC)

static struct path p;

static void
reset(enum wb_path_state state)
{
	p = (struct path){ .state = state, .state_at = T0, .remote.cur.valid = true };
	path_restart(&p, T0);
	rtt_sample(&p.rtt, 40 * WB_MS, T0);
	p.rtt.rttvar = 5 * WB_MS;
	p.last_eliciting = T0;
}

static void
names(void)
{
	CU_ASSERT_STRING_EQUAL(wb_path_state_name(WB_PATH_UP), "up");
	CU_ASSERT_STRING_EQUAL(wb_path_state_name(WB_PATH_DOWN), "down");
	CU_ASSERT_STRING_EQUAL(wb_path_state_name(99), "?");
}

// 1.25 srtt + 4 rttvar + ACK_DELAY = 50 + 20 + 10 ms
static void
silence(void)
{
	wb_ns_t t = 80 * WB_MS;

	reset(WB_PATH_UP);
	CU_ASSERT_EQUAL(path_silence(&p), t);
	CU_ASSERT_EQUAL(path_aging_at(&p, T0), WB_NEVER);
	CU_ASSERT_EQUAL(path_aged(&p, true, T0 + WB_SEC), WB_PATH_UP); // nothing is owed
	p.in_flight.first_unanswered = T0;
	p.in_flight.unacked =
		3; // may all be lost: the tail probe's answer is waited for, srtt + ACK_DELAY
	CU_ASSERT_EQUAL(path_aging_at(&p, T0), T0 + t + 50 * WB_MS);
	CU_ASSERT_EQUAL(path_aged(&p, true, T0 + t + 50 * WB_MS - 1), WB_PATH_UP);
	CU_ASSERT_EQUAL(path_aged(&p, true, T0 + t + 50 * WB_MS), WB_PATH_SUSPECT);
	p.in_flight.unacked = 4;
	CU_ASSERT_EQUAL(path_aging_at(&p, T0), T0 + t);
	CU_ASSERT_EQUAL(path_aged(&p, true, T0 + t - 1), WB_PATH_UP);
	CU_ASSERT_EQUAL(path_aged(&p, true, T0 + t), WB_PATH_SUSPECT);
	CU_ASSERT_EQUAL(path_aged(&p, false, T0 + t), WB_PATH_UP); // perhaps all are slow
	CU_ASSERT_EQUAL(path_aged(&p, false, T0 + 499 * WB_MS), WB_PATH_UP);
	CU_ASSERT_EQUAL(path_aged(&p, false, T0 + 500 * WB_MS), WB_PATH_DOWN);
	rtt_init(&p.rtt);
	p.rtt.srtt = WB_MS;
	p.rtt.rttvar = 0;
	CU_ASSERT_EQUAL(path_silence(&p), PATH_SILENCE_MIN);
}

static void *
alloc(void *ctx, size_t size)
{
	(void)ctx;
	return calloc(1, size);
}

// One path that carries, on which n datagrams left just now; returns for how long it is silent when it becomes suspect.
static wb_ns_t
suspect_after(uint32_t chance_ppm, unsigned n)
{
	struct in_flight_pool pool;
	wb_ns_t now = T0;

	reset(WB_PATH_DEGRADED);
	CU_ASSERT_EQUAL_FATAL(in_flight_pool_init(&pool, 256, alloc, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(in_flight_init(&p.in_flight, &pool, 256, alloc, NULL), 0);
	p.loss_ppm = p.chance_ppm = chance_ppm;
	for (; n; n--)
		in_flight_add(&p.in_flight, 1000, T0);
	while (path_aged(&p, true, now) == p.state)
		now += WB_MS;
	CU_ASSERT(path_aging_at(&p, now - WB_MS) >= now - WB_MS);
	free(pool.records);
	free(p.in_flight.live);
	return now - T0;
}

// Where most get lost it takes many that are unanswered, or a second.
static void
silence_by_chance(void)
{
	CU_ASSERT_EQUAL(suspect_after(110000, 10), 80 * WB_MS);
	CU_ASSERT_EQUAL(suspect_after(110000, 5), PATH_DOWN_AFTER); // one in 60,000
	CU_ASSERT_EQUAL(suspect_after(600000, 10), PATH_DOWN_AFTER);
	CU_ASSERT_EQUAL(suspect_after(600000, 30), 80 * WB_MS);
	CU_ASSERT_EQUAL(suspect_after(900000, 60), PATH_DOWN_AFTER);
	reset(WB_PATH_DEGRADED);
	p.chance_ppm = 600000;
	p.in_flight.first_unanswered = T0; // and probes are what makes them many
	p.tails = 9;
	CU_ASSERT_EQUAL(path_probe_due(&p, true), T0 + PATH_PROBE_SUSPECT);
}

// What a silence says is known in seconds, however little is sent, and forgotten likewise.
static void
chance_is_learned_soon(void)
{
	wb_ns_t now = T0;

	reset(WB_PATH_UP);
	for (unsigned i = 0; i < 10; i++)
		path_count_loss(&p, i % 2, (i + 1) % 2, now += 100 * WB_MS);
	CU_ASSERT(p.chance_ppm > 200000 && p.loss_ppm < 20000);
	for (unsigned i = 0; i < 30; i++)
		path_count_loss(&p, 1, 0, now += 100 * WB_MS);
	CU_ASSERT(p.chance_ppm < 50000);
}

static void
suspect_then_down_then_two_answers(void)
{
	reset(WB_PATH_SUSPECT);
	CU_ASSERT_EQUAL(path_aged(&p, true, T0 + WB_SEC - 1), WB_PATH_SUSPECT);
	CU_ASSERT_EQUAL(path_aged(&p, true, T0 + WB_SEC), WB_PATH_DOWN);
	p.acks_to_up = 0;
	CU_ASSERT_EQUAL(path_answered(&p, T0), WB_PATH_UP); // a suspect is believed at once
	p.loss_ppm = 300000;                                // and so is what was known of it
	CU_ASSERT_EQUAL(path_answered(&p, T0), WB_PATH_DEGRADED);
	p.loss_ppm = 0; // an outage that ended is hardly loss
	p.lost_silent = 1000;
	CU_ASSERT_EQUAL(path_answered(&p, T0), WB_PATH_UP);
	CU_ASSERT(p.loss_ppm > 0 && p.loss_ppm < 10000);
	p.state = WB_PATH_DOWN;
	p.acks_to_up = 2;
	CU_ASSERT_EQUAL(path_answered(&p, T0), WB_PATH_DOWN);
	CU_ASSERT_EQUAL(path_answered(&p, T0), WB_PATH_UP);
	reset(WB_PATH_PROBING);
	p.remote.cur.valid = false;
	CU_ASSERT_EQUAL(path_answered(&p, T0), WB_PATH_PROBING);
	p.remote.cur.valid = true;
	CU_ASSERT_EQUAL(path_answered(&p, T0), WB_PATH_UP);
	p.state = WB_PATH_DISABLED;
	CU_ASSERT_EQUAL(path_answered(&p, T0), WB_PATH_DISABLED);
}

// What probes found while nothing was carried says nothing of the path that is back.
static void
comes_up_sound(void)
{
	static const enum wb_path_state silent[] = { WB_PATH_DOWN, WB_PATH_PROBING };

	for (unsigned i = 0; i < 2; i++) {
		reset(silent[i]);
		p.acks_to_up = 2;
		path_count_loss(&p, 1, 200, T0);
		CU_ASSERT(p.loss_ppm > PATH_DEGRADED_PPM);
		CU_ASSERT_EQUAL(path_answered(&p, T0), silent[i]);
		CU_ASSERT_EQUAL(path_answered(&p, T0), WB_PATH_UP);
		CU_ASSERT_EQUAL(p.loss_ppm, 0);
	}
}

static void
probes(void)
{
	reset(WB_PATH_UP);
	CU_ASSERT_EQUAL(path_probe_due(&p, true), T0 + PATH_PROBE_ACTIVE);
	CU_ASSERT_EQUAL(path_probe_due(&p, false), T0 + PATH_PROBE_IDLE);
	p.in_flight.first_unanswered = T0; // srtt + 4 rttvar + ACK_DELAY, then twice that
	CU_ASSERT_EQUAL(path_probe_due(&p, true), T0 + 70 * WB_MS);
	p.tails = 1;
	CU_ASSERT_EQUAL(path_probe_due(&p, true), T0 + 140 * WB_MS);
	path_answered(&p, T0 + 140 * WB_MS); // a reply to it, which acknowledges nothing
	CU_ASSERT_EQUAL(path_probe_due(&p, true), T0 + 70 * WB_MS);
	p.probed_at = T0 + 140 * WB_MS;
	CU_ASSERT_EQUAL(path_probe_due(&p, true), T0 + 140 * WB_MS + ACK_DELAY);
	p.move_probe = true;
	CU_ASSERT_EQUAL(path_probe_due(&p, true), 0);
	reset(WB_PATH_DISABLED);
	CU_ASSERT_EQUAL(path_probe_due(&p, true), WB_NEVER);
	reset(WB_PATH_DOWN);
	p.probe_at = T0 + 7;
	CU_ASSERT_EQUAL(path_probe_due(&p, true), T0 + 7);
}

static void
degraded_with_hysteresis(void)
{
	reset(WB_PATH_UP);
	for (unsigned i = 0; i < 100; i++)
		path_count_loss(&p, 17, 3, WB_SEC);
	CU_ASSERT(p.loss_ppm > 140000 && p.loss_ppm < 160000);
	CU_ASSERT_EQUAL(path_aged(&p, true, T0), WB_PATH_DEGRADED);
	p.state = WB_PATH_DEGRADED;
	p.loss_ppm = 70000;
	CU_ASSERT_EQUAL(path_aged(&p, true, T0), WB_PATH_DEGRADED);
	p.state = WB_PATH_UP;
	CU_ASSERT_EQUAL(path_aged(&p, true, T0), WB_PATH_UP);
	p.state = WB_PATH_DEGRADED;
	p.loss_ppm = 30000;
	CU_ASSERT_EQUAL(path_aged(&p, true, T0), WB_PATH_UP);
}

// Nearly nothing is sent there: probes alone must show that it is well again, within ten seconds.
static void
probes_end_degradation(void)
{
	wb_ns_t now = T0;

	reset(WB_PATH_DEGRADED);
	p.loss_ppm = 300000;
	p.last_eliciting = T0;
	while (path_aged(&p, true, now) == WB_PATH_DEGRADED && now < T0 + 60 * WB_SEC) {
		now = path_probe_due(&p, false);
		p.last_eliciting = now;
		path_count_loss(&p, 1, 0, now);
	}
	CU_ASSERT(now < T0 + 10 * WB_SEC);
	reset(WB_PATH_DEGRADED); // and that it is not
	p.loss_ppm = 300000;
	for (unsigned i = 0; i < 1000; i++) {
		path_count_loss(&p, i % 4 != 0, i % 4 == 0, T0 + i * PATH_PROBE_DEGRADED);
		CU_ASSERT_EQUAL(path_aged(&p, true, T0), WB_PATH_DEGRADED);
	}
}

static void
spurious_losses_do_not_count(void)
{
	reset(WB_PATH_UP);
	p.loss_ppm = 0;
	path_count_loss(&p, 0, 64, T0);
	CU_ASSERT(p.loss_ppm > PATH_DEGRADED_PPM);
	path_uncount_loss(&p, 64);
	CU_ASSERT_EQUAL(p.loss_ppm, 0);
	path_uncount_loss(&p, 1);
	CU_ASSERT_EQUAL(p.loss_ppm, 0);
}

static const struct harness_test tests[] = {
	{ "names", names },
	{ "silence", silence },
	{ "silence by chance", silence_by_chance },
	{ "chance is learned soon", chance_is_learned_soon },
	{ "suspect, down, two answers", suspect_then_down_then_two_answers },
	{ "comes up sound", comes_up_sound },
	{ "probes", probes },
	{ "probes end degradation", probes_end_degradation },
	{ "degraded with hysteresis", degraded_with_hysteresis },
	{ "spurious losses do not count", spurious_losses_do_not_count },
};

int
main(void)
{
	return HARNESS_RUN("path", tests);
}
