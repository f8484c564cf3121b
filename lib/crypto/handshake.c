// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "handshake_wire.h"
#include "noise.h"
#include "wb_handshake.h"

#define MESSAGE_1 (WB_HS_HEADER + NOISE_OVERHEAD_1 + WB_HS_MAC1_LEN) // plus payload
#define MESSAGE_2 (WB_HS_HEADER + NOISE_OVERHEAD_2 + WB_HS_MAC1_LEN)

enum stage { STAGE_NONE, STAGE_INITIATED, STAGE_OPENED, STAGE_NOTHING_IN_COMMON };

// What the edge has said in message 1, as both ends remember it.
struct offer {
	uint64_t stamp, session;
	uint32_t features, index;
	uint8_t version_min, version_max;
	uint8_t n_ciphers, ciphers[255];
};

struct wb_handshake {
	enum stage stage;
	struct noise noise;
	struct wb_handshake_local local;
	uint8_t psk[WB_KEY_LEN]; // initiator
	struct offer offer;
};

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)(v >> 32));
	put32(p + 4, (uint32_t)v);
}

static uint64_t
get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

static void
put_header(uint8_t *msg, uint8_t type, uint32_t edge_index)
{
	memset(msg, 0, WB_HS_HEADER);
	msg[WB_HS_TYPE_AT] = type;
	msg[WB_HS_FORMAT_AT] = WB_HS_FORMAT;
	put32(msg + WB_HS_INDEX_AT, edge_index);
}

static bool
header_is(const uint8_t *msg, uint8_t type)
{
	return msg[WB_HS_TYPE_AT] == type && msg[WB_HS_FORMAT_AT] == WB_HS_FORMAT &&
	       msg[WB_HS_RESERVED_AT] == 0 && msg[WB_HS_RESERVED_AT + 1] == 0;
}

// receiver: static public key of the end that gets the message.
static void
mac1(uint8_t out[WB_HS_MAC1_LEN], const uint8_t receiver[WB_KEY_LEN], const uint8_t *msg,
	size_t len)
{
	uint8_t labelled[sizeof(WB_HS_MAC1) - 1 + WB_KEY_LEN], key[32];

	memcpy(labelled, WB_HS_MAC1, sizeof(WB_HS_MAC1) - 1);
	memcpy(labelled + sizeof(WB_HS_MAC1) - 1, receiver, WB_KEY_LEN);
	crypto_generichash_blake2b(key, sizeof(key), labelled, sizeof(labelled), NULL, 0);
	crypto_generichash_blake2b(out, WB_HS_MAC1_LEN, msg, len, key, sizeof(key));
}

// len: of the whole message.
static bool
mac1_is_right(const uint8_t receiver[WB_KEY_LEN], const uint8_t *msg, size_t len)
{
	uint8_t want[WB_HS_MAC1_LEN];

	mac1(want, receiver, msg, len - WB_HS_MAC1_LEN);
	return sodium_memcmp(want, msg + len - WB_HS_MAC1_LEN, sizeof(want)) == 0;
}

static void
noise_begin(struct noise *x, const struct wb_handshake_local *local, const uint8_t *remote,
	const uint8_t header[WB_HS_HEADER])
{
	uint8_t prologue[sizeof(WB_HS_PROLOGUE) - 1 + WB_HS_HEADER];

	memcpy(prologue, WB_HS_PROLOGUE, sizeof(WB_HS_PROLOGUE) - 1);
	memcpy(prologue + sizeof(WB_HS_PROLOGUE) - 1, header, WB_HS_HEADER);
	noise_init(x, prologue, sizeof(prologue), local->private_key, local->public_key, remote);
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
	return calloc(1, sizeof(struct wb_handshake));
}

void
wb_handshake_destroy(struct wb_handshake *h)
{
	if (h == NULL)
		return;
	forget(h);
	free(h);
}

static size_t
write_offer(uint8_t *p, const struct offer *o)
{
	put64(p + WB_HS_STAMP_AT, o->stamp);
	put64(p + WB_HS_SESSION_AT, o->session);
	put32(p + WB_HS_FEATURES_AT, o->features);
	p[WB_HS_VERSION_MIN_AT] = o->version_min;
	p[WB_HS_VERSION_MAX_AT] = o->version_max;
	p[WB_HS_COUNT_AT] = o->n_ciphers;
	memcpy(p + WB_HS_PAYLOAD_1, o->ciphers, o->n_ciphers);
	return WB_HS_PAYLOAD_1 + (size_t)o->n_ciphers;
}

