// SPDX-License-Identifier: BSD-3-Clause
// Where messages go: once to standard error, with the level where the journal reads it, never to
// syslog besides.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <rte_eal.h>

#include "../unit/harness.h"
#include "log.h"

static unsigned syslog_calls;

// In libc's place for the EAL too.
void
syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
	syslog_calls++;
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	(void)priority;
	(void)flag;
	(void)format;
	syslog_calls++;
}

// Exit code: calls of syslog() while a process that has started the EAL writes its messages.
static int
speak(FILE *err, bool journal)
{
	char *args[] = { "test", "--no-huge", "-m", "32", "--no-pci", "--no-telemetry",
		"--no-shconf", "--log-level=lib.eal:8", NULL };
	char stream[64];
	struct stat st;

	if (dup2(fileno(err), STDERR_FILENO) < 0 || fstat(STDERR_FILENO, &st) < 0)
		return 100;
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino + !journal);
	setenv("JOURNAL_STREAM", stream, 1);
	control_log_open();
	if (rte_eal_init(8, args) < 0)
		return 101;
	ctl_warn("a warning");
	ctl_err("an error\nof two lines");
	control_log_close();
	return (int)syslog_calls;
}

static void
hear(bool journal, char *text, size_t len)
{
	FILE *err = tmpfile();
	int status = -1;
	pid_t pid;

	CU_ASSERT_PTR_NOT_NULL_FATAL(err);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(speak(err, journal));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	rewind(err);
	text[fread(text, 1, len - 1, err)] = 0;
	fclose(err);
}

static unsigned
count(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void
plain(void)
{
	char text[65536];

	hear(false, text, sizeof(text));
	CU_ASSERT_EQUAL(count(text, "wanbond: a warning\n"), 1);
	CU_ASSERT(count(text, "EAL: ") > 0);
	CU_ASSERT_EQUAL(count(text, "<"), 0);
}

static void
journal(void)
{
	char text[65536];

	hear(true, text, sizeof(text));
	CU_ASSERT_EQUAL(count(text, "\n<4>wanbond: a warning\n"), 1);
	CU_ASSERT_EQUAL(count(text, "<3>wanbond: an error\n<3>of two lines\n"), 1);
	CU_ASSERT(count(text, "<7>EAL: ") > 0);
}

static const struct harness_test tests[] = {
	{ "on a terminal or in a file", plain },
	{ "in the journal", journal },
};

int
main(void)
{
	return HARNESS_RUN("log", tests);
}
