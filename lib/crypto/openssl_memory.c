// SPDX-License-Identifier: BSD-3-Clause
// Hands OpenSSL memory of ours while it makes a cipher's context, so that keys stay in locked pages.
#include "openssl_memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "aead_impl.h"

#define PAGES 8192 // a context takes a quarter of it
#define ALIGN 16

// Of all the process' contexts; OpenSSL's are freed by the thread that makes them, but it may pass on others.
struct openssl_memory {
	size_t used;
	atomic_uint live; // blocks, and one for the owner
};

// Before each block of OpenSSL's.
struct head {
	struct openssl_memory *of; // NULL: of malloc()
	size_t size;
};

_Static_assert(sizeof(struct head) == ALIGN, "blocks are aligned behind it");

static _Thread_local struct openssl_memory *open_memory;

static void
unref(struct openssl_memory *m)
{
	if (atomic_fetch_sub(&m->live, 1) == 1)
		aead_pages_free(m, PAGES);
}

static struct head *
from_pages(struct openssl_memory *m, size_t size)
{
	size_t all = (sizeof(struct head) + size + ALIGN - 1) / ALIGN * ALIGN;
	struct head *h = (struct head *)((uint8_t *)m + m->used);

	if (all > PAGES - m->used)
		return NULL;
	m->used += all;
	atomic_fetch_add(&m->live, 1);
	h->of = m;
	return h;
}

static void *
allocate(size_t size, const char *file, int line)
{
	struct head *h = NULL;

	(void)file;
	(void)line;
	if (size > SIZE_MAX / 2)
		return NULL;
	if (open_memory && size < PAGES)
		h = from_pages(open_memory, size);
	if (h == NULL) {
		h = malloc(sizeof(*h) + size);
		if (h == NULL)
			return NULL;
		h->of = NULL;
	}
	h->size = size;
	return h + 1;
}

static void
release(void *p, const char *file, int line)
{
	struct head *h = p;

	(void)file;
	(void)line;
	if (h-- == NULL)
		return;
	if (h->of == NULL) {
		free(h);
	} else {
		OPENSSL_cleanse(p, h->size);
		unref(h->of);
	}
}

static void *
reallocate(void *p, size_t size, const char *file, int line)
{
	size_t had = p ? ((struct head *)p)[-1].size : 0;
	void *to = allocate(size, file, line);

	if (to == NULL || p == NULL)
		return to;
	memcpy(to, p, had < size ? had : size);
	OPENSSL_cleanse(p, had);
	release(p, file, line);
	return to;
}

void
openssl_memory_init(void)
{
	CRYPTO_set_mem_functions(allocate, reallocate, release);
}

struct openssl_memory *
openssl_memory_begin(void)
{
	struct openssl_memory *m = aead_pages_alloc(PAGES, -1);

	if (m == NULL)
		return NULL;
	m->used = (sizeof(*m) + ALIGN - 1) / ALIGN * ALIGN;
	atomic_init(&m->live, 1);
	open_memory = m;
	return m;
}

void
openssl_memory_end(struct openssl_memory *m)
{
	if (open_memory == m)
		open_memory = NULL;
}

void
openssl_memory_free(struct openssl_memory *m)
{
	if (m)
		unref(m);
}
