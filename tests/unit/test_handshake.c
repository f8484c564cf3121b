// SPDX-License-Identifier: BSD-3-Clause
// Edge and hub shake hands in one process; messages are mended and broken in between.
#include <errno.h>

#include <sodium.h>

#include "handshake_wire.h"
#include "harness.h"
#include "noise.h"
#include "wb_handshake.h"

#define EDGE_INDEX 0x11223344u
#define HUB_INDEX 0x55667788u
#define SESSION 0x0102030405060708ull
#define STAMP 1700000000000000000ull

struct end {
	struct wb_handshake *h;
	struct wb_handshake_local local;
	struct wb_handshake_peer peer;
	struct wb_handshake_result result;
};

struct pair {
	struct end edge, hub;
	uint8_t init[WB_HANDSHAKE_MAX], response[WB_HANDSHAKE_MAX];
	int init_len, response_len;
	uint8_t who[WB_KEY_LEN]; // static key that the hub has seen
};

static void
begin_end(struct end *e)
{
	e->h = wb_handshake_create();
	CU_ASSERT_PTR_NOT_NULL_FATAL(e->h);
	wb_key_generate(e->local.private_key);
	wb_key_public(e->local.private_key, e->local.public_key);
	e->local.version_min = e->local.version_max = 1;
	e->local.features = 1;
	e->local.ciphers[0] = WB_CIPHER_AES_128_GCM;
	e->local.ciphers[1] = WB_CIPHER_CHACHA20_POLY1305;
}

static void
begin(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	begin_end(&p->edge);
	begin_end(&p->hub);
	memcpy(p->edge.peer.public_key, p->hub.local.public_key, WB_KEY_LEN);
	memcpy(p->hub.peer.public_key, p->edge.local.public_key, WB_KEY_LEN);
	wb_key_generate_psk(p->edge.peer.psk);
	memcpy(p->hub.peer.psk, p->edge.peer.psk, WB_KEY_LEN);
}

static void
end(struct pair *p)
{
	wb_handshake_destroy(p->edge.h);
	wb_handshake_destroy(p->hub.h);
}

static void
initiate(struct pair *p, uint64_t session, uint64_t stamp)
{
	p->init_len = wb_handshake_initiate(
		p->edge.h, &p->edge.local, &p->edge.peer, EDGE_INDEX, session, stamp, p->init);
	CU_ASSERT_TRUE_FATAL(p->init_len > 0 && p->init_len <= WB_HANDSHAKE_MAX);
}

static int
open_init(struct pair *p)
{
	return wb_handshake_open(p->hub.h, &p->hub.local, p->init, (size_t)p->init_len, p->who);
}

static int
respond(struct pair *p, uint64_t current)
{
	p->response_len = wb_handshake_respond(
		p->hub.h, &p->hub.peer, HUB_INDEX, current, SESSION, p->response, &p->hub.result);
	return p->response_len;
}

static int
finish(struct pair *p)
{
	return wb_handshake_finish(
		p->edge.h, p->response, (size_t)p->response_len, &p->edge.result);
}

// All of it; both ends must agree.
static void
shake(struct pair *p, uint64_t session, uint64_t current, uint64_t stamp)
{
	const struct wb_handshake_result *e = &p->edge.result, *h = &p->hub.result;

	initiate(p, session, stamp);
	CU_ASSERT_EQUAL(open_init(p), 0);
	CU_ASSERT_EQUAL(memcmp(p->who, p->edge.local.public_key, WB_KEY_LEN), 0);
	CU_ASSERT_TRUE(respond(p, current) > 0);
	CU_ASSERT_EQUAL(finish(p), 0);
	CU_ASSERT_EQUAL(memcmp(e->tx_key, h->rx_key, WB_KEY_LEN), 0);
	CU_ASSERT_EQUAL(memcmp(e->rx_key, h->tx_key, WB_KEY_LEN), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(e->rx_key, e->tx_key, WB_KEY_LEN), 0);
	CU_ASSERT_EQUAL(e->local_index, EDGE_INDEX);
	CU_ASSERT_EQUAL(h->remote_index, EDGE_INDEX);
	CU_ASSERT_EQUAL(e->remote_index, HUB_INDEX);
	CU_ASSERT_EQUAL(h->local_index, HUB_INDEX);
	CU_ASSERT_EQUAL(e->session, h->session);
	CU_ASSERT_EQUAL(e->resumed, h->resumed);
	CU_ASSERT_EQUAL(e->version, h->version);
	CU_ASSERT_EQUAL(e->cipher, h->cipher);
	CU_ASSERT_EQUAL(e->features, h->features);
	CU_ASSERT_EQUAL(p->hub.peer.last_stamp, stamp);
}

