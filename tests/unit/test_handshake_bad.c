// SPDX-License-Identifier: BSD-3-Clause
// Handshake messages that are cut, bent, forged or of another release.
#include <errno.h>

#include <sodium.h>

#include "handshake_pair.h"
#include "handshake_wire.h"
#include "noise.h"

// Makes mac1 right again, as anyone can who knows the receiver's public key.
static void
mend_mac1(uint8_t *msg, size_t len, const uint8_t receiver[WB_KEY_LEN])
{
	uint8_t text[sizeof(WB_HS_MAC1) - 1 + WB_KEY_LEN], key[32];

	memcpy(text, WB_HS_MAC1, sizeof(WB_HS_MAC1) - 1);
	memcpy(text + sizeof(WB_HS_MAC1) - 1, receiver, WB_KEY_LEN);
	crypto_generichash(key, sizeof(key), text, sizeof(text), NULL, 0);
	crypto_generichash(msg + len - WB_HS_MAC1_LEN, WB_HS_MAC1_LEN, msg, len - WB_HS_MAC1_LEN,
		key, sizeof(key));
}

static void
test_lengths(void)
{
	uint8_t copy[WB_HANDSHAKE_MAX + 64];
	struct wb_handshake_result r;
	struct pair p;
	int len, bad = 0;

	begin(&p);
	initiate(&p, 0, STAMP);
	memset(copy, 0, sizeof(copy));
	memcpy(copy, p.init, (size_t)p.init_len);
	for (len = 0; len <= (int)sizeof(copy); len++) {
		// On the heap, so that a byte too far is seen by a sanitizer.
		uint8_t *cut = malloc((size_t)len + (len == 0));

		memcpy(cut, copy, (size_t)len);
		bad += (wb_handshake_open(p.hub.h, &p.hub.local, cut, (size_t)len, p.who) == 0) !=
		       (len == p.init_len);
		free(cut);
	}
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_TRUE(respond(&p, 0) > 0);
	memset(copy, 0, sizeof(copy));
	memcpy(copy, p.response, (size_t)p.response_len);
	for (len = 0; len <= (int)sizeof(copy); len++) {
		uint8_t *cut = malloc((size_t)len + (len == 0));

		if (len == p.response_len) {
			free(cut);
			continue;
		}
		memcpy(cut, copy, (size_t)len);
		bad += wb_handshake_finish(p.edge.h, cut, (size_t)len, &r) != -EBADMSG;
		free(cut);
	}
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_EQUAL(finish(&p), 0); // nothing of this has disturbed the wait
	end(&p);
}

