// SPDX-License-Identifier: BSD-3-Clause
// The simulator's BBR, its rate samples and its pacing, against a pipe of known rate and delay.
#include "bbr.h"
#include "harness.h"
#include "pace.h"

#define MSS 1000
#define RATE 12500000 // bytes/s
#define DELAY (40 * WB_MS)
#define RING 65536

// One sender, one pipe: packet i arrives DELAY after the packets before it have left at RATE.
struct pipe {
	struct bbr b;
	struct delivery d;
	struct pace pace;
	struct delivery_stamp stamps[RING];
	wb_ns_t sent[RING], acked[RING], now, free_at;
	uint64_t next, done, lose_every, lost_bytes;
};

static void
pipe_send(struct pipe *p)
{
	uint64_t in_flight = (p->next - p->done) * MSS;

	while (in_flight + MSS <= bbr_window(&p->b) && p->next - p->done < RING &&
		pace_packet(&p->pace, p->b.pacing, MSS, p->now)) {
		unsigned i = p->next++ % RING;

		delivery_sent(&p->d, &p->stamps[i], in_flight, p->now);
		p->sent[i] = p->now;
		p->free_at = (p->free_at > p->now ? p->free_at : p->now) + MSS * WB_SEC / RATE;
		p->acked[i] = p->free_at + DELAY;
		in_flight += MSS;
	}
}

static void
pipe_run(struct pipe *p, wb_ns_t until)
{
	for (; p->now < until; p->now += 100 * WB_US) {
		while (p->done < p->next && p->acked[p->done % RING] <= p->now) {
			unsigned i = p->done % RING;
			struct delivery_sample s = { .prior_in_flight = (p->next - p->done) * MSS };
			bool lose = p->lose_every && p->done % p->lose_every == 0;

			p->done++;
			if (lose) {
				s.lost = MSS;
			} else {
				s.acked = MSS;
				s.rtt = p->now - p->sent[i];
				delivery_acked(&p->d, &p->stamps[i], p->sent[i], MSS, p->now);
			}
			p->lost_bytes += s.lost;
			s.in_flight = (p->next - p->done) * MSS;
			s.largest_acked = p->done;
			s.last_sent = p->next;
			delivery_sample(&p->d, &s, 0, p->now);
			bbr_update(&p->b, &p->d, &s, p->now);
		}
		pipe_send(p);
	}
}

static struct pipe *
pipe_new(bool quic)
{
	static struct pipe p;

	p = (struct pipe){ .now = WB_SEC };
	bbr_init(&p.b, quic, MSS, 10 * MSS, 1);
	return &p;
}

static void
finds_the_rate_and_drains_what_it_queued(void)
{
	for (unsigned quic = 0; quic < 2; quic++) {
		struct pipe *p = pipe_new(quic);
		uint64_t before;

		pipe_run(p, 2 * WB_SEC);
		CU_ASSERT(p->b.full);
		CU_ASSERT_EQUAL(p->b.mode, BBR_PROBE_BW);
		CU_ASSERT(bbr_bandwidth(&p->b) > RATE * 98ull / 100);
		CU_ASSERT(bbr_bandwidth(&p->b) < RATE * 103ull / 100);
		CU_ASSERT(p->b.min_rtt >= DELAY && p->b.min_rtt < DELAY + 2 * WB_MS);
		// A second's worth is a second's worth; the queue is that of one probe, at most.
		before = p->done;
		pipe_run(p, 3 * WB_SEC);
		CU_ASSERT((p->done - before) * MSS > RATE * 97ull / 100);
		CU_ASSERT((p->next - p->done) * MSS < RATE / 1000 * 40ull * 2);
	}
}

static void
looks_for_the_round_trip_every_ten_seconds(void)
{
	struct pipe *p = pipe_new(true);
	unsigned visits = 0;
	enum bbr_mode last = BBR_STARTUP;

	for (wb_ns_t t = WB_SEC; t < 25 * WB_SEC; t += 10 * WB_MS) {
		pipe_run(p, t);
		visits += p->b.mode == BBR_PROBE_RTT && last != BBR_PROBE_RTT;
		if (p->b.mode == BBR_PROBE_RTT)
			CU_ASSERT(bbr_window(&p->b) <= 4 * MSS);
		last = p->b.mode;
	}
	CU_ASSERT_EQUAL(visits, 2);
}

static void
loss_does_not_slow_it_down(void)
{
	struct pipe *p = pipe_new(true);
	uint64_t before;

	p->lose_every = 50;
	pipe_run(p, 2 * WB_SEC);
	CU_ASSERT(p->lost_bytes > 0);
	before = p->d.delivered;
	pipe_run(p, 3 * WB_SEC);
	CU_ASSERT(p->d.delivered - before > RATE * 95ull / 100); // 2 % are lost
	CU_ASSERT_NOT_EQUAL(p->b.recovery, BBR_NO_RECOVERY);
	p->lose_every = 0;
	pipe_run(p, 4 * WB_SEC);
	CU_ASSERT_EQUAL(p->b.recovery, BBR_NO_RECOVERY);
}

static void
a_sample_of_an_idle_application_is_marked(void)
{
	struct delivery d = { 0 };
	struct delivery_stamp a, b;
	struct delivery_sample s = { 0 };

	delivery_sent(&d, &a, 0, WB_SEC);
	delivery_app_limited(&d, MSS);
	delivery_acked(&d, &a, WB_SEC, MSS, WB_SEC + 10 * WB_MS);
	delivery_sample(&d, &s, 0, WB_SEC + 10 * WB_MS);
	CU_ASSERT_EQUAL(s.bytes, MSS);
	CU_ASSERT_EQUAL(s.interval, 10 * WB_MS);
	CU_ASSERT(!s.app_limited);
	delivery_sent(&d, &b, 0, 2 * WB_SEC);
	CU_ASSERT(b.app_limited);
	delivery_acked(&d, &b, 2 * WB_SEC, MSS, 2 * WB_SEC + 5 * WB_MS);
	// Shorter than any round trip: acknowledgements that came in one heap.
	delivery_sample(&d, &s, 10 * WB_MS, 2 * WB_SEC + 5 * WB_MS);
	CU_ASSERT_EQUAL(s.bytes, 0);
	CU_ASSERT(s.app_limited);
}

static void
pacing_keeps_the_rate(void)
{
	static const uint64_t rates[] = { 100000, 1000000, 12500000, 250000000 };

	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct pace p = { 0 };
		uint64_t bytes = 0;

		for (wb_ns_t now = WB_SEC;
			now<2 * WB_SEC; now = p.next> now ? p.next + now % 7 * 10 * WB_US : now)
			bytes += pace_packet(&p, rates[i], MSS, now) ? MSS : 0;
		CU_ASSERT(bytes <= rates[i] + 65536 + 2 * MSS);
		CU_ASSERT(bytes >= rates[i] * 95 / 100);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "finds the rate, drains its queue", finds_the_rate_and_drains_what_it_queued },
		{ "looks for the round trip", looks_for_the_round_trip_every_ten_seconds },
		{ "loss does not slow it down", loss_does_not_slow_it_down },
		{ "application-limited samples", a_sample_of_an_idle_application_is_marked },
		{ "pacing keeps the rate", pacing_keeps_the_rate },
	};

	return HARNESS_RUN("sim_bbr", tests);
}