static void
test_agree(void)
{
	struct pair p;

	begin(&p);
	shake(&p, 0, 0, STAMP);
	CU_ASSERT_EQUAL(p.edge.result.session, SESSION);
	CU_ASSERT_FALSE(p.edge.result.resumed);
	CU_ASSERT_EQUAL(p.edge.result.version, 1);
	CU_ASSERT_EQUAL(p.edge.result.cipher, WB_CIPHER_AES_128_GCM);
	CU_ASSERT_EQUAL(p.edge.result.features, 1);
	CU_ASSERT_EQUAL(finish(&p), -EBADMSG); // once only
	CU_ASSERT_EQUAL(respond(&p, 0), -EBADMSG);
	end(&p);
}

static void
test_no_psk(void)
{
	struct pair p;

	begin(&p);
	memset(p.edge.peer.psk, 0, WB_KEY_LEN);
	memset(p.hub.peer.psk, 0, WB_KEY_LEN);
	shake(&p, 0, 0, STAMP);
	end(&p);
}

// The same session id goes on; new keys each time.
static void
test_rekey(void)
{
	uint8_t old[WB_KEY_LEN];
	struct pair p;
	unsigned i;

	begin(&p);
	shake(&p, 0, 0, STAMP);
	for (i = 1; i < 4; i++) {
		memcpy(old, p.edge.result.tx_key, sizeof(old));
		shake(&p, SESSION, SESSION, STAMP + i);
		CU_ASSERT_TRUE(p.edge.result.resumed);
		CU_ASSERT_EQUAL(p.edge.result.session, SESSION);
		CU_ASSERT_NOT_EQUAL(memcmp(old, p.edge.result.tx_key, sizeof(old)), 0);
	}
	// The hub has been started anew, or holds another session by now.
	shake(&p, 99, 0, STAMP + 10);
	CU_ASSERT_FALSE(p.edge.result.resumed);
	CU_ASSERT_EQUAL(p.edge.result.session, SESSION);
	shake(&p, 99, 98, STAMP + 11);
	CU_ASSERT_FALSE(p.edge.result.resumed);
	// The edge has been started anew: no session to go on with.
	shake(&p, 0, 98, STAMP + 12);
	CU_ASSERT_FALSE(p.edge.result.resumed);
	CU_ASSERT_EQUAL(p.edge.result.session, SESSION);
	end(&p);
}

static void
test_replay(void)
{
	uint8_t first[WB_HANDSHAKE_MAX];
	struct pair p;
	int len;

	begin(&p);
	shake(&p, 0, 0, STAMP);
	memcpy(first, p.init, sizeof(first));
	len = p.init_len;
	CU_ASSERT_EQUAL(open_init(&p), 0); // the very same again
	CU_ASSERT_EQUAL(respond(&p, SESSION), -EALREADY);
	CU_ASSERT_EQUAL(p.hub.peer.last_stamp, STAMP);
	shake(&p, SESSION, SESSION, STAMP + 1);
	memcpy(p.init, first, sizeof(first)); // an older one
	p.init_len = len;
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_EQUAL(respond(&p, SESSION), -EALREADY);
	CU_ASSERT_EQUAL(respond(&p, SESSION), -EBADMSG); // and the state is gone
	end(&p);
}

static void
test_wrong_keys(void)
{
	struct wb_handshake_result none = { 0 };
	struct pair p, other;

	begin(&p);
	begin(&other);
	p.edge.peer.psk[3] ^= 1; // wrong psk: the edge refuses, the hub cannot know yet
	initiate(&p, 0, STAMP);
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_TRUE(respond(&p, 0) > 0);
	CU_ASSERT_EQUAL(finish(&p), -EBADMSG);
	p.edge.peer.psk[3] ^= 1;

	memcpy(p.edge.peer.public_key, other.hub.local.public_key, WB_KEY_LEN); // wrong hub key
	initiate(&p, 0, STAMP + 1);
	CU_ASSERT_EQUAL(open_init(&p), -EBADMSG);
	CU_ASSERT_EQUAL(respond(&p, 0), -EBADMSG);
	memcpy(p.edge.peer.public_key, p.hub.local.public_key, WB_KEY_LEN);

	initiate(&p, 0, STAMP + 2); // the hub answers with the psk and for the key of another peer
	CU_ASSERT_EQUAL(open_init(&p), 0);
	memcpy(p.hub.peer.public_key, other.edge.local.public_key, WB_KEY_LEN);
	CU_ASSERT_EQUAL(respond(&p, 0), -EBADMSG);
	memcpy(p.hub.peer.public_key, p.edge.local.public_key, WB_KEY_LEN);

	memset(p.edge.peer.public_key, 0, WB_KEY_LEN); // a point of low order
	CU_ASSERT_EQUAL(wb_handshake_initiate(
				p.edge.h, &p.edge.local, &p.edge.peer, 1, 0, STAMP + 3, p.init),
		-EINVAL);
	CU_ASSERT_EQUAL(memcmp(&p.edge.result, &none, sizeof(none)), 0);
	end(&p);
	end(&other);
}

