// SPDX-License-Identifier: BSD-3-Clause
// Every implementation against published vectors, against each other, and against tampering.
#include <errno.h>

#include "aead_impl.h"
#include "harness.h"
#include "hex.h"
#include "wb_key.h"

static const enum wb_cipher ciphers[] = { WB_CIPHER_AES_128_GCM, WB_CIPHER_AES_256_GCM,
	WB_CIPHER_CHACHA20_POLY1305 };

// All that wb_aead_create() may pick from on one machine or another.
static const struct aead_impl *const *impls;
static unsigned n_impls;

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LEN_MAX 1500

// 1, 2: McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 4 and 16.
// 3: RFC 8439 2.8.2.
static const struct {
	enum wb_cipher cipher;
	const char *key, *nonce, *aad, *plain, *sealed, *tag;
} vectors[] = {
	{ WB_CIPHER_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
		"feedfacedeadbeeffeedfacedeadbeefabaddad2",
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
		"5bc94fbc3221a5db94fae95ae7121a47" },
	{ WB_CIPHER_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
		"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
		"76fc6ece0f4e1768cddf8853bb2d551b" },
	{ WB_CIPHER_CHACHA20_POLY1305,
		"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
		"070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
		"4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
		"73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
		"6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
		"637265656e20776f756c642062652069742e",
		"d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
		"3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
		"92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
		"3ff4def08e4b7a9de576d26586cec64b6116",
		"1ae10b594f09e26a7e902ecbd0600691" },
};

static struct wb_aead *
create(const struct aead_impl *impl, enum wb_cipher cipher, const uint8_t *key)
{
	struct wb_aead *a;

	if (!impl->has(cipher))
		return NULL;
	a = impl->create(cipher, key, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	a->impl = impl;
	return a;
}

// xorshift: the same bytes on every run.
static void
fill(uint8_t *p, size_t len, uint64_t seed)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ull + 1;

	while (len-- > 0) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		*p++ = (uint8_t)x;
	}
}

static void
check_vector(unsigned v, const struct aead_impl *impl)
{
	uint8_t key[32], aad[32], plain[128], sealed[128], tag[16], out[128], out_tag[16];
	struct wb_aead_op op = { .src = plain, .dst = out, .aad = aad, .tag = out_tag };
	struct wb_aead *a;

	unhex(vectors[v].key, key, sizeof(key));
	a = create(impl, vectors[v].cipher, key);
	if (a == NULL)
		return;
	unhex(vectors[v].nonce, op.nonce, sizeof(op.nonce));
	op.aad_len = (uint16_t)unhex(vectors[v].aad, aad, sizeof(aad));
	op.len = (uint32_t)unhex(vectors[v].plain, plain, sizeof(plain));
	unhex(vectors[v].sealed, sealed, sizeof(sealed));
	unhex(vectors[v].tag, tag, sizeof(tag));
	wb_aead_seal(a, &op, 1);
	CU_ASSERT_EQUAL(memcmp(out, sealed, op.len), 0);
	CU_ASSERT_EQUAL(memcmp(out_tag, tag, sizeof(tag)), 0);
	op.src = sealed;
	op.tag = tag;
	CU_ASSERT_EQUAL(wb_aead_open(a, &op, 1), 1);
	CU_ASSERT_EQUAL(op.ok, 1);
	CU_ASSERT_EQUAL(memcmp(out, plain, op.len), 0);
	wb_aead_destroy(a);
}

static void
test_vectors(void)
{
	unsigned v, i;

	for (v = 0; v < COUNT(vectors); v++)
		for (i = 0; i < n_impls; i++)
			check_vector(v, impls[i]);
}

