// SPDX-License-Identifier: BSD-3-Clause
// Cookies: who heard one at an address can prove that, nobody else can, and not for ever.
#include <errno.h>
#include <stdlib.h>

#include "handshake_pair.h"
#include "wb_cookie.h"

#define NOW (1000 * WB_COOKIE_LIFE)

static struct wb_cookie_keys k;
static struct pair p;
static uint8_t cookie[WB_COOKIE_LEN], asked[WB_COOKIE_MESSAGE], proof[WB_PROOF_MAX];
static const uint8_t from[6] = { 100, 64, 1, 2, 0x9c, 0x40 };
static const uint8_t nonce[WB_COOKIE_NONCE] = { 7 };
static size_t proof_len;

static void
begin_asked(void)
{
	int len;

	begin(&p);
	wb_cookie_keys(&k, p.hub.local.public_key);
	initiate(&p, 0, STAMP);
	CU_ASSERT_TRUE(wb_cookie_mac1(&k, 1, p.init, (size_t)p.init_len));
	wb_cookie_write(&k, p.init, (size_t)p.init_len, from, NOW, nonce, asked);
	CU_ASSERT_TRUE(sizeof(asked) < (size_t)p.init_len);
	CU_ASSERT_EQUAL(wb_cookie_read(p.hub.local.public_key, p.init, (size_t)p.init_len, asked,
				sizeof(asked), cookie),
		0);
	len = wb_cookie_prove(cookie, p.init, (size_t)p.init_len, proof);
	CU_ASSERT_TRUE_FATAL(len > p.init_len);
	proof_len = (size_t)len;
}

static void
proves(void)
{
	const uint8_t *init;
	size_t len;

	begin_asked();
	init = wb_cookie_init(proof, proof_len, &len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(init);
	CU_ASSERT_EQUAL(len, (size_t)p.init_len);
	CU_ASSERT_EQUAL(memcmp(init, p.init, len), 0);
	CU_ASSERT_TRUE(wb_cookie_proves(&k, proof, proof_len, from, NOW));
	CU_ASSERT_TRUE(wb_cookie_proves(&k, proof, proof_len, from, NOW + WB_COOKIE_LIFE));
	CU_ASSERT_FALSE(wb_cookie_proves(&k, proof, proof_len, from, NOW + 2 * WB_COOKIE_LIFE));
	for (unsigned i = 0; i < 6; i++) { // another address, another port
		uint8_t other[6];

		memcpy(other, from, 6);
		other[i] ^= 1;
		CU_ASSERT_FALSE(wb_cookie_proves(&k, proof, proof_len, other, NOW));
	}
	wb_cookie_keys(&k, p.hub.local.public_key); // the hub has been restarted
	CU_ASSERT_FALSE(wb_cookie_proves(&k, proof, proof_len, from, NOW));
	end(&p);
}

// A bit changed anywhere, cut anywhere: nothing is read past the end (on the heap, for a sanitizer), and
// nothing is taken for a proof.
static void
bent(void)
{
	unsigned wrong = 0;
	size_t len;

	begin_asked();
	for (unsigned bit = 0; bit < 8 * sizeof(asked); bit++) {
		asked[bit / 8] ^= 1 << bit % 8;
		wrong += wb_cookie_read(p.hub.local.public_key, p.init, (size_t)p.init_len, asked,
				 sizeof(asked), cookie) == 0;
		asked[bit / 8] ^= 1 << bit % 8;
	}
	for (unsigned bit = 0; bit < 8 * proof_len; bit++) {
		proof[bit / 8] ^= 1 << bit % 8;
		wrong += wb_cookie_init(proof, proof_len, &len) != NULL &&
			 wb_cookie_mac1(&k, 1, proof + WB_PROOF_LEN, len) &&
			 wb_cookie_proves(&k, proof, proof_len, from, NOW);
		proof[bit / 8] ^= 1 << bit % 8;
	}
	for (size_t n = 0; n < proof_len; n++) {
		uint8_t *cut = malloc(n + 1);

		memcpy(cut, proof, n);
		if (n >= 8 && wb_cookie_init(cut, n, &len) != NULL)
			wrong += wb_cookie_mac1(&k, 1, cut + WB_PROOF_LEN, len);
		if (n < sizeof(asked))
			wrong += wb_cookie_read(p.hub.local.public_key, p.init, (size_t)p.init_len,
					 cut, n, cookie) == 0;
		free(cut);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	end(&p);
}

// An answer to another INIT, or another hub's.
static void
strangers(void)
{
	struct pair other;

	begin_asked();
	initiate(&p, 0, STAMP + 1);
	CU_ASSERT_EQUAL(wb_cookie_read(p.hub.local.public_key, p.init, (size_t)p.init_len, asked,
				sizeof(asked), cookie),
		-EBADMSG);
	begin(&other);
	wb_cookie_keys(&k, other.hub.local.public_key);
	CU_ASSERT_FALSE(wb_cookie_mac1(&k, 1, p.init, (size_t)p.init_len));
	CU_ASSERT_EQUAL(
		wb_cookie_prove(cookie, p.init, WB_PROOF_MAX - WB_PROOF_LEN + 1, proof), -EMSGSIZE);
	end(&p);
	end(&other);
}

static const struct harness_test tests[] = {
	{ "proves an address", proves },
	{ "bent and cut", bent },
	{ "strangers", strangers },
};

int
main(void)
{
	return wb_crypto_init() < 0 || HARNESS_RUN("cookie", tests);
}
