// SPDX-License-Identifier: BSD-3-Clause
// wanbond-config-doc: prints the schema or the reference, or updates both files of a source tree.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_doc.h"

static char *
read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t len = 0;

	if (f == NULL || getdelim(&text, &len, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	if (f != NULL)
		fclose(f);
	return text;
}

// Writes and frees text. Returns 0, or -1 with a message.
static int
write_all(const char *path, char *text)
{
	FILE *f = text != NULL ? fopen(path, "we") : NULL;
	int ret = -1;

	if (f != NULL) {
		ret = fputs(text, f) < 0 ? -1 : 0;
		ret |= fclose(f);
	}
	if (ret != 0)
		perror(path);
	free(text);
	return ret;
}

static int
update(const char *root)
{
	char schema[4096], page[4096];
	char *before, *after;

	snprintf(schema, sizeof(schema), "%s/config/wanbond.schema.json", root);
	snprintf(page, sizeof(page), "%s/docs/config.md", root);
	before = read_all(page);
	after = before != NULL ? config_doc_page(before) : NULL;
	free(before);
	if (after == NULL) {
		fprintf(stderr, "%s: not there, or without its two markers\n", page);
		return 1;
	}
	return write_all(page, after) != 0 || write_all(schema, config_doc_schema()) != 0;
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
