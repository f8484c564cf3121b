// SPDX-License-Identifier: BSD-3-Clause
// When keys are made, and by whom they are not.
#include "session_ends.h"
#include "session_private.h"

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

// Ports are more than 32: what left on one says nothing of another.
static void
many_ports(void)
{
	unsigned sent;

	wan_ports[0] = 3;
	wan_ports[1] = 35;
	unreachable_first = 1ull << 35;
	open_both(0, 0);
	sessions_expire(ends[EDGE].s, now);
	sent = ends[EDGE].n_box;
	CU_ASSERT(sent > 0);
	ends[EDGE].unreachable = 0;
	sessions_wan_usable(ends[EDGE].s, 35, now);
	CU_ASSERT_EQUAL_FATAL(ends[EDGE].n_box, sent + 1);
	CU_ASSERT_EQUAL(ends[EDGE].box[sent].to.port, 35);
	sessions_wan_usable(ends[EDGE].s, 35, now);
	CU_ASSERT_EQUAL(ends[EDGE].n_box, sent + 1);
	close_both();
	unreachable_first = 0;
	wan_ports[0] = 0;
	wan_ports[1] = 1;
}

// All that the hub says gets lost until the edge's keys expire: the message that was under way names a session that the
// edge has no longer. What is agreed on then is a new one at the edge, too.
static void
answered_after_the_session(void)
{
	open_both(0, 0);
	run(WB_SEC);
	ends[EDGE].unreachable = 1u << 1;
	for (; ends[EDGE].clears == 0 && now < 200 * WB_SEC; now += 10 * WB_MS) {
		for (unsigned i = 0; i < 2; i++)
			if (now >= sessions_next_deadline(ends[i].s))
				sessions_expire(ends[i].s, now);
		carry(EDGE);
		ends[HUB].n_box = ends[HUB].n_inside = 0;
	}
	CU_ASSERT_EQUAL_FATAL(ends[EDGE].clears, 1);
	CU_ASSERT_EQUAL(ends[HUB].clears, 0); // might be confirmed yet
	ends[EDGE].unreachable = 0;
	sessions_wan_usable(ends[EDGE].s, 1, now);
	for (unsigned i = 0; i < ends[EDGE].n_box; i++)
		CU_ASSERT_NOT_EQUAL(ends[EDGE].box[i].len, 0);
	for (unsigned i = 0; i < 20; i++)
		run(100 * WB_MS);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	CU_ASSERT_EQUAL(ends[EDGE].installs, 2);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 2);
	CU_ASSERT_TRUE(ends[EDGE].keys.new_session);
	close_both();
}