// Each single bit, with mac1 left wrong and with mac1 mended.
static void
test_bits(void)
{
	struct pair p;
	unsigned bit, mend;
	int accepted = 0;

	begin(&p);
	initiate(&p, 0, STAMP);
	for (mend = 0; mend < 2; mend++)
		for (bit = 0; bit < 8 * ((unsigned)p.init_len - mend * WB_HS_MAC1_LEN); bit++) {
			struct pair q = p;

			q.init[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (mend)
				mend_mac1(q.init, (size_t)q.init_len, q.hub.local.public_key);
			accepted += open_init(&q) != -EBADMSG;
		}
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_TRUE(respond(&p, 0) > 0);
	for (mend = 0; mend < 2; mend++)
		for (bit = 0; bit < 8 * ((unsigned)p.response_len - mend * WB_HS_MAC1_LEN); bit++) {
			struct pair q = p;

			q.response[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (mend)
				mend_mac1(q.response, (size_t)q.response_len,
					q.edge.local.public_key);
			accepted += finish(&q) != -EBADMSG;
		}
	CU_ASSERT_EQUAL(accepted, 0);
	CU_ASSERT_EQUAL(finish(&p), 0);
	end(&p);
}

// --- messages of other releases and of liars who hold the keys, made by hand from Noise itself

static void
seal_header(uint8_t *msg, uint8_t type)
{
	static const uint8_t index[4] = { 0x11, 0x22, 0x33, 0x44 }; // EDGE_INDEX

	memset(msg, 0, WB_HS_HEADER);
	msg[WB_HS_TYPE_AT] = type;
	msg[WB_HS_FORMAT_AT] = WB_HS_FORMAT;
	memcpy(msg + WB_HS_INDEX_AT, index, sizeof(index));
}

static void
noise_begin(struct noise *x, const struct end *e, const uint8_t *remote, const uint8_t *header)
{
	uint8_t prologue[sizeof(WB_HS_PROLOGUE) - 1 + WB_HS_HEADER], ephemeral[WB_KEY_LEN];

	memcpy(prologue, WB_HS_PROLOGUE, sizeof(WB_HS_PROLOGUE) - 1);
	memcpy(prologue + sizeof(WB_HS_PROLOGUE) - 1, header, WB_HS_HEADER);
	noise_init(x, e->local.private_key, e->local.public_key);
	noise_start(x, prologue, sizeof(prologue), remote);
	wb_key_generate(ephemeral);
	noise_set_ephemeral(x, ephemeral);
}

static void
forge_init(struct pair *p, const uint8_t *payload, size_t len)
{
	struct noise x;

	seal_header(p->init, WB_HS_INIT);
	noise_begin(&x, &p->edge, p->hub.local.public_key, p->init);
	CU_ASSERT_EQUAL(noise_write_1(&x, payload, len, p->init + WB_HS_HEADER), 0);
	len += WB_HS_HEADER + NOISE_OVERHEAD_1 + WB_HS_MAC1_LEN;
	mend_mac1(p->init, len, p->hub.local.public_key);
	p->init_len = (int)len;
}

// An answer to p->init.
static void
forge_response(struct pair *p, const uint8_t *payload, size_t len)
{
	uint8_t scratch[WB_HANDSHAKE_MAX];
	struct noise x;

	noise_begin(&x, &p->hub, NULL, p->init);
	CU_ASSERT_EQUAL(noise_read_1(&x, p->init + WB_HS_HEADER,
				(size_t)p->init_len - WB_HS_HEADER - WB_HS_MAC1_LEN, scratch),
		0);
	seal_header(p->response, WB_HS_RESPONSE);
	CU_ASSERT_EQUAL(
		noise_write_2(&x, p->hub.peer.psk, payload, len, p->response + WB_HS_HEADER), 0);
	len += WB_HS_HEADER + NOISE_OVERHEAD_2 + WB_HS_MAC1_LEN;
	mend_mac1(p->response, len, p->edge.local.public_key);
	p->response_len = (int)len;
}

static const struct {
	const char *extra; // after one cipher
	size_t len;
	int rc;
} extensions[] = {
	{ "", 0, 0 },
	{ "\x77\x00", 2, 0 },
	{ "\x77\x03"
	  "abc"
	  "\xff\x01"
	  "z",
		8, 0 },
	{ "\x77", 1, -EBADMSG },
	{ "\x77\x01", 2, -EBADMSG },
	{ "\x77\x03"
	  "abc"
	  "\x01\xff"
	  "z",
		8, -EBADMSG },
};

static void
test_extensions(void)
{
	uint8_t payload[128] = { 0 };
	struct pair p;
	size_t len;
	unsigned i;

	begin(&p);
	payload[WB_HS_VERSION_MIN_AT] = 1;
	payload[WB_HS_VERSION_MAX_AT] = 9;
	payload[WB_HS_COUNT_AT] = 1;
	payload[WB_HS_PAYLOAD_1] = WB_CIPHER_AES_128_GCM;
	len = WB_HS_PAYLOAD_1 + 1;
	for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		memcpy(payload + len, extensions[i].extra, extensions[i].len);
		payload[WB_HS_STAMP_AT] = (uint8_t)(i + 1);
		forge_init(&p, payload, len + extensions[i].len);
		CU_ASSERT_EQUAL(open_init(&p), extensions[i].rc);
		if (extensions[i].rc == 0)
			CU_ASSERT_TRUE(respond(&p, 0) > 0);
	}
	// Every length of the fixed part; every count of ciphers against one that is there.
	for (i = 0; i < len; i++) {
		forge_init(&p, payload, i);
		CU_ASSERT_EQUAL(open_init(&p), -EBADMSG);
	}
	for (i = 2; i < 256; i++) {
		payload[WB_HS_COUNT_AT] = (uint8_t)i;
		forge_init(&p, payload, len);
		CU_ASSERT_EQUAL(open_init(&p), -EBADMSG);
	}
	end(&p);
}

// What an authentic hub may say, and what not.
static const struct {
	const char *name;
	uint8_t at, value; // one byte of an answer that would be right
	int rc;
} answers[] = {
	{ "right", 0, 0, 0 },
	{ "resumed, the id asked for", WB_HS_R_FLAGS_AT, WB_HS_FLAG_RESUMED, 0 },
	{ "flags of a later release", WB_HS_R_FLAGS_AT, 0xfe, 0 },
	{ "version 0: refused", WB_HS_R_VERSION_AT, 0, -EPROTO },
	{ "version not offered", WB_HS_R_VERSION_AT, 2, -EPROTO },
	{ "cipher 0: refused", WB_HS_R_CIPHER_AT, 0, -EPROTO },
	{ "cipher not offered", WB_HS_R_CIPHER_AT, WB_CIPHER_AES_256_GCM, -EPROTO },
	{ "another session", WB_HS_R_SESSION_AT, 1, 0 },
	{ "feature not offered", WB_HS_R_FEATURES_AT, 0x80, 0 },
};

static void
right_answer(uint8_t payload[WB_HS_PAYLOAD_2])
{
	memset(payload, 0, WB_HS_PAYLOAD_2);
	payload[WB_HS_R_SESSION_AT + 7] = 77;
	payload[WB_HS_R_FEATURES_AT + 3] = 1;
	payload[WB_HS_R_VERSION_AT] = 1;
	payload[WB_HS_R_CIPHER_AT] = WB_CIPHER_AES_128_GCM;
}

static void
test_answers(void)
{
	uint8_t payload[WB_HS_PAYLOAD_2];
	struct pair p;
	unsigned i;

	begin(&p);
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		right_answer(payload);
		if (i > 0)
			payload[answers[i].at] = answers[i].value;
		initiate(&p, 77, STAMP + i);
		forge_response(&p, payload, sizeof(payload));
		CU_ASSERT_EQUAL(finish(&p), answers[i].rc);
		if (answers[i].rc == 0)
			CU_ASSERT_EQUAL(p.edge.result.features, 1);
	}
	// To go on with a session that was not asked for; none at all.
	right_answer(payload);
	payload[WB_HS_R_FLAGS_AT] = WB_HS_FLAG_RESUMED;
	initiate(&p, 78, STAMP + 100);
	forge_response(&p, payload, sizeof(payload));
	CU_ASSERT_EQUAL(finish(&p), -EPROTO);
	right_answer(payload);
	payload[WB_HS_R_SESSION_AT + 7] = 0;
	initiate(&p, 0, STAMP + 101);
	forge_response(&p, payload, sizeof(payload));
	CU_ASSERT_EQUAL(finish(&p), -EPROTO);
	// Every length of the fixed part.
	right_answer(payload);
	initiate(&p, 77, STAMP + 102);
	for (i = 0; i < sizeof(payload); i++) {
		forge_response(&p, payload, i);
		CU_ASSERT_EQUAL(finish(&p), -EBADMSG);
	}
	end(&p);
}

