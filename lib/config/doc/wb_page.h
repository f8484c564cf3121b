/* SPDX-License-Identifier: BSD-3-Clause */
// Files of the tools that make pages.
#ifndef WB_PAGE_H
#define WB_PAGE_H

#include <stdbool.h>

// Returns a file's text, which the caller frees. NULL: it cannot be read.
char *wb_page_read(const char *path);
// Writes and frees the text. Returns false, with a message, where there is none or it cannot be written.
bool wb_page_write(const char *path, char *text);

#endif
