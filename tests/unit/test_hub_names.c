// SPDX-License-Identifier: BSD-3-Clause
// When the hub's names are asked for, and what their answers make of its addresses; and the file of kept ones.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "hub_kept.h"
#include "hub_names.h"

#define A                                                                                          \
	{                                                                                          \
		203, 0, 113, 10                                                                    \
	}
#define B                                                                                          \
	{                                                                                          \
		203, 0, 113, 11                                                                    \
	}
#define C                                                                                          \
	{                                                                                          \
		198, 51, 100, 7                                                                    \
	}

static struct hub_names h;
static wb_ns_t now;

static void
begin(void)
{
	struct wb_config_host hosts[3] = { { .name = "vps.example.net" },
		{ .address = { .family = 4, .ip = C } }, { .name = "b.example.net" } };

	now = 100 * WB_SEC;
	hub_names_init(&h, hosts, 3);
}

static void
answer(unsigned id, const uint8_t ip[][4], unsigned n, uint32_t ttl)
{
	struct resolver_answer a = { .id = id, .way = "192.0.2.53 on wan lte", .n = n, .ttl = ttl };

	for (unsigned i = 0; i < n; i++)
		memcpy(a.ip[i], ip[i], 4);
	if (n == 0)
		a.why = "NXDOMAIN";
	hub_names_answer(&h, &a);
}

// Begins a round of the first name with so many questions.
static unsigned
ask(unsigned questions)
{
	unsigned id;

	CU_ASSERT_PTR_EQUAL_FATAL(hub_names_due(&h, now), &h.list[0]);
	id = hub_names_begin(&h, &h.list[0], now);
	while (questions-- > 0)
		hub_names_asked(&h.list[0]);
	return id;
}

static unsigned
addresses(uint8_t list[HUB_NAMES_ADDRESSES][4])
{
	return hub_names_addresses(&h, list);
}

static void
due_at_once_then_at_the_ttl(void)
{
	static const uint8_t ab[][4] = { A, B }, ba[][4] = { B, A };
	uint8_t list[HUB_NAMES_ADDRESSES][4];
	unsigned id;

	begin();
	CU_ASSERT_EQUAL(addresses(list), 1);
	h.list[2].ask_at = WB_NEVER;
	id = ask(1);
	CU_ASSERT_PTR_NULL(hub_names_due(&h, now));
	CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_NOTHING);
	answer(id, ab, 2, 60);
	CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_OTHER);
	CU_ASSERT_EQUAL(addresses(list), 3);
	CU_ASSERT_EQUAL(memcmp(list[0], ab[0], 4), 0);
	CU_ASSERT_PTR_EQUAL(hub_names_of(&h, ab[1]), &h.list[0]);
	CU_ASSERT_PTR_NULL(hub_names_of(&h, list[2])); // configured
	now += 60 * WB_SEC - 1;
	CU_ASSERT_PTR_NULL(hub_names_due(&h, now));
	now++;
	id = ask(1);
	answer(id, ba, 2, 60); // turned round
	CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_SAME);
}

static void
ttl_is_bounded(void)
{
	static const uint8_t a[][4] = { A };

	begin();
	h.list[2].ask_at = WB_NEVER;
	answer(ask(1), a, 1, 0);
	hub_names_settle(&h.list[0], now);
	CU_ASSERT_EQUAL(h.list[0].ask_at, now + HUB_NAMES_TTL_LEAST);
	now = h.list[0].ask_at;
	answer(ask(1), a, 1, 7 * 86400);
	hub_names_settle(&h.list[0], now);
	CU_ASSERT_EQUAL(h.list[0].ask_at, now + HUB_NAMES_TTL_MOST);
}

// All WANs are asked. One that does not answer delays the others' answers by a second, and its own is of yesterday.
static void
several_wans(void)
{
	static const uint8_t a[][4] = { A }, b[][4] = { B };
	uint8_t list[HUB_NAMES_ADDRESSES][4];
	unsigned id, next;

	begin();
	h.list[1].n = 0;
	h.list[2].ask_at = WB_NEVER;
	id = ask(3);
	answer(id, a, 1, 60);
	CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_OTHER); // had none
	now = h.list[0].ask_at;
	next = ask(3);
	answer(id, b, 1, 60); // of the round before
	answer(next, b, 1, 90);
	answer(next, a, 1, 30);
	CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_NOTHING);
	CU_ASSERT_EQUAL(
		hub_names_settle(&h.list[0], now + HUB_NAMES_SETTLE - 1), HUB_NAMES_NOTHING);
	now += HUB_NAMES_SETTLE;
	CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_OTHER);
	CU_ASSERT_EQUAL(addresses(list), 2);
	CU_ASSERT_EQUAL(h.list[0].ask_at, now + 30 * WB_SEC);
}

