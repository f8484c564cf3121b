/* SPDX-License-Identifier: BSD-3-Clause */
// Memory for keys. It is locked, so that it is never swapped out, left out of core dumps, between pages without
// access, and wiped when it is freed.
#ifndef WB_SECRET_H
#define WB_SECRET_H

#include <stddef.h>

// Makes the process neither dumped nor readable for others of its user (PR_SET_DUMPABLE). Call it once, before
// anything secret is read. -ENOMEM: memory cannot be locked (RLIMIT_MEMLOCK); the rest works.
int wb_secret_init(void);
void *wb_secret_alloc(
	size_t size); // zeroed, aligned as the largest power of two that divides size; NULL: no memory
void wb_secret_free(void *p); // NULL is allowed
// Clears the stack below the caller's frame, where calls may have left secrets.
void wb_secret_clear_stack(void);

#endif
