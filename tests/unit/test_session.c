// SPDX-License-Identifier: BSD-3-Clause
// An edge's and a hub's handshake drivers, joined by hand.
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "session.h"
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
	unsigned unreachable; // bit mask of ports that cannot send
	struct mail inside[64];
	unsigned n_inside, said_inside;
	int say_fails; // -errno of what is said inside
	bool unheard;  // of an edge: no datagram confirms its keys
} ends[2];

static wb_ns_t now;
static uint64_t random_state;
static uint8_t edge_net; // of the address that the hub sees
static uint8_t keys[2][WB_KEY_LEN];
static uint32_t features[2] = { WB_FEATURE_REKEY | WB_FEATURE_CHALLENGE,
	WB_FEATURE_REKEY | WB_FEATURE_CHALLENGE };

static int
op_send(void *ctx, const struct wb_addr *to, const void *data, size_t len)
{
	struct end *e = ctx;
	struct mail *m = &e->box[e->n_box];

	if (e->unreachable & 1u << to->port)
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

static int
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

static int
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

static void
op_retire(void *ctx, unsigned tunnel)
{
	(void)tunnel;
	((struct end *)ctx)->retires++;
}

static void
op_clear(void *ctx, unsigned tunnel)
{
	(void)tunnel;
	((struct end *)ctx)->clears++;
}

static int64_t clock_error; // of the edge's wall clock
static unsigned stamps;

static uint64_t
op_stamp(void *ctx)
{
	(void)ctx;
	stamps++;
	return 1700000000ull * WB_SEC + now + (uint64_t)clock_error;
}

static void
op_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] =
			(uint8_t)((random_state = random_state * 6364136223846793005u + 1) >> 56);
}

static void
op_tell(void *ctx, bool warning, const char *sentence)
{
	struct end *e = ctx;

	e->warnings += warning;
	snprintf(e->said, sizeof(e->said), "%s", sentence);
}

static const struct session_ops ops = { op_send, op_say, op_install, op_retire, op_clear, op_stamp,
	op_random, op_tell };

static struct sessions *
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
		snprintf(c.wans[i], sizeof(c.wans[i]), "wan%u", i);
	return sessions_create(&c);
}

static void
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
	sessions_start(ends[HUB].s, now);
	sessions_start(ends[EDGE].s, now);
}

static void
close_both(void)
{
	sessions_destroy(ends[EDGE].s);
	sessions_destroy(ends[HUB].s);
}

static void
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

static void
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

static struct session_info
info(unsigned end)
{
	struct session_info i;

	sessions_info(ends[end].s, 0, &i);
	return i;
}

static void
comes_up_over_every_wan(void)
{
	open_both(0, 0);
	CU_ASSERT(ends[EDGE].n_box == WANS || sessions_next_deadline(ends[EDGE].s) <= now);
	run(100 * WB_MS);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 1);
	CU_ASSERT_EQUAL(ends[HUB].new_sessions, 1);
	CU_ASSERT_EQUAL(ends[EDGE].keys.remote_index, ends[HUB].keys.local_index);
	CU_ASSERT_EQUAL(ends[HUB].keys.remote_index, ends[EDGE].keys.local_index);
	CU_ASSERT(ends[HUB].keys.confirm_first);
	CU_ASSERT_EQUAL(ends[HUB].installs, 1); // the copy over the other WAN makes no second pair
	close_both();
}

// Answered again and again, and never confirmed: the keys in use get no older than they may.
static void
unconfirmed_prolongs_nothing(void)
{
	open_both(0, 0);
	run(WB_SEC);
	ends[EDGE].unheard = true;
	run(178 * WB_SEC);
	CU_ASSERT(ends[HUB].installs >= 2);
	CU_ASSERT_EQUAL(ends[HUB].clears, 0);
	run(13 * WB_SEC); // the last one may still be confirmed for 10 s
	CU_ASSERT_EQUAL(ends[HUB].clears, 1);
	close_both();
}

