/* SPDX-License-Identifier: BSD-3-Clause */
// What an implementation of wb_aead.h gives to aead.c, which picks one per cipher.
#ifndef AEAD_IMPL_H
#define AEAD_IMPL_H

#include "wb_aead.h"

struct aead_impl {
	bool (*has)(enum wb_cipher cipher); // on this CPU, with this build of the library
	// As wb_aead_create(); the result's first member is the struct wb_aead, filled by aead.c.
	struct wb_aead *(*create)(enum wb_cipher cipher, const uint8_t *key, int socket);
	void (*destroy)(struct wb_aead *a);
	void (*seal)(struct wb_aead *a, struct wb_aead_op *ops, unsigned n);
	unsigned (*open)(struct wb_aead *a, struct wb_aead_op *ops, unsigned n);
	const char *(*name)(void); // with the version, a constant string
};

struct wb_aead {
	const struct aead_impl *impl;
};

extern const struct aead_impl aead_ipsec_mb, aead_openssl;

// What this build has, best first.
const struct aead_impl *const *aead_impls(unsigned *n);

// Zeroed pages, on NUMA node socket where it can be had (-1: anywhere), locked, kept out of core dumps.
// NULL: no memory.
void *aead_pages_alloc(size_t size, int socket);
void aead_pages_free(void *p, size_t size); // wipes; NULL is allowed

#endif
