// SPDX-License-Identifier: BSD-3-Clause
// Link traces from files: Mahimahi and CSV.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "trace_file.h"

// Loads a file with this text.
static int
load(struct trace_file *t, const char *text, const char *column, char *error, size_t size)
{
	char path[] = "/tmp/wanbond-trace-XXXXXX";
	int fd = mkstemp(path), rc;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	error[0] = '\0';
	rc = trace_file_load(t, path, column, error, size);
	unlink(path);
	return rc;
}

static void
test_mahimahi(void)
{
	static const uint32_t want[] = { 0, 0, 3, 3, 7, 20 };
	struct trace_file t;
	char error[100];

	CU_ASSERT_EQUAL_FATAL(load(&t, "0\n0\n3\r\n3\n\n7\n20\n", NULL, error, sizeof(error)), 0);
	CU_ASSERT_EQUAL(t.trace.period_ms, 20);
	CU_ASSERT_EQUAL_FATAL(t.trace.n, 6);
	CU_ASSERT_EQUAL(memcmp(t.trace.opportunity_ms, want, sizeof(want)), 0);
	trace_file_free(&t);
	CU_ASSERT_EQUAL_FATAL(load(&t, "5", NULL, error, sizeof(error)), 0); // no newline
	CU_ASSERT_EQUAL(t.trace.n, 1);
	trace_file_free(&t);
}

static void
test_csv(void)
{
	// 12 Mbit/s is an opportunity a millisecond; the second from 2 on is missing and holds 6.
	static const char text[] = "t_s,other_mbps,a_mbps\n10,99,12\n11,99,6\n13,99,24.0\n";
	struct trace_file t;
	unsigned in_second[6] = { 0 };
	char error[100];

	CU_ASSERT_EQUAL_FATAL(load(&t, text, "a_mbps", error, sizeof(error)), 0);
	CU_ASSERT_EQUAL(t.trace.period_ms, 5000); // the last line holds as long as the one before
	for (size_t i = 0; i < t.trace.n; i++)
		in_second[(t.trace.opportunity_ms[i] - 1) / 1000]++;
	CU_ASSERT_EQUAL(in_second[0], 1000);
	CU_ASSERT_EQUAL(in_second[1], 500);
	CU_ASSERT_EQUAL(in_second[2], 500);
	CU_ASSERT_EQUAL(in_second[3], 2000);
	CU_ASSERT_EQUAL(in_second[4], 2000);
	trace_file_free(&t);
}

static void
test_csv_slow(void)
{
	// 10 kbit/s: an opportunity each 1.2 s, carried over from line to line.
	struct trace_file t;
	char error[100];

	CU_ASSERT_EQUAL_FATAL(
		load(&t, "t_s,x\n0,0.01\n1,0.01\n2,0.01\n3,0\n", "x", error, sizeof(error)), 0);
	CU_ASSERT_EQUAL_FATAL(t.trace.n, 2);
	CU_ASSERT_EQUAL(t.trace.opportunity_ms[0], 1200);
	CU_ASSERT_EQUAL(t.trace.opportunity_ms[1], 2400);
	CU_ASSERT_EQUAL(t.trace.period_ms, 4000);
	trace_file_free(&t);
}

static void
test_bad(void)
{
	static const struct {
		const char *text, *column, *why;
	} rows[] = {
		{ "", NULL, "no opportunity" },
		{ "0\n0\n", NULL, "no opportunity" }, // a period of 0 ms
		{ "1\nx\n", NULL, "line 2: not a number" },
		{ "-1\n", NULL, "line 1: not a number" },
		{ "1 2\n", NULL, "line 1: not a number" },
		{ "5\n4\n", NULL, "line 2: earlier" },
		{ "99999999999999999999\n", NULL, "line 1: not a number" },
		{ "1\n2                                                               "
		  "        3\n",
			NULL, "line 2: too long" },
		{ "", "x", "line 1: empty" },
		{ "t_s,y\n0,1\n", "x", "line 1: no such column" },
		{ "s,x\n0,1\n", "x", "line 1: no column t_s" },
		{ "t_s,x\n0,1\n0,1\n", "x", "line 3: not after" },
		{ "t_s,x\n0,1\n9999,1\n", "x", "line 3: not after" },
		{ "t_s,x\n0,-1\n", "x", "line 2: not a time" },
		{ "t_s,x\n0\n", "x", "line 2: not a time" },
		{ "t_s,x\n0,nan\n", "x", "line 2: not a time" },
		{ "t_s,x\n0,0\n1,0\n", "x", "no opportunity" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct trace_file t;
		char error[100];
		int rc = load(&t, rows[i].text, rows[i].column, error, sizeof(error));

		CU_ASSERT_EQUAL(rc, -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, rows[i].why));
		if (rc == 0)
			trace_file_free(&t);
	}
}

static void
test_no_file(void)
{
	struct trace_file t;
	char error[100];

	CU_ASSERT_EQUAL(trace_file_load(&t, "/nonexistent/x", NULL, error, sizeof(error)), -ENOENT);
	CU_ASSERT_STRING_EQUAL(error, "No such file or directory");
	CU_ASSERT_EQUAL(trace_file_load(&t, "/tmp", NULL, error, sizeof(error)), -EISDIR);
	CU_ASSERT_STRING_EQUAL(error, "Is a directory");
	CU_ASSERT_EQUAL(trace_file_load(&t, "/dev/zero", NULL, error, sizeof(error)), -EINVAL);
	CU_ASSERT_STRING_EQUAL(error, "line 1: a NUL byte: not a text file");
	CU_ASSERT_EQUAL(trace_file_load(&t, "/dev/zero", "x", error, sizeof(error)), -EINVAL);
	CU_ASSERT_STRING_EQUAL(error, "line 1: a NUL byte: not a text file");
}

static const struct harness_test tests[] = {
	{ "mahimahi", test_mahimahi },
	{ "csv", test_csv },
	{ "csv_slow", test_csv_slow },
	{ "bad", test_bad },
	{ "no_file", test_no_file },
};

int
main(void)
{
	return HARNESS_RUN("trace_file", tests);
}
