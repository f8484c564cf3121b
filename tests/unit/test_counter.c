// SPDX-License-Identifier: BSD-3-Clause
// Rows of counters: each has its own name and a description, and is read as it was written.
#include <string.h>

#include "harness.h"
#include "wb_counter.h"
#include "wb_tunnel.h"

static const struct wb_counter *const lists[] = { wb_path_counters, wb_path_gauges,
	wb_class_counters, wb_tunnel_counters, wb_fec_counters, wb_tunnel_gauges,
	wb_flow_counters };
#define LISTS (sizeof(lists) / sizeof(lists[0]))

// Returns how many rows of a list have that name.
static unsigned
named(const struct wb_counter *list, const char *name)
{
	unsigned n = 0;

	for (const struct wb_counter *r = list; r->name != NULL; r++)
		n += strcmp(r->name, name) == 0;
	return n;
}

static void
described(void)
{
	for (unsigned i = 0; i < LISTS; i++)
		for (const struct wb_counter *r = lists[i]; r->name != NULL; r++) {
			CU_ASSERT_EQUAL(named(lists[i], r->name), 1);
			CU_ASSERT(strlen(r->help) > 0 && r->help[strlen(r->help) - 1] != '.');
			CU_ASSERT_EQUAL(r->size, sizeof(uint64_t));
			CU_ASSERT_STRING_NOT_EQUAL(wb_unit_name(r->unit), "?");
		}
	for (const struct wb_counter *r = wb_path_counters; r->name != NULL; r++)
		CU_ASSERT_EQUAL(named(wb_path_gauges, r->name), 0);
}

// Returns what a row shows.
static int64_t
shown(const struct wb_counter *list, const char *name, const void *stats)
{
	for (const struct wb_counter *r = list; r->name != NULL; r++)
		if (strcmp(r->name, name) == 0)
			return wb_counter_shown(r, stats);
	CU_FAIL("no such row");
	return -1;
}

static void
figures(void)
{
	struct wb_path_stats s = { .lost = 7,
		.srtt = 20345 * WB_US,
		.min_rtt = WB_NEVER,
		.owd_relative = -3 * (int64_t)WB_MS,
		.grid_next = 14 * WB_SEC,
		.classes = { [WB_CLASS_BULK] = 1ULL << 40 } };

	CU_ASSERT_EQUAL(shown(wb_path_counters, "lost", &s), 7);
	CU_ASSERT_EQUAL(shown(wb_path_counters, "tx_bulk", &s), 1LL << 40);
	CU_ASSERT_EQUAL(shown(wb_path_gauges, "srtt_us", &s), 20345);
	CU_ASSERT_EQUAL(shown(wb_path_gauges, "min_rtt_us", &s), 0);
	CU_ASSERT_EQUAL(shown(wb_path_gauges, "owd_relative_us", &s), -3000);
	CU_ASSERT_EQUAL(shown(wb_path_gauges, "grid_next_ms", &s), 14000);
}

struct small {
	uint8_t byte;
	uint16_t port;
	int socket;
	char text[8];
	const char *string;
};

static void
small_members(void)
{
	static const struct wb_counter rows[] = {
		WB_COUNTER_ROW(struct small, byte, "byte", NUMBER, "a byte"),
		WB_COUNTER_ROW(struct small, port, "port", NUMBER, "two bytes"),
		WB_COUNTER_ROW(struct small, socket, "socket", SIGNED, "four bytes with a sign"),
		WB_COUNTER_ROW(struct small, text, "text", TEXT, "characters"),
		WB_COUNTER_ROW(struct small, string, "string", STRING, "a pointer"),
		WB_COUNTER_END,
	};
	struct small s = { 200, 65500, -1, "here", "there" };

	CU_ASSERT_EQUAL(shown(rows, "byte", &s), 200);
	CU_ASSERT_EQUAL(shown(rows, "port", &s), 65500);
	CU_ASSERT_EQUAL(shown(rows, "socket", &s), -1);
	CU_ASSERT_STRING_EQUAL(wb_counter_text(&rows[3], &s), "here");
	CU_ASSERT_STRING_EQUAL(wb_counter_text(&rows[4], &s), "there");
}

static const struct harness_test tests[] = {
	{ "each row has a name of its own and a description", described },
	{ "figures are shown in the unit of their name", figures },
	{ "members of any size", small_members },
};

int
main(void)
{
	return HARNESS_RUN("counter", tests);
}
