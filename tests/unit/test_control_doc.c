// SPDX-License-Identifier: BSD-3-Clause
// The committed pages of commands and counters are what the tables say. When this fails after a change of a table:
// `ninja control-docs`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/file.h"
#include "cli_rows.h"
#include "control_doc.h"
#include "harness.h"

// Frees what was made.
static void
is_current(const char *name, char *made)
{
	char *committed = file_read(name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(made);
	CU_ASSERT_STRING_EQUAL(committed, made);
	free(committed);
	free(made);
}

static void
pages(void)
{
	char *commands = control_doc_page(), *counters = control_doc_counters();

	CU_ASSERT_PTR_NOT_NULL(strstr(commands, "| `set path NAME state up\\|down` |"));
	CU_ASSERT_PTR_NOT_NULL(strstr(counters, "\n## flows\n\n`/wanbond/flows`: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(counters, "| `tx_realtime` | datagrams | "));
	is_current(WB_SOURCE_ROOT "/docs/commands.md", commands);
	is_current(WB_SOURCE_ROOT "/docs/counters.md", counters);
}

static void
rows(void)
{
	for (unsigned i = 0; i < n_cli_rows; i++) {
		unsigned n = 1;

		for (const char *w = cli_rows[i].words; *w != 0; w++)
			n += *w == ' ';
		CU_ASSERT(n <= CLI_WORDS);
		CU_ASSERT(strlen(cli_rows[i].help) > 0);
		for (unsigned j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(cli_rows[i].words, cli_rows[j].words);
	}
}

static const struct harness_test tests[] = {
	{ "pages", pages },
	{ "rows", rows },
};

int
main(void)
{
	return HARNESS_RUN("control_doc", tests);
}
