// SPDX-License-Identifier: BSD-3-Clause
// The steps of the handshake. handshake_wire.c has the bytes, noise.c the cryptography.
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "handshake_wire.h"
#include "noise.h"
#include "wb_handshake.h"
#include "wb_secret.h"

#define MESSAGE_1 (WB_HS_HEADER + NOISE_OVERHEAD_1 + WB_HS_MAC1_LEN) // plus payload
#define MESSAGE_2 (WB_HS_HEADER + NOISE_OVERHEAD_2 + WB_HS_MAC1_LEN)

enum stage { STAGE_NONE, STAGE_INITIATED, STAGE_OPENED, STAGE_NOTHING_IN_COMMON, STAGE_STALE };

struct wb_handshake {
	enum stage stage;
	struct noise noise;
	struct wb_handshake_local local;
	uint8_t psk[WB_KEY_LEN]; // initiator
	struct offer offer;
};

static void
noise_begin(struct noise *x, const struct wb_handshake_local *local, const uint8_t *remote,
	const uint8_t header[WB_HS_HEADER])
{
	uint8_t prologue[sizeof(WB_HS_PROLOGUE) - 1 + WB_HS_HEADER];

	memcpy(prologue, WB_HS_PROLOGUE, sizeof(WB_HS_PROLOGUE) - 1);
	memcpy(prologue + sizeof(WB_HS_PROLOGUE) - 1, header, WB_HS_HEADER);
	noise_init(x, local->private_key, local->public_key);
	noise_start(x, prologue, sizeof(prologue), remote);
}

static void
new_ephemeral(struct noise *x)
{
	uint8_t key[WB_KEY_LEN];

	wb_key_generate(key);
	noise_set_ephemeral(x, key);
	sodium_memzero(key, sizeof(key));
}

static void
forget(struct wb_handshake *h)
{
	sodium_memzero(h, sizeof(*h));
}

struct wb_handshake *
wb_handshake_create(void)
{
	return wb_secret_alloc(sizeof(struct wb_handshake));
}

void
wb_handshake_destroy(struct wb_handshake *h)
{
	wb_secret_free(h);
}

int
wb_handshake_initiate(struct wb_handshake *h, const struct wb_handshake_local *local,
	const struct wb_handshake_peer *peer, uint32_t index, uint64_t session, uint64_t stamp,
	uint8_t msg[WB_HANDSHAKE_MAX])
{
	uint8_t payload[WB_HS_PAYLOAD_1 + sizeof(local->ciphers) + WB_HS_CHALLENGE];
	struct offer *o = &h->offer;
	size_t len;

	forget(h);
	h->local = *local;
	memcpy(h->psk, peer->psk, sizeof(h->psk));
	o->stamp = stamp;
	o->session = session;
	o->features = local->features;
	o->index = index;
	o->version_min = local->version_min;
	o->version_max = local->version_max;
	while (o->n_ciphers < sizeof(local->ciphers) && local->ciphers[o->n_ciphers] != 0) {
		o->ciphers[o->n_ciphers] = local->ciphers[o->n_ciphers];
		o->n_ciphers++;
	}
	o->challenged = peer->challenged;
	memcpy(o->challenge, peer->challenge, sizeof(o->challenge));
	len = hs_write_offer(payload, o);

	hs_put_header(msg, WB_HS_INIT, index);
	noise_begin(&h->noise, local, peer->public_key, msg);
	new_ephemeral(&h->noise);
	if (noise_write_1(&h->noise, payload, len, msg + WB_HS_HEADER) < 0) {
		forget(h);
		return -EINVAL;
	}
	len += MESSAGE_1;
	hs_sign(peer->public_key, msg, len);
	wb_secret_clear_stack();
	h->stage = STAGE_INITIATED;
	return (int)len;
}

