// SPDX-License-Identifier: BSD-3-Clause
// Allocates locked memory for keys by libsodium, and clears the stack behind them.
#include "wb_secret.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include <sodium.h>

#define STACK 16384 // deeper than libsodium's and OpenSSL's functions go

int
wb_secret_init(void)
{
	static const char why[] = "tried";
	void *p;
	int r;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	p = sodium_malloc(sizeof(why));
	if (p == NULL)
		return -ENOMEM;
	r = sodium_mlock(p, sizeof(why)) < 0 ? -ENOMEM : 0; // sodium_malloc() does not tell
	sodium_free(p);
	return r;
}

void *
wb_secret_alloc(size_t size)
{
	void *p = sodium_malloc(size);

	return p == NULL ? NULL : memset(p, 0, size);
}

void
wb_secret_free(void *p)
{
	sodium_free(p);
}

void
wb_secret_clear_stack(void)
{
	sodium_stackzero(STACK);
}
