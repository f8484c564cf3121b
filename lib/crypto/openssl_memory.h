/* SPDX-License-Identifier: BSD-3-Clause */
// OpenSSL itself allocates what a cipher's context keeps of its key. Between begin and end, which one thread calls, it
// takes that from pages of aead_pages_alloc().
#ifndef OPENSSL_MEMORY_H
#define OPENSSL_MEMORY_H

struct openssl_memory;

// Begins. NULL: no memory. If OpenSSL was used before wb_crypto_init(), it uses its own memory.
struct openssl_memory *openssl_memory_begin(void);
void openssl_memory_end(struct openssl_memory *m);
// Frees the pages once everything in them has been freed.
void openssl_memory_free(struct openssl_memory *m);
// Has OpenSSL keep its memory among the secrets. It is called before any other function of OpenSSL.
void openssl_memory_init(void);

#endif
