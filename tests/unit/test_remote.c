// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "harness.h"
#include "remote.h"
#include "tunnel_pair.h"

#define EDGE WB_ROLE_EDGE
#define HUB WB_ROLE_HUB
#define PATHS 3
#define RACER 60000
#define PROBES_ONLY 100 // bytes that such a racer passes on: probes, no packets

static struct pair p;

static uint16_t
hub_sends_to(unsigned slot)
{
	return pair_path(&p, HUB, slot).remote.udp_port;
}

static void
race_all(void)
{
	p.racer_port = RACER;
	for (unsigned i = 0; i < PATHS; i++)
		p.raced[i] = true;
}

static void
all_up(void)
{
	for (unsigned i = 0; i < PATHS; i++) {
		CU_ASSERT_FATAL(pair_wait(&p, EDGE, i, WB_PATH_UP, 3 * WB_SEC));
		CU_ASSERT_FATAL(pair_wait(&p, HUB, i, WB_PATH_UP, 3 * WB_SEC));
	}
}

static void
open_up(void)
{
	pair_open(&p, PATHS, NULL);
	pair_session(&p, 0);
	all_up();
}

// Both ways, a packet each 10 ms. Returns how many of a thousand got lost.
static unsigned
lost(wb_ns_t duration)
{
	uint64_t before = p.end[EDGE].delivered + p.end[HUB].delivered, sent = 0;

	for (wb_ns_t end = p.now + duration; p.now < end; sent += 2) {
		pair_send(&p, EDGE, 1, 400, 1);
		pair_send(&p, HUB, 2, 400, 1);
		pair_run(&p, 10 * WB_MS);
	}
	pair_run(&p, WB_SEC);
	return (unsigned)(1000 * (sent - (p.end[EDGE].delivered + p.end[HUB].delivered - before)) /
			  sent);
}

static void
raced_in_mid_transfer(void)
{
	open_up();
	race_all();
	CU_ASSERT(lost(10 * WB_SEC) < 10);
	for (unsigned i = 0; i < PATHS; i++)
		CU_ASSERT_EQUAL(hub_sends_to(i), 40000);
	pair_close(&p);
}

static void
raced_from_the_start(void)
{
	pair_open(&p, PATHS, NULL);
	race_all();
	pair_session(&p, 0);
	all_up();
	CU_ASSERT(lost(10 * WB_SEC) < 10);
	pair_close(&p);
}

// Who passes on the probes is answered from, and still draws nothing away that is answered where it was.
static void
racer_passes_probes(void)
{
	open_up();
	p.racer_passes = PROBES_ONLY;
	race_all();
	CU_ASSERT(lost(10 * WB_SEC) < 10);
	CU_ASSERT(p.to_racer < 600); // of the 3000 datagrams at least that went to the edge
	pair_close(&p);
}

// The edge gets another address while somebody is before it with each datagram.
static void
raced_and_moved(void)
{
	open_up();
	race_all();
	pair_run(&p, WB_SEC);
	for (unsigned i = 0; i < PATHS; i++)
		p.hub_sees_port[i] = 50000;
	lost(4 * WB_SEC);
	for (unsigned i = 0; i < PATHS; i++)
		CU_ASSERT_EQUAL(hub_sends_to(i), 50000);
	CU_ASSERT(lost(5 * WB_SEC) < 10);
	pair_close(&p);
}

// All that the old address would have got until it is known to be dead is sent again.
static void
moved(void)
{
	open_up();
	for (unsigned i = 0; i < PATHS; i++)
		p.hub_sees_port[i] = 50000;
	CU_ASSERT_EQUAL(lost(2 * WB_SEC), 0);
	for (unsigned i = 0; i < PATHS; i++)
		CU_ASSERT_EQUAL(hub_sends_to(i), 50000);
	pair_close(&p);
}

// Each datagram from another port, and all that goes there passed on: a few moves, a few lines in the log.
static void
another_port_each(void)
{
	open_up();
	p.racer_passes = 2000;
	p.racer_changes = true;
	race_all();
	for (unsigned i = 0; i < PATHS; i++)
		p.hub_sees_port[i] = 1; // only by way of the racer
	p.end[HUB].events[WB_EVENT_PATH_ADDRESS] = 0;
	lost(10 * WB_SEC);
	CU_ASSERT(p.end[HUB].events[WB_EVENT_PATH_ADDRESS] <= PATHS * 16);
	pair_close(&p);
}

// ---- the noun alone

#define LATE (50 * WB_MS)

static struct wb_addr
at(uint16_t port)
{
	return (struct wb_addr){ .ip = { 192, 0, 2, 1 }, .udp_port = port, .family = 4 };
}

