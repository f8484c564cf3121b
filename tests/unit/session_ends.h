/* SPDX-License-Identifier: BSD-3-Clause */
// An edge's and a hub's handshake drivers, joined by hand, for tests of the two.
#ifndef TESTS_SESSION_ENDS_H
#define TESTS_SESSION_ENDS_H

#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "session.h"
#include "wb_cookie.h"
#include "wb_wire.h"

#define EDGE WB_ROLE_EDGE
#define HUB WB_ROLE_HUB
#define WANS 2

static struct end {
	struct sessions *s;
	struct wb_dp_keys keys; // last installed; the AEADs are destroyed at once
	unsigned installs, new_sessions, retires, clears, sent, warnings;
	char said[256];
	struct mail {
		struct wb_addr to;
		uint8_t data[WB_HANDSHAKE_MAX];
		size_t len;
	} box[64];
	unsigned n_box;
	uint64_t unreachable; // bit mask of ports that cannot send
	struct mail inside[64];
	unsigned n_inside, said_inside;
	int say_fails; // -errno of what is said inside
	bool unheard;  // of an edge: no datagram confirms its keys
} ends[2];

static wb_ns_t now;
static unsigned wan_ports[WANS] = { 0, 1 };
static uint64_t unreachable_first; // as `unreachable` of the edge when it starts
static uint64_t random_state;
static uint8_t edge_net; // of the address that the hub sees
static uint8_t keys[2][WB_KEY_LEN];
static uint32_t features[2] = { WB_FEATURE_REKEY | WB_FEATURE_CHALLENGE,
	WB_FEATURE_REKEY | WB_FEATURE_CHALLENGE };

static inline int
op_send(void *ctx, const struct wb_addr *to, const void *data, size_t len)
{
	struct end *e = ctx;
	struct mail *m = &e->box[e->n_box];

	if (e->unreachable >> to->port & 1)
		return -101; // ENETUNREACH
	e->sent++;
	if (e->n_box == 64)
		return 0;
	m->to = *to;
	m->len = len;
	memcpy(m->data, data, len);
	e->n_box++;
	return 0;
}

static inline int
op_say(void *ctx, unsigned tunnel, const void *data, size_t len)
{
	struct end *e = ctx;
	struct mail *m = &e->inside[e->n_inside];

	CU_ASSERT_EQUAL(tunnel, 0);
	CU_ASSERT(e->installs > 0);
	if (e->say_fails != 0)
		return e->say_fails;
	e->said_inside++;
	if (e->n_inside == 64)
		return 0;
	m->len = len;
	memcpy(m->data, data, len);
	e->n_inside++;
	return 0;
}

static inline int
op_install(void *ctx, unsigned tunnel, const struct wb_dp_keys *k)
{
	struct end *e = ctx;

	CU_ASSERT_EQUAL(tunnel, 0);
	wb_aead_destroy(k->tx);
	wb_aead_destroy(k->rx);
	e->keys = *k;
	e->installs++;
	e->new_sessions += k->new_session;
	if (e == &ends[EDGE] && !e->unheard)
		sessions_confirmed(ends[HUB].s, 0, k->remote_index);
	return 0;
}

static inline void
op_retire(void *ctx, unsigned tunnel)
{
	(void)tunnel;
	((struct end *)ctx)->retires++;
}

static inline void
op_clear(void *ctx, unsigned tunnel)
{
	(void)tunnel;
	((struct end *)ctx)->clears++;
}

static int64_t clock_error; // of the edge's wall clock
static unsigned stamps;

static inline uint64_t
op_stamp(void *ctx)
{
	(void)ctx;
	stamps++;
	return 1700000000ull * WB_SEC + now + (uint64_t)clock_error;
}

static inline void
op_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] =
			(uint8_t)((random_state = random_state * 6364136223846793005u + 1) >> 56);
}

static inline void
op_tell(void *ctx, bool warning, const char *sentence)
{
	struct end *e = ctx;

	e->warnings += warning;
	snprintf(e->said, sizeof(e->said), "%s", sentence);
}

static const struct session_ops ops = { op_send, op_say, op_install, op_retire, op_clear, op_stamp,
	op_random, op_tell };

static inline struct sessions *
create(enum wb_role role, const uint8_t *peer_public, uint8_t psk)
{
	struct session_peer peer = { .name = "home" };
	struct session_conf c = {
		.role = role, .peers = &peer, .n_peers = 1, .ops = &ops, .ctx = &ends[role]
	};

	memcpy(peer.public_key, peer_public, WB_KEY_LEN);
	memset(peer.psk, psk, WB_KEY_LEN);
	memcpy(c.local.private_key, keys[role], WB_KEY_LEN);
	wb_key_public(keys[role], c.local.public_key);
	c.local.features = features[role];
	c.local.version_min = c.local.version_max = 1;
	c.local.ciphers[0] = WB_CIPHER_AES_128_GCM;
	c.hub = (struct wb_addr){ .ip = { 203, 0, 113, 10 }, .udp_port = 65500, .family = 4 };
	for (unsigned i = 0; role == EDGE && i < WANS; i++)
		snprintf(c.wans[wan_ports[i]], sizeof(c.wans[0]), "wan%u", i);
	return sessions_create(&c);
}

static inline void
open_both(uint8_t edge_psk, uint8_t hub_psk)
{
	uint8_t public_key[2][WB_KEY_LEN];

	memset(ends, 0, sizeof(ends));
	now = WB_SEC;
	for (unsigned i = 0; i < 2; i++) {
		wb_key_generate(keys[i]);
		wb_key_public(keys[i], public_key[i]);
	}
	ends[EDGE].s = create(EDGE, public_key[HUB], edge_psk);
	ends[HUB].s = create(HUB, public_key[EDGE], hub_psk);
	CU_ASSERT_FATAL(ends[EDGE].s && ends[HUB].s);
	ends[EDGE].unreachable = unreachable_first;
	sessions_start(ends[HUB].s, now);
	sessions_start(ends[EDGE].s, now);
}

static inline void
close_both(void)
{
	sessions_destroy(ends[EDGE].s);
	sessions_destroy(ends[HUB].s);
}

static inline void
carry(unsigned from)
{
	struct end *e = &ends[from];

	for (unsigned i = 0; i < e->n_box; i++) {
		struct wb_addr a = { .ip = { 100, 64, edge_net, (uint8_t)i },
			.family = 4,
			.udp_port = 4000,
			.port = e->box[i].to.port };

		sessions_received(ends[1 - from].s, &a, e->box[i].data, e->box[i].len, now);
	}
	e->n_box = 0;
	for (unsigned i = 0; i < e->n_inside; i++)
		for (unsigned copy = 0; copy < WANS; copy++)
			sessions_heard(
				ends[1 - from].s, 0, e->inside[i].data, e->inside[i].len, now);
	e->n_inside = 0;
}

static inline void
run(wb_ns_t duration)
{
	for (wb_ns_t end = now + duration; now < end; now += 10 * WB_MS) {
		for (unsigned i = 0; i < 2; i++)
			if (now >= sessions_next_deadline(ends[i].s))
				sessions_expire(ends[i].s, now);
		carry(EDGE);
		carry(HUB);
	}
}

static inline struct session_info
info(unsigned end)
{
	struct session_info i;

	sessions_info(ends[end].s, 0, &i);
	return i;
}

#endif
