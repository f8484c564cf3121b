// SPDX-License-Identifier: BSD-3-Clause
// Reads and writes the file of what metered WANs have carried, and reckons their months.
#include "usage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "state_file.h"

static int
days_in(int year, int month)
{
	struct tm t = {
		.tm_year = year, .tm_mon = month + 1, .tm_mday = 0, .tm_hour = 12, .tm_isdst = -1
	};

	mktime(&t); // day 0 of a month is the last one of that before
	return t.tm_mday;
}

// Midnight on which a month's period begins. month may be -1 or 12.
static time_t
begins(int year, int month, unsigned day, struct tm *t)
{
	int last;

	if (month < 0 || month > 11) {
		year += month < 0 ? -1 : 1;
		month = month < 0 ? 11 : 0;
	}
	last = days_in(year, month);
	*t = (struct tm){ .tm_year = year,
		.tm_mon = month,
		.tm_mday = (int)day < last ? (int)day : last,
		.tm_isdst = -1 };
	return mktime(t);
}

void
usage_period(time_t now, unsigned day, struct usage_period *p)
{
	struct tm today = { 0 }, first, other;
	time_t start, end;
	int month;

	localtime_r(&now, &today);
	month = today.tm_mon;
	start = begins(today.tm_year, month, day, &first);
	if (start > now)
		start = begins(today.tm_year, --month, day, &first);
	end = begins(today.tm_year, month + 1, day, &other);
	strftime(p->since, sizeof(p->since), "%Y-%m-%d", &first);
	p->length = (uint64_t)(end - start);
	p->left = end > now ? (uint64_t)(end - now) : 0;
}

struct entries {
	struct usage_entry *list;
	unsigned n;
};

static bool
take_line(void *ctx, char *line, char *why, size_t len)
{
	struct entries *entries = ctx;
	struct usage_entry e;
	char since[USAGE_DATE], end;
	int y, m, d;

	_Static_assert(sizeof(e.name) == 32 && sizeof(since) == 11, "the widths below");
	if (sscanf(line, "%31s %10s %" SCNu64 "%c", e.name, since, &e.bytes, &end) != 4 ||
		end != '\n' || strlen(since) != USAGE_DATE - 1 ||
		sscanf(since, "%4d-%2d-%2d", &y, &m, &d) != 3) {
		snprintf(why, len, "\"%.*s\" is not NAME YYYY-MM-DD BYTES",
			strcspn(line, "\n") < 60 ? (int)strcspn(line, "\n") : 60, line);
		return false;
	}
	for (unsigned i = 0; i < entries->n; i++) {
		if (strcmp(entries->list[i].name, e.name) != 0)
			continue;
		memcpy(entries->list[i].since, since, sizeof(since));
		entries->list[i].bytes = e.bytes;
	}
	return true;
}

int
usage_read(const char *file, struct usage_entry *entries, unsigned n, char *err, size_t err_len)
{
	struct entries all = { entries, n };

	return state_file_read(file, take_line, &all, err, err_len);
}

int
usage_write(const char *file, const struct usage_entry *entries, unsigned n)
{
	struct state_file s;
	int r = state_file_open(&s, file);

	if (r < 0)
		return r;
	fprintf(s.text, "# wanbond: WAN, first day of its month, bytes since then\n");
	for (unsigned i = 0; i < n; i++)
		fprintf(s.text, "%s %s %" PRIu64 "\n", entries[i].name, entries[i].since,
			entries[i].bytes);
	return state_file_close(&s);
}
