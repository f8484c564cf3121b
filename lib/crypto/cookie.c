// SPDX-License-Identifier: BSD-3-Clause
// Makes and checks cookies and proofs of address. The layouts stand in wb_cookie.h.
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "handshake_wire.h"
#include "noise.h"
#include "wb_cookie.h"

#define LABEL_COOKIE "wanbond cookie" // without a final 0
#define SEALED (WB_COOKIE_LEN + crypto_aead_xchacha20poly1305_ietf_ABYTES)
#define NONCE_AT WB_HS_HEADER
#define SEALED_AT (NONCE_AT + WB_COOKIE_NONCE)
#define MAC2_AT 4

_Static_assert(SEALED_AT + SEALED == WB_COOKIE_MESSAGE, "layout");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == WB_COOKIE_NONCE, "nonce");
_Static_assert(MAC2_AT + WB_COOKIE_LEN == WB_PROOF_LEN, "layout");

static void
labelled_key(uint8_t key[32], const char *label, size_t len, const uint8_t public_key[WB_KEY_LEN])
{
	crypto_generichash_blake2b_state h;

	crypto_generichash_blake2b_init(&h, NULL, 0, 32);
	crypto_generichash_blake2b_update(&h, (const uint8_t *)label, len);
	crypto_generichash_blake2b_update(&h, public_key, WB_KEY_LEN);
	crypto_generichash_blake2b_final(&h, key, 32);
}

static void
seal_key(uint8_t key[32], const uint8_t hub_public[WB_KEY_LEN])
{
	labelled_key(key, LABEL_COOKIE, sizeof(LABEL_COOKIE) - 1, hub_public);
}

void
wb_cookie_keys(struct wb_cookie_keys *k, const uint8_t public_key[WB_KEY_LEN])
{
	labelled_key(k->mac1, WB_HS_MAC1, sizeof(WB_HS_MAC1) - 1, public_key);
	seal_key(k->seal, public_key);
	wb_random_bytes(k->secret, sizeof(k->secret));
}

static bool
hash_is(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len, const uint8_t *want)
{
	uint8_t hash[16];

	crypto_generichash_blake2b(hash, sizeof(hash), data, len, key, key_len);
	return sodium_memcmp(hash, want, sizeof(hash)) == 0;
}

bool
wb_cookie_shape(uint8_t type, const uint8_t *msg, size_t len)
{
	size_t least = type == WB_HS_INIT ? NOISE_OVERHEAD_1 : NOISE_OVERHEAD_2;

	return len >= WB_HS_HEADER + least + WB_HS_MAC1_LEN && len <= WB_HANDSHAKE_MAX &&
	       hs_header_is(msg, type);
}

bool
wb_cookie_mac1(const struct wb_cookie_keys *k, uint8_t type, const uint8_t *msg, size_t len)
{
	return wb_cookie_shape(type, msg, len) &&
	       hash_is(k->mac1, sizeof(k->mac1), msg, len - WB_HS_MAC1_LEN,
		       msg + len - WB_HS_MAC1_LEN);
}

// Makes the cookie of an address and period. Its key depends on the number of the period, so that neither state nor
// a timer is needed.
static void
make(const struct wb_cookie_keys *k, uint64_t period, const uint8_t from[6],
	uint8_t cookie[WB_COOKIE_LEN])
{
	uint8_t data[8 + 6];

	for (unsigned i = 0; i < 8; i++)
		data[i] = (uint8_t)(period >> (56 - 8 * i));
	memcpy(data + 8, from, 6);
	crypto_generichash_blake2b(
		cookie, WB_COOKIE_LEN, data, sizeof(data), k->secret, sizeof(k->secret));
}

void
wb_cookie_write(const struct wb_cookie_keys *k, const uint8_t *init, size_t len,
	const uint8_t from[6], uint64_t now, const uint8_t nonce[WB_COOKIE_NONCE],
	uint8_t msg[WB_COOKIE_MESSAGE])
{
	uint8_t cookie[WB_COOKIE_LEN];

	make(k, now / WB_COOKIE_LIFE, from, cookie);
	hs_put_header(msg, WB_HS_COOKIE, hs_index(init));
	memcpy(msg + NONCE_AT, nonce, WB_COOKIE_NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(msg + SEALED_AT, NULL, cookie, sizeof(cookie),
		init + len - WB_HS_MAC1_LEN, WB_HS_MAC1_LEN, NULL, nonce, k->seal);
}

const uint8_t *
wb_cookie_init(const uint8_t *msg, size_t len, size_t *init_len)
{
	if (len <= WB_PROOF_LEN + WB_HS_HEADER || len > WB_PROOF_MAX ||
		!hs_header_is(msg, WB_HS_PROOF))
		return NULL;
	*init_len = len - WB_PROOF_LEN;
	return msg + WB_PROOF_LEN;
}

bool
wb_cookie_proves(const struct wb_cookie_keys *k, const uint8_t *msg, size_t len,
	const uint8_t from[6], uint64_t now)
{
	uint64_t period = now / WB_COOKIE_LIFE;
	uint8_t cookie[WB_COOKIE_LEN];

	for (unsigned i = 0; i < 2; i++) {
		make(k, period - i, from, cookie);
		if (hash_is(cookie, sizeof(cookie), msg + WB_PROOF_LEN, len - WB_PROOF_LEN,
			    msg + MAC2_AT))
			return true;
	}
	return false;
}

int
wb_cookie_read(const uint8_t hub_public[WB_KEY_LEN], const uint8_t *init, size_t init_len,
	const uint8_t *msg, size_t len, uint8_t cookie[WB_COOKIE_LEN])
{
	uint8_t key[32];

	if (len != WB_COOKIE_MESSAGE || init_len < WB_HS_HEADER + WB_HS_MAC1_LEN ||
		!hs_header_is(msg, WB_HS_COOKIE) || hs_index(msg) != hs_index(init))
		return -EBADMSG;
	seal_key(key, hub_public);
	return crypto_aead_xchacha20poly1305_ietf_decrypt(cookie, NULL, NULL, msg + SEALED_AT,
		       SEALED, init + init_len - WB_HS_MAC1_LEN, WB_HS_MAC1_LEN, msg + NONCE_AT,
		       key) == 0
		       ? 0
		       : -EBADMSG;
}

int
wb_cookie_prove(const uint8_t cookie[WB_COOKIE_LEN], const uint8_t *init, size_t init_len,
	uint8_t msg[WB_PROOF_MAX])
{
	if (init_len > WB_PROOF_MAX - WB_PROOF_LEN)
		return -EMSGSIZE;
	hs_put_header(msg, WB_HS_PROOF, 0); // mac2 stands where others have an index
	memcpy(msg + WB_PROOF_LEN, init, init_len);
	crypto_generichash_blake2b(
		msg + MAC2_AT, WB_COOKIE_LEN, init, init_len, cookie, WB_COOKIE_LEN);
	return (int)(WB_PROOF_LEN + init_len);
}