static void
worn_keys_are_renewed(void)
{
	open_both(0, 0);
	run(3 * WB_SEC);
	CU_ASSERT_EQUAL(ends[EDGE].keys.expires - WB_SEC, WB_KEY_EXPIRES);
	CU_ASSERT_EQUAL(ends[EDGE].keys.limits.renew, 1ull << 23);
	CU_ASSERT_EQUAL(ends[EDGE].keys.limits.sealed, 1ull << 28);
	sessions_worn(ends[EDGE].s, 0, ends[EDGE].keys.local_index + 1, false, now); // older ones
	sessions_worn(
		ends[HUB].s, 0, ends[HUB].keys.local_index, false, now); // the edge sees to it
	run(WB_SEC);
	CU_ASSERT_EQUAL(ends[EDGE].installs, 1);
	for (unsigned i = 0; i < 100; i++) {
		sessions_worn(ends[EDGE].s, 0, ends[EDGE].keys.local_index, false, now);
		run(100 * WB_MS);
	}
	CU_ASSERT(ends[EDGE].installs >= 8 && ends[EDGE].installs <= 11); // one a second
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 1);
	CU_ASSERT_EQUAL(ends[EDGE].clears, 0);
	sessions_worn(ends[EDGE].s, 0, ends[EDGE].keys.local_index, true, now);
	CU_ASSERT_EQUAL(ends[EDGE].clears, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(ends[EDGE].said, "as often as they may be"));
	run(WB_SEC);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 2);
	sessions_worn(ends[HUB].s, 0, ends[HUB].keys.local_index, true, now);
	CU_ASSERT_EQUAL(ends[HUB].clears, 1);
	close_both();
}

// Two boxes with one key: whichever starts takes the session from the other, which falls silent and takes it back.
static void
one_key_for_two(void)
{
	struct end box[2];
	uint8_t hub_key[WB_KEY_LEN];
	unsigned told = 0, sessions = 0, boxes = 0;

	open_both(0, 0);
	wb_key_public(keys[HUB], hub_key);
	run(3 * WB_SEC);
	box[0] = ends[EDGE];
	ends[EDGE] = (struct end){ .s = create(EDGE, hub_key, 0) };
	sessions_start(ends[EDGE].s, now);
	box[1] = ends[EDGE];
	for (unsigned i = 1; i < 60; i++) {
		struct end *b = &box[i % 2];

		ends[EDGE] = *b;
		edge_net = (uint8_t)(i % 2);
		sessions_silent(ends[EDGE].s, 0, now);
		ends[HUB].said[0] = 0;
		run(WB_SEC);
		sessions += strstr(ends[HUB].said, "session with") != NULL;
		if (strstr(ends[HUB].said, "one key")) {
			told++;
			CU_ASSERT_PTR_NOT_NULL(strstr(ends[HUB].said, "home"));
			CU_ASSERT_PTR_NOT_NULL(strstr(ends[HUB].said, "100.64.0."));
			CU_ASSERT_PTR_NOT_NULL(strstr(ends[HUB].said, "100.64.1."));
		}
		boxes |= strstr(ends[EDGE].said, "another box") ? 1u << i % 2 : 0;
		*b = ends[EDGE];
	}
	CU_ASSERT_EQUAL(told, 1);
	CU_ASSERT(sessions <= 2);  // not a line each second
	CU_ASSERT_EQUAL(boxes, 3); // both say so
	ends[EDGE] = box[0];
	sessions_destroy(box[1].s);
	edge_net = 0;
	close_both();
}

