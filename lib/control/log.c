// SPDX-License-Identifier: BSD-3-Clause
// Writes the log to standard error, with levels if the journal reads it.
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MESSAGE_MAX 4096 // longer ones are written in pieces

RTE_LOG_REGISTER(control_logtype, wanbond.control, NOTICE);

void
control_log(uint32_t level, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	rte_log(level, (uint32_t)control_logtype, "wanbond: %s\n", line);
}

void
control_log_lines(uint32_t level, char *text)
{
	char *state, *line;

	for (line = strtok_r(text, "\n", &state); line != NULL; line = strtok_r(NULL, "\n", &state))
		control_log(level, "%s", line);
}

// Returns whether standard error is a stream of the journal's (systemd.exec(5), JOURNAL_STREAM).
static bool
to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

static bool
write_all(const char *buf, size_t size)
{
	while (size > 0) {
		ssize_t n = write(STDERR_FILENO, buf, size);

		if (n < 0 && errno != EINTR)
			return false;
		buf += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

// Writes each line with its level in front, as the journal wants it (sd-daemon(3)).
static ssize_t
write_levels(void *cookie, const char *buf, size_t size)
{
	int level = rte_log_cur_msg_loglevel() - 1; // RTE_LOG_ERR is syslog's LOG_ERR + 1

	(void)cookie;
	for (size_t at = 0, len; at < size; at += len) {
		const char *end = memchr(buf + at, '\n', size - at);
		char line[MESSAGE_MAX + 8];
		int n = snprintf(line, sizeof(line), "<%d>", level < 0 ? 0 : level > 7 ? 7 : level);

		len = end != NULL ? (size_t)(end + 1 - (buf + at)) : size - at;
		if (len > MESSAGE_MAX)
			len = MESSAGE_MAX;
		memcpy(line + n, buf + at, len);
		if (!write_all(line, (size_t)n + len))
			return 0;
	}
	return (ssize_t)size;
}

static ssize_t
write_plain(void *cookie, const char *buf, size_t size)
{
	(void)cookie;
	return write_all(buf, size) ? (ssize_t)size : 0;
}

void
control_log_open(void)
{
	static const cookie_io_functions_t plain = { .write = write_plain };
	static const cookie_io_functions_t levels = { .write = write_levels };
	FILE *f = fopencookie(NULL, "w", to_journal() ? levels : plain);

	if (f == NULL)
		return;
	unsetenv("JOURNAL_STREAM"); // DPDK 24.11 and later would write to the journal itself
	setvbuf(f, NULL, _IOFBF, MESSAGE_MAX); // rte_log() flushes after each message
	rte_openlog_stream(f);
}

void
control_log_close(void)
{
	FILE *f = rte_log_get_stream();

	if (f == stderr)
		return;
	rte_openlog_stream(NULL);
	fclose(f);
}
