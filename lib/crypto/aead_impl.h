/* SPDX-License-Identifier: BSD-3-Clause */
// The interface of an implementation of wb_aead.h. aead.c chooses one for each cipher.
#ifndef AEAD_IMPL_H
#define AEAD_IMPL_H

#include "wb_aead.h"

struct aead_impl {
	bool (*has)(enum wb_cipher cipher); // on this CPU, with this build of the library
	// Does what wb_aead_create() does. The result's first member is the struct wb_aead, which aead.c fills.
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

// Returns the implementations of this build, the best first.
const struct aead_impl *const *aead_impls(unsigned *n);

// Allocates zeroed pages that are locked and left out of core dumps, if possible on NUMA node `socket` (-1: any).
// NULL: no memory.
void *aead_pages_alloc(size_t size, int socket);
void aead_pages_free(void *p, size_t size); // wipes; NULL is allowed

#endif
