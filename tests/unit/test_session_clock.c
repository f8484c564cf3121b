// SPDX-License-Identifier: BSD-3-Clause
// Wrong clocks and replays: what is new without a clock that is right.
#include "session_ends.h"

static void
restart(unsigned end)
{
	uint8_t public_key[WB_KEY_LEN];

	wb_key_public(keys[1 - end], public_key);
	sessions_destroy(ends[end].s);
	ends[end].s = create(end, public_key, 0);
	sessions_start(ends[end].s, now);
}

static struct mail recorded[64];
static unsigned n_recorded;

// From an address of the attacker's own.
static unsigned
replay_all(void)
{
	struct wb_addr from = { .ip = { 192, 0, 2, 66 }, .family = 4, .udp_port = 1 };
	unsigned before = ends[HUB].installs;

	for (unsigned i = 0; i < n_recorded; i++) {
		now += 50 * WB_MS;
		sessions_received(ends[HUB].s, &from, recorded[i].data, recorded[i].len, now);
	}
	return ends[HUB].installs - before;
}

static void
record(void)
{
	if (ends[EDGE].n_box == 0)
		sessions_expire(ends[EDGE].s, now);
	for (unsigned i = 0; i < ends[EDGE].n_box && n_recorded < 64; i++)
		recorded[n_recorded++] = ends[EDGE].box[i];
}

// A power cut, and the clock begins hours behind; it was ahead, and is put right; it stands still; it is
// worse each time. Two handshakes at most each time, and recordings of all of it get nothing.
static void
wrong_clocks(void)
{
	static const struct {
		int64_t before, after; // seconds
	} rows[] = { { 0, -7200 }, { 7200, 0 }, { 86400 * 365, 0 }, { 0, 0 }, { -7200, -14400 },
		{ 0, -1700000000 } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clock_error = rows[i].before * (int64_t)WB_SEC;
		n_recorded = 0;
		open_both(0, 0);
		record();
		run(WB_SEC);
		CU_ASSERT_EQUAL_FATAL(info(EDGE).state, SESSION_UP);
		for (unsigned time = 0; time < 3; time++) {
			clock_error = (rows[i].after - time) * (int64_t)WB_SEC;
			now += 12 *
			       WB_SEC; // and copies of the last message are not answered any more
			CU_ASSERT_EQUAL(replay_all(), 0);
			restart(EDGE);
			stamps = 0;
			record();
			run(50 * WB_MS); // three round trips
			CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
			CU_ASSERT(stamps <= 2);
			CU_ASSERT_EQUAL(ends[EDGE].keys.remote_index, ends[HUB].keys.local_index);
			CU_ASSERT_EQUAL(ends[HUB].new_sessions, 2 + time);
		}
		now += 12 * WB_SEC;
		CU_ASSERT_EQUAL(replay_all(), 0);
		close_both();
	}
	clock_error = 0;
}

// Either end's log has the cause.
static void
wrong_clock_is_told(void)
{
	clock_error = 0;
	open_both(0, 0);
	run(WB_SEC);
	clock_error = -7200 * (int64_t)WB_SEC;
	now += 30 * WB_SEC;
	restart(EDGE);
	ends[EDGE].said[0] = 0;
	carry(EDGE);
	if (ends[EDGE].n_box == 0)
		sessions_expire(ends[EDGE].s, now);
	carry(EDGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(ends[HUB].said, "clock"));
	carry(HUB);
	CU_ASSERT_PTR_NOT_NULL(strstr(ends[EDGE].said, "this box's clock (2023-11-14 20:13:"));
	clock_error = 0;
	close_both();
}

// Replays while an edge with a wrong clock is on its way in: the word that it was told stays good.
static void
replays_in_between(void)
{
	clock_error = 0;
	n_recorded = 0;
	open_both(0, 0);
	record();
	run(125 * WB_SEC);
	clock_error = -7200 * (int64_t)WB_SEC;
	restart(EDGE);
	record();
	carry(EDGE);
	CU_ASSERT_EQUAL(replay_all(), 0);
	carry(HUB); // the challenge, and the edge's second message
	CU_ASSERT_EQUAL(replay_all(), 0);
	stamps = 0;
	run(100 * WB_MS);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	CU_ASSERT_EQUAL(stamps, 0);
	clock_error = 0;
	close_both();
}

// A hub that has just started remembers no stamp. A recording then makes it write an answer that nobody can use
// and keys that nobody confirms; the edge comes in all the same, also when the recording's stamp was ahead.
static void
replay_after_hub_restart(void)
{
	for (unsigned i = 0; i < 2; i++) {
		clock_error = i * 7200 * (int64_t)WB_SEC;
		n_recorded = 0;
		open_both(0, 0);
		record();
		run(WB_SEC);
		restart(HUB);
		clock_error = 0;
		if (i == 1)
			restart(EDGE);
		ends[EDGE].n_box = 0;
		n_recorded = 1;
		CU_ASSERT_EQUAL(replay_all(), 1);
		CU_ASSERT(ends[HUB].keys.confirm_first);
		now += WB_SEC;
		CU_ASSERT_EQUAL(replay_all(), 0);
		ends[HUB].n_box = 0; // to the attacker
		stamps = 0;
		if (i == 0)
			sessions_silent(ends[EDGE].s, 0, now);
		run(WB_SEC);
		CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
		CU_ASSERT(stamps <= 2);
		CU_ASSERT_EQUAL(ends[EDGE].keys.remote_index, ends[HUB].keys.local_index);
		close_both();
	}
}

static const struct harness_test tests[] = {
	{ "wrong clocks", wrong_clocks },
	{ "a wrong clock is told", wrong_clock_is_told },
	{ "replays in between", replays_in_between },
	{ "replay after a hub's restart", replay_after_hub_restart },
};

int
main(void)
{
	return wb_crypto_init() < 0 || HARNESS_RUN("session_clock", tests);
}
