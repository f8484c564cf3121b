// SPDX-License-Identifier: BSD-3-Clause
// wanbond-control-doc FILE: writes the page there.
#include <stdio.h>
#include <stdlib.h>

#include "control_doc.h"

int
main(int argc, char **argv)
{
	char *page = control_doc_page();
	FILE *f = argc == 2 ? fopen(argv[1], "we") : NULL;
	int bad = page == NULL || f == NULL || fputs(page, f) < 0;

	if (f != NULL)
		bad |= fclose(f) != 0;
	if (bad)
		fprintf(stderr, "usage: wanbond-control-doc FILE\n");
	free(page);
	return bad;
}
