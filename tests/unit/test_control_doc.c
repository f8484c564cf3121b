// SPDX-License-Identifier: BSD-3-Clause
// The committed page of commands is what the tables say. When this fails after a change of a table:
// `ninja control-docs`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_rows.h"
#include "control_doc.h"
#include "harness.h"

static void
page(void)
{
	FILE *f = fopen(WB_SOURCE_ROOT "/docs/commands.md", "re");
	char *committed = NULL, *made = control_doc_page();
	size_t len = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(made);
	CU_ASSERT_FATAL(getdelim(&committed, &len, '\0', f) > 0);
	fclose(f);
	CU_ASSERT_STRING_EQUAL(committed, made);
	CU_ASSERT_PTR_NOT_NULL(strstr(made, "| `set path NAME state up\\|down` |"));
	CU_ASSERT_PTR_NOT_NULL(strstr(made, "| `/wanbond/flows` |"));
	free(committed);
	free(made);
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
	{ "page", page },
	{ "rows", rows },
};

int
main(void)
{
	return HARNESS_RUN("control_doc", tests);
}
