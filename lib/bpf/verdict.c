// SPDX-License-Identifier: BSD-3-Clause
// Collects what librte_bpf logs while it looks at a program.
#include "verdict.h"

#include <string.h>

#include <rte_log.h>

#define PREFIX "BPF: " // of every line from DPDK 24.03 on

// Takes a line that is logged; each comes in one call.
static ssize_t
listen_in(void *cookie, const char *buf, size_t size)
{
	struct verdict *v = cookie;
	size_t skip =
		size > strlen(PREFIX) && !strncmp(buf, PREFIX, strlen(PREFIX)) ? strlen(PREFIX) : 0;
	size_t n = size - skip < sizeof(v->text) - 1 ? size - skip : sizeof(v->text) - 1;

	memcpy(v->text, buf + skip, n);
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
