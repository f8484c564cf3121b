// SPDX-License-Identifier: BSD-3-Clause
// The Noise handshake, made of libsodium's primitives.
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "noise.h"

#define PROTOCOL "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b"
#define BLOCK 128 // BLAKE2b's, for HMAC (RFC 2104)

_Static_assert(sizeof(PROTOCOL) - 1 <= NOISE_HASH, "else h would start as a hash of it");

static void
hash2(uint8_t out[NOISE_HASH], const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	crypto_generichash_blake2b_state s;

	crypto_generichash_blake2b_init(&s, NULL, 0, NOISE_HASH);
	crypto_generichash_blake2b_update(&s, a, a_len);
	crypto_generichash_blake2b_update(&s, b, b_len);
	crypto_generichash_blake2b_final(&s, out, NOISE_HASH);
}

// Computes HMAC-BLAKE2b of data || last (0: of data). out may be data.
static void
hmac(uint8_t out[NOISE_HASH], const uint8_t key[NOISE_HASH], const uint8_t *data, size_t len,
	uint8_t last)
{
	uint8_t pad[BLOCK], inner[NOISE_HASH];
	crypto_generichash_blake2b_state s;
	size_t i;

	memset(pad, 0x36, sizeof(pad));
	for (i = 0; i < NOISE_HASH; i++)
		pad[i] ^= key[i];
	crypto_generichash_blake2b_init(&s, NULL, 0, NOISE_HASH);
	crypto_generichash_blake2b_update(&s, pad, sizeof(pad));
	crypto_generichash_blake2b_update(&s, data, len);
	if (last != 0)
		crypto_generichash_blake2b_update(&s, &last, 1);
	crypto_generichash_blake2b_final(&s, inner, sizeof(inner));

	for (i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	crypto_generichash_blake2b_init(&s, NULL, 0, NOISE_HASH);
	crypto_generichash_blake2b_update(&s, pad, sizeof(pad));
	crypto_generichash_blake2b_update(&s, inner, sizeof(inner));
	crypto_generichash_blake2b_final(&s, out, NOISE_HASH);
	sodium_memzero(pad, sizeof(pad));
	sodium_memzero(inner, sizeof(inner));
	sodium_memzero(&s, sizeof(s));
}

// Computes the HKDF of section 4.3, with as many outputs as there are before a NULL. out[0] may be ck.
static void
hkdf(const uint8_t ck[NOISE_HASH], const uint8_t *in, size_t len, uint8_t *out[3])
{
	uint8_t temp[NOISE_HASH], chain[NOISE_HASH];
	size_t n = 0;
	unsigned i;

	hmac(temp, ck, in, len, 0);
	for (i = 0; i < 3 && out[i] != NULL; i++) {
		hmac(chain, temp, chain, n, (uint8_t)(i + 1));
		memcpy(out[i], chain, NOISE_HASH);
		n = NOISE_HASH;
	}
	sodium_memzero(temp, sizeof(temp));
	sodium_memzero(chain, sizeof(chain));
}

static void
mix_hash(struct noise *x, const uint8_t *data, size_t len)
{
	hash2(x->h, x->h, NOISE_HASH, data, len);
}

static void
mix_key(struct noise *x, const uint8_t *input, size_t len)
{
	uint8_t k[NOISE_HASH];

	hkdf(x->ck, input, len, (uint8_t *[3]){ x->ck, k, NULL });
	memcpy(x->k, k, NOISE_KEY);
	x->n = 0;
	sodium_memzero(k, sizeof(k));
}

static void
mix_psk(struct noise *x, const uint8_t psk[NOISE_KEY])
{
	uint8_t t[NOISE_HASH], k[NOISE_HASH];

	hkdf(x->ck, psk, NOISE_KEY, (uint8_t *[3]){ x->ck, t, k });
	mix_hash(x, t, NOISE_HASH);
	memcpy(x->k, k, NOISE_KEY);
	x->n = 0;
	sodium_memzero(t, sizeof(t));
	sodium_memzero(k, sizeof(k));
}

static int
mix_dh(struct noise *x, const uint8_t private_key[NOISE_DH], const uint8_t public_key[NOISE_DH])
{
	uint8_t shared[NOISE_DH];
	// -1: the result is 0, so the other end's key is a point of low order.
	int rc = crypto_scalarmult_curve25519(shared, private_key, public_key);

	if (rc == 0)
		mix_key(x, shared, sizeof(shared));
	sodium_memzero(shared, sizeof(shared));
	return rc;
}

// Writes the nonce of section 12.3: 32 zero bits, then n, little-endian.
static void
nonce(struct noise *x, uint8_t out[crypto_aead_chacha20poly1305_ietf_NPUBBYTES])
{
	unsigned i;

	memset(out, 0, 4);
	for (i = 0; i < 8; i++)
		out[4 + i] = (uint8_t)(x->n >> (8 * i));
	x->n++;
}

static void
encrypt_and_hash(struct noise *x, const uint8_t *plain, size_t len, uint8_t *out)
{
	uint8_t iv[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

	nonce(x, iv);
	crypto_aead_chacha20poly1305_ietf_encrypt(
		out, NULL, plain, len, x->h, NOISE_HASH, NULL, iv, x->k);
	mix_hash(x, out, len + NOISE_TAG);
}

// Decrypts len bytes, the tag among them, and mixes them into the hash.
static int
decrypt_and_hash(struct noise *x, const uint8_t *in, size_t len, uint8_t *plain)
{
	uint8_t iv[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

	nonce(x, iv);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(
		    plain, NULL, NULL, in, len, x->h, NOISE_HASH, iv, x->k) != 0)
		return -EBADMSG;
	mix_hash(x, in, len);
	return 0;
}

// Writes token e. In a psk pattern its public key also goes into the chaining key (section 9.2).
static void
mix_ephemeral(struct noise *x, const uint8_t key[NOISE_DH])
{
	mix_hash(x, key, NOISE_DH);
	mix_key(x, key, NOISE_DH);
}

void
noise_init(struct noise *x, const uint8_t s_private[NOISE_DH], const uint8_t s_public[NOISE_DH])
{
	memset(x, 0, sizeof(*x));
	memcpy(x->s_private, s_private, NOISE_DH);
	memcpy(x->s_public, s_public, NOISE_DH);
	memcpy(x->h, PROTOCOL, sizeof(PROTOCOL) - 1);
	memcpy(x->ck, x->h, NOISE_HASH);
}

void
noise_start(struct noise *x, const uint8_t *prologue, size_t len, const uint8_t *remote)
{
	mix_hash(x, prologue, len);
	if (remote != NULL)
		memcpy(x->rs, remote, NOISE_DH);
	mix_hash(x, remote != NULL ? remote : x->s_public, NOISE_DH);
}

void
noise_set_ephemeral(struct noise *x, const uint8_t e_private[NOISE_DH])
{
	memcpy(x->e_private, e_private, NOISE_DH);
	crypto_scalarmult_curve25519_base(x->e_public, e_private);
}

int
noise_write_1(struct noise *x, const uint8_t *payload, size_t len, uint8_t *out)
{
	memcpy(out, x->e_public, NOISE_DH);
	mix_ephemeral(x, x->e_public);
	if (mix_dh(x, x->e_private, x->rs) < 0) // es
		return -EINVAL;
	encrypt_and_hash(x, x->s_public, NOISE_DH, out + NOISE_DH);
	if (mix_dh(x, x->s_private, x->rs) < 0) // ss
		return -EINVAL;
	encrypt_and_hash(x, payload, len, out + NOISE_DH + NOISE_DH + NOISE_TAG);
	return 0;
}

int
noise_read_1(struct noise *x, const uint8_t *msg, size_t len, uint8_t *payload)
{
	if (len < NOISE_OVERHEAD_1)
		return -EBADMSG;
	memcpy(x->re, msg, NOISE_DH);
	mix_ephemeral(x, x->re);
	if (mix_dh(x, x->s_private, x->re) < 0) // es
		return -EBADMSG;
	if (decrypt_and_hash(x, msg + NOISE_DH, NOISE_DH + NOISE_TAG, x->rs) < 0)
		return -EBADMSG;
	if (mix_dh(x, x->s_private, x->rs) < 0) // ss
		return -EBADMSG;
	msg += NOISE_DH + NOISE_DH + NOISE_TAG;
	len -= NOISE_DH + NOISE_DH + NOISE_TAG;
	return decrypt_and_hash(x, msg, len, payload);
}

int
noise_write_2(struct noise *x, const uint8_t psk[NOISE_KEY], const uint8_t *payload, size_t len,
	uint8_t *out)
{
	memcpy(out, x->e_public, NOISE_DH);
	mix_ephemeral(x, x->e_public);
	if (mix_dh(x, x->e_private, x->re) < 0) // ee
		return -EINVAL;
	if (mix_dh(x, x->e_private, x->rs) < 0) // se
		return -EINVAL;
	mix_psk(x, psk);
	encrypt_and_hash(x, payload, len, out + NOISE_DH);
	return 0;
}

int
noise_read_2(struct noise *x, const uint8_t psk[NOISE_KEY], const uint8_t *msg, size_t len,
	uint8_t *payload)
{
	if (len < NOISE_OVERHEAD_2)
		return -EBADMSG;
	memcpy(x->re, msg, NOISE_DH);
	mix_ephemeral(x, x->re);
	if (mix_dh(x, x->e_private, x->re) < 0) // ee
		return -EBADMSG;
	if (mix_dh(x, x->s_private, x->re) < 0) // se
		return -EBADMSG;
	mix_psk(x, psk);
	return decrypt_and_hash(x, msg + NOISE_DH, len - NOISE_DH, payload);
}

void
noise_split(struct noise *x, uint8_t initiator[NOISE_KEY], uint8_t responder[NOISE_KEY])
{
	uint8_t a[NOISE_HASH], b[NOISE_HASH];

	hkdf(x->ck, NULL, 0, (uint8_t *[3]){ a, b, NULL });
	memcpy(initiator, a, NOISE_KEY);
	memcpy(responder, b, NOISE_KEY);
	sodium_memzero(a, sizeof(a));
	sodium_memzero(b, sizeof(b));
}
