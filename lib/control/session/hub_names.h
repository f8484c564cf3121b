/* SPDX-License-Identifier: BSD-3-Clause */
// What is known of where the hub is: addresses of the configuration, and those that its names have. Says when which
// name is to be asked for. Pure: the caller asks, and hands in what is answered.
//
// A name is asked for in rounds, through all WANs at once, since one may have no Internet, or lie. A round ends with its
// last answer, or HUB_NAMES_SETTLE after the first address; what was answered by then replaces the addresses of before.
// If nothing was, these stay. The next round follows at the TTL, after a failure sooner.
#ifndef CONTROL_HUB_NAMES_H
#define CONTROL_HUB_NAMES_H

#include <stdbool.h>

#include "resolver.h"
#include "wb_config.h"
#include "wb_time.h"

#define HUB_NAMES_SETTLE WB_SEC
#define HUB_NAMES_TTL_LEAST (5 * WB_SEC) // a TTL below counts as this, one above as that
#define HUB_NAMES_TTL_MOST (3600 * WB_SEC)
#define HUB_NAMES_RETRY_LEAST WB_SEC // after a failure; doubled each time
#define HUB_NAMES_RETRY_MOST (60 * WB_SEC)
#define HUB_NAMES_ADDRESSES 32 // in all
#define HUB_NAMES_WHY 256

struct hub_name {
	char name[WB_CONFIG_HOST]; // "": the address of the configuration
	uint8_t ip[RESOLVER_ADDRESSES][4];
	unsigned n;
	wb_ns_t resolved; // when they were answered; 0: they are kept ones of an earlier run, or configured
	uint32_t ttl;             // s, as answered
	wb_ns_t ask_at, asked_at; // 0: not asked yet
	unsigned failures;        // rounds in a row
	char why[HUB_NAMES_WHY];  // what the last round failed by, on one WAN or all; ""
	// the round under way
	bool asking;
	unsigned round; // how many there were
	unsigned open;  // questions
	wb_ns_t settle_at;
	uint8_t fresh[RESOLVER_ADDRESSES][4];
	unsigned n_fresh;
	uint32_t fresh_ttl;
	char fresh_why[HUB_NAMES_WHY];
};

struct hub_names {
	struct hub_name list[WB_CONFIG_HOSTS];
	unsigned n;
};

// What a round has brought.
enum hub_names_news {
	HUB_NAMES_NOTHING,
	HUB_NAMES_SAME,
	HUB_NAMES_OTHER, // other addresses
	HUB_NAMES_FAILED,
};

void hub_names_init(struct hub_names *h, const struct wb_config_host *hosts, unsigned n);
// Uses addresses of an earlier run until the name has been resolved.
void hub_names_keep(struct hub_name *name, const uint8_t ip[][4], unsigned n);
// Returns a name that is to be asked for now, or NULL.
struct hub_name *hub_names_due(struct hub_names *h, wb_ns_t now);
// A round begins. Returns the id of its questions.
unsigned hub_names_begin(struct hub_names *h, struct hub_name *name, wb_ns_t now);
// A question was asked in this round.
void hub_names_asked(struct hub_name *name);
// None could be asked, for that reason.
void hub_names_unasked(struct hub_name *name, const char *why);
// Takes an answer. One to a round that has ended is not heeded.
void hub_names_answer(struct hub_names *h, const struct resolver_answer *a);
// Ends the round if it is over, and says what it has brought.
enum hub_names_news hub_names_settle(struct hub_name *name, wb_ns_t now);
// Asks for all names again `wait` after they were asked for last, if that is sooner: no address answers.
void hub_names_hurry(struct hub_names *h, wb_ns_t wait, wb_ns_t now);
// Asks at once for those that failed: there is another WAN to ask through.
void hub_names_retry(struct hub_names *h, wb_ns_t now);
// Lists all addresses in the order of the configuration, each once. Returns how many.
unsigned hub_names_addresses(const struct hub_names *h, uint8_t list[HUB_NAMES_ADDRESSES][4]);
// The name that the address is of. NULL: a configured one, or none.
const struct hub_name *hub_names_of(const struct hub_names *h, const uint8_t ip[4]);

#endif
