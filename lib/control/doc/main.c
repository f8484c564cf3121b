// SPDX-License-Identifier: BSD-3-Clause
// wanbond-control-doc COMMANDS COUNTERS: writes the pages to these files.
#include <stdio.h>

#include "control_doc.h"
#include "wb_page.h"

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: wanbond-control-doc COMMANDS COUNTERS\n");
		return 2;
	}
	return wb_page_write(argv[1], control_doc_page()) &&
			       wb_page_write(argv[2], control_doc_counters())
		       ? 0
		       : 1;
}
