/* SPDX-License-Identifier: BSD-3-Clause */
// Memory for keys: locked, so that it is never swapped out; left out of core dumps; between pages that cannot be
// touched; wiped when it is given back.
#ifndef WB_SECRET_H
#define WB_SECRET_H

#include <stddef.h>

// Once, before anything secret is read: the process is not dumped, nor read by others of its user (PR_SET_DUMPABLE).
// -ENOMEM: memory cannot be locked (RLIMIT_MEMLOCK), all else works.
int wb_secret_init(void);
void *wb_secret_alloc(
	size_t size); // zeroed, aligned as the largest power of two that divides size; NULL: no memory
void wb_secret_free(void *p); // NULL is allowed
// Clears what calls have left of secrets on the stack below the caller's frame.
void wb_secret_clear_stack(void);

#endif