// An edge that is started again and again is not two, nor is one whose hub is.
static void
restarts_are_not_two(void)
{
	uint8_t public_key[2][WB_KEY_LEN];

	open_both(0, 0);
	for (unsigned i = 0; i < 2; i++)
		wb_key_public(keys[i], public_key[i]);
	for (unsigned i = 0; i < 10; i++) {
		run(2 * WB_SEC);
		edge_net = (uint8_t)i; // over another WAN
		sessions_destroy(ends[EDGE].s);
		ends[EDGE].s = create(EDGE, public_key[HUB], 0);
		sessions_start(ends[EDGE].s, now);
	}
	CU_ASSERT_EQUAL(ends[HUB].warnings, 0);
	run(2 * WB_SEC);
	sessions_destroy(ends[HUB].s);
	ends[HUB].s = create(HUB, public_key[EDGE], 0);
	sessions_start(ends[HUB].s, now);
	sessions_silent(ends[EDGE].s, 0, now);
	run(2 * WB_SEC);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	CU_ASSERT_EQUAL(ends[HUB].warnings, 0);
	CU_ASSERT_PTR_NULL(strstr(ends[EDGE].said, "another box"));
	edge_net = 0;
	close_both();
}

static void
lost_answers(void)
{
	open_both(0, 0);
	for (unsigned i = 0; i < 300; i++, now += 10 * WB_MS) {
		if (now >= sessions_next_deadline(ends[EDGE].s))
			sessions_expire(ends[EDGE].s, now);
		carry(EDGE);
		ends[HUB].n_box = 0; // 3 s without one
	}
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_TRYING);
	CU_ASSERT_EQUAL(ends[HUB].installs, 1);
	run(2 * WB_SEC);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	close_both();
}

static void
rekey_goes_on_with_the_session(void)
{
	open_both(3, 3);
	run(125 * WB_SEC);
	CU_ASSERT_EQUAL(ends[EDGE].installs, 2);
	CU_ASSERT_EQUAL(ends[HUB].installs, 2);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 1);
	CU_ASSERT_EQUAL(ends[HUB].new_sessions, 1);
	run(10 * WB_SEC);
	CU_ASSERT(ends[EDGE].retires >= 1 && ends[HUB].retires >= 1);
	CU_ASSERT_EQUAL(ends[EDGE].clears + ends[HUB].clears, 0);
	close_both();
}

// A running tunnel's rekey goes inside its session: nothing of it can be crowded out by strangers.
static void
rekey_inside(void)
{
	unsigned before[2];

	open_both(3, 3);
	run(WB_SEC);
	before[EDGE] = ends[EDGE].sent;
	before[HUB] = ends[HUB].sent;
	for (unsigned i = 0; i < 10; i++) {
		ends[EDGE].unreachable = ends[HUB].unreachable = ~0u;
		run(120 * WB_SEC);
	}
	CU_ASSERT_EQUAL(ends[EDGE].installs, 11);
	CU_ASSERT_EQUAL(ends[HUB].installs, 11);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 1);
	CU_ASSERT_EQUAL(ends[EDGE].sent, before[EDGE]);
	CU_ASSERT_EQUAL(ends[HUB].sent, before[HUB]);
	CU_ASSERT_EQUAL(ends[EDGE].clears + ends[HUB].clears, 0);
	CU_ASSERT_EQUAL(ends[EDGE].warnings + ends[HUB].warnings, 0);
	CU_ASSERT_EQUAL(ends[EDGE].keys.remote_index, ends[HUB].keys.local_index);
	close_both();
}

// Where that is not possible (an older peer, all that is said inside gets lost) it goes outside, as before.
static void
rekey_outside(void)
{
	open_both(3, 3);
	run(WB_SEC);
	ends[EDGE].say_fails = -107; // ENOTCONN
	run(121 * WB_SEC);
	CU_ASSERT_EQUAL(ends[EDGE].installs, 2);
	close_both();

	open_both(3, 3);
	run(WB_SEC);
	ends[HUB].say_fails = -107; // no answer
	run(129 * WB_SEC);
	CU_ASSERT_EQUAL(ends[EDGE].installs, 2);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 1);
	close_both();

	features[HUB] = 0;
	open_both(3, 3);
	run(121 * WB_SEC);
	CU_ASSERT_EQUAL(ends[EDGE].installs, 2);
	CU_ASSERT_EQUAL(ends[EDGE].said_inside, 0);
	close_both();
	features[HUB] = features[EDGE];
}