// Walks over what follows the fixed part. This release knows no extension, so it skips them all.
static int
read_extensions(const uint8_t *p, size_t len)
{
	while (len > 0) {
		if (len < 2 || len - 2 < p[1])
			return -EBADMSG;
		len -= 2 + (size_t)p[1];
		p += 2 + (size_t)p[1];
	}
	return 0;
}

static int
read_offer(const uint8_t *p, size_t len, struct offer *o)
{
	if (len < WB_HS_PAYLOAD_1 || len - WB_HS_PAYLOAD_1 < p[WB_HS_COUNT_AT])
		return -EBADMSG;
	o->stamp = get64(p + WB_HS_STAMP_AT);
	o->session = get64(p + WB_HS_SESSION_AT);
	o->features = get32(p + WB_HS_FEATURES_AT);
	o->version_min = p[WB_HS_VERSION_MIN_AT];
	o->version_max = p[WB_HS_VERSION_MAX_AT];
	o->n_ciphers = p[WB_HS_COUNT_AT];
	memcpy(o->ciphers, p + WB_HS_PAYLOAD_1, o->n_ciphers);
	len -= WB_HS_PAYLOAD_1 + (size_t)o->n_ciphers;
	return read_extensions(p + WB_HS_PAYLOAD_1 + o->n_ciphers, len);
}

int
wb_handshake_initiate(struct wb_handshake *h, const struct wb_handshake_local *local,
	const struct wb_handshake_peer *peer, uint32_t index, uint64_t session, uint64_t stamp,
	uint8_t msg[WB_HANDSHAKE_MAX])
{
	uint8_t payload[WB_HS_PAYLOAD_1 + sizeof(local->ciphers)];
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
	len = write_offer(payload, o);

	put_header(msg, WB_HS_INIT, index);
	noise_begin(&h->noise, local, peer->public_key, msg);
	new_ephemeral(&h->noise);
	if (noise_write_1(&h->noise, payload, len, msg + WB_HS_HEADER) < 0) {
		forget(h);
		return -EINVAL;
	}
	len += MESSAGE_1;
	mac1(msg + len - WB_HS_MAC1_LEN, peer->public_key, msg, len - WB_HS_MAC1_LEN);
	h->stage = STAGE_INITIATED;
	return (int)len;
}

static bool
offered(const struct offer *o, uint8_t version, uint8_t cipher)
{
	return version >= o->version_min && version <= o->version_max && cipher != 0 &&
	       memchr(o->ciphers, cipher, o->n_ciphers) != NULL;
}

// What the hub has chosen, checked against what was offered.
static int
read_choice(const uint8_t *p, size_t len, const struct offer *o, struct wb_handshake_result *r)
{
	if (len < WB_HS_PAYLOAD_2 ||
		read_extensions(p + WB_HS_PAYLOAD_2, len - WB_HS_PAYLOAD_2) < 0)
		return -EBADMSG;
	if (!offered(o, p[WB_HS_R_VERSION_AT], p[WB_HS_R_CIPHER_AT]))
		return -EPROTO;
	r->local_index = o->index;
	r->remote_index = get32(p + WB_HS_R_SENDER_AT);
	r->session = get64(p + WB_HS_R_SESSION_AT);
	r->resumed = (p[WB_HS_R_FLAGS_AT] & WB_HS_FLAG_RESUMED) != 0;
	r->version = p[WB_HS_R_VERSION_AT];
	r->cipher = p[WB_HS_R_CIPHER_AT];
	r->features = get32(p + WB_HS_R_FEATURES_AT) & o->features;
	// A session that goes on must be the one asked for.
	if (r->session == 0 || (r->resumed && r->session != o->session))
		return -EPROTO;
	return 0;
}

int
wb_handshake_finish(
	struct wb_handshake *h, const uint8_t *msg, size_t len, struct wb_handshake_result *result)
{
	uint8_t payload[WB_HANDSHAKE_MAX];
	struct wb_handshake_result r = { 0 };
	struct noise x;
	int rc = -EBADMSG;

