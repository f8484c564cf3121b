// SPDX-License-Identifier: BSD-3-Clause
// The handshake as it should go, and as it should not: keys, sessions, replays, negotiation.
// What is broken on the wire is in test_handshake_bad.c.
#include <errno.h>

#include <sodium.h>

#include "handshake_pair.h"
#include "hex.h"

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

// A stamp that is not newer: the hub asks for a word, and takes the message that says it. Recordings get
// nothing, neither before nor after, whatever stamps they have.
static void
test_challenge(void)
{
	uint8_t ahead[WB_HANDSHAKE_MAX], said[WB_HANDSHAKE_MAX];
	struct pair p;
	int ahead_len, said_len;

	begin(&p);
	p.edge.local.features = p.hub.local.features = WB_HANDSHAKE_CHALLENGE;
	shake(&p, 0, 0, STAMP + 1000); // the edge's clock is ahead
	memcpy(ahead, p.init, sizeof(ahead));
	ahead_len = p.init_len;
	memset(p.hub.peer.challenge, 0x5c, WB_CHALLENGE_LEN);
	for (unsigned round = 0; round < 2; round++) { // and is put right
		initiate(&p, 0, STAMP + round);
		CU_ASSERT_EQUAL(open_init(&p), 0);
		CU_ASSERT_EQUAL(respond(&p, 0), -EALREADY);
		p.hub.peer.challenge[0] = (uint8_t)round;
		p.hub.peer.challenged = true;
		p.response_len = wb_handshake_refuse(p.hub.h, &p.hub.peer, p.response);
		CU_ASSERT_TRUE_FATAL(p.response_len > 0 && p.response_len < p.init_len);
		CU_ASSERT_TRUE(p.hub.peer.challenged);
		CU_ASSERT_EQUAL(finish(&p), -EAGAIN);
		CU_ASSERT_TRUE(p.edge.result.challenged);
		CU_ASSERT_EQUAL(
			memcmp(p.edge.result.challenge, p.hub.peer.challenge, WB_CHALLENGE_LEN), 0);
		CU_ASSERT_EQUAL(finish(&p), -EBADMSG); // once

		memcpy(p.edge.peer.challenge, p.edge.result.challenge, WB_CHALLENGE_LEN);
		p.edge.peer.challenged = true;
		shake(&p, 0, 0, STAMP + round);
		CU_ASSERT_FALSE(p.hub.peer.challenged);
		CU_ASSERT_FALSE(p.edge.result.challenged);
		CU_ASSERT_EQUAL(p.hub.peer.last_stamp, STAMP + 1000);
		memcpy(said, p.init, sizeof(said));
		said_len = p.init_len;

		CU_ASSERT_EQUAL(open_init(&p), 0);
		CU_ASSERT_EQUAL(respond(&p, 0), -EALREADY); // the word has been used
		memcpy(p.init, ahead, sizeof(ahead));
		p.init_len = ahead_len;
		CU_ASSERT_EQUAL(open_init(&p), 0);
		CU_ASSERT_EQUAL(respond(&p, 0), -EALREADY);
	}
	memset(p.hub.peer.challenge, 0x77, WB_CHALLENGE_LEN); // another one is asked for
	p.hub.peer.challenged = true;
	memcpy(p.init, said, sizeof(said));
	p.init_len = said_len;
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_EQUAL(respond(&p, 0), -EALREADY);
	end(&p);

	begin(&p); // an edge of an older release, and none that is asked for
	shake(&p, 0, 0, STAMP);
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_EQUAL(respond(&p, 0), -EALREADY);
	CU_ASSERT_EQUAL(wb_handshake_refuse(p.hub.h, &p.hub.peer, p.response), -EBADMSG);
	p.hub.peer.challenged = true;
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_EQUAL(respond(&p, 0), -EALREADY);
	CU_ASSERT_EQUAL(wb_handshake_refuse(p.hub.h, &p.hub.peer, p.response), -EOPNOTSUPP);
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

// The edge learns that nothing fits, instead of trying for ever.
static void
test_refusal(void)
{
	struct pair p;

	begin(&p);
	p.hub.local.version_min = p.hub.local.version_max = 2;
	initiate(&p, 0, STAMP);
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_EQUAL(wb_handshake_refuse(p.hub.h, &p.hub.peer, p.response), -EBADMSG);
	CU_ASSERT_EQUAL(open_init(&p), 0);
	CU_ASSERT_EQUAL(respond(&p, 0), -EPROTO);
	p.response_len = wb_handshake_refuse(p.hub.h, &p.hub.peer, p.response);
	CU_ASSERT_TRUE_FATAL(p.response_len > 0);
	CU_ASSERT_EQUAL(p.hub.peer.last_stamp, STAMP);
	CU_ASSERT_EQUAL(wb_handshake_refuse(p.hub.h, &p.hub.peer, p.init), -EBADMSG); // once
	p.response[40] ^= 1; // only the hub can say so
	CU_ASSERT_EQUAL(finish(&p), -EBADMSG);
	p.response[40] ^= 1;
	CU_ASSERT_EQUAL(finish(&p), -EPROTO);
	end(&p);
}

// docs/protocol.md, "A handshake in numbers": computed by an independent implementation (Python,
// hashlib and pyca/cryptography) of what is written there.
static const struct {
	const char *edge_private, *hub_private, *psk, *ephemeral[2]; // edge's, hub's
	const char *init, *response, *edge_key, *hub_key;
} numbers = {
	"101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e6f",
	"404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",
	"d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef",
	{ "707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e4f",
		"a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbe7f" },
	"010100001122334423b7bb8c91ae008711fb12846780bcdf1e065f821bdfec49"
	"f57e7c7dcd4c4823a536b54afbd9b40684297410650d4e3e24233716a7420f2a"
	"16f39afaed1c2a7618ace4eb022ea4da9a12181e48862ff27d4543b217661eb3"
	"aaf9785e03807188913d863c32e52b23f25b1d3acc20de0b80b31b32301f1024"
	"ca0b808ea64eb6d4df628f80cc154d8a3d",
	"0201000011223344605a725d2a4adfeeb1a29e17edd621c1b7593ee8cdbc44ac"
	"6c4ab6e2f805d23c34689e97bed48966a1150070e485e250ae3314d6ed6d6a06"
	"0570098d0fc8225e7df07817eec0f6a1054744b75474138792519a",
	"2fd9d65b8a0293e45435d268f9babac46538414f2da486e73c8f8674141f369d",
	"1470dd5c887eff23a01822bbc209d9171c7b52c6cfb484cfd71b5fe41059b394",
};

static const char *
dealer_name(void)
{
	return "dealer";
}

static uint32_t
dealer_random(void)
{
	return 4;
}

static unsigned dealt;

// A source of random bytes that deals the two ephemeral keys of the vector.
static void
dealer_buf(void *const buf, const size_t size)
{
	CU_ASSERT_FATAL(dealt < 2 && size == WB_KEY_LEN);
	unhex(numbers.ephemeral[dealt++], buf, size);
}

static void
test_vector(void)
{
	static randombytes_implementation dealer = {
		.implementation_name = dealer_name, .random = dealer_random, .buf = dealer_buf
	};
	uint8_t want[WB_HANDSHAKE_MAX];
	struct pair p;

	begin(&p);
	unhex(numbers.edge_private, p.edge.local.private_key, WB_KEY_LEN);
	unhex(numbers.hub_private, p.hub.local.private_key, WB_KEY_LEN);
	unhex(numbers.psk, p.edge.peer.psk, WB_KEY_LEN);
	introduce(&p);
	randombytes_set_implementation(&dealer);
	shake(&p, 0, 0, STAMP);
	randombytes_set_implementation(&randombytes_sysrandom_implementation);
	CU_ASSERT_EQUAL(unhex(numbers.init, want, sizeof(want)), (size_t)p.init_len);
	CU_ASSERT_EQUAL(memcmp(p.init, want, (size_t)p.init_len), 0);
	CU_ASSERT_EQUAL(unhex(numbers.response, want, sizeof(want)), (size_t)p.response_len);
	CU_ASSERT_EQUAL(memcmp(p.response, want, (size_t)p.response_len), 0);
	unhex(numbers.edge_key, want, WB_KEY_LEN);
	CU_ASSERT_EQUAL(memcmp(p.edge.result.tx_key, want, WB_KEY_LEN), 0);
	unhex(numbers.hub_key, want, WB_KEY_LEN);
	CU_ASSERT_EQUAL(memcmp(p.hub.result.tx_key, want, WB_KEY_LEN), 0);
	end(&p);
}

static const struct harness_test tests[] = {
	{ "both ends agree", test_agree },
	{ "in numbers", test_vector },
	{ "without psk", test_no_psk },
	{ "rekey and new session", test_rekey },
	{ "replayed init", test_replay },
	{ "challenge", test_challenge },
	{ "wrong keys", test_wrong_keys },
	{ "answer to an older try", test_stale_answer },
	{ "versions and ciphers", test_negotiation },
	{ "refusal", test_refusal },
};

int
main(void)
{
	if (wb_crypto_init() < 0)
		return 1;
	return HARNESS_RUN("handshake", tests);
}