static void
restart(unsigned end)
{
	uint8_t public_key[WB_KEY_LEN];

	wb_key_public(keys[1 - end], public_key);
	sessions_destroy(ends[end].s);
	ends[end].s = create(end, public_key, 0);
	sessions_start(ends[end].s, now);
}

static struct mail recorded[64];
static unsigned n_recorded;

// From an address of the attacker's own.
static unsigned
replay_all(void)
{
	struct wb_addr from = { .ip = { 192, 0, 2, 66 }, .family = 4, .udp_port = 1 };
	unsigned before = ends[HUB].installs;

	for (unsigned i = 0; i < n_recorded; i++) {
		now += 50 * WB_MS;
		sessions_received(ends[HUB].s, &from, recorded[i].data, recorded[i].len, now);
	}
	return ends[HUB].installs - before;
}

static void
record(void)
{
	if (ends[EDGE].n_box == 0)
		sessions_expire(ends[EDGE].s, now);
	for (unsigned i = 0; i < ends[EDGE].n_box && n_recorded < 64; i++)
		recorded[n_recorded++] = ends[EDGE].box[i];
}

// A power cut, and the clock begins hours behind; it was ahead, and is put right; it stands still; it is
// worse each time. Two handshakes at most each time, and recordings of all of it get nothing.
static void
wrong_clocks(void)
{
	static const struct {
		int64_t before, after; // seconds
	} rows[] = { { 0, -7200 }, { 7200, 0 }, { 86400 * 365, 0 }, { 0, 0 }, { -7200, -14400 },
		{ 0, -1700000000 } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clock_error = rows[i].before * (int64_t)WB_SEC;
		n_recorded = 0;
		open_both(0, 0);
		record();
		run(WB_SEC);
		CU_ASSERT_EQUAL_FATAL(info(EDGE).state, SESSION_UP);
		for (unsigned time = 0; time < 3; time++) {
			clock_error = (rows[i].after - time) * (int64_t)WB_SEC;
			now += 12 *
			       WB_SEC; // and copies of the last message are not answered any more
			CU_ASSERT_EQUAL(replay_all(), 0);
			restart(EDGE);
			stamps = 0;
			record();
			run(50 * WB_MS); // three round trips
			CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
			CU_ASSERT(stamps <= 2);
			CU_ASSERT_EQUAL(ends[EDGE].keys.remote_index, ends[HUB].keys.local_index);
			CU_ASSERT_EQUAL(ends[HUB].new_sessions, 2 + time);
		}
		now += 12 * WB_SEC;
		CU_ASSERT_EQUAL(replay_all(), 0);
		close_both();
	}
	clock_error = 0;
}

// Either end's log has the cause.
static void
wrong_clock_is_told(void)
{
	clock_error = 0;
	open_both(0, 0);
	run(WB_SEC);
	clock_error = -7200 * (int64_t)WB_SEC;
	now += 30 * WB_SEC;
	restart(EDGE);
	ends[EDGE].said[0] = 0;
	carry(EDGE);
	if (ends[EDGE].n_box == 0)
		sessions_expire(ends[EDGE].s, now);
	carry(EDGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(ends[HUB].said, "clock"));
	carry(HUB);
	CU_ASSERT_PTR_NOT_NULL(strstr(ends[EDGE].said, "this box's clock (2023-11-14 20:13:"));
	clock_error = 0;
	close_both();
}

