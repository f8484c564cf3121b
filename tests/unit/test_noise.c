// SPDX-License-Identifier: BSD-3-Clause
// Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b against the published vector of that name: cacophony,
// https://github.com/haskell-cryptography/cacophony, vectors/cacophony.txt; snow carries the same
// in tests/vectors/cacophony.txt (https://github.com/mcginty/snow).
#include <errno.h>

#include <sodium.h>

#include "harness.h"
#include "hex.h"
#include "noise.h"

#define PROLOGUE "4a6f686e2047616c74"
#define PSK "54686973206973206d7920417573747269616e20706572737065637469766521"
#define INIT_STATIC "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1"
#define INIT_EPHEMERAL "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a"
#define RESP_PUBLIC "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62"
#define RESP_STATIC "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893"
#define RESP_EPHEMERAL "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b"
#define HANDSHAKE_HASH                                                                             \
	"ed837c9084f2f0333a7ec60b9bcacd9921394858de8ced118b5966d1147ba390"                         \
	"084dab42326c565a309c29317a6079be30aa1d790d25a517b43287426cb1d36a"

static const struct {
	const char *payload, *ciphertext;
} messages[] = {
	{ "4c756477696720766f6e204d69736573",
		"ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
		"b6fe0240b839afac809de1630eaf99d8f9b941394f0512c0554633bbb021d151"
		"76135c0a20e7fdb9a9ed066f22f054b47625b1d5061cb27d6a17f053273db7c2"
		"5216a5addc506ee321bc0618feb5849d" },
	{ "4d757272617920526f746862617264",
		"95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
		"8f627e69fc120006f746b9d420bf4056cf8481ab32d9e904ffaeeaa56a5290" },
	{ "462e20412e20486179656b", "07fc0034398a5f1010322be193d62f94bebf2948a20b3e15d681fe" },
	{ "4361726c204d656e676572", "2ea5400f5b8a16971c8b67bde75aeb7987d454b1c0beeb2566932d" },
	{ "4a65616e2d426170746973746520536179",
		"96eef918ef51639fc0e156da1823c4f71b33fac5af983f5da9384f7da20d86ed91" },
	{ "457567656e2042f6686d20766f6e2042617765726b",
		"f02766a56496e1fbf32e05274baebf6d693c8f3e4c6e0dc7ebdc5ac170f15dae433b92f469" },
};

struct ends {
	struct noise init, resp;
	uint8_t psk[32];
};

static void
begin(struct ends *e)
{
	uint8_t prologue[16], private[32], public[32], resp_public[32], ephemeral[32];
	size_t len = unhex(PROLOGUE, prologue, sizeof(prologue));

	unhex(PSK, e->psk, sizeof(e->psk));
	unhex(RESP_STATIC, private, sizeof(private));
	unhex(RESP_PUBLIC, resp_public, sizeof(resp_public));
	crypto_scalarmult_curve25519_base(public, private);
	CU_ASSERT_EQUAL(memcmp(public, resp_public, sizeof(public)), 0);
	noise_init(&e->resp, private, public);
	noise_start(&e->resp, prologue, len, NULL);
	unhex(RESP_EPHEMERAL, ephemeral, sizeof(ephemeral));
	noise_set_ephemeral(&e->resp, ephemeral);

	unhex(INIT_STATIC, private, sizeof(private));
	crypto_scalarmult_curve25519_base(public, private);
	noise_init(&e->init, private, public);
	noise_start(&e->init, prologue, len, resp_public);
	unhex(INIT_EPHEMERAL, ephemeral, sizeof(ephemeral));
	noise_set_ephemeral(&e->init, ephemeral);
}

// Messages 3 to 6 of the vector: transport messages, sent in turn, the initiator first.
static void
check_transport(const uint8_t key[2][NOISE_KEY])
{
	uint8_t payload[64], want[96], got[96], iv[12] = { 0 };
	size_t i, len;

	for (i = 2; i < 6; i++) {
		len = unhex(messages[i].payload, payload, sizeof(payload));
		unhex(messages[i].ciphertext, want, sizeof(want));
		iv[4] = (uint8_t)((i - 2) / 2);
		crypto_aead_chacha20poly1305_ietf_encrypt(
			got, NULL, payload, len, NULL, 0, NULL, iv, key[i % 2]);
		CU_ASSERT_EQUAL(memcmp(got, want, len + NOISE_TAG), 0);
	}
}

