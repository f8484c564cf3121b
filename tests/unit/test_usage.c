// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "usage.h"

#define DAY 86400

static time_t
at(const char *text)
{
	struct tm t = { .tm_isdst = -1 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(strptime(text, "%Y-%m-%d %H:%M", &t));
	return mktime(&t);
}

static void
periods(void)
{
	static const struct {
		const char *now;
		unsigned day;
		const char *since;
		unsigned length, left; // days
	} rows[] = {
		{ "2026-11-23 00:00", 1, "2026-11-01", 30, 8 },
		{ "2026-11-01 00:00", 1, "2026-11-01", 30, 30 },
		{ "2026-11-23 00:00", 24, "2026-10-24", 31, 1 },
		{ "2026-11-24 00:00", 24, "2026-11-24", 30, 30 },
		{ "2026-01-10 00:00", 15, "2025-12-15", 31, 5 },
		{ "2026-12-20 00:00", 15, "2026-12-15", 31, 26 },
		{ "2026-02-28 00:00", 31, "2026-02-28", 31, 31 }, // the last day of a short month
		{ "2026-02-27 00:00", 31, "2026-01-31", 28, 1 },
		{ "2028-02-28 00:00", 30, "2028-01-30", 30, 1 }, // a leap year
		{ "2026-04-30 00:00", 31, "2026-04-30", 31, 31 },
	};

	setenv("TZ", "UTC", 1);
	tzset();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct usage_period p;

		usage_period(at(rows[i].now), rows[i].day, &p);
		CU_ASSERT_STRING_EQUAL(p.since, rows[i].since);
		CU_ASSERT_EQUAL(p.length, rows[i].length * DAY);
		CU_ASSERT_EQUAL(p.left, rows[i].left * DAY);
	}
}

// Where clocks change, a month is an hour longer or shorter, and days are still days.
static void
summer_time(void)
{
	struct usage_period p;

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	usage_period(at("2026-10-31 23:30"), 1, &p);
	CU_ASSERT_STRING_EQUAL(p.since, "2026-10-01");
	CU_ASSERT_EQUAL(p.length, 31 * DAY + 3600);
	CU_ASSERT_EQUAL(p.left, 1800);
	setenv("TZ", "UTC", 1);
	tzset();
}

static char dir[] = "/tmp/wanbond-test-usage-XXXXXX";

static void
file(void)
{
	struct usage_entry e[2] = {
		{ .name = "lte", .since = "2026-11-01", .bytes = 12345678901ull },
		{ .name = "sat", .since = "2026-10-20", .bytes = 0 }
	};
	struct usage_entry r[2] = { { .name = "sat", .bytes = 7 }, { .name = "new", .bytes = 9 } };
	char path[64], err[256] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/usage", dir);
	CU_ASSERT_EQUAL(usage_read(path, r, 2, err, sizeof(err)), 0); // none yet
	CU_ASSERT_EQUAL(r[0].bytes, 7);
	CU_ASSERT_EQUAL(usage_write(path, e, 2), 0);
	CU_ASSERT_EQUAL(usage_read(path, r, 2, err, sizeof(err)), 0);
	CU_ASSERT_EQUAL(r[0].bytes, 0);
	CU_ASSERT_STRING_EQUAL(r[0].since, "2026-10-20");
	CU_ASSERT_EQUAL(r[1].bytes, 9); // not in it
	strcpy(r[1].name, "lte");
	CU_ASSERT_EQUAL(usage_read(path, r, 2, err, sizeof(err)), 0);
	CU_ASSERT_EQUAL(r[1].bytes, 12345678901ull);
	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT_EQUAL(usage_write("/proc/there_is_none/usage", e, 2), -ENOENT);
}

static void
damaged(void)
{
	static const char *const lines[] = { "lte\n", "lte 2026-11-01\n", "lte 2026-11-01 x\n",
		"lte 11/01/2026 5\n", "lte 2026-11-01 5", "lte 2026-11-01 5 6\n", "\xff\xfe\n" };
	char path[64], err[256];

	snprintf(path, sizeof(path), "%s/usage", dir);
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct usage_entry e[2] = { { .name = "lte" }, { .name = "sat" } };
		FILE *f = fopen(path, "w");

		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		fprintf(f, "# a comment\nsat 2026-11-05 77\n%s", lines[i]);
		fclose(f);
		CU_ASSERT_EQUAL(usage_read(path, e, 2, err, sizeof(err)), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(err, "/usage:3: \""));
		CU_ASSERT_EQUAL(e[0].bytes, 0);
		CU_ASSERT_EQUAL(e[1].bytes, 77); // what can be read counts
	}
	CU_ASSERT(usage_read(dir, NULL, 0, err, sizeof(err)) < 0); // a folder is no empty file
	unlink(path);
	rmdir(dir);
}

static const struct harness_test tests[] = {
	{ "periods", periods },
	{ "summer time", summer_time },
	{ "file", file },
	{ "damaged", damaged },
};

int
main(void)
{
	return HARNESS_RUN("usage", tests);
}
