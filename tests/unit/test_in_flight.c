// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "in_flight.h"

#define RTT (40 * WB_MS)

static struct in_flight_pool pool;
static struct in_flight s;
static struct in_flight_events e;
static unsigned n_acked, n_lost, n_forgotten;
static struct wb_pkt pkt;

static void *
get(void *ctx, size_t size)
{
	(void)ctx;
	return calloc(1, size);
}

static void
acked(void *ctx, const struct in_flight_record *r, bool was_lost)
{
	(void)ctx;
	(void)r;
	(void)was_lost;
	n_acked++;
}

static void
lost(void *ctx, const struct in_flight_record *r)
{
	(void)ctx;
	(void)r;
	n_lost++;
}

static void
forgotten(void *ctx, struct wb_pkt *p)
{
	(void)ctx;
	CU_ASSERT_PTR_EQUAL(p, &pkt);
	n_forgotten++;
}

static void
events(void)
{
	e = (struct in_flight_events){ .acked = acked, .lost = lost, .forgotten = forgotten };
}

static void
open_sent(uint32_t records, uint32_t ring)
{
	memset(&s, 0, sizeof(s));
	CU_ASSERT_EQUAL_FATAL(in_flight_pool_init(&pool, records, get, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(in_flight_init(&s, &pool, ring, get, NULL), 0);
	n_acked = n_lost = n_forgotten = 0;
	events();
}

static void
close_sent(void)
{
	free(pool.records);
	free(s.live);
}

static void
send_n(unsigned n, wb_ns_t at, wb_ns_t step)
{
	for (unsigned i = 0; i < n; i++)
		in_flight_add(&s, 1000, at + i * step)->pkt = &pkt;
}

static int
ack(uint64_t low, uint64_t high, wb_ns_t now)
{
	struct wb_frame f = { .type = WB_FRAME_ACK };
	int r;

	f.ack.largest = high;
	f.ack.n_ranges = 1;
	f.ack.ranges[0] = (struct wb_ack_range){ low, high };
	events();
	r = in_flight_ack(&s, &f, &e, now);
	in_flight_detect(&s, RTT, &e, now);
	return r;
}

// An outage leaves a round trip of many seconds behind; the window opens at the pace of the present one.
static void
outage_does_not_keep_it_shut(void)
{
	wb_ns_t now = 100 * WB_SEC;

	open_sent(64, 64);
	send_n(2, now, WB_MS);
	events();
	in_flight_detect(&s, 12 * WB_SEC, &e, now); // sets when it looks next
	now += WB_SEC;
	send_n(60, now, WB_MS);
	CU_ASSERT_EQUAL(ack(61, 61, now + 100 * WB_MS), 0);
	CU_ASSERT_EQUAL(n_lost, 61);
	now += 300 * WB_MS;
	send_n(2, now, 0);
	CU_ASSERT_EQUAL(ack(63, 63, now + RTT), 0);
	CU_ASSERT(in_flight_room(&s));
	close_sent();
}

static void
acknowledged(void)
{
	open_sent(64, 64);
	send_n(10, WB_SEC, WB_MS);
	CU_ASSERT_EQUAL(s.bytes, 10000);
	CU_ASSERT_EQUAL(ack(0, 4, WB_SEC + RTT), 0);
	CU_ASSERT_EQUAL(n_acked, 5);
	CU_ASSERT_EQUAL(s.bytes, 5000);
	CU_ASSERT_EQUAL(e.acked_bytes, 5000);
	CU_ASSERT(e.has_largest);
	CU_ASSERT_EQUAL(e.largest_sent, WB_SEC + 4 * WB_MS);
	CU_ASSERT_EQUAL(ack(0, 4, WB_SEC + RTT), 0); // again: nothing new
	CU_ASSERT_EQUAL(n_acked, 5);
	CU_ASSERT_EQUAL(ack(0, 10, WB_SEC + RTT), -71); // EPROTO: 10 was never sent
	CU_ASSERT_EQUAL(ack(0, 9, WB_SEC + RTT), 0);
	CU_ASSERT_EQUAL(s.bytes, 0);
	CU_ASSERT_EQUAL(s.first_unanswered, 0);
	CU_ASSERT_EQUAL(pool.n_free, 64);
	close_sent();
}

// Overtaken by more than reo_wnd: lost at once. By less: after the round trip and reo_wnd.
static void
losses(void)
{
	open_sent(64, 64);
	send_n(10, WB_SEC, WB_MS);
	ack(5, 5, WB_SEC + RTT);
	CU_ASSERT_EQUAL(n_lost, 3); // 0, 1, 2 were sent more than 2 ms before 5
	CU_ASSERT_EQUAL(s.loss_at, WB_SEC + 3 * WB_MS + RTT + s.reo_wnd);
	in_flight_detect(&s, RTT, &e, s.loss_at);
	CU_ASSERT_EQUAL(n_lost, 4);
	CU_ASSERT_EQUAL(s.bytes, 5000);
	close_sent();
}

// Acknowledgements after all widen reo_wnd, so that in the end only few such packets are not waited for.
static void
spurious(void)
{
	open_sent(64, 64);
	send_n(10, WB_SEC, WB_MS);
	ack(9, 9, WB_SEC + RTT);
	CU_ASSERT_EQUAL(n_lost, 7);
	ack(0, 9, WB_SEC + RTT + WB_MS);
	CU_ASSERT_EQUAL(e.n_spurious, 7);
	CU_ASSERT(s.reo_wnd > IN_FLIGHT_REO_MIN);
	CU_ASSERT_EQUAL(s.bytes, 0);
	CU_ASSERT_EQUAL(n_acked, 10);
	for (unsigned i = 2; i < 60; i++) {
		n_lost = 0;
		send_n(10, i * WB_SEC, WB_MS);
		ack(10 * i - 1, 10 * i - 1, i * WB_SEC + RTT);
		ack(10 * i - 10, 10 * i - 1, i * WB_SEC + RTT + WB_MS);
	}
	CU_ASSERT(n_lost <= 2);
	CU_ASSERT(s.reo_wnd >= 7 * WB_MS && s.reo_wnd <= 10 * WB_MS);
	close_sent();
}

// The round trip is that of the largest numbers. Where others take longer, nothing is lost by time alone
// before most of them have come.
static void
slower_than_the_largest(void)
{
	unsigned n = 0;

	open_sent(64, 64);
	for (unsigned i = 1; i < 100; i++, n += 4) {
		send_n(3, i * WB_SEC, 0);
		send_n(1, i * WB_SEC + 25 * WB_MS, 0);
		ack(n + 3, n + 3, i * WB_SEC + 25 * WB_MS + RTT);
		ack(n, n + 3, i * WB_SEC + RTT + 50 * WB_MS);
	}
	n_lost = 0;
	send_n(4, 200 * WB_SEC, WB_US);
	ack(n + 3, n + 3, 200 * WB_SEC + RTT);
	in_flight_detect(&s, RTT, &e, 200 * WB_SEC + RTT + 40 * WB_MS);
	CU_ASSERT_EQUAL(n_lost, 0);
	in_flight_detect(&s, RTT, &e, 200 * WB_SEC + RTT + 60 * WB_MS);
	CU_ASSERT_EQUAL(n_lost, 3);
	in_flight_reset(&s, &e);
	close_sent();
}

static void
lost_is_forgotten_in_the_end(void)
{
	open_sent(64, 64);
	send_n(4, WB_SEC, 10 * WB_MS);
	ack(3, 3, WB_SEC + 70 * WB_MS);
	CU_ASSERT_EQUAL(n_lost, 3);
	CU_ASSERT_EQUAL(n_forgotten, 0);
	for (wb_ns_t now = WB_SEC + 70 * WB_MS;
		s.loss_at != WB_NEVER && now<3 * WB_SEC; now = s.loss_at> now ? s.loss_at
									      : now + WB_MS)
		in_flight_detect(&s, RTT, &e, now);
	CU_ASSERT_EQUAL(n_forgotten, 3);
	CU_ASSERT_EQUAL(pool.n_free, 64);
	CU_ASSERT_EQUAL(s.base, s.next);
	close_sent();
}

static void
silence_loses_all(void)
{
	open_sent(64, 64);
	send_n(10, WB_SEC, WB_MS);
	in_flight_lose_all(&s, &e, 2 * WB_SEC);
	CU_ASSERT_EQUAL(n_lost, 10);
	CU_ASSERT_EQUAL(s.bytes, 0);
	in_flight_reset(&s, &e);
	CU_ASSERT_EQUAL(n_forgotten, 10);
	CU_ASSERT_EQUAL(s.next, 0);
	CU_ASSERT_EQUAL(pool.n_free, 64);
	close_sent();
}

static void
late_ones_go_out_elsewhere_too(void)
{
	uint64_t inflight;

	open_sent(64, 64);
	send_n(10, WB_SEC, WB_MS);
	inflight = s.bytes;
	in_flight_copy_late(&s, inflight * 4 / 10, &e); // the first four stay
	CU_ASSERT_EQUAL(n_lost, 6);
	CU_ASSERT_EQUAL(e.n_lost, 0);
	CU_ASSERT_EQUAL(s.bytes, inflight);
	in_flight_copy_late(&s, 0, &e); // each once
	CU_ASSERT_EQUAL(n_lost, 10);
	ack(0, 9, 2 * WB_SEC);
	CU_ASSERT_EQUAL(n_acked, 10);
	CU_ASSERT_EQUAL(s.bytes, 0);
	CU_ASSERT_EQUAL(pool.n_free, 64);
	close_sent();
}

static void
no_room(void)
{
	open_sent(16, 8);
	send_n(8, WB_SEC, WB_MS);
	CU_ASSERT_FALSE(in_flight_room(&s)); // the ring is full
	CU_ASSERT_FALSE(in_flight_number_room(&s));
	ack(0, 0, WB_SEC + RTT);
	CU_ASSERT(in_flight_room(&s));
	CU_ASSERT_EQUAL(in_flight_number(&s), 8); // a number without a record
	CU_ASSERT_FALSE(in_flight_room(&s));
	ack(1, 8, WB_SEC + RTT);
	CU_ASSERT_EQUAL(n_acked, 8);
	CU_ASSERT(in_flight_room(&s));
	close_sent();
}

// An answer is late: one class' datagrams go elsewhere too, once, and are not counted as lost.
static void
copies_a_class(void)
{
	open_sent(64, 64);
	CU_ASSERT_EQUAL(in_flight_oldest(&s, 0), 0);
	send_n(6, WB_SEC, WB_MS);
	for (unsigned i = 1; i < 6; i += 2)
		s.pool->records[i].sclass = WB_CLASS_REALTIME;
	s.pool->records[5].flags |= IN_FLIGHT_COPIED; // went twice in the first place
	CU_ASSERT_EQUAL(in_flight_oldest(&s, 0), WB_SEC);
	in_flight_copy_class(&s, WB_CLASS_REALTIME, &e);
	CU_ASSERT_EQUAL(n_lost, 2);
	in_flight_copy_class(&s, WB_CLASS_REALTIME, &e);
	CU_ASSERT_EQUAL(n_lost, 2);
	CU_ASSERT_EQUAL(s.unacked, 6);
	ack(0, 1, WB_SEC + RTT);
	CU_ASSERT_EQUAL(in_flight_oldest(&s, 0), WB_SEC + 2 * WB_MS);
	in_flight_lose_all(&s, &e, WB_SEC + 2 * RTT);
	CU_ASSERT_EQUAL(in_flight_oldest(&s, 0), 0);
	close_sent();
}

static void
counts_the_old(void)
{
	open_sent(64, 64);
	CU_ASSERT_EQUAL(in_flight_count_older(&s, WB_SEC, 64), 0);
	send_n(6, WB_SEC, WB_MS);
	in_flight_add_pmtu(&s, 1500, WB_SEC + 6 * WB_MS);
	CU_ASSERT_EQUAL(in_flight_count_older(&s, WB_SEC + 2 * WB_MS, 64), 3);
	CU_ASSERT_EQUAL(in_flight_count_older(&s, WB_SEC + RTT, 64), 6);
	CU_ASSERT_EQUAL(in_flight_count_older(&s, WB_SEC + RTT, 4), 4);
	ack(0, 1, WB_SEC + RTT);
	CU_ASSERT_EQUAL(in_flight_count_older(&s, WB_SEC + RTT, 64), 4);
	in_flight_lose_all(&s, &e, WB_SEC + 2 * RTT);
	CU_ASSERT_EQUAL(in_flight_count_older(&s, WB_SEC + RTT, 64), 0);
	close_sent();
}

// Likewise the old ones of all classes.
static void
copies_the_old(void)
{
	open_sent(64, 64);
	send_n(6, WB_SEC, WB_MS);
	in_flight_copy_old(&s, WB_SEC + 2 * WB_MS, &e);
	CU_ASSERT_EQUAL(n_lost, 3);
	in_flight_copy_old(&s, WB_SEC + 3 * WB_MS, &e);
	CU_ASSERT_EQUAL(n_lost, 4);
	CU_ASSERT_EQUAL(e.n_lost, 0);
	CU_ASSERT_EQUAL(s.unacked, 6);
	in_flight_lose_all(&s, &e, WB_SEC + 2 * RTT);
	close_sent();
}

static const struct harness_test tests[] = {
	{ "copies the old", copies_the_old },
	{ "counts the old", counts_the_old },
	{ "copies a class", copies_a_class },
	{ "outage does not keep it shut", outage_does_not_keep_it_shut },
	{ "acknowledged", acknowledged },
	{ "losses", losses },
	{ "spurious", spurious },
	{ "lost is forgotten in the end", lost_is_forgotten_in_the_end },
	{ "late ones go out elsewhere too", late_ones_go_out_elsewhere_too },
	{ "silence loses all", silence_loses_all },
	{ "no room", no_room },
	{ "slower than the largest", slower_than_the_largest },
};

int
main(void)
{
	return HARNESS_RUN("in_flight", tests);
}
