// SPDX-License-Identifier: BSD-3-Clause
// Makes docs/counters.md out of the tables of telemetry, counters and drops.
#include <stdio.h>
#include <string.h>

#include "control_doc.h"
#include "reply.h"
#include "telemetry.h"
#include "wb_counter.h"
#include "wb_drop.h"

static void
opening(FILE *out)
{
	fputs("# Counters and drops\n\n"
	      "Made by `ninja control-docs` from the tables in `lib/control` and `lib/bond`: "
	      "change them, not this page.\n\n"
	      "`dpdk-telemetry.py -f NAME` answers these questions, NAME being the configuration's "
	      "`name`; so does any program\nthat speaks to `/var/run/dpdk/NAME/dpdk_telemetry.v2`. "
	      "Lists are dictionaries by index, a page at a time: where\nthere is more, `next` is "
	      "the index to ask for, as in `/wanbond/flows,60`. `show path NAME` and `show tunnel "
	      "NAME`\nprint the same figures.\n",
		out);
}

static void
rows(const struct reply_part *part, FILE *out)
{
	for (const struct wb_counter *r = part->rows; r->name != NULL; r++)
		fprintf(out, "| `%s%s` | %s | %s |\n", part->prefix, r->name, wb_unit_name(r->unit),
			r->help);
}

static void
drops(FILE *out)
{
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		fprintf(out, "| `%s` | packets | %s |\n", wb_drop_name((enum wb_drop)i),
			wb_drop_text((enum wb_drop)i));
}

static void
question(const char *command, const char *help, FILE *out)
{
	const char *name = strrchr(command, '/') + 1;
	const struct reply_part *part;

	fprintf(out, "\n## %s\n\n`%s`: %s.\n\n| name | unit | meaning |\n|---|---|---|\n", name,
		command, help);
	if (strcmp(name, "drops") == 0)
		drops(out);
	for (unsigned i = 0; (part = telemetry_part(i)) != NULL; i++)
		if (strcmp(part->question, name) == 0)
			rows(part, out);
}

char *
control_doc_counters(void)
{
	const char *help, *command;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	opening(out);
	for (unsigned i = 0; (command = telemetry_command(i, &help)) != NULL; i++)
		question(command, help, out);
	fclose(out);
	return text;
}