// An answer to an older try, or to another edge, is not an answer; the true one still is.
static void
test_stale_answer(void)
{
	struct pair p;

	begin(&p);
	initiate(&p, 0, STAMP);
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_TRUE(respond(&p, 0) > 0);
	initiate(&p, 0, STAMP + 1); // same index, new ephemeral key
	CU_ASSERT_EQUAL(finish(&p), -EBADMSG);
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_TRUE(respond(&p, 0) > 0);
	CU_ASSERT_EQUAL(finish(&p), 0);
	end(&p);
}

static const struct {
	uint8_t edge_min, edge_max, hub_min, hub_max, version; // 0: none
	uint8_t edge[4], hub[4], cipher;
} negotiations[] = {
	{ 1, 1, 1, 1, 1, { 1, 3 }, { 1, 3 }, 1 },
	{ 1, 3, 1, 2, 2, { 1, 3 }, { 1, 3 }, 1 },
	{ 2, 2, 1, 5, 2, { 1, 3 }, { 1, 3 }, 1 },
	{ 1, 1, 2, 3, 0, { 1, 3 }, { 1, 3 }, 0 },
	{ 4, 5, 2, 3, 0, { 1, 3 }, { 1, 3 }, 0 },
	{ 1, 1, 1, 1, 1, { 3, 1 }, { 1, 2, 3 }, 3 }, // the edge's order decides
	{ 1, 1, 1, 1, 1, { 1, 2, 3 }, { 3, 2 }, 2 },
	{ 1, 1, 1, 1, 1, { 1, 2, 3, 200 }, { 200 }, 200 }, // of a later release
	{ 1, 1, 1, 1, 0, { 1 }, { 3 }, 0 },
	{ 1, 1, 1, 1, 0, { 0 }, { 1 }, 0 },
	{ 1, 1, 1, 1, 0, { 1 }, { 0 }, 0 },
};

static void
test_negotiation(void)
{
	struct pair p;
	unsigned i;
	int rc;

	begin(&p);
	p.edge.local.features = 0xf0f1;
	p.hub.local.features = 0x10031;
	for (i = 0; i < sizeof(negotiations) / sizeof(negotiations[0]); i++) {
		p.edge.local.version_min = negotiations[i].edge_min;
		p.edge.local.version_max = negotiations[i].edge_max;
		p.hub.local.version_min = negotiations[i].hub_min;
		p.hub.local.version_max = negotiations[i].hub_max;
		memcpy(p.edge.local.ciphers, negotiations[i].edge, 4);
		memcpy(p.hub.local.ciphers, negotiations[i].hub, 4);
		if (negotiations[i].version != 0) {
			shake(&p, 0, 0, STAMP + i);
			CU_ASSERT_EQUAL(p.hub.result.version, negotiations[i].version);
			CU_ASSERT_EQUAL((uint8_t)p.hub.result.cipher, negotiations[i].cipher);
			CU_ASSERT_EQUAL(p.hub.result.features, 0x31);
			continue;
		}
		initiate(&p, 0, STAMP + i);
		rc = open_init(&p);
		CU_ASSERT_EQUAL(rc, 0);
		CU_ASSERT_EQUAL(respond(&p, 0), -EPROTO);
	}
	end(&p);
}

// --- broken messages

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

// --- messages of other releases, made by hand from Noise itself

static void
forge_init(struct pair *p, const uint8_t *payload, size_t len)
{
	uint8_t prologue[sizeof(WB_HS_PROLOGUE) - 1 + WB_HS_HEADER], ephemeral[WB_KEY_LEN];
	struct noise x;

	memset(p->init, 0, WB_HS_HEADER);
	p->init[0] = WB_HS_INIT;
	p->init[1] = WB_HS_FORMAT;
	memcpy(prologue, WB_HS_PROLOGUE, sizeof(WB_HS_PROLOGUE) - 1);
	memcpy(prologue + sizeof(WB_HS_PROLOGUE) - 1, p->init, WB_HS_HEADER);
	noise_init(&x, prologue, sizeof(prologue), p->edge.local.private_key,
		p->edge.local.public_key, p->hub.local.public_key);
	wb_key_generate(ephemeral);
	noise_set_ephemeral(&x, ephemeral);
	CU_ASSERT_EQUAL(noise_write_1(&x, payload, len, p->init + WB_HS_HEADER), 0);
	len += WB_HS_HEADER + NOISE_OVERHEAD_1 + WB_HS_MAC1_LEN;
	mend_mac1(p->init, len, p->hub.local.public_key);
	p->init_len = (int)len;
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

static const struct harness_test tests[] = {
	{ "both ends agree", test_agree },
	{ "without psk", test_no_psk },
	{ "rekey and new session", test_rekey },
	{ "replayed init", test_replay },
	{ "wrong keys", test_wrong_keys },
	{ "answer to an older try", test_stale_answer },
	{ "versions and ciphers", test_negotiation },
	{ "every length", test_lengths },
	{ "every bit", test_bits },
	{ "extensions", test_extensions },
};

int
main(void)
{
	if (wb_crypto_init() < 0)
		return 1;
	return HARNESS_RUN("handshake", tests);
}
