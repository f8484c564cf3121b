// SPDX-License-Identifier: BSD-3-Clause
// All three ciphers by OpenSSL, on any CPU. A context gets its key once; each packet only sets the nonce.
// OpenSSL's ChaCha20-Poly1305 is faster than libsodium's from 512 bytes on (wanbond-bench-aead).
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "aead_impl.h"
#include "openssl_memory.h"

struct openssl_aead {
	struct wb_aead base;
	EVP_CIPHER_CTX *ctx;
	struct openssl_memory *memory; // of ctx
};

static char version[48];
static pthread_once_t version_once = PTHREAD_ONCE_INIT, warm_once = PTHREAD_ONCE_INIT;

static const EVP_CIPHER *
evp_cipher(enum wb_cipher cipher)
{
	switch (cipher) {
	case WB_CIPHER_AES_128_GCM:
		return EVP_aes_128_gcm();
	case WB_CIPHER_AES_256_GCM:
		return EVP_aes_256_gcm();
	case WB_CIPHER_CHACHA20_POLY1305:
		return EVP_chacha20_poly1305();
	}
	return NULL;
}

static bool
openssl_has(enum wb_cipher cipher)
{
	return evp_cipher(cipher) != NULL;
}

static void
openssl_destroy(struct wb_aead *base)
{
	struct openssl_aead *a = (struct openssl_aead *)base;

	EVP_CIPHER_CTX_free(a->ctx); // OpenSSL wipes it
	openssl_memory_free(a->memory);
	free(a);
}

// Uses a cipher once. What OpenSSL allocates at the first use belongs to no key, and stays.
static void
warm(void)
{
	static const uint8_t key[WB_AEAD_KEY_MAX];

	for (enum wb_cipher c = WB_CIPHER_AES_128_GCM; c <= WB_CIPHER_CHACHA20_POLY1305; c++) {
		EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

		if (ctx != NULL)
			EVP_EncryptInit_ex(ctx, evp_cipher(c), NULL, key, NULL);
		EVP_CIPHER_CTX_free(ctx);
	}
}

// Makes a context. socket is not used, as OpenSSL allocates the context itself.
static struct wb_aead *
openssl_create(enum wb_cipher cipher, const uint8_t *key, int socket)
{
	struct openssl_aead *a = calloc(1, sizeof(*a));
	bool ok;

	(void)socket;
	if (a == NULL)
		return NULL;
	pthread_once(&warm_once, warm);
	a->memory = openssl_memory_begin();
	if (a->memory != NULL)
		a->ctx = EVP_CIPHER_CTX_new();
	ok = a->ctx != NULL && EVP_EncryptInit_ex(a->ctx, evp_cipher(cipher), NULL, key, NULL) == 1;
	openssl_memory_end(a->memory);
	if (!ok) {
		openssl_destroy(&a->base);
		return NULL;
	}
	return &a->base;
}

static bool
seal_one(EVP_CIPHER_CTX *ctx, struct wb_aead_op *op)
{
	int len;

	return EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, op->nonce) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &len, op->aad, op->aad_len) == 1 &&
	       EVP_EncryptUpdate(ctx, op->dst, &len, op->src, (int)op->len) == 1 &&
	       EVP_EncryptFinal_ex(ctx, op->dst + len, &len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, WB_AEAD_TAG, op->tag) == 1;
}

static void
openssl_seal(struct wb_aead *base, struct wb_aead_op *ops, unsigned n)
{
	struct openssl_aead *a = (struct openssl_aead *)base;
	unsigned i;

	for (i = 0; i < n; i++)
		if (!seal_one(a->ctx, &ops[i])) {
			// Cannot happen with correct arguments. If it does, nothing may leave unencrypted.
			memset(ops[i].dst, 0, ops[i].len);
			memset(ops[i].tag, 0, WB_AEAD_TAG);
		}
}

static bool
open_one(EVP_CIPHER_CTX *ctx, struct wb_aead_op *op)
{
	int len;

	// OpenSSL compares the tag in EVP_DecryptFinal_ex(), with CRYPTO_memcmp().
	return EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, op->nonce) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, WB_AEAD_TAG, op->tag) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &len, op->aad, op->aad_len) == 1 &&
	       EVP_DecryptUpdate(ctx, op->dst, &len, op->src, (int)op->len) == 1 &&
	       EVP_DecryptFinal_ex(ctx, op->dst + len, &len) == 1;
}

static unsigned
openssl_open(struct wb_aead *base, struct wb_aead_op *ops, unsigned n)
{
	struct openssl_aead *a = (struct openssl_aead *)base;
	unsigned i, ok = 0;

	for (i = 0; i < n; i++) {
		ops[i].ok = open_one(a->ctx, &ops[i]);
		ok += ops[i].ok;
	}
	return ok;
}

static void
make_version(void)
{
	snprintf(version, sizeof(version), "openssl %s", OpenSSL_version(OPENSSL_VERSION_STRING));
}

static const char *
openssl_name(void)
{
	pthread_once(&version_once, make_version);
	return version;
}

const struct aead_impl aead_openssl = {
	.has = openssl_has,
	.create = openssl_create,
	.destroy = openssl_destroy,
	.seal = openssl_seal,
	.open = openssl_open,
	.name = openssl_name,
};
