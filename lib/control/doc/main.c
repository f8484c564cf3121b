// SPDX-License-Identifier: BSD-3-Clause
// wanbond-control-doc COMMANDS COUNTERS: writes the pages to these files.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "control_doc.h"

// Writes a page and frees it.
static bool
put(const char *name, char *page)
{
	FILE *f = page != NULL ? fopen(name, "we") : NULL;
	bool good = f != NULL && fputs(page, f) >= 0;

	if (f != NULL)
		good &= fclose(f) == 0;
	if (!good)
		perror(name);
	free(page);
	return good;
}

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: wanbond-control-doc COMMANDS COUNTERS\n");
		return 2;
	}
	return put(argv[1], control_doc_page()) && put(argv[2], control_doc_counters()) ? 0 : 1;
}
