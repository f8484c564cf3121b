/* SPDX-License-Identifier: BSD-3-Clause */
// The handshake: Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b (noiseprotocol.org, revision 34). The edge initiates, and each
// end sends one message. It does no I/O: messages and times are handed in.
//
// The encrypted payloads hold a time stamp (by which replays are refused), versions, features, ciphers, and a session
// id. The id of the running session makes it a rekey; any other one makes it a new session.
#ifndef WB_HANDSHAKE_H
#define WB_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wb_aead.h"
#include "wb_key.h"

#define WB_REKEY_AFTER 120000000000ull   // ns: the edge starts a new handshake
#define WB_KEY_EXPIRES 180000000000ull   // ns: a key older than this is not used any more
#define WB_HANDSHAKE_RETRY 1000000000ull // ns between tries, plus jitter
#define WB_HANDSHAKE_MAX 512             // bytes of a message at most
#define WB_CHALLENGE_LEN 16
#define WB_HANDSHAKE_CHALLENGE (1u << 4) // WB_FEATURE_CHALLENGE of lib/bond

struct wb_handshake_local {
	uint8_t private_key[WB_KEY_LEN], public_key[WB_KEY_LEN];
	uint8_t version_min, version_max;
	uint32_t features;  // enum wb_feature
	uint8_t ciphers[4]; // in order of preference, 0 ends the list
};

struct wb_handshake_peer {
	uint8_t public_key[WB_KEY_LEN];
	uint8_t psk[WB_KEY_LEN]; // all 0: none
	uint64_t last_stamp;     // hub: highest time stamp accepted so far
	// The hub's challenge, which shows that an INIT is new whatever its stamp. A hub waits for it until it
	// is used; an edge puts it into message 1.
	bool challenged;
	uint8_t challenge[WB_CHALLENGE_LEN];
};

// What both ends have after a handshake.
struct wb_handshake_result {
	uint8_t tx_key[WB_KEY_LEN],
		rx_key[WB_KEY_LEN]; // wb_aead_key_len(cipher) bytes of each count
	uint32_t local_index,
		remote_index; // receiver indexes: ours in what we get, theirs in what we send
	uint64_t session;
	uint64_t asked; // hub: the session that the edge named; 0: none
	bool resumed;   // the session id was known to the hub: a rekey
	uint8_t version;
	enum wb_cipher cipher;
	uint32_t features;
	bool challenged; // no keys: the hub asks for a message 1 that says this
	uint8_t challenge[WB_CHALLENGE_LEN];
};

struct wb_handshake; // state of an initiator between its two messages

struct wb_handshake *wb_handshake_create(void);    // NULL: no memory
void wb_handshake_destroy(struct wb_handshake *h); // wipes

// Edge: writes message 1. index: our receiver index; session: 0 or the running session's id;
// stamp: nanoseconds since 1970, must grow from one message to the next.
// Returns its length; -EINVAL: peer's public key is not valid.
int wb_handshake_initiate(struct wb_handshake *h, const struct wb_handshake_local *local,
	const struct wb_handshake_peer *peer, uint32_t index, uint64_t session, uint64_t stamp,
	uint8_t msg[WB_HANDSHAKE_MAX]);
// Edge: returns whether it is a message 2 for us, in answer to the last message 1. It may not be authentic.
bool wb_handshake_is_answer(const struct wb_handshake *h, const uint8_t *msg, size_t len);
// Edge: reads message 2. -EBADMSG: not an answer to the last message 1, wrong key or psk;
// -EPROTO: no version or cipher in common; -EAGAIN: the stamp was not newer than one that the hub has
// seen, and result->challenge is to go into the next message 1.
int wb_handshake_finish(
	struct wb_handshake *h, const uint8_t *msg, size_t len, struct wb_handshake_result *result);

// Hub, step 0: returns whether it may be a message 1 for us. That takes a length, four bytes and two short hashes, so
// that garbage is dropped before limits count it.
bool wb_handshake_is_for(const struct wb_handshake_local *local, const uint8_t *msg, size_t len);
// Hub, step 1: opens message 1. peer_public gets the initiator's static key, to be looked up.
// -EBADMSG: not for us or not authentic (cheap for garbage: a keyed hash is checked first);
// the responder state is kept in h.
int wb_handshake_open(struct wb_handshake *h, const struct wb_handshake_local *local,
	const uint8_t *msg, size_t len, uint8_t peer_public[WB_KEY_LEN]);
// Hub, step 2: the peer is known. current_session: its running session's id, 0: none;
// new_session: a fresh random id in case it is not resumed. Writes message 2, fills result,
// updates peer->last_stamp, and forgets peer->challenge if it was said. Returns the length; -EALREADY:
// stamp is not newer than last_stamp, and the challenge was not said (a replay, or a clock that is
// behind); -EPROTO: no version or cipher in common; -EBADMSG: nothing has been opened, or peer is
// not who sent it.
// The psk is proven to the hub by the first authentic datagram under rx_key only. Until that comes
// the hub sends nothing with tx_key, and keeps the older key and session.
int wb_handshake_respond(struct wb_handshake *h, struct wb_handshake_peer *peer, uint32_t index,
	uint64_t current_session, uint64_t new_session, uint8_t msg[WB_HANDSHAKE_MAX],
	struct wb_handshake_result *result);
// Hub, right after -EPROTO: writes a message 2 that makes the edge's wb_handshake_finish() return
// -EPROTO too, so that its user learns why. Updates peer->last_stamp. Right after -EALREADY, with
// peer->challenged: one that makes it return -EAGAIN; nothing of peer changes. Returns the length;
// -EBADMSG: respond did not just return one of these; -EOPNOTSUPP: the edge knows no challenges.
int wb_handshake_refuse(
	struct wb_handshake *h, struct wb_handshake_peer *peer, uint8_t msg[WB_HANDSHAKE_MAX]);

#endif