// Replays while an edge with a wrong clock is on its way in: the word that it was told stays good.
static void
replays_in_between(void)
{
	clock_error = 0;
	n_recorded = 0;
	open_both(0, 0);
	record();
	run(125 * WB_SEC);
	clock_error = -7200 * (int64_t)WB_SEC;
	restart(EDGE);
	record();
	carry(EDGE);
	CU_ASSERT_EQUAL(replay_all(), 0);
	carry(HUB); // the challenge, and the edge's second message
	CU_ASSERT_EQUAL(replay_all(), 0);
	stamps = 0;
	run(100 * WB_MS);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	CU_ASSERT_EQUAL(stamps, 0);
	clock_error = 0;
	close_both();
}

// A hub that has just started remembers no stamp. A recording then makes it write an answer that nobody can use
// and keys that nobody confirms; the edge comes in all the same, also when the recording's stamp was ahead.
static void
replay_after_hub_restart(void)
{
	for (unsigned i = 0; i < 2; i++) {
		clock_error = i * 7200 * (int64_t)WB_SEC;
		n_recorded = 0;
		open_both(0, 0);
		record();
		run(WB_SEC);
		restart(HUB);
		clock_error = 0;
		if (i == 1)
			restart(EDGE);
		ends[EDGE].n_box = 0;
		n_recorded = 1;
		CU_ASSERT_EQUAL(replay_all(), 1);
		CU_ASSERT(ends[HUB].keys.confirm_first);
		now += WB_SEC;
		CU_ASSERT_EQUAL(replay_all(), 0);
		ends[HUB].n_box = 0; // to the attacker
		stamps = 0;
		if (i == 0)
			sessions_silent(ends[EDGE].s, 0, now);
		run(WB_SEC);
		CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
		CU_ASSERT(stamps <= 2);
		CU_ASSERT_EQUAL(ends[EDGE].keys.remote_index, ends[HUB].keys.local_index);
		close_both();
	}
}

// What is said inside is another's, a copy, no message at all, or comes when the session has ended.
static void
nonsense_inside(void)
{
	struct wb_handshake_local other = { .version_min = 1, .version_max = 1 };
	struct wb_handshake_peer peer = { 0 };
	struct wb_handshake *h = wb_handshake_create();
	uint8_t init[WB_HANDSHAKE_MAX], junk[145] = { WB_DG_HANDSHAKE_INIT, 1 };
	int len;

	open_both(0, 0);
	other.ciphers[0] = WB_CIPHER_AES_128_GCM;
	wb_key_generate(other.private_key);
	wb_key_public(other.private_key, other.public_key);
	wb_key_public(keys[HUB], peer.public_key);
	len = wb_handshake_initiate(h, &other, &peer, 7, 0, op_stamp(NULL), init);
	CU_ASSERT_FATAL(len > 0);
	run(WB_SEC);
	sessions_heard(ends[HUB].s, 0, init, (size_t)len, now); // of a key that is not this peer's
	sessions_heard(ends[HUB].s, 1, init, (size_t)len, now); // no such peer
	sessions_heard(ends[HUB].s, 0, junk, sizeof(junk), now);
	sessions_heard(ends[HUB].s, 0, junk, 0, now);
	sessions_heard(ends[EDGE].s, 0, init, (size_t)len, now);
	junk[0] = WB_DG_HANDSHAKE_RESPONSE;
	sessions_heard(ends[EDGE].s, 0, junk, sizeof(junk), now);
	CU_ASSERT_EQUAL(ends[HUB].installs + ends[EDGE].installs, 2);
	CU_ASSERT_EQUAL(ends[HUB].said_inside, 0);
	sessions_stop(ends[HUB].s);
	sessions_heard(ends[HUB].s, 0, init, (size_t)len, now);
	close_both();
	wb_handshake_destroy(h);
}

