/* SPDX-License-Identifier: BSD-3-Clause */
// The handshake driver, which makes the tunnels' keys. It does no I/O: datagrams, events and `now` go in,
// datagrams and keys go out through ops. A process has one, with a peer for each tunnel under the same index.
//
// Timers of an edge's peer, with T = WB_HANDSHAKE_RETRY = 1 s (jitter of up to T/8 on all but the first):
//   try      sends INIT on every usable WAN at 0, T/4, 3T/4, 7T/4, then every T
//   remake   makes a new INIT after 5 T; until then the same one is sent, so that long round trips succeed
//   rekey    starts WB_REKEY_AFTER after the last keys, less up to 5 s of jitter; INIT goes inside the
//            session, and after the first remake outside, too
//   retire   drops the keys before, 10 s after new ones
//   expire   ends the session WB_KEY_EXPIRES after the last keys that both ends have
// Keys are renewed earlier when they near a limit of use (wb_aead_limits()).
// A hub's peer has retire and expire only. It answers an INIT that it has answered before by the same bytes.
#ifndef CONTROL_SESSION_H
#define CONTROL_SESSION_H

#include "wb_addr.h"
#include "wb_datapath.h"
#include "wb_handshake.h"
#include "wb_time.h"

struct sessions;

struct session_ops {
	// Sends a datagram. -ENETUNREACH: that port cannot send now.
	int (*send)(void *ctx, const struct wb_addr *to, const void *data, size_t len);
	// Sends inside a tunnel's running session, on all its paths. -ENOTCONN, -EOPNOTSUPP: not possible.
	int (*say)(void *ctx, unsigned tunnel, const void *data, size_t len);
	// Gives keys to the datapath, which owns both aeads from then on.
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
	struct wb_addr hub; // edge: UDP port, and address (family 0: sessions_hub() will tell it)
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
	// edge
	bool outside;         // a handshake goes to the hub's address, not only inside the session
	wb_ns_t trying_since; // when the handshake under way began
	bool inside_answered; // the last answer came inside the session
};

struct sessions *sessions_create(const struct session_conf *conf); // NULL: no memory
void sessions_destroy(struct sessions *s); // wipes the keys; NULL is allowed

void sessions_start(struct sessions *s, wb_ns_t now); // an edge shakes hands at once
void sessions_stop(struct sessions *s);               // clears the keys and sends nothing more

void sessions_received(
	struct sessions *s, const struct wb_addr *from, const void *data, size_t len, wb_ns_t now);
// Takes a datagram whose address was proven, or which the datapath has counted: no limit applies to it.
void sessions_proven(
	struct sessions *s, const struct wb_addr *from, const void *data, size_t len, wb_ns_t now);
// Takes a message from inside the running session of that peer.
void sessions_heard(struct sessions *s, unsigned peer, const void *data, size_t len, wb_ns_t now);
// Tells a hub that the other end has used the keys of that receiver index.
void sessions_confirmed(struct sessions *s, unsigned peer, uint32_t index);
// Says that those keys are to be renewed soon, or (out) are not used any more.
void sessions_worn(struct sessions *s, unsigned peer, uint32_t index, bool out, wb_ns_t now);
void sessions_peer_closed(struct sessions *s, unsigned peer, wb_ns_t now);
void sessions_silent(struct sessions *s, unsigned peer, wb_ns_t now);
// Tells an edge where its hub may be, and begins a handshake with it, if running. inside: also inside the running
// session, whose paths lead to that address.
void sessions_hub(struct sessions *s, const uint8_t ip[4], bool inside, wb_ns_t now);
// Says that a WAN can be used: the INIT of a handshake under way is sent there at once.
void sessions_wan_usable(struct sessions *s, unsigned port, wb_ns_t now);

wb_ns_t sessions_next_deadline(const struct sessions *s);
void sessions_expire(struct sessions *s, wb_ns_t now);

const uint8_t *sessions_public_key(const struct sessions *s); // of this end
void sessions_info(const struct sessions *s, unsigned peer, struct session_info *info);

#endif