// --- at random, the same on every run

struct dice {
	uint64_t state;
};

static uint32_t
roll(struct dice *d, uint32_t below)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (uint32_t)(d->state >> 32) % below;
}

// Some bytes overwritten, cut or grown; returns the new length, at most room.
static size_t
mutate(struct dice *d, uint8_t *msg, size_t len, size_t room)
{
	static const uint8_t favourites[] = { 0, 1, 2, 0x7f, 0x80, 0xff };
	unsigned n = 1 + roll(d, 4);

	if (roll(d, 3) == 0) {
		size_t longer = roll(d, (uint32_t)room + 1);

		while (len < longer)
			msg[len++] = (uint8_t)roll(d, 256);
		len = longer;
	}
	while (n-- > 0 && len > 0)
		msg[roll(d, (uint32_t)len)] = roll(d, 2) ? favourites[roll(d, sizeof(favourites))]
							 : (uint8_t)roll(d, 256);
	return len;
}

// Hands a message over on the heap, so that a sanitizer sees a byte read too far.
static int
open_copy(struct pair *p, const uint8_t *msg, size_t len)
{
	uint8_t *copy = malloc(len + (len == 0));
	int rc;

	memcpy(copy, msg, len);
	rc = wb_handshake_open(p->hub.h, &p->hub.local, copy, len, p->who);
	free(copy);
	return rc;
}