// In use at port 1 since 1 s, valid.
static wb_ns_t
start(struct remote *r)
{
	struct wb_addr home = at(1);

	remote_init(r, &home, false);
	remote_heard(r, &home, 100, REMOTE_NEWEST, WB_SEC);
	remote_asked(&r->cur, 1, WB_SEC);
	CU_ASSERT_PTR_EQUAL(remote_answered(r, 1, WB_SEC), &r->cur);
	CU_ASSERT_FALSE(remote_settle(r, LATE, true, WB_SEC));
	return 2 * WB_SEC;
}

static bool
heard_as(struct remote *r, uint16_t port, enum remote_news news, wb_ns_t now)
{
	struct wb_addr from = at(port);

	return remote_heard(r, &from, 100, news, now);
}

static bool
heard(struct remote *r, uint16_t port, wb_ns_t now)
{
	return heard_as(r, port, REMOTE_NEWEST, now);
}

// Port 2 is heard, probed with token 20 and answers; port 1 with 10.
static void
try_and_answer(struct remote *r, wb_ns_t now)
{
	CU_ASSERT_TRUE(heard(r, 2, now));
	CU_ASSERT_PTR_EQUAL(remote_due(r, true, now), &r->trial);
	remote_asked(&r->trial, 20, now);
	CU_ASSERT_PTR_NULL(remote_due(r, true, now));
	remote_asked(&r->cur, 10, now);
	CU_ASSERT_PTR_EQUAL(remote_answered(r, 20, now), &r->trial);
}

// A clock that begins at 0 is none of remote's business; a token of 0 answers nothing.
static void
asked_at_the_clocks_beginning(void)
{
	struct wb_addr home = at(1);
	struct remote r;

	remote_init(&r, &home, false);
	CU_ASSERT_PTR_NULL(remote_answered(&r, 0, 0));
	remote_asked(&r.cur, 7, 0);
	CU_ASSERT_PTR_NULL(remote_answered(&r, 0, 0));
	CU_ASSERT_PTR_EQUAL(remote_answered(&r, 7, 0), &r.cur);
	CU_ASSERT_TRUE(r.cur.valid);
}

static void
old_one_answers(void)
{
	struct remote r;
	wb_ns_t now = start(&r);

	try_and_answer(&r, now);
	CU_ASSERT_FALSE(remote_settle(&r, LATE, true, now + LATE - 1));
	CU_ASSERT_EQUAL(remote_next_deadline(&r, LATE, true, now), now + LATE);
	CU_ASSERT_PTR_EQUAL(remote_answered(&r, 10, now), &r.cur);
	CU_ASSERT_FALSE(remote_settle(&r, LATE, true, now + LATE));
	CU_ASSERT_EQUAL(r.cur.addr.udp_port, 1);
	CU_ASSERT_EQUAL(remote_next_deadline(&r, LATE, true, now), WB_NEVER);
}

static void
old_one_is_silent_and_returns(void)
{
	struct remote r;
	wb_ns_t now = start(&r);

	try_and_answer(&r, now);
	CU_ASSERT_PTR_NULL(remote_answered(&r, 30, now));
	CU_ASSERT_TRUE(remote_settle(&r, LATE, true, now += LATE));
	CU_ASSERT_EQUAL(r.cur.addr.udp_port, 2);
	for (unsigned i = 0; i < REMOTE_BACK_PROBES; i++) {
		now = remote_next_deadline(&r, LATE, true, now);
		CU_ASSERT_PTR_EQUAL_FATAL(remote_due(&r, true, now), &r.back);
		remote_asked(&r.back, 40 + i, now);
	}
	CU_ASSERT_EQUAL(remote_next_deadline(&r, LATE, true, now), WB_NEVER);
	heard(&r, 2, now);
	// The new one falls silent.
	CU_ASSERT_PTR_EQUAL_FATAL(remote_due(&r, false, now + REMOTE_PROBE), &r.back);
	remote_asked(&r.back, 50, now);
	CU_ASSERT_PTR_EQUAL(remote_answered(&r, 50, now), &r.back);
	CU_ASSERT_TRUE(remote_settle(&r, LATE, false, now));
	CU_ASSERT_EQUAL(r.cur.addr.udp_port, 1);
	CU_ASSERT_EQUAL(remote_next_deadline(&r, LATE, false, now), WB_NEVER);
}

// A probe a second for half a minute: an answer to one of its first says nothing of where the edge is now.
static void
late_answers(void)
{
	struct remote r;
	wb_ns_t asked = start(&r), now = asked;

	CU_ASSERT_TRUE(heard(&r, 2, now));
	for (unsigned i = 0; i < 30; i++, now += WB_SEC) {
		heard(&r, 2, now);
		remote_asked(&r.trial, 20 + i, now);
	}
	CU_ASSERT_PTR_NULL(remote_answered(&r, 20, now));
	CU_ASSERT_FALSE(r.trial.valid);
	CU_ASSERT_PTR_NULL(remote_answered(&r, 49, asked + 29 * WB_SEC + REMOTE_LATEST + 1));
	CU_ASSERT_PTR_EQUAL(remote_answered(&r, 49, asked + 29 * WB_SEC + REMOTE_LATEST), &r.trial);
}

