/* SPDX-License-Identifier: BSD-3-Clause */
// A scenario as read from its JSON file (docs: app/sim/README.md). Times are ns, rates bit/s.
#ifndef SCENARIO_H
#define SCENARIO_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "handover.h"
#include "packet.h"
#include "place.h"
#include "wb_emulate.h"
#include "wb_tunnel.h"

#define LINKS_MAX WB_PATHS_MAX
#define CELLS_MAX 8
#define FLOWS_MAX 256
#define MTU_MIN 576 // of a link (RFC 791)
#define EVENTS_MAX 256
#define NAME_LEN 32
#define SCHEDULER_LEN 512

enum direction { DIR_UP, DIR_DOWN, DIRS }; // up: from edge to hub; also enum side of the sender

enum flow_kind {
	FLOW_CUBIC,
	FLOW_BBR,
	FLOW_QUIC,
	FLOW_UDP,
	FLOW_VOIP,
	FLOW_PING,
	FLOW_REQUEST,
	FLOW_WEB,
	FLOW_KINDS
};
extern const char *const flow_kind_name[FLOW_KINDS + 1]; // NULL at its end
extern const char *const direction_name[DIRS + 1];       // likewise

struct scenario_link {
	char name[NAME_LEN];
	struct wb_em_conf dir[DIRS];
	const struct delay_trace *delays[DIRS]; // instead of the delay; NULL: none
	uint64_t fixed_rate[DIRS];              // given to the tunnel; 0: automatic
	uint64_t max_rate[DIRS];                // likewise, a ceiling; 0: none
	uint32_t weight;
	uint8_t priority;
	bool backup, metered;
	uint64_t budget; // bytes in the run, both directions; 0: none
	uint16_t mtu;
	struct handover handover;
	char in_cell[NAME_LEN]; // "": none
	uint16_t cell;          // its index in links; 0: none
};

enum event_kind {
	EVENT_SET,
	EVENT_CHANGE, // as EVENT_SET, of handover.c
	EVENT_OUTAGE,
	EVENT_HEALED,
	EVENT_REBIND,
	EVENT_ENABLE,
	EVENT_DISABLE
};
struct scenario_event {
	wb_ns_t at;
	enum event_kind kind;
	uint16_t link;
	bool dir[DIRS];
	const json_t *set[DIRS]; // EVENT_SET: keys as in a link's direction
	struct change change;    // EVENT_CHANGE
};

struct scenario_flow {
	char name[NAME_LEN];
	enum flow_kind kind;
	enum direction direction;
	wb_ns_t start, stop; // stop WB_NEVER: at the end of the run
	uint64_t rate;       // udp
	uint64_t bytes;      // cubic, bbr, quic: transfer of this size; 0: until stop
	uint32_t size;       // of IP packets; 0: by kind
	uint32_t window;     // cubic, bbr, quic: receive window, bytes
	uint32_t host;       // of the LAN, by number
	uint32_t ports;      // udp: so many 5-tuples, any of them for each packet; 0: one
	wb_ns_t interval;    // voip, ping
	wb_ns_t think;       // request, web: pause before the next
	uint32_t request_bytes, response_bytes; // request
	uint32_t objects;                       // web: of a page; 0: 40
	uint8_t sclass;                         // WB_CLASS_DEFAULT: not set by rule
	bool ecn, pacing;
	bool split; // cubic, bbr, request, web: split.h
	uint32_t split_bytes;
};

#define FEC_PERCENT 10 // as the gateway
struct scenario {
	char name[NAME_LEN];
	wb_ns_t duration, session_at;
	uint64_t seed;
	bool direct;                      // packets go straight on the first link, without a tunnel
	char scheduler[SCHEDULER_LEN];    // a name, or FILE.o: program.h
	wb_ns_t beyond;                   // one-way delay between hub and server
	wb_ns_t tick, stall, stall_every; // of the workers, see host.c
	uint32_t fec_percent;             // as wb_tunnel_conf's
	uint32_t inner_mtu;               // 0: what the tunnel says
	struct scenario_link links[LINKS_MAX + CELLS_MAX]; // n_links, then n_cells
	struct scenario_event events[EVENTS_MAX];          // by time
	struct scenario_flow flows[FLOWS_MAX];
	unsigned n_links, n_cells, n_events, n_flows;
	const json_t *expect; // array, see check.c
	json_t *root;
	char *text; // of the file
	struct place place;
	struct trace_list *traces;
	char dir[512]; // of the file: traces are relative to it
};

// Reads FILE; ends the program with a message that names file and key when it is not valid.
struct scenario *scenario_load(const char *file);
// By an option of the command line: a name or a file, which is not looked for here.
void scenario_set_scheduler(struct scenario *s, const char *name);
// Ends the program when neither session nor flow begins before the end.
void scenario_check_start(const struct scenario *s);
struct scenario_event *scenario_event_add(
	struct scenario *s, unsigned link, wb_ns_t at, enum event_kind kind);
void scenario_free(struct scenario *s);
// Of a text that must be one of the names (NULL at their end): which; `absent` when not there.
unsigned scenario_choice(const json_t *j, const struct place *at, const char *key,
	const char *const *names, unsigned absent);
// Reads "links" and "cells".
void scenario_links_read(struct scenario *s);
// A list that may be absent.
const json_t *scenario_list(const json_t *object, const struct place *at, const char *key);
// Adds the flow or flows of j, which stands at `at`.
void scenario_flow_read(struct scenario *s, const json_t *j, const struct place *at);
// Applies the keys of a link direction, which stands at `at`, to conf.
void scenario_link_direction(
	const struct scenario *s, const json_t *j, const struct place *at, struct wb_em_conf *conf);

#endif
