/* SPDX-License-Identifier: BSD-3-Clause */
// Who makes the tunnels' keys: the handshake driver. Sans-I/O: datagrams, events and `now` go in;
// datagrams and keys go out through ops. One object a process, a peer a tunnel (same index).
//
// Timers of an edge's peer (T = WB_HANDSHAKE_RETRY = 1 s, +- up to T/8 of jitter but on the first):
//   try      message 1 goes out on every usable WAN at 0, T/4, 3T/4, 7T/4, then every T
//   remake   a message 1 is sent unchanged for 5 T, so that a round trip longer than T can succeed
//   rekey    WB_REKEY_AFTER after the last keys (less up to 5 s of jitter): message 1 goes inside the
//            session, and from the remake on outside too
//   retire   10 s after new keys the ones before are dropped
//   expire   WB_KEY_EXPIRES after the last keys that both ends have: no session any more
// Keys are renewed early when they have been used so often (wb_aead_limits()).
// A hub has retire and expire; a message 1 that it has answered is answered again with the same bytes.
#ifndef CONTROL_SESSION_H
#define CONTROL_SESSION_H

#include "wb_addr.h"
#include "wb_datapath.h"
#include "wb_handshake.h"
#include "wb_time.h"

struct sessions;

struct session_ops {
	// -ENETUNREACH: that port cannot send now.
	int (*send)(void *ctx, const struct wb_addr *to, const void *data, size_t len);
	// Inside a tunnel's running session, on all its paths. -ENOTCONN, -EOPNOTSUPP: not possible.
	int (*say)(void *ctx, unsigned tunnel, const void *data, size_t len);
	// Ownership of both aeads passes.
	int (*install)(void *ctx, unsigned tunnel, const struct wb_dp_keys *keys);
	void (*retire)(void *ctx, unsigned tunnel);
	void (*clear)(void *ctx, unsigned tunnel);
	uint64_t (*stamp)(void *ctx);                                // nanoseconds since 1970
	void (*random)(void *ctx, void *buf, size_t len);            // cryptographic
	void (*tell)(void *ctx, bool warning, const char *sentence); // the log
};

struct session_peer {
	char name[WB_NAME_MAX];
	uint8_t public_key[WB_KEY_LEN];
	uint8_t psk[WB_KEY_LEN]; // all 0: none
};

struct session_conf {
	enum wb_role role;
	struct wb_handshake_local local;
	const struct session_peer *peers; // edge: one, the hub; copied
	unsigned n_peers;
	struct wb_addr hub; // edge: address and UDP port
	char wans[WB_DP_PORTS_MAX]
		 [WB_NAME_MAX]; // edge: names of the WANs by port index, "": no WAN
	const struct session_ops *ops;
	void *ctx;
};

enum session_state { SESSION_STOPPED, SESSION_NONE, SESSION_TRYING, SESSION_UP, SESSION_REKEYING };
const char *session_state_name(enum session_state s);

struct session_info {
	const char *name;
	enum session_state state;
	wb_ns_t since;          // of the running session; 0: none
	wb_ns_t last_handshake; // 0: none
	uint64_t handshakes, failures, refused;
	enum wb_cipher cipher; // 0: none
	uint8_t version;
};

struct sessions *sessions_create(const struct session_conf *conf); // NULL: no memory
void sessions_destroy(struct sessions *s);                         // wipes; NULL is allowed

void sessions_start(struct sessions *s, wb_ns_t now); // edge: first handshake at once
void sessions_stop(struct sessions *s);               // keys are cleared, nothing more is sent

void sessions_received(
	struct sessions *s, const struct wb_addr *from, const void *data, size_t len, wb_ns_t now);
// One that the datapath has found to come from where it says, or counted by itself: takes nobody's turn.
void sessions_proven(
	struct sessions *s, const struct wb_addr *from, const void *data, size_t len, wb_ns_t now);
// A message from inside the running session of that peer.
void sessions_heard(struct sessions *s, unsigned peer, const void *data, size_t len, wb_ns_t now);
// Hub: the other end has used the keys of that receiver index.
void sessions_confirmed(struct sessions *s, unsigned peer, uint32_t index);
// They are to be renewed soon, or (out) are not used any more.
void sessions_worn(struct sessions *s, unsigned peer, uint32_t index, bool out, wb_ns_t now);
void sessions_peer_closed(struct sessions *s, unsigned peer, wb_ns_t now);
void sessions_silent(struct sessions *s, unsigned peer, wb_ns_t now);
// A WAN has become usable: a handshake under way is sent there too, at once.
void sessions_wan_usable(struct sessions *s, unsigned port, wb_ns_t now);

wb_ns_t sessions_next_deadline(const struct sessions *s);
void sessions_expire(struct sessions *s, wb_ns_t now);

const uint8_t *sessions_public_key(const struct sessions *s); // of this end
void sessions_info(const struct sessions *s, unsigned peer, struct session_info *info);

#endif
