// SPDX-License-Identifier: BSD-3-Clause
// Chooses the implementation of each cipher, and forwards to it.
#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sodium.h>

#include "aead_impl.h"

// 6.6: 2^23 sealed, 2^52 forged, of up to 2^16 bytes; B.1.1: of up to 2^11, as ours are, 2^28. The first is when a key is
// renewed, the second leaves 13 s for that at 20 million a second.
#define GCM_LIMITS                                                                                 \
	{                                                                                          \
		.renew = 1ull << 23, .sealed = 1ull << 28, .forged = 1ull << 52                    \
	}

static const struct {
	enum wb_cipher cipher;
	size_t key_len;
	const char *name;
	struct wb_aead_limits limits;
} ciphers[] = {
	{ WB_CIPHER_AES_128_GCM, 16, "aes-128-gcm", GCM_LIMITS },
	{ WB_CIPHER_AES_256_GCM, 32, "aes-256-gcm", GCM_LIMITS },
	// RFC 9001: more than 2^62 may be sealed, 2^36 forged.
	{ WB_CIPHER_CHACHA20_POLY1305, 32, "chacha20-poly1305",
		{ .renew = 1ull << 32, .sealed = 1ull << 62, .forged = 1ull << 36 } },
};

#define N_CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

// Best first.
static const struct aead_impl *const impls[] = {
#ifdef WB_HAVE_IPSEC_MB
	&aead_ipsec_mb,
#endif
	&aead_openssl,
};

#define N_IMPLS (sizeof(impls) / sizeof(impls[0]))

const struct aead_impl *const *
aead_impls(unsigned *n)
{
	*n = N_IMPLS;
	return impls;
}

static const struct aead_impl *
find_impl(enum wb_cipher cipher)
{
	unsigned i;

	for (i = 0; i < N_IMPLS; i++)
		if (impls[i]->has(cipher))
			return impls[i];
	return NULL;
}

struct wb_aead *
wb_aead_create(enum wb_cipher cipher, const uint8_t *key, int socket)
{
	const struct aead_impl *impl = find_impl(cipher);
	struct wb_aead *a;

	if (impl == NULL)
		return NULL;
	a = impl->create(cipher, key, socket);
	if (a != NULL)
		a->impl = impl;
	return a;
}

void
wb_aead_destroy(struct wb_aead *a)
{
	if (a != NULL)
		a->impl->destroy(a);
}

size_t
wb_aead_key_len(enum wb_cipher cipher)
{
	unsigned i;

	for (i = 0; i < N_CIPHERS; i++)
		if (ciphers[i].cipher == cipher)
			return ciphers[i].key_len;
	return 0;
}

const struct wb_aead_limits *
wb_aead_limits(enum wb_cipher cipher)
{
	unsigned i;

	for (i = 0; i < N_CIPHERS; i++)
		if (ciphers[i].cipher == cipher)
			return &ciphers[i].limits;
	return NULL;
}

void
wb_aead_seal(struct wb_aead *a, struct wb_aead_op *ops, unsigned n)
{
	a->impl->seal(a, ops, n);
}

unsigned
wb_aead_open(struct wb_aead *a, struct wb_aead_op *ops, unsigned n)
{
	return a->impl->open(a, ops, n);
}

static bool
cpu_has_aes(void)
{
#ifdef __aarch64__
	return (getauxval(AT_HWCAP) & (1ul << 3)) != 0; // HWCAP_AES
#else
	return sodium_runtime_has_aesni() && sodium_runtime_has_pclmul();
#endif
}

enum wb_cipher
wb_aead_best(void)
{
	return cpu_has_aes() ? WB_CIPHER_AES_128_GCM : WB_CIPHER_CHACHA20_POLY1305;
}

const char *
wb_cipher_name(enum wb_cipher cipher)
{
	unsigned i;

	for (i = 0; i < N_CIPHERS; i++)
		if (ciphers[i].cipher == cipher)
			return ciphers[i].name;
	return "?";
}

int
wb_cipher_from_name(const char *name)
{
	unsigned i;

	for (i = 0; i < N_CIPHERS; i++)
		if (strcmp(ciphers[i].name, name) == 0)
			return (int)ciphers[i].cipher;
	return -EINVAL;
}

const char *
wb_aead_backend(enum wb_cipher cipher)
{
	const struct aead_impl *impl = find_impl(cipher);

	return impl == NULL ? "none" : impl->name();
}

void *
aead_pages_alloc(size_t size, int socket)
{
	unsigned long nodes;
	void *p;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	// Of either no more than what can be had: keys work without, wb_secret_init() has told.
	madvise(p, size, MADV_DONTDUMP);
	mlock(p, size);
	if (socket >= 0 && socket < (int)sizeof(nodes) * 8) {
		// A preference: a key on the wrong node is slower, not wrong, so nothing is checked.
		nodes = 1ul << socket;
		syscall(SYS_mbind, p, size, MPOL_PREFERRED, &nodes, sizeof(nodes) * 8 + 1, 0);
	}
	return p;
}

void
aead_pages_free(void *p, size_t size)
{
	if (p == NULL)
		return;
	sodium_memzero(p, size);
	munmap(p, size);
}