// Every length, out of place and in place, sealed by one implementation and opened by the other.
static void
check_pair(enum wb_cipher cipher, const struct aead_impl *one, const struct aead_impl *two)
{
	static uint8_t plain[LEN_MAX], sealed[LEN_MAX + WB_AEAD_TAG], back[LEN_MAX];
	struct wb_aead_op op = { .nonce = { 1, 2, 3 } };
	uint8_t key[WB_AEAD_KEY_MAX], aad[WB_AEAD_BATCH];
	struct wb_aead *a, *b;
	unsigned wrong = 0;

	fill(key, sizeof(key), 7);
	fill(aad, sizeof(aad), 8);
	fill(plain, sizeof(plain), 9);
	a = create(one, cipher, key);
	b = create(two, cipher, key);
	if (a != NULL && b != NULL) {
		op.aad = aad;
		for (op.len = 0; op.len <= LEN_MAX; op.len++) {
			op.aad_len = (uint16_t)(op.len % (sizeof(aad) + 1));
			op.nonce[11] = (uint8_t)op.len;
			op.src = plain;
			op.dst = sealed;
			op.tag = sealed + op.len;
			wb_aead_seal(a, &op, 1);
			op.src = sealed;
			op.dst = back;
			wrong += wb_aead_open(b, &op, 1) != 1;
			wrong += memcmp(back, plain, op.len) != 0;
			op.dst = sealed;
			wrong += wb_aead_open(b, &op, 1) != 1;
			wrong += memcmp(sealed, plain, op.len) != 0;
			wb_aead_seal(b, &op, 1); // in place
			op.dst = back;
			wrong += wb_aead_open(a, &op, 1) != 1;
			wrong += memcmp(back, plain, op.len) != 0;
		}
		CU_ASSERT_EQUAL(wrong, 0);
	}
	wb_aead_destroy(a);
	wb_aead_destroy(b);
}

static void
test_lengths(void)
{
	unsigned c, i, j;

	for (c = 0; c < COUNT(ciphers); c++)
		for (i = 0; i < n_impls; i++)
			for (j = 0; j < n_impls; j++)
				check_pair(ciphers[c], impls[i], impls[j]);
}

