/* SPDX-License-Identifier: BSD-3-Clause */
// Whole files, for tests: what fails is a failed assertion, and ends the test.
#ifndef TESTS_SUPPORT_FILE_H
#define TESTS_SUPPORT_FILE_H

#include <stdio.h>
#include <sys/stat.h>

#include <CUnit/CUnit.h>

// Returns the text of a file. The caller frees it.
static inline char *
file_read(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t len = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_FATAL(getdelim(&text, &len, '\0', f) > 0);
	fclose(f);
	return text;
}

// Writes a file of a folder.
static inline void
file_write(const char *dir, const char *name, const char *text, mode_t mode)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	CU_ASSERT_EQUAL(chmod(path, mode), 0);
}

#endif
