// SPDX-License-Identifier: BSD-3-Clause
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_file.h"

#define OPPORTUNITY_BITS (1500 * 8)
#define MAX_OPPORTUNITIES (64U << 20)
#define MAX_COLUMNS 64
#define MAX_STEP_S 3600
#define MAX_MBIT 100000
#define MAX_DAYS_MS (30ULL * 86400 * 1000)

struct reading {
	FILE *file;
	uint32_t *ms;
	size_t n, room;
	unsigned line;
	char *error;
	size_t error_size;
};

static int
invalid(struct reading *r, const char *why)
{
	snprintf(r->error, r->error_size, "line %u: %s", r->line, why);
	return -EINVAL;
}

// Its text without the end, and 1; 0: no more. By characters, for fgets() would hide what follows a NUL.
static int
next_line(struct reading *r, char *text, size_t size)
{
	size_t n = 0;
	int c;

	r->line++;
	while ((c = getc(r->file)) != EOF && c != '\n') {
		if (c == '\0')
			return invalid(r, "a NUL byte: not a text file");
		if (n == size - 1)
			return invalid(r, "too long");
		text[n++] = (char)c;
	}
	text[n] = '\0';
	if (ferror(r->file)) {
		c = errno;
		snprintf(r->error, r->error_size, "%s", strerror(c));
		return -c;
	}
	if (c != EOF || n > 0)
		return 1;
	r->line--;
	return 0;
}

static int
add(struct reading *r, uint32_t ms)
{
	if (r->n == r->room) {
		size_t room = r->room > 0 ? 2 * r->room : 4096;
		uint32_t *more;

		if (room > MAX_OPPORTUNITIES)
			return invalid(r, "more opportunities than a trace may have");
		more = realloc(r->ms, room * sizeof(*more));
		if (more == NULL)
			return -ENOMEM;
		r->ms = more;
		r->room = room;
	}
	r->ms[r->n++] = ms;
	return 0;
}

static bool
only_space(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

static int
read_mahimahi(struct reading *r, uint32_t *period_ms)
{
	char text[64];
	int rc;

	while ((rc = next_line(r, text, sizeof(text))) > 0) {
		char *end;
		unsigned long ms;

		if (only_space(text))
			continue;
		errno = 0;
		ms = strtoul(text, &end, 10);
		if (!isdigit((unsigned char)text[0]) || errno != 0 || ms > MAX_DAYS_MS ||
			!only_space(end))
			return invalid(r, "not a number of milliseconds");
		if (r->n > 0 && ms < r->ms[r->n - 1])
			return invalid(r, "earlier than the line before");
		rc = add(r, ms);
		if (rc < 0)
			return rc;
	}
	*period_ms = r->n > 0 ? r->ms[r->n - 1] : 0;
	return rc;
}

// Cuts a line at its commas.
static unsigned
split(char *line, char *cell[MAX_COLUMNS])
{
	unsigned n = 0;

	for (char *p = line; p != NULL && n < MAX_COLUMNS; n++)
		cell[n] = strsep(&p, ",\r\n");
	return n;
}

static int
find_column(char *const *cell, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++) {
		if (strcmp(cell[i], name) == 0)
			return i;
	}
	return -1;
}

// Opportunities of `mbit` from millisecond `from` on until `to`; `bits` is what is left over.
static int
fill(struct reading *r, uint64_t from, uint64_t to, double mbit, double *bits)
{
	for (uint64_t ms = from; ms < to; ms++) {
		for (*bits += mbit * 1000; *bits >= OPPORTUNITY_BITS; *bits -= OPPORTUNITY_BITS) {
			int rc = add(r, ms + 1);

			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static bool
number(const char *text, double max, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return end != text && only_space(end) && *value >= 0 && *value <= max;
}

static int
read_csv(struct reading *r, const char *column, uint32_t *period_ms)
{
	char text[4096], *cell[MAX_COLUMNS];
	double start = 0, at = 0, before = -1, step = 1, mbit = 0, bits = 0, next;
	int time_at, rate_at, rc;
	unsigned n;

	rc = next_line(r, text, sizeof(text));
	if (rc <= 0) {
		r->line = 1;
		return rc < 0 ? rc : invalid(r, "empty");
	}
	n = split(text, cell);
	time_at = find_column(cell, n, "t_s");
	rate_at = find_column(cell, n, column);
	if (time_at < 0 || rate_at < 0)
		return invalid(r, time_at < 0 ? "no column t_s" : "no such column");

	while ((rc = next_line(r, text, sizeof(text))) > 0) {
		if (only_space(text))
			continue;
		n = split(text, cell);
		if ((unsigned)time_at >= n || (unsigned)rate_at >= n ||
			!number(cell[time_at], MAX_DAYS_MS / 1000.0, &at) ||
			!number(cell[rate_at], MAX_MBIT, &next))
			return invalid(r, "not a time in s and a rate in Mbit/s");
		if (before >= 0 && (at <= before || at - before > MAX_STEP_S))
			return invalid(r, "not after the line before, or more than an hour");
		if (before < 0)
			start = at;
		else
			step = at - before;
		rc = before < 0 ? 0
				: fill(r, (before - start) * 1000 + 0.5, (at - start) * 1000 + 0.5,
					  mbit, &bits);
		if (rc < 0)
			return rc;
		before = at;
		mbit = next;
	}
	if (rc < 0)
		return rc;
	// The last line counts as long as the one before it.
	*period_ms = (at - start + step) * 1000 + 0.5;
	return fill(r, (at - start) * 1000 + 0.5, *period_ms, mbit, &bits);
}

int
trace_file_load(
	struct trace_file *t, const char *path, const char *column, char *error, size_t size)
{
	struct reading r = { .error = error, .error_size = size };
	uint32_t period_ms = 0;
	int rc;

	memset(t, 0, sizeof(*t));
	r.file = fopen(path, "re");
	if (r.file == NULL) {
		rc = -errno;
		snprintf(error, size, "%s", strerror(errno));
		return rc;
	}
	rc = column != NULL ? read_csv(&r, column, &period_ms) : read_mahimahi(&r, &period_ms);
	if (rc == -ENOMEM)
		snprintf(error, size, "%s", strerror(ENOMEM));
	fclose(r.file);
	if (rc == 0 && (r.n == 0 || period_ms == 0))
		rc = invalid(&r, "no opportunity to send in the whole trace");
	if (rc < 0) {
		free(r.ms);
		return rc;
	}
	t->opportunity_ms = r.ms;
	t->trace = (struct wb_em_trace){ r.ms, r.n, period_ms };
	return 0;
}

void
trace_file_free(struct trace_file *t)
{
	free(t->opportunity_ms);
	memset(t, 0, sizeof(*t));
}
