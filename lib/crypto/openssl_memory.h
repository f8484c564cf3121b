/* SPDX-License-Identifier: BSD-3-Clause */
// OpenSSL allocates what a cipher's context has of its key by itself: between begin and end, of this thread, it does so
// in pages as aead_pages_alloc() gives them.
#ifndef OPENSSL_MEMORY_H
#define OPENSSL_MEMORY_H

struct openssl_memory;

// NULL: no memory. Where OpenSSL had begun before wb_crypto_init(), its own memory is used.
struct openssl_memory *openssl_memory_begin(void);
void openssl_memory_end(struct openssl_memory *m);
// The pages go once all in them has been freed.
void openssl_memory_free(struct openssl_memory *m);
// Before anything else of OpenSSL.
void openssl_memory_init(void);

#endif