static void
test_vector(void)
{
	uint8_t payload[64], want[160], msg[160], back[64], hash[64];
	uint8_t key[2][NOISE_KEY], other[2][NOISE_KEY];
	struct ends e;
	size_t len;

	begin(&e);
	len = unhex(messages[0].payload, payload, sizeof(payload));
	CU_ASSERT_EQUAL(unhex(messages[0].ciphertext, want, sizeof(want)), len + NOISE_OVERHEAD_1);
	CU_ASSERT_EQUAL(noise_write_1(&e.init, payload, len, msg), 0);
	CU_ASSERT_EQUAL(memcmp(msg, want, len + NOISE_OVERHEAD_1), 0);
	CU_ASSERT_EQUAL(noise_read_1(&e.resp, want, len + NOISE_OVERHEAD_1, back), 0);
	CU_ASSERT_EQUAL(memcmp(back, payload, len), 0);
	CU_ASSERT_EQUAL(memcmp(e.resp.rs, e.init.s_public, NOISE_DH), 0);

	len = unhex(messages[1].payload, payload, sizeof(payload));
	CU_ASSERT_EQUAL(unhex(messages[1].ciphertext, want, sizeof(want)), len + NOISE_OVERHEAD_2);
	CU_ASSERT_EQUAL(noise_write_2(&e.resp, e.psk, payload, len, msg), 0);
	CU_ASSERT_EQUAL(memcmp(msg, want, len + NOISE_OVERHEAD_2), 0);
	CU_ASSERT_EQUAL(noise_read_2(&e.init, e.psk, want, len + NOISE_OVERHEAD_2, back), 0);
	CU_ASSERT_EQUAL(memcmp(back, payload, len), 0);

	unhex(HANDSHAKE_HASH, hash, sizeof(hash));
	CU_ASSERT_EQUAL(memcmp(e.init.h, hash, sizeof(hash)), 0);
	CU_ASSERT_EQUAL(memcmp(e.resp.h, hash, sizeof(hash)), 0);
	noise_split(&e.init, key[0], key[1]);
	noise_split(&e.resp, other[0], other[1]);
	CU_ASSERT_EQUAL(memcmp(key, other, sizeof(key)), 0);
	check_transport(key);
}

static void
test_wrong_psk(void)
{
	uint8_t msg[160], back[64];
	struct ends e;

	begin(&e);
	CU_ASSERT_EQUAL(noise_write_1(&e.init, back, 0, msg), 0);
	CU_ASSERT_EQUAL(noise_read_1(&e.resp, msg, NOISE_OVERHEAD_1, back), 0);
	CU_ASSERT_EQUAL(noise_write_2(&e.resp, e.psk, back, 0, msg), 0);
	e.psk[31] ^= 1;
	CU_ASSERT_EQUAL(noise_read_2(&e.init, e.psk, msg, NOISE_OVERHEAD_2, back), -EBADMSG);
}

// RFC 7748 6.1: with a key of low order the shared secret would be 0, whoever holds the other key.
static void
test_low_order(void)
{
	static const char *const keys[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	uint8_t msg[160] = { 0 }, back[64];
	struct ends e;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		begin(&e);
		unhex(keys[i], e.init.rs, NOISE_DH);
		CU_ASSERT_EQUAL(noise_write_1(&e.init, back, 0, msg), -EINVAL);
		unhex(keys[i], msg, NOISE_DH);
		CU_ASSERT_EQUAL(noise_read_1(&e.resp, msg, sizeof(msg), back), -EBADMSG);
	}
}

static const struct harness_test tests[] = {
	{ "published vector", test_vector },
	{ "wrong psk", test_wrong_psk },
	{ "low-order keys", test_low_order },
};

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	return HARNESS_RUN("noise", tests);
}
