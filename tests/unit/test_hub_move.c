// SPDX-License-Identifier: BSD-3-Clause
// Which of the hub's addresses is used and tried: a session is never given up for one that does not answer.
#include <string.h>

#include "harness.h"
#include "hub_move.h"

static const uint8_t a[4] = { 203, 0, 113, 10 }, b[4] = { 203, 0, 113, 11 },
		     c[4] = { 198, 51, 100, 7 };
static struct hub_move m;
static struct hub_seen seen;
static wb_ns_t now;
static uint8_t list[8][4];
static unsigned n;

static void
hub_is(const uint8_t *one, const uint8_t *two, const uint8_t *three)
{
	const uint8_t *all[] = { one, two, three };

	n = 0;
	for (unsigned i = 0; i < 3; i++)
		if (all[i] != NULL)
			memcpy(list[n++], all[i], 4);
}

// A step after so much time. What begins a handshake is told the sessions.
static enum hub_step
step(wb_ns_t after)
{
	enum hub_step s;

	now += after;
	s = hub_move_step(&m, (const uint8_t(*)[4])list, n, &seen, now);
	if (s == HUB_USE || s == HUB_TRY || s == HUB_RETURN) {
		seen.trying_since = now;
		seen.outside = true;
	}
	return s;
}

static void
answered(void)
{
	seen.session = true;
	seen.outside = seen.inside_answered = false;
	seen.handshakes++;
}

static bool
uses(const uint8_t *ip)
{
	return memcmp(m.in_use, ip, 4) == 0;
}

static bool
tries(const uint8_t *ip)
{
	return memcmp(m.target, ip, 4) == 0;
}

static void
begin(void)
{
	memset(&m, 0, sizeof(m));
	seen = (struct hub_seen){ .running = true };
	now = 10 * WB_SEC;
}

static void
up_with_a(void)
{
	begin();
	hub_is(a, NULL, NULL);
	CU_ASSERT_EQUAL(step(0), HUB_USE);
	answered();
	CU_ASSERT_EQUAL(step(WB_MS), HUB_STAY);
}

static void
one_address(void)
{
	begin();
	n = 0;
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_STAY); // none is known
	CU_ASSERT_FALSE(m.known);
	hub_is(a, NULL, NULL);
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_USE);
	CU_ASSERT(uses(a) && tries(a));
	CU_ASSERT_EQUAL(step(100 * WB_SEC), HUB_STAY); // nothing else to try
	answered();
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_STAY);
	seen.outside = true; // silent
	seen.trying_since = now;
	CU_ASSERT_EQUAL(step(100 * WB_SEC), HUB_STAY);
}

static void
in_turn_without_a_session(void)
{
	begin();
	hub_is(a, b, c);
	CU_ASSERT_EQUAL(step(0), HUB_USE);
	CU_ASSERT_EQUAL(step(HUB_MOVE_TRY - 1), HUB_STAY);
	CU_ASSERT_EQUAL(step(1), HUB_USE);
	CU_ASSERT(uses(b));
	CU_ASSERT_EQUAL(step(HUB_MOVE_TRY), HUB_USE);
	CU_ASSERT(uses(c));
	CU_ASSERT_EQUAL(step(HUB_MOVE_TRY), HUB_USE);
	CU_ASSERT(uses(a));
	hub_is(b, c, NULL); // the DNS answers at last: a was a kept one
	CU_ASSERT_EQUAL(step(WB_MS), HUB_USE);
	CU_ASSERT(uses(b));
	seen.running = false; // stopped, or no WAN
	CU_ASSERT_EQUAL(step(10 * HUB_MOVE_TRY), HUB_STAY);
}

// The name has another address: the paths stay until that has answered.
static void
moves(void)
{
	up_with_a();
	hub_is(b, NULL, NULL);
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_TRY);
	CU_ASSERT(uses(a) && tries(b));
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_STAY);
	answered();
	CU_ASSERT_EQUAL(step(WB_MS), HUB_MOVED);
	CU_ASSERT(uses(b) && tries(b));
	CU_ASSERT_EQUAL(step(100 * WB_SEC), HUB_STAY);
}

// The new address does not answer (a wrong record, a portal that answers everything): nothing is lost by that.
static void
stays_where_it_is_answered(void)
{
	wb_ns_t wait = HUB_MOVE_AGAIN_LEAST;

	up_with_a();
	hub_is(b, c, NULL);
	for (unsigned i = 0; i < 8; i++) {
		CU_ASSERT_EQUAL(step(WB_SEC), HUB_TRY);
		CU_ASSERT(tries(b));
		CU_ASSERT_EQUAL(step(HUB_MOVE_TRY), HUB_TRY);
		CU_ASSERT(tries(c));
		CU_ASSERT_EQUAL(step(HUB_MOVE_TRY), HUB_RETURN);
		CU_ASSERT(uses(a) && tries(a));
		answered(); // by a
		CU_ASSERT_EQUAL(step(wait - WB_SEC), HUB_STAY);
		wait = 2 * wait < HUB_MOVE_AGAIN_MOST ? 2 * wait : HUB_MOVE_AGAIN_MOST;
	}
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_TRY);
	hub_is(a, c, NULL); // a is listed again
	CU_ASSERT_EQUAL(step(WB_MS), HUB_RETURN);
	CU_ASSERT(tries(a));
}

// An answer inside the session is of the address in use.
static void
answer_of_the_old_one(void)
{
	up_with_a();
	hub_is(b, NULL, NULL);
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_TRY);
	answered();
	seen.inside_answered = true;
	CU_ASSERT_EQUAL(step(WB_MS), HUB_STAY);
	CU_ASSERT(uses(a) && tries(b));
}

// The one in use falls silent: the others are tried in turn, within seconds, and it too.
static void
silent(void)
{
	up_with_a();
	hub_is(a, b, c);
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_STAY);
	seen.outside = true;
	seen.trying_since = now;
	CU_ASSERT_EQUAL(step(HUB_MOVE_TRY - 1), HUB_STAY);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(step(i == 0 ? 1 : HUB_MOVE_TRY), HUB_TRY);
		CU_ASSERT(tries(b));
		CU_ASSERT_EQUAL(step(HUB_MOVE_TRY), HUB_TRY);
		CU_ASSERT(tries(c));
		CU_ASSERT_EQUAL(step(HUB_MOVE_TRY), HUB_RETURN);
		CU_ASSERT(uses(a) && tries(a));
	}
	CU_ASSERT_EQUAL(step(HUB_MOVE_TRY), HUB_TRY);
	answered();
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_MOVED);
	CU_ASSERT(uses(b));
}

// Its keys expire while another one is tried.
static void
session_ends_meanwhile(void)
{
	up_with_a();
	hub_is(b, NULL, NULL);
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_TRY);
	seen.session = false;
	CU_ASSERT_EQUAL(step(WB_SEC), HUB_USE);
	CU_ASSERT(uses(b) && tries(b));
}

static const struct harness_test tests[] = {
	{ "one address", one_address },
	{ "in turn without a session", in_turn_without_a_session },
	{ "moves", moves },
	{ "stays where it is answered", stays_where_it_is_answered },
	{ "answer of the old one", answer_of_the_old_one },
	{ "silent", silent },
	{ "the session ends meanwhile", session_ends_meanwhile },
};

int
main(void)
{
	return HARNESS_RUN("hub_move", tests);
}