// A full batch in which every third one is forged: only these are refused.
static void
check_batch(struct wb_aead *a)
{
	static uint8_t plain[WB_AEAD_BATCH][200], sealed[WB_AEAD_BATCH][200];
	static uint8_t back[WB_AEAD_BATCH][200], tags[WB_AEAD_BATCH][WB_AEAD_TAG];
	struct wb_aead_op ops[WB_AEAD_BATCH] = { 0 };
	uint8_t aad[12] = "header";
	unsigned i, good = 0, wrong = 0;

	for (i = 0; i < WB_AEAD_BATCH; i++) {
		fill(plain[i], sizeof(plain[i]), i);
		ops[i] = (struct wb_aead_op){ .src = plain[i],
			.dst = sealed[i],
			.aad = aad,
			.tag = tags[i],
			.len = 3 * i + 1,
			.aad_len = sizeof(aad) };
		ops[i].nonce[11] = (uint8_t)i;
	}
	wb_aead_seal(a, ops, WB_AEAD_BATCH);
	for (i = 0; i < WB_AEAD_BATCH; i++) {
		ops[i].src = sealed[i];
		ops[i].dst = back[i];
		ops[i].ok = 77;
		if (i % 3 == 0)
			sealed[i][i] ^= 0x40;
		else
			good++;
	}
	CU_ASSERT_EQUAL(wb_aead_open(a, ops, WB_AEAD_BATCH), good);
	for (i = 0; i < WB_AEAD_BATCH; i++) {
		wrong += ops[i].ok != (i % 3 != 0);
		wrong += i % 3 != 0 && memcmp(back[i], plain[i], ops[i].len) != 0;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(wb_aead_open(a, ops, 0), 0);
}

// Every bit of nonce, associated data, text and tag counts.
static void
check_bits(struct wb_aead *a)
{
	uint8_t plain[33], sealed[33], back[33], tag[WB_AEAD_TAG], aad[12];
	struct wb_aead_op op = { .src = plain,
		.dst = sealed,
		.aad = aad,
		.tag = tag,
		.len = sizeof(plain),
		.aad_len = sizeof(aad) };
	struct {
		uint8_t *p;
		size_t len;
	} parts[] = { { op.nonce, sizeof(op.nonce) }, { aad, sizeof(aad) },
		{ sealed, sizeof(sealed) }, { tag, sizeof(tag) } };
	unsigned i, bit, accepted = 0;

	fill(plain, sizeof(plain), 1);
	fill(aad, sizeof(aad), 2);
	wb_aead_seal(a, &op, 1);
	op.src = sealed;
	op.dst = back;
	for (i = 0; i < COUNT(parts); i++)
		for (bit = 0; bit < 8 * parts[i].len; bit++) {
			parts[i].p[bit / 8] ^= (uint8_t)(1u << bit % 8);
			accepted += wb_aead_open(a, &op, 1);
			accepted += op.ok;
			parts[i].p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	CU_ASSERT_EQUAL(accepted, 0);
	CU_ASSERT_EQUAL(wb_aead_open(a, &op, 1), 1);
	CU_ASSERT_EQUAL(memcmp(back, plain, sizeof(plain)), 0);
}

static void
test_tampering(void)
{
	uint8_t key[WB_AEAD_KEY_MAX];
	struct wb_aead *a;
	unsigned c, i, n = 0;

	fill(key, sizeof(key), 3);
	for (c = 0; c < COUNT(ciphers); c++)
		for (i = 0; i < n_impls; i++) {
			a = create(impls[i], ciphers[c], key);
			if (a == NULL)
				continue;
			check_batch(a);
			check_bits(a);
			wb_aead_destroy(a);
			n++;
		}
	CU_ASSERT_TRUE(n >= COUNT(ciphers)); // OpenSSL has them all
}

static void
test_wrong_key(void)
{
	uint8_t key[WB_AEAD_KEY_MAX] = { 0 }, text[64] = { 0 }, tag[WB_AEAD_TAG];
	struct wb_aead_op op = { .src = text, .dst = text, .tag = tag, .len = sizeof(text) };
	struct wb_aead *a, *b;
	unsigned c;

	for (c = 0; c < COUNT(ciphers); c++) {
		a = wb_aead_create(ciphers[c], key, -1);
		key[wb_aead_key_len(ciphers[c]) - 1] ^= 1; // the last byte that counts
		b = wb_aead_create(ciphers[c], key, -1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(a);
		CU_ASSERT_PTR_NOT_NULL_FATAL(b);
		wb_aead_seal(a, &op, 1);
		CU_ASSERT_EQUAL(wb_aead_open(b, &op, 1), 0);
		wb_aead_destroy(a);
		wb_aead_destroy(b);
	}
}

static void
test_names(void)
{
	unsigned c;

	for (c = 0; c < COUNT(ciphers); c++) {
		CU_ASSERT_EQUAL(wb_cipher_from_name(wb_cipher_name(ciphers[c])), (int)ciphers[c]);
		CU_ASSERT_STRING_NOT_EQUAL(wb_aead_backend(ciphers[c]), "none");
		printf("%s: %s; ", wb_cipher_name(ciphers[c]), wb_aead_backend(ciphers[c]));
	}
	CU_ASSERT_EQUAL(wb_aead_key_len(WB_CIPHER_AES_128_GCM), 16);
	CU_ASSERT_EQUAL(wb_aead_key_len(WB_CIPHER_AES_256_GCM), 32);
	CU_ASSERT_EQUAL(wb_aead_key_len(WB_CIPHER_CHACHA20_POLY1305), 32);
	CU_ASSERT_EQUAL(wb_cipher_from_name("aes-128-gcm"), WB_CIPHER_AES_128_GCM);
	CU_ASSERT_EQUAL(wb_cipher_from_name("rot13"), -EINVAL);
	CU_ASSERT_STRING_EQUAL(wb_cipher_name((enum wb_cipher)9), "?");
	CU_ASSERT_STRING_EQUAL(wb_aead_backend((enum wb_cipher)9), "none");
	CU_ASSERT_PTR_NULL(wb_aead_create((enum wb_cipher)9, (const uint8_t *)"", -1));
	CU_ASSERT_STRING_NOT_EQUAL(wb_cipher_name(wb_aead_best()), "?");
	wb_aead_destroy(NULL);
}

static const struct harness_test tests[] = {
	{ "published vectors", test_vectors },
	{ "every length, each pair", test_lengths },
	{ "tampering", test_tampering },
	{ "wrong key", test_wrong_key },
	{ "names", test_names },
};

int
main(void)
{
	if (wb_crypto_init() < 0)
		return 1;
	impls = aead_impls(&n_impls);
	return HARNESS_RUN("aead", tests);
}