bool
wb_handshake_is_answer(const struct wb_handshake *h, const uint8_t *msg, size_t len)
{
	return h->stage == STAGE_INITIATED && len >= MESSAGE_2 && len <= WB_HANDSHAKE_MAX &&
	       hs_header_is(msg, WB_HS_RESPONSE) && hs_index(msg) == h->offer.index &&
	       hs_is_signed(h->local.public_key, msg, len);
}

int
wb_handshake_finish(
	struct wb_handshake *h, const uint8_t *msg, size_t len, struct wb_handshake_result *result)
{
	uint8_t payload[WB_HANDSHAKE_MAX];
	struct wb_handshake_result r = { 0 };
	struct noise x;
	int rc = -EBADMSG;

	if (!wb_handshake_is_answer(h, msg, len))
		return -EBADMSG;
	// On a copy, as a forged answer must not spoil the state for the true one.
	x = h->noise;
	len -= WB_HS_HEADER + WB_HS_MAC1_LEN;
	if (noise_read_2(&x, h->psk, msg + WB_HS_HEADER, len, payload) == 0)
		rc = hs_read_choice(payload, len - NOISE_OVERHEAD_2, &h->offer, &r);
	if (rc == 0)
		noise_split(&x, r.tx_key, r.rx_key);
	if (rc == 0 || rc == -EAGAIN)
		*result = r;
	// Authentic, whatever it says: there will be no other answer.
	if (rc != -EBADMSG)
		forget(h);
	sodium_memzero(&x, sizeof(x));
	sodium_memzero(&r, sizeof(r));
	wb_secret_clear_stack();
	return rc;
}

bool
wb_handshake_is_for(const struct wb_handshake_local *local, const uint8_t *msg, size_t len)
{
	return len >= MESSAGE_1 && len <= WB_HANDSHAKE_MAX && hs_header_is(msg, WB_HS_INIT) &&
	       hs_is_signed(local->public_key, msg, len);
}

int
wb_handshake_open(struct wb_handshake *h, const struct wb_handshake_local *local,
	const uint8_t *msg, size_t len, uint8_t peer_public[WB_KEY_LEN])
{
	uint8_t payload[WB_HANDSHAKE_MAX];

	forget(h);
	if (!wb_handshake_is_for(local, msg, len))
		return -EBADMSG;
	noise_begin(&h->noise, local, NULL, msg);
	len -= WB_HS_HEADER + WB_HS_MAC1_LEN;
	if (noise_read_1(&h->noise, msg + WB_HS_HEADER, len, payload) < 0 ||
		hs_read_offer(payload, len - NOISE_OVERHEAD_1, &h->offer) < 0) {
		forget(h);
		wb_secret_clear_stack();
		return -EBADMSG;
	}
	wb_secret_clear_stack();
	h->local = *local;
	h->offer.index = hs_index(msg);
	memcpy(peer_public, h->noise.rs, WB_KEY_LEN);
	h->stage = STAGE_OPENED;
	return 0;
}

// Chooses the highest version that both know, and the first cipher of the edge's list that the hub has. The edge's
// order counts, as it usually is the weaker machine.
static int
negotiate(const struct offer *o, const struct wb_handshake_local *local,
	struct wb_handshake_result *r)
{
	unsigned i, j;

	r->version = o->version_max < local->version_max ? o->version_max : local->version_max;
	if (r->version < o->version_min || r->version < local->version_min)
		return -EPROTO;
	r->features = o->features & local->features;
	for (i = 0; i < o->n_ciphers; i++)
		for (j = 0; j < sizeof(local->ciphers) && local->ciphers[j] != 0; j++)
			if (o->ciphers[i] == local->ciphers[j]) {
				r->cipher = local->ciphers[j];
				return 0;
			}
	return -EPROTO;
}