static int
finish_copy(struct pair *p, const uint8_t *msg, size_t len)
{
	uint8_t *copy = malloc(len + (len == 0));
	int rc;

	memcpy(copy, msg, len);
	rc = wb_handshake_finish(p->edge.h, copy, len, &p->edge.result);
	free(copy);
	return rc;
}

// Whole messages, mac1 mended as anyone can: never accepted, since the rest is authenticated.
static void
test_random_messages(void)
{
	struct dice d = { 0x5eed };
	struct pair p;
	uint8_t msg[WB_HANDSHAKE_MAX];
	unsigned i, accepted = 0;
	size_t len;

	begin(&p);
	initiate(&p, 0, STAMP);
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_TRUE(respond(&p, 0) > 0);
	for (i = 0; i < 4000; i++) {
		bool init = i % 2 == 0;
		const uint8_t *from = init ? p.init : p.response;
		size_t from_len = (size_t)(init ? p.init_len : p.response_len);

		memcpy(msg, from, from_len);
		len = mutate(&d, msg, from_len, sizeof(msg));
		if (len >= WB_HS_MAC1_LEN && roll(&d, 4) != 0)
			mend_mac1(
				msg, len, init ? p.hub.local.public_key : p.edge.local.public_key);
		if (len == from_len && memcmp(msg, from, len) == 0)
			continue;
		accepted += (init ? open_copy(&p, msg, len) : finish_copy(&p, msg, len)) == 0;
	}
	CU_ASSERT_EQUAL(accepted, 0);
	CU_ASSERT_EQUAL(finish(&p), 0);
	end(&p);
}

// Payloads of one who holds the right keys: the parsers are all that stands in between.
static void
test_random_payloads(void)
{
	uint8_t payload[WB_HANDSHAKE_MAX - WB_HS_HEADER - NOISE_OVERHEAD_1 - WB_HS_MAC1_LEN];
	unsigned i, seen[3] = { 0 }, strange = 0;
	struct dice d = { 0xd1ce };
	struct pair p;
	size_t len;
	int rc;

	begin(&p);
	for (i = 0; i < 1500; i++) {
		memset(payload, 0, WB_HS_PAYLOAD_1);
		payload[WB_HS_STAMP_AT] = (uint8_t)roll(&d, 256);
		payload[WB_HS_VERSION_MAX_AT] = payload[WB_HS_COUNT_AT] = 1;
		payload[WB_HS_PAYLOAD_1] = WB_CIPHER_AES_128_GCM;
		len = mutate(&d, payload, WB_HS_PAYLOAD_1 + 1, sizeof(payload));
		forge_init(&p, payload, len);
		rc = open_copy(&p, p.init, (size_t)p.init_len);
		if (rc == 0) {
			rc = respond(&p, 0);
			strange += rc < 0 && rc != -EALREADY && rc != -EPROTO;
			seen[0] += rc > 0;
			p.hub.peer.last_stamp = 0;
		} else
			strange += rc != -EBADMSG;

		right_answer(payload);
		len = mutate(&d, payload, WB_HS_PAYLOAD_2, sizeof(payload));
		initiate(&p, 77, STAMP);
		forge_response(&p, payload, len);
		rc = finish_copy(&p, p.response, (size_t)p.response_len);
		seen[1] += rc == 0;
		seen[2] += rc == -EPROTO;
		strange += rc != 0 && rc != -EPROTO && rc != -EBADMSG;
		strange += rc == 0 && p.edge.result.version != 1;
	}
	CU_ASSERT_EQUAL(strange, 0);
	CU_ASSERT_TRUE(seen[0] > 50 && seen[1] > 50 && seen[2] > 50);
	end(&p);
}

static const struct harness_test tests[] = {
	{ "every length", test_lengths },
	{ "every bit", test_bits },
	{ "extensions", test_extensions },
	{ "answers", test_answers },
	{ "random messages", test_random_messages },
	{ "random payloads", test_random_payloads },
};

int
main(void)
{
	if (wb_crypto_init() < 0)
		return 1;
	return HARNESS_RUN("handshake_bad", tests);
}
