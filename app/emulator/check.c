// SPDX-License-Identifier: BSD-3-Clause
#include "check.h"

#include <stdio.h>

#include "trace_file.h"

int
check_traces(const struct emu_conf *c, const char *file)
{
	int result = 0;

	for (unsigned i = 0; i < 2 * c->n_links; i++) {
		const struct direction_conf *d = &c->links[i / 2].direction[i % 2];
		struct trace_file t;
		char why[128];
		int rc;

		if (d->trace[0] == '\0')
			continue;
		rc = trace_file_load(&t, d->trace, d->trace_column[0] ? d->trace_column : NULL, why,
			sizeof(why));
		if (rc == 0) {
			trace_file_free(&t);
			continue;
		}
		fprintf(stderr, "wanbond-emu: %s: trace %s: %s\n", c->links[i / 2].name, d->trace,
			why);
		result = rc;
	}
	if (result == 0)
		printf("%s: good, %u links\n", file, c->n_links);
	return result;
}