static void
failures_back_off(void)
{
	static const uint8_t a[][4] = { A };
	static const unsigned waits[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	uint8_t list[HUB_NAMES_ADDRESSES][4];

	begin();
	h.list[1].n = 0;
	h.list[2].ask_at = WB_NEVER;
	answer(ask(1), a, 1, 60);
	hub_names_settle(&h.list[0], now);
	now = h.list[0].ask_at;
	for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		unsigned id = ask(2);

		answer(id, NULL, 0, 0);
		CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_NOTHING);
		answer(id, NULL, 0, 0);
		CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_FAILED);
		CU_ASSERT_EQUAL(h.list[0].ask_at, now + waits[i] * WB_SEC);
		CU_ASSERT_STRING_EQUAL(h.list[0].why,
			"no address from 192.0.2.53 on wan lte: NXDOMAIN; no address from "
			"192.0.2.53 on wan lte: NXDOMAIN");
		now = h.list[0].ask_at;
	}
	CU_ASSERT_EQUAL(addresses(list), 1);       // the last good one
	hub_names_hurry(&h, WB_SEC, now - WB_SEC); // does not break the back-off
	CU_ASSERT_EQUAL(h.list[0].ask_at, now);
	hub_names_retry(&h, now - WB_SEC); // another WAN
	CU_ASSERT_EQUAL(h.list[0].ask_at, now - WB_SEC);
	answer(ask(1), a, 1, 60);
	CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_SAME);
	CU_ASSERT_EQUAL(h.list[0].failures, 0);
	CU_ASSERT_STRING_EQUAL(h.list[0].why, "");
}

static void
nobody_to_ask(void)
{
	begin();
	ask(0);
	hub_names_unasked(&h.list[0], "no wan has an address yet");
	CU_ASSERT_EQUAL(hub_names_settle(&h.list[0], now), HUB_NAMES_FAILED);
	CU_ASSERT_STRING_EQUAL(h.list[0].why, "no wan has an address yet");
}

static void
hurry(void)
{
	static const uint8_t a[][4] = { A };

	begin();
	h.list[2].ask_at = WB_NEVER;
	answer(ask(1), a, 1, 3600);
	hub_names_settle(&h.list[0], now);
	now += WB_SEC;
	hub_names_hurry(&h, HUB_NAMES_TTL_LEAST, now);
	CU_ASSERT_EQUAL(h.list[0].ask_at, now + HUB_NAMES_TTL_LEAST - WB_SEC);
	now += 600 * WB_SEC;
	h.list[0].ask_at = now + WB_SEC;
	hub_names_hurry(&h, HUB_NAMES_TTL_LEAST, now);
	CU_ASSERT_EQUAL(h.list[0].ask_at, now);
}

static char file[] = "/tmp/wanbond-test-XXXXXX";

static void
write_text(const char *text)
{
	FILE *f = fopen(file, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
}

static void
kept(void)
{
	static const uint8_t ab[][4] = { A, B };
	uint8_t list[HUB_NAMES_ADDRESSES][4];
	char err[600] = "", want[100];

	CU_ASSERT_FATAL(mkdtemp(file) != NULL);
	strcpy(want, file);
	rmdir(file);
	begin();
	CU_ASSERT_EQUAL(hub_kept_read(file, &h, err, sizeof(err)), 0); // none yet
	answer(ask(1), ab, 2, 60);
	hub_names_settle(&h.list[0], now);
	CU_ASSERT_EQUAL(hub_kept_write(file, &h), 0);
	begin();
	CU_ASSERT_EQUAL(hub_kept_read(file, &h, err, sizeof(err)), 0);
	CU_ASSERT_EQUAL(addresses(list), 3);
	CU_ASSERT_EQUAL(memcmp(list, ab, 8), 0);
	CU_ASSERT_EQUAL(h.list[0].resolved, 0);
	CU_ASSERT_PTR_EQUAL(hub_names_due(&h, now), &h.list[0]); // all the same
	write_text("# comment\nvps.example.net\nb.example.net 198.51.100.9 x\nB.example.net "
		   "198.51.100.9\n");
	begin();
	CU_ASSERT_EQUAL(hub_kept_read(file, &h, err, sizeof(err)), -EINVAL);
	snprintf(want, sizeof(want), "%s:3: not a NAME and its addresses", file);
	CU_ASSERT_STRING_EQUAL(err, want);
	CU_ASSERT_EQUAL(h.list[0].n, 0);
	CU_ASSERT_EQUAL(h.list[2].n, 1);
	unlink(file);
	CU_ASSERT_EQUAL(hub_kept_write("/nonexistent/x", &h), -ENOENT);
}

// A server that gives other addresses each time does not keep the disk busy.
static void
kept_seldom(void)
{
	struct hub_kept k = { 0 };

	CU_ASSERT_FALSE(hub_kept_due(&k, true, WB_SEC));
	k.stale = true;
	CU_ASSERT(hub_kept_due(&k, true, WB_SEC));
	CU_ASSERT_FALSE(hub_kept_due(&k, true, 2 * WB_SEC));
	k.stale = true;
	CU_ASSERT_FALSE(hub_kept_due(&k, true, HUB_KEPT_EVERY));
	CU_ASSERT(hub_kept_due(&k, true, WB_SEC + HUB_KEPT_EVERY));
	CU_ASSERT_FALSE(k.stale);
}

// What a captive portal answers is not kept: the hub does not answer there.
static void
kept_once_proven(void)
{
	struct hub_kept k = { .stale = true };

	CU_ASSERT_FALSE(hub_kept_due(&k, false, WB_SEC));
	CU_ASSERT(k.stale);
	CU_ASSERT(hub_kept_due(&k, true, 2 * WB_SEC));
}

static const struct harness_test tests[] = {
	{ "due at once, then at the TTL", due_at_once_then_at_the_ttl },
	{ "the TTL is bounded", ttl_is_bounded },
	{ "several WANs", several_wans },
	{ "failures back off", failures_back_off },
	{ "nobody to ask", nobody_to_ask },
	{ "hurry", hurry },
	{ "kept", kept },
	{ "kept seldom", kept_seldom },
	{ "kept once proven", kept_once_proven },
};

int
main(void)
{
	return HARNESS_RUN("hub_names", tests);
}
