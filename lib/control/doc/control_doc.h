/* SPDX-License-Identifier: BSD-3-Clause */
// docs/commands.md, made from the rows that the program itself uses.
#ifndef CONTROL_DOC_H
#define CONTROL_DOC_H

// The whole page. The caller frees it. NULL: no memory.
char *control_doc_page(void);

#endif