static void
hub_restarts(void)
{
	uint8_t edge_public[WB_KEY_LEN];

	open_both(0, 0);
	run(WB_SEC);
	sessions_destroy(ends[HUB].s);
	wb_key_public(keys[EDGE], edge_public);
	ends[HUB].s = create(HUB, edge_public, 0);
	sessions_start(ends[HUB].s, now);
	sessions_silent(ends[EDGE].s, 0, now);
	run(WB_SEC);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 2);
	CU_ASSERT_EQUAL(ends[HUB].new_sessions, 2);
	close_both();
}

static void
keys_expire_without_the_other_end(void)
{
	open_both(0, 0);
	run(WB_SEC);
	ends[EDGE].unreachable = ~0u;
	ends[EDGE].say_fails = -107;
	run(185 * WB_SEC);
	CU_ASSERT(ends[EDGE].clears >= 1);
	CU_ASSERT(ends[HUB].clears >= 1);
	CU_ASSERT_EQUAL(info(HUB).state, SESSION_NONE);
	ends[EDGE].unreachable = 0;
	run(3 * WB_SEC);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	close_both();
}

// One end is suspended, for less than a key's life and for more: it wakes with its clock ahead, and there
// are new keys within a second or two, whatever ran out at once.
static void
suspended(void)
{
	static const wb_ns_t asleep[] = { 100 * WB_SEC, 130 * WB_SEC, 5 * 60 * WB_SEC,
		3 * 3600 * WB_SEC };

	for (unsigned i = 0; i < sizeof(asleep) / sizeof(asleep[0]); i++) {
		for (unsigned end = 0; end < 2; end++) {
			unsigned other = 1 - end, before;

			open_both(0, 0);
			run(WB_SEC);
			for (wb_ns_t wake = now + asleep[i]; now < wake; now += WB_SEC / 2) {
				if (now >= sessions_next_deadline(ends[other].s))
					sessions_expire(ends[other].s, now);
				ends[other].n_box = ends[other].n_inside = 0; // nobody is there
			}
			before = ends[end].installs;
			sessions_expire(ends[end].s, now);
			if (asleep[i] <
				120 * WB_SEC) // keys are good still; but the paths were silent
				sessions_silent(ends[EDGE].s, 0, now);
			run(2 * WB_SEC);
			CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
			CU_ASSERT_EQUAL(info(HUB).state, SESSION_UP);
			CU_ASSERT_EQUAL(ends[end].installs, before + 1);
			close_both();
		}
	}
}

static void
strangers_and_wrong_secrets(void)
{
	uint8_t other[WB_KEY_LEN], public_key[WB_KEY_LEN];

	open_both(1, 2); // psk differs
	run(6 * WB_SEC);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_TRYING);
	CU_ASSERT_EQUAL(ends[EDGE].installs, 0);
	CU_ASSERT(ends[EDGE].warnings >= 1);
	close_both();

	open_both(0, 0);
	sessions_destroy(ends[HUB].s);
	wb_key_generate(other);
	wb_key_public(other, public_key);
	ends[HUB].s = create(HUB, public_key, 0); // knows some other edge
	sessions_start(ends[HUB].s, now);
	run(WB_SEC);
	CU_ASSERT_EQUAL(ends[HUB].installs, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(ends[HUB].said, "is not an edge of this hub"));
	close_both();
}

// Garbage that anybody can send takes no turn away from an edge.
static void
garbage_does_not_starve(void)
{
	struct wb_addr from = { .ip = { 192, 0, 2, 66 }, .family = 4, .udp_port = 1 };
	uint8_t junk[145] = { WB_DG_HANDSHAKE_INIT, 1 };

	open_both(0, 0);
	for (unsigned i = 0; i < 1000; i++) {
		op_random(NULL, junk + 4, sizeof(junk) - 4);
		sessions_received(ends[HUB].s, &from, junk, i % 10 ? sizeof(junk) : i % 145, now);
	}
	CU_ASSERT_EQUAL(ends[HUB].sent, 0);
	run(100 * WB_MS);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	close_both();
}

