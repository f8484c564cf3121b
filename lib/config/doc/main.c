// SPDX-License-Identifier: BSD-3-Clause
// wanbond-config-doc: prints the schema or the reference, or updates both files of a source tree.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_doc.h"
#include "wb_page.h"

static int
update(const char *root)
{
	char schema[4096], page[4096];
	char *before, *after;

	snprintf(schema, sizeof(schema), "%s/config/wanbond.schema.json", root);
	snprintf(page, sizeof(page), "%s/docs/config.md", root);
	before = wb_page_read(page);
	after = before != NULL ? config_doc_page(before) : NULL;
	free(before);
	if (after == NULL) {
		fprintf(stderr, "%s: not there, or without its two markers\n", page);
		return 1;
	}
	return wb_page_write(page, after) && wb_page_write(schema, config_doc_schema()) ? 0 : 1;
}

int
main(int argc, char **argv)
{
	char *text;

	if (argc == 3 && strcmp(argv[1], "update") == 0)
		return update(argv[2]);
	if (argc == 2 && strcmp(argv[1], "schema") == 0) {
		text = config_doc_schema();
	} else if (argc == 2 && strcmp(argv[1], "reference") == 0) {
		text = config_doc_reference();
	} else {
		fprintf(stderr,
			"usage: wanbond-config-doc schema | reference | update SOURCE_DIR\n");
		return 2;
	}
	if (text == NULL || fputs(text, stdout) < 0)
		return 1;
	free(text);
	return 0;
}
