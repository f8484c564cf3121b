// SPDX-License-Identifier: BSD-3-Clause
// Makes docs/commands.md out of the table of commands.
#include "control_doc.h"

#include <stdio.h>
#include <string.h>

#include "cli_rows.h"

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
	fputs("# Commands\n\n"
	      "Made by `ninja control-docs` from the table in `lib/control`: change that, not this "
	      "page.\n\n"
	      "## The prompt\n\n"
	      "`wanbond -c FILE -i` shows `wanbond> ` on a terminal (with completion by Tab, "
	      "history by the "
	      "arrow keys) and takes a\ncommand a line from a pipe. The end of the input is "
	      "`quit`. A word "
	      "in capitals is yours; `all` is a NAME where\nsomething is shown. A hub's paths are "
	      "called "
	      "`EDGE/ID`, as `show path` lists them.\n\n"
	      "`wanbond ctl NAME` is the same prompt of one that runs already, a service above "
	      "all; NAME is its configuration's\n`name`. `wanbond ctl NAME COMMAND ...` gives one "
	      "command, and a pipe gives several, a line each. `quit` and the end of the\ninput "
	      "end the session there, not wanbond (`systemctl stop wanbond@...` does). Only root "
	      "may do so, and the members of\n`control_group`. Commands that change something are "
	      "logged with who gave them. After `stop` nothing is forwarded until\n`start`, your "
	      "own ssh through the tunnel included. Up to 8 sessions at once: one more ends that "
	      "which has been silent for longest.\n\n"
	      "| exit code of `wanbond ctl` | |\n|---|---|\n"
	      "| 0 | done; the answer is on standard output |\n"
	      "| 1 | refused, or no such object: standard error says why |\n"
	      "| 2 | not a command, or wrong usage |\n"
	      "| 3 | no such wanbond runs, you may not command it, or it does not answer (30 s) "
	      "|\n\n"
	      "Of several commands all are given, and the first that was not done decides.\n\n"
	      "| command | what it does |\n|---|---|\n",
		out);
	for (unsigned i = 0; i < n_cli_rows; i++) {
		fputs("| `", out);
		words(cli_rows[i].words, out);
		fprintf(out, "` | %s |\n", cli_rows[i].help);
	}
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
	fclose(out);
	return text;
}