// Who overheard a message can repeat it: that brings few answers and no keys.
static void
repeats_are_few(void)
{
	struct wb_addr from = { .ip = { 192, 0, 2, 66 }, .family = 4, .udp_port = 1 };
	struct mail heard;
	unsigned before;

	open_both(0, 0);
	if (ends[EDGE].n_box == 0)
		sessions_expire(ends[EDGE].s, now);
	CU_ASSERT_FATAL(ends[EDGE].n_box > 0);
	heard = ends[EDGE].box[0];
	run(100 * WB_MS);
	before = ends[HUB].sent;
	for (unsigned i = 0; i < 1000; i++)
		sessions_received(ends[HUB].s, &from, heard.data, heard.len, now);
	CU_ASSERT(ends[HUB].sent - before <= 1);
	now += 60 * WB_SEC;
	before = ends[HUB].sent;
	sessions_received(ends[HUB].s, &from, heard.data, heard.len, now);
	CU_ASSERT_EQUAL(ends[HUB].sent, before);
	CU_ASSERT_EQUAL(ends[HUB].installs, 1);
	close_both();
}

// An edge of this hub, or whoever knows the hub's public key, that begins again and again: its turns
// run out, not those of the others.
static void
beginnings_of_one_do_not_starve(void)
{
	struct wb_addr from = { .ip = { 198, 51, 100, 9 }, .family = 4, .udp_port = 1 };
	struct wb_handshake_local other = { .version_min = 1, .version_max = 1 };
	struct wb_handshake_peer peer = { 0 };
	struct wb_handshake *h = wb_handshake_create();
	uint8_t init[WB_HANDSHAKE_MAX];
	unsigned lost = 0;

	other.ciphers[0] = WB_CIPHER_AES_128_GCM;
	wb_key_generate(other.private_key);
	wb_key_public(other.private_key, other.public_key);
	for (unsigned n = 0; n < 10; n++) {
		open_both(0, 0);
		wb_key_public(keys[HUB], peer.public_key);
		for (unsigned i = 0; i < 250; i++) {
			int len = wb_handshake_initiate(
				h, &other, &peer, i + 1, 0, op_stamp(NULL) + i, init);

			CU_ASSERT_FATAL(len > 0);
			from.udp_port = (uint16_t)i;
			sessions_received(ends[HUB].s, &from, init, (size_t)len, now);
		}
		run(100 * WB_MS);
		lost += info(EDGE).state != SESSION_UP;
		close_both();
	}
	CU_ASSERT(lost <= 2); // whose WANs share the other's place in the table
	wb_handshake_destroy(h);
}

static const struct harness_test tests[] = {
	{ "unconfirmed keys prolong nothing", unconfirmed_prolongs_nothing },
	{ "worn keys are renewed", worn_keys_are_renewed },
	{ "one key for two boxes", one_key_for_two },
	{ "restarts are not two boxes", restarts_are_not_two },
	{ "comes up over every WAN", comes_up_over_every_wan },
	{ "lost answers", lost_answers },
	{ "rekey goes on with the session", rekey_goes_on_with_the_session },
	{ "rekey inside", rekey_inside },
	{ "rekey outside", rekey_outside },
	{ "nonsense inside", nonsense_inside },
	{ "wrong clocks", wrong_clocks },
	{ "a wrong clock is told", wrong_clock_is_told },
	{ "replays in between", replays_in_between },
	{ "replay after a hub's restart", replay_after_hub_restart },
	{ "hub restarts", hub_restarts },
	{ "keys expire without the other end", keys_expire_without_the_other_end },
	{ "suspended", suspended },
	{ "strangers and wrong secrets", strangers_and_wrong_secrets },
	{ "garbage does not starve", garbage_does_not_starve },
	{ "repeats are few", repeats_are_few },
	{ "beginnings of one do not starve", beginnings_of_one_do_not_starve },
};

int
main(void)
{
	return wb_crypto_init() < 0 || HARNESS_RUN("session", tests);
}
