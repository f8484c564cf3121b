/* SPDX-License-Identifier: BSD-3-Clause */
// Where a path's datagrams go. Three addresses of the other end:
//
//   cur    in use. Valid once it has answered a probe (at an edge from the start); before that it gets no more
//          than REMOTE_AMPLIFY times what came from it.
//   trial  the newest datagram came from there: probed, within the same bound, while cur is in use and probed too.
//   back   was valid, and was left for another one: probed for a while, and whenever cur falls silent.
//
// Whoever is before the other end with copies of its datagrams, from an address of his own, becomes the trial and no
// more (RFC 9000 9.3.2, 9.3.3): cur is left only if it has not answered a probe since the trial began. An answer may
// come from any address, since a copy of it may be first too: it speaks for the address that the token was sent to.
//
// A hub only; an edge is told its hub's address.
#ifndef WB_BOND_REMOTE_H
#define WB_BOND_REMOTE_H

#include <stdbool.h>
#include <string.h>

#include "wb_addr.h"
#include "wb_time.h"

#define REMOTE_AMPLIFY 3 // bytes sent per byte heard, before an address is valid (RFC 9000 8)
#define REMOTE_PROBE (100 * WB_MS)
#define REMOTE_LATEST (3 * WB_SEC) // longer than any round trip: a later answer says nothing
#define REMOTE_TOKENS 32           // probes in that time, and a few that a silence asks for
#define REMOTE_TRIAL_LEAST                                                                         \
	WB_SEC // before another address may take the place of a trial; twice that for one like it
#define REMOTE_TRIAL_EVERY WB_SEC // trials, in the long run,
#define REMOTE_TRIAL_BURST 4      // and at once
#define REMOTE_QUIET (3 * WB_SEC) // not heard for so long, a trial ends
#define REMOTE_BACK_PROBES 3      // after cur was left for another one, and it works

struct remote_addr {
	struct wb_addr addr; // family 0: none
	bool valid;
	uint64_t credit; // bytes that may be sent there while it is not valid
	uint64_t tokens
		[REMOTE_TOKENS]; // of the last probes sent there (0: none), and when these were
	wb_ns_t asked[REMOTE_TOKENS];
	wb_ns_t since;    // trial: when it began. back: when the trial began that took its place
	wb_ns_t proven;   // when the latest answered probe was sent there
	wb_ns_t answered; // and the one whose answer came last
	wb_ns_t heard;    // last datagram from there
	wb_ns_t probe_at; // trial, back
	unsigned probes;
	bool copy; // trial: as remote_heard()
};

// What a datagram says of where the other end is.
enum remote_news {
	REMOTE_OLD,    // nothing
	REMOTE_NEWEST, // it may be where this came from
	REMOTE_COPY, // likewise: its number has been seen, but the edge is not known to be elsewhere
};

struct remote {
	struct remote_addr cur, trial, back;
	wb_ns_t trials_until; // as many as may be up to then have begun
};

static inline bool
addr_equal(const struct wb_addr *a, const struct wb_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

// Begins with this address alone.
void remote_init(struct remote *r, const struct wb_addr *addr, bool valid);
// Takes news of a datagram of so many bytes from there. Returns true when a trial begins: cur is to be probed too.
// Who is first with all that the edge sends makes the edge's own datagrams copies; who has recordings says copies
// only. Neither can take the place of each trial of the other kind.
bool remote_heard(struct remote *r, const struct wb_addr *from, uint32_t bytes,
	enum remote_news news, wb_ns_t now);
// Notes that a probe with this token leaves for a.
void remote_asked(struct remote_addr *a, uint64_t token, wb_ns_t now);
// Takes an answer with this token. Returns the address that it speaks for; NULL: it is not one of ours, or too
// late.
struct remote_addr *remote_answered(struct remote *r, uint64_t token, wb_ns_t now);
// Judges the addresses by answers, silence and time. late: how long after it left a probe's answer is late; works:
// cur answers as far as is known. Returns true when cur is another address now.
bool remote_settle(struct remote *r, wb_ns_t late, bool works, wb_ns_t now);
// Returns the address besides cur that is to be probed now, or NULL.
struct remote_addr *remote_due(struct remote *r, bool works, wb_ns_t now);
wb_ns_t remote_next_deadline(const struct remote *r, wb_ns_t late, bool works, wb_ns_t now);
// Returns whether so many bytes may go to an address. One that is none of the three gets only answers, which are
// bounded by what they answer. Counts bytes that go there.
bool remote_allows(const struct remote *r, const struct wb_addr *to, uint32_t bytes);
void remote_spend_at(struct remote *r, const struct wb_addr *to, uint32_t bytes);

static inline void
remote_spend(struct remote *r, const struct wb_addr *to, uint32_t bytes)
{
	if (!r->cur.valid || r->trial.addr.family)
		remote_spend_at(r, to, bytes);
}

#endif
