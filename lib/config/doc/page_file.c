// SPDX-License-Identifier: BSD-3-Clause
// Reads and writes the files of the tools that make pages.
#include <stdio.h>
#include <stdlib.h>

#include "wb_page.h"

char *
wb_page_read(const char *path)
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

bool
wb_page_write(const char *path, char *text)
{
	FILE *f = text != NULL ? fopen(path, "we") : NULL;
	bool written = f != NULL && fputs(text, f) >= 0;

	if (f != NULL)
		written &= fclose(f) == 0;
	if (!written)
		perror(path);
	free(text);
	return written;
}