static void
trial_at_once_without_another(void)
{
	struct remote r;
	wb_ns_t now = start(&r);

	try_and_answer(&r, now);
	CU_ASSERT_TRUE(remote_settle(&r, LATE, false, now + 1)); // the path is down
	CU_ASSERT_EQUAL(r.cur.addr.udp_port, 2);
}

static void
bounded_until_valid(void)
{
	struct wb_addr other = at(3), stranger = at(4);
	struct remote r;
	wb_ns_t now = start(&r);

	CU_ASSERT_TRUE(heard(&r, 3, now));
	CU_ASSERT_TRUE(remote_allows(&r, &other, 300));
	CU_ASSERT_FALSE(remote_allows(&r, &other, 301));
	remote_spend(&r, &other, 250);
	CU_ASSERT_FALSE(remote_allows(&r, &other, 51));
	heard(&r, 3, now);
	CU_ASSERT_TRUE(remote_allows(&r, &other, 350));
	CU_ASSERT_TRUE(remote_allows(&r, &r.cur.addr, 1000000));
	CU_ASSERT_TRUE(remote_allows(&r, &stranger, 100)); // an answer to what came from there
	CU_ASSERT_FALSE(remote_settle(&r, LATE, true, now + REMOTE_QUIET - 1));
	CU_ASSERT_NOT_EQUAL(r.trial.addr.family, 0);
	CU_ASSERT_FALSE(remote_settle(&r, LATE, true, now + REMOTE_QUIET));
	CU_ASSERT_EQUAL(r.trial.addr.family, 0);
}

static void
trials_are_few(void)
{
	struct remote r;
	wb_ns_t now = start(&r), end = now + 60 * WB_SEC;
	unsigned n = 0;

	for (uint16_t port = 2; now < end; now += WB_MS)
		n += heard(&r, port++, now);
	CU_ASSERT(n >= 30 && n <= 60);
}

// The path is down, and somebody says again what he has recorded of it, a thousand times a second, each from another port: that
// leaves turns to the edge, which begins elsewhere too.
static void
keeps_nobody_out(enum remote_news of_stranger, enum remote_news of_edge)
{
	struct remote r;
	wb_ns_t now = start(&r), end = now + 10 * WB_SEC;
	uint64_t token = 100, asked = 0;

	for (unsigned i = 0; now < end && r.cur.addr.udp_port != 2; now += WB_MS, i++) {
		struct remote_addr *a;

		heard_as(&r, (uint16_t)(1000 + i), of_stranger, now);
		if (i % 500 == 250)
			heard_as(&r, 2, of_edge, now);
		if (asked != 0)
			remote_answered(&r, asked, now);
		asked = 0;
		while ((a = remote_due(&r, false, now)) != NULL) {
			remote_asked(a, ++token, now);
			asked = a->addr.udp_port == 2 ? token : asked;
		}
		remote_settle(&r, LATE, false, now);
	}
	CU_ASSERT_EQUAL(r.cur.addr.udp_port, 2);
}

static void
recordings_keep_nobody_out(void)
{
	keeps_nobody_out(REMOTE_COPY, REMOTE_NEWEST);
	keeps_nobody_out(REMOTE_NEWEST, REMOTE_COPY); // nor does who is always first
}

// However long it takes, and alone: probes leave each 100 ms until one has been answered.
static void
long_round_trip(void)
{
	static const wb_ns_t ways[] = { 99 * WB_MS, 101 * WB_MS, 300 * WB_MS, WB_SEC };

	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		pair_open(&p, 1, NULL);
		p.delay[0][0] = p.delay[0][1] = ways[i];
		pair_session(&p, 0);
		CU_ASSERT(pair_wait(&p, HUB, 0, WB_PATH_UP, 4 * WB_SEC));
		pair_close(&p);
	}
}

static const struct harness_test tests[] = {
	{ "asked when the clock begins", asked_at_the_clocks_beginning },
	{ "the address in use answers: stays", old_one_answers },
	{ "it is silent: left, and gone back to", old_one_is_silent_and_returns },
	{ "late answers", late_answers },
	{ "a path that is down takes the new one at once", trial_at_once_without_another },
	{ "three times what was heard", bounded_until_valid },
	{ "trials are few", trials_are_few },
	{ "recordings keep nobody out", recordings_keep_nobody_out },
	{ "copies come first, in mid-transfer", raced_in_mid_transfer },
	{ "copies come first, from the start on", raced_from_the_start },
	{ "copies come first, probes are passed on", racer_passes_probes },
	{ "copies come first, and the edge moves", raced_and_moved },
	{ "a long round trip", long_round_trip },
	{ "the edge moves", moved },
	{ "another port with each datagram", another_port_each },
};

int
main(void)
{
	return HARNESS_RUN("remote", tests);
}