// The hub loses the session while a rekey is under way inside it: silence sends that outside at once.
static void
silent_in_a_rekey(void)
{
	wb_ns_t since;

	open_both(0, 0);
	run(WB_SEC);
	while (info(EDGE).state != SESSION_REKEYING && now < 130 * WB_SEC) {
		ends[HUB].n_inside = ends[EDGE].n_inside = 0;
		now += 10 * WB_MS;
		if (now >= sessions_next_deadline(ends[EDGE].s))
			sessions_expire(ends[EDGE].s, now);
	}
	CU_ASSERT_EQUAL_FATAL(info(EDGE).state, SESSION_REKEYING);
	CU_ASSERT_EQUAL(ends[EDGE].n_box, 0);
	ends[EDGE].n_inside = 0;
	now += WB_SEC / 10;
	since = now;
	sessions_silent(ends[EDGE].s, 0, now);
	for (; ends[EDGE].n_box == 0 && now < since + 10 * WB_SEC; now += 10 * WB_MS) {
		if (now >= sessions_next_deadline(ends[EDGE].s))
			sessions_expire(ends[EDGE].s, now);
		ends[EDGE].n_inside = 0;
	}
	CU_ASSERT(now < since + WB_SEC);
	run(WB_SEC);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
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

// The older keys are worn out, as is told when the newer ones are there: these stay, and have their time to be confirmed.
static void
worn_keys_end_no_newer_ones(void)
{
	uint32_t older;

	for (unsigned heard = 0; heard < 2; heard++) {
		open_both(0, 0);
		run(3 * WB_SEC);
		older = ends[HUB].keys.local_index;
		ends[EDGE].unheard = !heard;
		sessions_worn(ends[EDGE].s, 0, ends[EDGE].keys.local_index, false, now);
		run(WB_SEC);
		CU_ASSERT_EQUAL_FATAL(ends[HUB].installs, 2);
		sessions_worn(ends[HUB].s, 0, older, true, now);
		run(WB_SEC);
		CU_ASSERT_EQUAL(ends[HUB].clears, 0);
		run(10 * WB_SEC);
		CU_ASSERT_EQUAL(ends[HUB].clears, !heard);
		close_both();
	}
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

// An edge that begins anew all the time, with addresses enough, gets keys a few times a second, and then again.
static void
beginnings_of_an_edge_are_few(void)
{
	struct wb_addr from = { .ip = { 198, 51, 100, 9 }, .family = 4 };
	struct wb_handshake_local edge = { .version_min = 1, .version_max = 1 };
	struct wb_handshake_peer hub = { 0 };
	struct wb_handshake *h = wb_handshake_create();
	uint8_t init[WB_HANDSHAKE_MAX];

	open_both(0, 0);
	run(WB_SEC);
	edge.ciphers[0] = WB_CIPHER_AES_128_GCM;
	memcpy(edge.private_key, keys[EDGE], WB_KEY_LEN);
	wb_key_public(keys[EDGE], edge.public_key);
	wb_key_public(keys[HUB], hub.public_key);
	for (unsigned i = 0; i < 400; i++) {
		int len;

		now += WB_SEC / 400;
		len = wb_handshake_initiate(h, &edge, &hub, i + 1, 0, op_stamp(NULL), init);
		from.udp_port = (uint16_t)i;
		sessions_proven(ends[HUB].s, &from, init, (size_t)len, now);
	}
	CU_ASSERT(ends[HUB].installs <= 1 + HUB_KEYS_BURST + 5);
	ends[HUB].n_box = 0;
	now += WB_SEC;
	sessions_silent(ends[EDGE].s, 0, now);
	run(WB_SEC);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 2);
	CU_ASSERT_EQUAL(ends[EDGE].keys.remote_index, ends[HUB].keys.local_index);
	close_both();
	wb_handshake_destroy(h);
}

// A busy hub asks for a cookie: the edge sends the same message again, there, with it; once a try, and none that
// nobody asked for.
static void
asked_for_a_cookie(void)
{
	uint8_t hub_public[WB_KEY_LEN], msg[WB_COOKIE_MESSAGE];
	const uint8_t address[6] = { 100, 64, 0, 0, 1, 2 }, nonce[WB_COOKIE_NONCE] = { 1 };
	struct wb_addr from = {
		.ip = { 203, 0, 113, 10 }, .family = 4, .udp_port = 65500, .port = 1
	};
	struct wb_cookie_keys k;
	struct mail *m = ends[EDGE].box;
	const uint8_t *init;
	size_t len;

	open_both(0, 0);
	wb_key_public(keys[HUB], hub_public);
	wb_cookie_keys(&k, hub_public);
	if (ends[EDGE].n_box == 0)
		sessions_expire(ends[EDGE].s, now);
	CU_ASSERT_EQUAL_FATAL(ends[EDGE].n_box, WANS);
	wb_cookie_write(&k, m[1].data, m[1].len, address, now, nonce, msg);
	for (unsigned i = 0; i < 3; i++)
		sessions_received(ends[EDGE].s, &from, msg, sizeof(msg), now);
	CU_ASSERT_EQUAL_FATAL(ends[EDGE].n_box, WANS + 1);
	CU_ASSERT_EQUAL(m[WANS].to.port, 1);
	CU_ASSERT(wb_cookie_proves(&k, m[WANS].data, m[WANS].len, address, now));
	init = wb_cookie_init(m[WANS].data, m[WANS].len, &len);
	CU_ASSERT_FATAL(init != NULL && len == m[0].len);
	CU_ASSERT(memcmp(init, m[0].data, len) == 0);

	now += 250 * WB_MS; // the next try has it at once, where it is good
	sessions_expire(ends[EDGE].s, now);
	CU_ASSERT_EQUAL_FATAL(ends[EDGE].n_box, 2 * WANS + 1);
	CU_ASSERT_EQUAL(m[WANS + 1].data[0], WB_DG_HANDSHAKE_INIT);
	CU_ASSERT_EQUAL(m[WANS + 2].data[0], WB_DG_HANDSHAKE_PROOF);
	msg[40] ^= 1; // not of this hub
	from.port = 0;
	sessions_received(ends[EDGE].s, &from, msg, sizeof(msg), now);
	from.port = 16; // no WAN
	sessions_received(ends[EDGE].s, &from, msg, sizeof(msg), now);
	CU_ASSERT_EQUAL(ends[EDGE].n_box, 2 * WANS + 1);

	sessions_proven(ends[HUB].s, &from, init, len, now);
	carry(HUB);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	close_both();
}

// The hub has another address: the session goes on with it, by a handshake that goes there alone; and back, inside the
// session too.
static void
another_address(void)
{
	static const uint8_t old[4] = { 203, 0, 113, 10 }, other[4] = { 203, 0, 113, 11 };

	open_both(0, 0);
	run(WB_SEC);
	sessions_hub(ends[EDGE].s, other, false, now);
	CU_ASSERT_EQUAL(ends[EDGE].n_inside, 0);
	CU_ASSERT_EQUAL(ends[EDGE].n_box, WANS);
	for (unsigned i = 0; i < ends[EDGE].n_box; i++) {
		CU_ASSERT_EQUAL(memcmp(ends[EDGE].box[i].to.ip, other, 4), 0);
		CU_ASSERT_EQUAL(ends[EDGE].box[i].to.udp_port, 65500);
	}
	CU_ASSERT(info(EDGE).outside);
	CU_ASSERT_EQUAL(info(EDGE).trying_since, now);
	run(100 * WB_MS);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	CU_ASSERT_FALSE(info(EDGE).outside);
	CU_ASSERT_FALSE(info(EDGE).inside_answered);
	CU_ASSERT_EQUAL(ends[EDGE].installs, 2);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 1);
	run(10 * WB_SEC); // a rekey too soon is none
	sessions_hub(ends[EDGE].s, old, true, now);
	CU_ASSERT_EQUAL(ends[EDGE].n_inside, 1);
	CU_ASSERT_EQUAL(ends[EDGE].n_box, WANS);
	ends[EDGE].n_box = 0;
	run(100 * WB_MS);
	CU_ASSERT_EQUAL(info(EDGE).state, SESSION_UP);
	CU_ASSERT(info(EDGE).inside_answered);
	CU_ASSERT_EQUAL(ends[EDGE].installs, 3);
	CU_ASSERT_EQUAL(ends[EDGE].new_sessions, 1);
	close_both();
}

