// SPDX-License-Identifier: BSD-3-Clause
// Writes and reads what is around and inside the Noise messages.
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "handshake_wire.h"

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

void
hs_put_header(uint8_t msg[WB_HS_HEADER], uint8_t type, uint32_t edge_index)
{
	memset(msg, 0, WB_HS_HEADER);
	msg[WB_HS_TYPE_AT] = type;
	msg[WB_HS_FORMAT_AT] = WB_HS_FORMAT;
	put32(msg + WB_HS_INDEX_AT, edge_index);
}

uint32_t
hs_index(const uint8_t msg[WB_HS_HEADER])
{
	return get32(msg + WB_HS_INDEX_AT);
}

bool
hs_header_is(const uint8_t msg[WB_HS_HEADER], uint8_t type)
{
	return msg[WB_HS_TYPE_AT] == type && msg[WB_HS_FORMAT_AT] == WB_HS_FORMAT &&
	       msg[WB_HS_RESERVED_AT] == 0 && msg[WB_HS_RESERVED_AT + 1] == 0;
}

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

void
hs_sign(const uint8_t receiver[WB_KEY_LEN], uint8_t *msg, size_t len)
{
	mac1(msg + len - WB_HS_MAC1_LEN, receiver, msg, len - WB_HS_MAC1_LEN);
}

bool
hs_is_signed(const uint8_t receiver[WB_KEY_LEN], const uint8_t *msg, size_t len)
{
	uint8_t want[WB_HS_MAC1_LEN];

	mac1(want, receiver, msg, len - WB_HS_MAC1_LEN);
	return sodium_memcmp(want, msg + len - WB_HS_MAC1_LEN, sizeof(want)) == 0;
}

static size_t
write_challenge(uint8_t *p, const uint8_t challenge[WB_CHALLENGE_LEN])
{
	p[0] = WB_HS_EXT_CHALLENGE;
	p[1] = WB_CHALLENGE_LEN;
	memcpy(p + 2, challenge, WB_CHALLENGE_LEN);
	return WB_HS_CHALLENGE;
}

size_t
hs_write_offer(uint8_t *p, const struct offer *o)
{
	size_t len = WB_HS_PAYLOAD_1 + (size_t)o->n_ciphers;

	put64(p + WB_HS_STAMP_AT, o->stamp);
	put64(p + WB_HS_SESSION_AT, o->session);
	put32(p + WB_HS_FEATURES_AT, o->features);
	p[WB_HS_VERSION_MIN_AT] = o->version_min;
	p[WB_HS_VERSION_MAX_AT] = o->version_max;
	p[WB_HS_COUNT_AT] = o->n_ciphers;
	memcpy(p + WB_HS_PAYLOAD_1, o->ciphers, o->n_ciphers);
	return o->challenged ? len + write_challenge(p + len, o->challenge) : len;
}

// Reads the extensions after the fixed part. Sets *challenged if there is a challenge. Unknown extensions are skipped,
// as are challenges of another length.
static int
read_extensions(const uint8_t *p, size_t len, bool *challenged, uint8_t challenge[WB_CHALLENGE_LEN])
{
	*challenged = false;
	while (len > 0) {
		if (len < 2 || len - 2 < p[1])
			return -EBADMSG;
		if (p[0] == WB_HS_EXT_CHALLENGE && p[1] == WB_CHALLENGE_LEN) {
			*challenged = true;
			memcpy(challenge, p + 2, WB_CHALLENGE_LEN);
		}
		len -= 2 + (size_t)p[1];
		p += 2 + (size_t)p[1];
	}
	return 0;
}

int
hs_read_offer(const uint8_t *p, size_t len, struct offer *o)
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
	return read_extensions(
		p + WB_HS_PAYLOAD_1 + o->n_ciphers, len, &o->challenged, o->challenge);
}

static bool
offered(const struct offer *o, uint8_t version, uint8_t cipher)
{
	return version >= o->version_min && version <= o->version_max && cipher != 0 &&
	       memchr(o->ciphers, cipher, o->n_ciphers) != NULL;
}

int
hs_read_choice(const uint8_t *p, size_t len, const struct offer *o, struct wb_handshake_result *r)
{
	if (len < WB_HS_PAYLOAD_2 || read_extensions(p + WB_HS_PAYLOAD_2, len - WB_HS_PAYLOAD_2,
					     &r->challenged, r->challenge) < 0)
		return -EBADMSG;
	if (p[WB_HS_R_VERSION_AT] == 0 && r->challenged)
		return -EAGAIN;
	r->challenged = false; // with keys it says nothing
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

size_t
hs_write_choice(uint8_t *p, const struct wb_handshake_result *r)
{
	put32(p + WB_HS_R_SENDER_AT, r->local_index);
	put64(p + WB_HS_R_SESSION_AT, r->session);
	put32(p + WB_HS_R_FEATURES_AT, r->features);
	p[WB_HS_R_VERSION_AT] = r->version;
	p[WB_HS_R_CIPHER_AT] = (uint8_t)r->cipher;
	p[WB_HS_R_FLAGS_AT] = r->resumed ? WB_HS_FLAG_RESUMED : 0;
	return r->challenged ? WB_HS_PAYLOAD_2 + write_challenge(p + WB_HS_PAYLOAD_2, r->challenge)
			     : WB_HS_PAYLOAD_2;
}
