// SPDX-License-Identifier: BSD-3-Clause
#include "verdict.h"

#include <string.h>

#include <rte_log.h>

// One call a line.
static ssize_t
listen_in(void *cookie, const char *buf, size_t size)
{
	struct verdict *v = cookie;
	size_t n = size < sizeof(v->text) - 1 ? size : sizeof(v->text) - 1;

	memcpy(v->text, buf, n);
	v->text[n] = 0;
	v->text[strcspn(v->text, "\n")] = 0;
	return (ssize_t)size;
}

void
verdict_begin(struct verdict *v)
{
	static const cookie_io_functions_t functions = { .write = listen_in };

	memset(v, 0, sizeof(*v));
	v->before = rte_log_get_stream();
	v->stream = fopencookie(v, "w", functions);
	if (v->stream == NULL)
		return;
	setvbuf(v->stream, NULL, _IOLBF, sizeof(v->text));
	rte_openlog_stream(v->stream);
}

void
verdict_end(struct verdict *v)
{
	if (v->stream == NULL)
		return;
	rte_openlog_stream(v->before);
	fclose(v->stream);
}