	if (h->stage != STAGE_INITIATED || len < MESSAGE_2 || len > WB_HANDSHAKE_MAX ||
		!header_is(msg, WB_HS_RESPONSE) || get32(msg + WB_HS_INDEX_AT) != h->offer.index ||
		!mac1_is_right(h->local.public_key, msg, len))
		return -EBADMSG;
	// On a copy: a forged answer must not spoil the wait for the true one.
	x = h->noise;
	len -= WB_HS_HEADER + WB_HS_MAC1_LEN;
	if (noise_read_2(&x, h->psk, msg + WB_HS_HEADER, len, payload) == 0)
		rc = read_choice(payload, len - NOISE_OVERHEAD_2, &h->offer, &r);
	if (rc == 0) {
		noise_split(&x, r.tx_key, r.rx_key);
		*result = r;
	}
	// Authentic, whatever it says: there will be no other answer.
	if (rc != -EBADMSG)
		forget(h);
	sodium_memzero(&x, sizeof(x));
	sodium_memzero(&r, sizeof(r));
	return rc;
}

int
wb_handshake_open(struct wb_handshake *h, const struct wb_handshake_local *local,
	const uint8_t *msg, size_t len, uint8_t peer_public[WB_KEY_LEN])
{
	uint8_t payload[WB_HANDSHAKE_MAX];

	forget(h);
	if (len < MESSAGE_1 || len > WB_HANDSHAKE_MAX || !header_is(msg, WB_HS_INIT) ||
		!mac1_is_right(local->public_key, msg, len))
		return -EBADMSG;
	noise_begin(&h->noise, local, NULL, msg);
	len -= WB_HS_HEADER + WB_HS_MAC1_LEN;
	if (noise_read_1(&h->noise, msg + WB_HS_HEADER, len, payload) < 0 ||
		read_offer(payload, len - NOISE_OVERHEAD_1, &h->offer) < 0) {
		forget(h);
		return -EBADMSG;
	}
	h->local = *local;
	h->offer.index = get32(msg + WB_HS_INDEX_AT);
	memcpy(peer_public, h->noise.rs, WB_KEY_LEN);
	h->stage = STAGE_OPENED;
	return 0;
}

// The highest version that both know; the first cipher of the edge's list that the hub has too,
// since the edge is the weaker machine as a rule.
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
	uint8_t payload[WB_HS_PAYLOAD_2] = { 0 };
	size_t len = MESSAGE_2 + sizeof(payload);

	put32(payload + WB_HS_R_SENDER_AT, r->local_index);
	put64(payload + WB_HS_R_SESSION_AT, r->session);
	put32(payload + WB_HS_R_FEATURES_AT, r->features);
	payload[WB_HS_R_VERSION_AT] = r->version;
	payload[WB_HS_R_CIPHER_AT] = (uint8_t)r->cipher;
	payload[WB_HS_R_FLAGS_AT] = r->resumed ? WB_HS_FLAG_RESUMED : 0;

	put_header(msg, WB_HS_RESPONSE, h->offer.index);
	new_ephemeral(&h->noise);
	if (noise_write_2(&h->noise, peer->psk, payload, sizeof(payload), msg + WB_HS_HEADER) < 0)
		return -EBADMSG;
	mac1(msg + len - WB_HS_MAC1_LEN, h->noise.rs, msg, len - WB_HS_MAC1_LEN);
	return (int)len;
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
	rc = -EALREADY;
	if (h->offer.stamp <= peer->last_stamp)
		goto out;
	rc = negotiate(&h->offer, &h->local, &r);
	if (rc < 0) {
		h->stage = STAGE_NOTHING_IN_COMMON; // kept for wb_handshake_refuse()
		return rc;
	}
	r.local_index = index;
	r.remote_index = h->offer.index;
	r.resumed = current_session != 0 && h->offer.session == current_session;
	r.session = r.resumed ? current_session : new_session;
	rc = write_response(h, peer, &r, msg);
	if (rc < 0)
		goto out;
	peer->last_stamp = h->offer.stamp;
	noise_split(&h->noise, r.rx_key, r.tx_key);
	*result = r;
out:
	forget(h);
	sodium_memzero(&r, sizeof(r));
	return rc;
}

int
wb_handshake_refuse(
	struct wb_handshake *h, struct wb_handshake_peer *peer, uint8_t msg[WB_HANDSHAKE_MAX])
{
	const struct wb_handshake_result none = { 0 }; // version and cipher 0
	int rc = -EBADMSG;

	if (h->stage == STAGE_NOTHING_IN_COMMON &&
		memcmp(peer->public_key, h->noise.rs, WB_KEY_LEN) == 0) {
		rc = write_response(h, peer, &none, msg);
		if (rc > 0)
			peer->last_stamp = h->offer.stamp;
	}
	forget(h);
	return rc;
}
