/* SPDX-License-Identifier: BSD-3-Clause */
// Edge and hub in one process, step by step, so that a test can meddle in between.
#ifndef TESTS_HANDSHAKE_PAIR_H
#define TESTS_HANDSHAKE_PAIR_H

#include "harness.h"
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

static inline void
begin_end(struct end *e)
{
	e->h = wb_handshake_create();
	CU_ASSERT_PTR_NOT_NULL_FATAL(e->h);
	wb_key_generate(e->local.private_key);
	e->local.version_min = e->local.version_max = 1;
	e->local.features = 1;
	e->local.ciphers[0] = WB_CIPHER_AES_128_GCM;
	e->local.ciphers[1] = WB_CIPHER_CHACHA20_POLY1305;
}

// Public keys and psk as the private ones and the edge's psk want them.
static inline void
introduce(struct pair *p)
{
	wb_key_public(p->edge.local.private_key, p->edge.local.public_key);
	wb_key_public(p->hub.local.private_key, p->hub.local.public_key);
	memcpy(p->edge.peer.public_key, p->hub.local.public_key, WB_KEY_LEN);
	memcpy(p->hub.peer.public_key, p->edge.local.public_key, WB_KEY_LEN);
	memcpy(p->hub.peer.psk, p->edge.peer.psk, WB_KEY_LEN);
}

static inline void
begin(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	begin_end(&p->edge);
	begin_end(&p->hub);
	wb_key_generate_psk(p->edge.peer.psk);
	introduce(p);
}

static inline void
end(struct pair *p)
{
	wb_handshake_destroy(p->edge.h);
	wb_handshake_destroy(p->hub.h);
}

static inline void
initiate(struct pair *p, uint64_t session, uint64_t stamp)
{
	p->init_len = wb_handshake_initiate(
		p->edge.h, &p->edge.local, &p->edge.peer, EDGE_INDEX, session, stamp, p->init);
	CU_ASSERT_TRUE_FATAL(p->init_len > 0 && p->init_len <= WB_HANDSHAKE_MAX);
}

static inline int
open_init(struct pair *p)
{
	return wb_handshake_open(p->hub.h, &p->hub.local, p->init, (size_t)p->init_len, p->who);
}

static inline int
respond(struct pair *p, uint64_t current)
{
	p->response_len = wb_handshake_respond(
		p->hub.h, &p->hub.peer, HUB_INDEX, current, SESSION, p->response, &p->hub.result);
	return p->response_len;
}

static inline int
finish(struct pair *p)
{
	return wb_handshake_finish(
		p->edge.h, p->response, (size_t)p->response_len, &p->edge.result);
}

// All of it; both ends must agree.
static inline void
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
	CU_ASSERT_TRUE(p->hub.peer.last_stamp >= stamp);
}

#endif