static const struct harness_test tests[] = {
	{ "another address", another_address },
	{ "asked for a cookie", asked_for_a_cookie },
	{ "answered after the session", answered_after_the_session },
	{ "silent in a rekey", silent_in_a_rekey },
	{ "unconfirmed keys prolong nothing", unconfirmed_prolongs_nothing },
	{ "worn keys are renewed", worn_keys_are_renewed },
	{ "worn keys end no newer ones", worn_keys_end_no_newer_ones },
	{ "one key for two boxes", one_key_for_two },
	{ "restarts are not two boxes", restarts_are_not_two },
	{ "comes up over every WAN", comes_up_over_every_wan },
	{ "many ports", many_ports },
	{ "lost answers", lost_answers },
	{ "rekey goes on with the session", rekey_goes_on_with_the_session },
	{ "rekey inside", rekey_inside },
	{ "rekey outside", rekey_outside },
	{ "nonsense inside", nonsense_inside },
	{ "hub restarts", hub_restarts },
	{ "keys expire without the other end", keys_expire_without_the_other_end },
	{ "suspended", suspended },
	{ "strangers and wrong secrets", strangers_and_wrong_secrets },
	{ "garbage does not starve", garbage_does_not_starve },
	{ "repeats are few", repeats_are_few },
	{ "beginnings of an edge are few", beginnings_of_an_edge_are_few },
	{ "beginnings of one do not starve", beginnings_of_one_do_not_starve },
};

int
main(void)
{
	return wb_crypto_init() < 0 || HARNESS_RUN("session", tests);
}