static int
write_response(struct wb_handshake *h, const struct wb_handshake_peer *peer,
	const struct wb_handshake_result *r, uint8_t msg[WB_HANDSHAKE_MAX])
{
	uint8_t payload[WB_HS_PAYLOAD_2 + WB_HS_CHALLENGE];
	size_t n = hs_write_choice(payload, r), len = MESSAGE_2 + n;

	hs_put_header(msg, WB_HS_RESPONSE, h->offer.index);
	new_ephemeral(&h->noise);
	if (noise_write_2(&h->noise, peer->psk, payload, n, msg + WB_HS_HEADER) < 0)
		return -EBADMSG;
	hs_sign(h->noise.rs, msg, len);
	return (int)len;
}

// Returns whether the INIT is newer than the edge's earlier ones: by its time stamp, or by a challenge that nobody
// could know before.
static bool
is_new(const struct wb_handshake *h, const struct wb_handshake_peer *peer)
{
	if (h->offer.stamp > peer->last_stamp)
		return true;
	return peer->challenged && h->offer.challenged &&
	       sodium_memcmp(h->offer.challenge, peer->challenge, WB_CHALLENGE_LEN) == 0;
}

// Remembers the highest stamp. A lower one must not replace it, as recordings up to the highest may exist.
static void
accept_new(const struct wb_handshake *h, struct wb_handshake_peer *peer)
{
	if (h->offer.stamp > peer->last_stamp)
		peer->last_stamp = h->offer.stamp;
	if (peer->challenged && h->offer.challenged &&
		sodium_memcmp(h->offer.challenge, peer->challenge, WB_CHALLENGE_LEN) == 0)
		peer->challenged = false;
}

int
wb_handshake_respond(struct wb_handshake *h, struct wb_handshake_peer *peer, uint32_t index,
	uint64_t current_session, uint64_t new_session, uint8_t msg[WB_HANDSHAKE_MAX],
	struct wb_handshake_result *result)
{
	struct wb_handshake_result r = { 0 };
	int rc = -EBADMSG;

	if (h->stage != STAGE_OPENED || memcmp(peer->public_key, h->noise.rs, WB_KEY_LEN) != 0)
		goto out;
	if (!is_new(h, peer)) {
		h->stage = STAGE_STALE; // kept for wb_handshake_refuse()
		return -EALREADY;
	}
	rc = negotiate(&h->offer, &h->local, &r);
	if (rc < 0) {
		h->stage = STAGE_NOTHING_IN_COMMON; // kept for wb_handshake_refuse()
		return rc;
	}
	r.local_index = index;
	r.remote_index = h->offer.index;
	r.asked = h->offer.session;
	r.resumed = current_session != 0 && h->offer.session == current_session;
	r.session = r.resumed ? current_session : new_session;
	rc = write_response(h, peer, &r, msg);
	if (rc < 0)
		goto out;
	accept_new(h, peer);
	noise_split(&h->noise, r.rx_key, r.tx_key);
	*result = r;
out:
	forget(h);
	sodium_memzero(&r, sizeof(r));
	wb_secret_clear_stack();
	return rc;
}

int
wb_handshake_refuse(
	struct wb_handshake *h, struct wb_handshake_peer *peer, uint8_t msg[WB_HANDSHAKE_MAX])
{
	struct wb_handshake_result none = { 0 }; // version and cipher 0
	bool stale = h->stage == STAGE_STALE && peer->challenged;
	int rc = -EBADMSG;

	if ((stale || h->stage == STAGE_NOTHING_IN_COMMON) &&
		memcmp(peer->public_key, h->noise.rs, WB_KEY_LEN) == 0) {
		none.challenged = stale;
		memcpy(none.challenge, peer->challenge, WB_CHALLENGE_LEN);
		rc = stale && !(h->offer.features & WB_HANDSHAKE_CHALLENGE)
			     ? -EOPNOTSUPP
			     : write_response(h, peer, &none, msg);
		if (rc > 0 && !stale)
			accept_new(h, peer);
	}
	sodium_memzero(&none, sizeof(none));
	forget(h);
	return rc;
}
