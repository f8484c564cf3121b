// SPDX-License-Identifier: BSD-3-Clause
#include "control_doc.h"

#include <stdio.h>
#include <string.h>

#include "cli_rows.h"
#include "telemetry.h"
#include "wb_drop.h"

static void
words(const char *w, FILE *out)
{
	// a bar would end the table's cell
	for (; *w != 0; w++)
		fputs(*w == '#' ? "\\|" : (const char[]){ *w, 0 }, out);
}

static void
prompt(FILE *out)
{
	fputs("# Commands, questions and drops\n\n"
	      "Made by `ninja control-docs` from the tables in `lib/control` and `lib/bond`: "
	      "change them, "
	      "not this page.\n\n"
	      "## The prompt\n\n"
	      "`wanbond -c FILE -i` shows `wanbond> ` on a terminal (with completion by Tab, "
	      "history by the "
	      "arrow keys) and takes a\ncommand a line from a pipe. The end of the input is "
	      "`quit`. A word "
	      "in capitals is yours; `all` is a NAME where\nsomething is shown. A hub's paths are "
	      "called "
	      "`EDGE/ID`, as `show path` lists them.\n\n"
	      "| command | what it does |\n|---|---|\n",
		out);
	for (unsigned i = 0; i < n_cli_rows; i++) {
		fputs("| `", out);
		words(cli_rows[i].words, out);
		fprintf(out, "` | %s |\n", cli_rows[i].help);
	}
}

static void
telemetry(FILE *out)
{
	const char *help, *command;

	fputs("\n## Telemetry\n\n"
	      "For `dpdk-telemetry.py -f NAME`, NAME being the configuration's `name`, or any "
	      "program that "
	      "speaks to\n`/var/run/dpdk/NAME/dpdk_telemetry.v2`. Lists are dictionaries by index, "
	      "a page "
	      "at a time: where there is more, `next`\nis the index to ask for: "
	      "`/wanbond/flows,60`.\n\n"
	      "| question | answer |\n|---|---|\n",
		out);
	for (unsigned i = 0; (command = telemetry_command(i, &help)) != NULL; i++)
		fprintf(out, "| `%s` | %s |\n", command, help);
}

static void
drops(FILE *out)
{
	fputs("\n## Drops\n\n"
	      "Every packet that is not sent or delivered is counted under one of these names "
	      "(`show drop`, "
	      "`/wanbond/drops`).\n\n"
	      "| name | what happened |\n|---|---|\n",
		out);
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		fprintf(out, "| `%s` | %s |\n", wb_drop_name((enum wb_drop)i),
			wb_drop_text((enum wb_drop)i));
}

char *
control_doc_page(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	prompt(out);
	telemetry(out);
	drops(out);
	fclose(out);
	return text;
}
