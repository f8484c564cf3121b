/* SPDX-License-Identifier: BSD-3-Clause */
// The structs behind session.h. session.c has what both roles share, session_edge.c and session_hub.c have the
// two halves.
#ifndef CONTROL_SESSION_PRIVATE_H
#define CONTROL_SESSION_PRIVATE_H

#include "session.h"
#include "wb_config.h"
#include "wb_cookie.h"

#define RETIRE_AFTER (10 * WB_SEC)
#define REMAKE_AFTER (5 * WB_HANDSHAKE_RETRY)
#define REKEY_JITTER (5 * WB_SEC)
#define TELL_EVERY (60 * WB_SEC)
#define TELL_FIRST (4 * WB_SEC)      // without an answer
#define HUB_ANSWERS_PER_S 200        // key agreements a second: about 10 % of a core
#define HUB_ANSWERS_PER_SOURCE 25    // of these for one IPv4 address or IPv6 /64
#define HUB_SOURCES 64               // that are counted apart, by hash
#define HUB_KEYS_EVERY (250 * WB_MS) // new keys for one edge, in the long run,
#define HUB_KEYS_BURST 16            // and at once
#define ANSWER_AGAIN (20 * WB_MS)    // while the next hop is being resolved
#define ANSWER_FOR WB_SEC
#define REPEAT_AFTER (5 * WB_MS) // between answers to copies of one message
#define LOST_FEW 3               // sessions that another box took, within TELL_EVERY
#define REPLACED 4               // sessions that a hub remembers
#define CHALLENGE_LIFE (10 * WB_SEC)
#define CHALLENGES 3 // that an edge answers at once, in one handshake
#define INDEXES 4    // receiver indexes of a peer not to be given again

// Where a message came from, and where its answer goes.
struct origin {
	bool inside;         // the running session of the peer
	unsigned peer;       // inside: of this index
	struct wb_addr from; // outside
	bool proven;         // and counted by its sender
};

struct message {
	uint8_t data[WB_HANDSHAKE_MAX];
	size_t len; // 0: none
	wb_ns_t made;
};

// WANs are ports of the configuration, which come first.
_Static_assert(WB_CONFIG_PORTS <= 64, "ports as bits of a word");

struct peer {
	struct session_peer conf;
	struct wb_handshake_peer handshake;
	uint64_t session; // 0: none
	wb_ns_t since, last_keys;
	wb_ns_t retire_at, expire_at; // WB_NEVER: not set
	uint32_t keys;                // receiver index of the newest
	wb_ns_t keys_expire;          // hub: expire_at, once these are confirmed
	uint32_t indexes[INDEXES];
	unsigned next_index;
	enum wb_cipher cipher;
	uint8_t version;
	uint32_t features; // of the running session
	uint64_t handshakes, failures, refused;
	// edge
	struct wb_handshake *initiator; // waits for the answer to init
	bool trying;
	bool inside, outside; // which ways init goes
	bool silent;          // the hub may have lost the session: the next one goes outside too
	bool inside_answered; // by the last answer
	uint32_t index;       // offered in init
	struct message init;
	unsigned tries;
	wb_ns_t try_at, rekey_at, trying_since, told;
	uint64_t last_stamp;
	uint64_t sent_on;       // WANs, by port, that this round of tries has gone out on
	uint64_t named;         // session in init
	wb_ns_t lost[LOST_FEW]; // when the hub no longer had the session that was named
	unsigned n_lost;
	unsigned challenges; // in this handshake
	wb_ns_t told_clock;
	uint64_t cookie_answered; // WANs, by port, whose COOKIE was answered in this try
	struct {
		uint8_t cookie[WB_COOKIE_LEN];
		wb_ns_t heard; // 0: none
	} cookies[WB_DP_PORTS_MAX];
	wb_ns_t challenge_at; // when handshake.challenge was made (hub), heard (edge)
	// hub: the last message 1 that was answered by a challenge, and that
	struct message asked, asking;
	// hub: the last message 1 answered, and the answer
	struct message answered, answer;
	struct origin answer_to;
	uint64_t replaced[REPLACED]; // sessions that a newer one has taken the place of
	unsigned n_replaced;
	struct wb_addr taken_by; // where the last INIT of a new session came from
	wb_ns_t told_two;        // both roles: that two boxes share a key
	wb_ns_t repeated;        // when a copy was last answered
	wb_ns_t keys_until;      // as many new keys as may be up to then have been made
	wb_ns_t answer_at; // the answer could not leave: when to try again; WB_NEVER: it has left
};

struct sessions {
	struct session_conf conf;
	struct peer *peers;
	bool running;
	// hub
	struct wb_handshake *responder;
	unsigned answers;                // in this second
	uint8_t answers_to[HUB_SOURCES]; // likewise, by source
	uint64_t answers_secret;         // of their hash, another one each second
	wb_ns_t answers_since, told_unknown;
};

void session_tell(struct sessions *s, bool warning, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
uint32_t session_new_index(struct sessions *s, struct peer *p);
uint64_t session_random(struct sessions *s);
// Gives the keys of a handshake to the datapath, sets the timers and wipes result. 0 or -errno.
int session_keys(
	struct sessions *s, struct peer *p, struct wb_handshake_result *result, wb_ns_t now);

// session_edge.c
void edge_try(struct sessions *s, struct peer *p, wb_ns_t now);
void edge_begin(struct sessions *s, struct peer *p, wb_ns_t now); // anew: outside
void edge_response(
	struct sessions *s, const struct origin *o, const void *data, size_t len, wb_ns_t now);
void edge_cookie(struct sessions *s, unsigned port, const void *data, size_t len, wb_ns_t now);
void edge_expire(struct sessions *s, struct peer *p, wb_ns_t now);
wb_ns_t edge_next_deadline(const struct peer *p);

// session_hub.c
void hub_expire(struct sessions *s, struct peer *p, wb_ns_t now);
void hub_init(
	struct sessions *s, const struct origin *o, const void *data, size_t len, wb_ns_t now);

#endif
