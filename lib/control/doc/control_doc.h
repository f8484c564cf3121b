/* SPDX-License-Identifier: BSD-3-Clause */
// docs/commands.md and docs/counters.md, made from the rows that the program itself uses.
#ifndef CONTROL_DOC_H
#define CONTROL_DOC_H

// Each returns the whole page, which the caller frees. NULL: no memory.
char *control_doc_page(void);
char *control_doc_counters(void);

#endif
