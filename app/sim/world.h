/* SPDX-License-Identifier: BSD-3-Clause */
// The world: hosts at the two ends, links between them, flows over it all.
//
//   sender --> [host: worker, tunnel] ==links== [host: worker, tunnel] --beyond--> receiver
//   (up: the sender is at the edge; down: the other way round)
//
// A cell is what several links have in common, as two modems have one radio cell: what comes out of
// such a link goes into the cell, one queue for all of them, before it arrives.
#ifndef WORLD_H
#define WORLD_H

#include <stdio.h>

#include "packet.h"
#include "knowledge.h"
#include "samples.h"
#include "scenario.h"
#include "sim.h"
#include "stats.h"
#include "wb_emulate.h"
#include "wb_tunnel.h"

struct world;

struct link_dir {
	struct world *w;
	struct wb_em_link *em;
	struct wb_em_conf conf;
	struct sim_timer timer, delay_timer;
	bool outage;
	double capacity;  // bits that could have passed since the run began
	wb_ns_t measured; // capacity is up to here
	uint16_t link;
	uint8_t dir; // enum direction
};

struct link {
	struct link_dir dir[DIRS];
	uint16_t nat_port; // the edge's source port as the hub sees it
};

#define HOST_BURST 64
struct host {
	struct world *w;
	enum side side;
	struct wb_tunnel *tunnel;
	struct sim_timer wake, stall, configure;
	bool configured[WB_PATHS_MAX]; // hub: path slots
	wb_ns_t busy_until;            // a stall lasts until then
	struct datagram *rx, **rx_tail;
	struct wb_pkt **inner; // arrived from the inner network, not yet enqueued
	uint32_t n_inner, room_inner;
	struct wb_em_random random;
	uint64_t wakes, spins, rx_refused, corrupt, head_bytes;
	struct wb_bpf_scheduler *program; // NULL: one of lib/bond's
	uint64_t events[WB_EVENT_SCHEDULER + 1];
};

struct flow;
struct flow_ops {
	size_t size; // of a flow that is no more than one zeroed object: create and destroy are NULL
	struct flow *(*create)(struct world *w, const struct scenario_flow *conf, uint32_t index);
	void (*start)(struct flow *f, wb_ns_t now);
	// A packet of this flow arrived at `at`. It stays the world's.
	void (*receive)(struct flow *f, const struct packet *p, enum side at, wb_ns_t now);
	json_t *(*result)(const struct flow *f);
	// Keys of its line of the events, without braces; NULL: it has none.
	void (*line)(const struct flow *f, FILE *out);
	void (*destroy)(struct flow *f);
};
struct flow {
	const struct flow_ops *ops;
	struct world *w;
	const struct scenario_flow *conf;
	uint32_t index, hash;
	enum side from; // of the sender
	bool leg;       // between hub and server only
	struct sim_timer start_timer;
};

struct world {
	struct sim sim;
	const struct scenario *scenario;
	struct pool packets, datagrams, symbols;
	struct link links[LINKS_MAX + CELLS_MAX];
	struct host hosts[SIDES];
	struct wb_em_link *beyond[SIDES]; // toward that side; NULL: no delay there
	struct sim_timer beyond_timer[SIDES];
	struct wb_em_link *leg[SIDES]; // the same, of connections that end at the hub
	struct sim_timer leg_timer[SIDES];
	struct flow **flows; // the scenario's first, then those that these have added
	uint32_t n_flows, room_flows;
	void **owned; // memory given to libraries
	unsigned n_owned;
	uint64_t link_drops[WB_EM_DROPS];
	struct samples samples;
	struct knowledge knowledge;
	struct events *events; // NULL: not asked for
	uint64_t stream;       // seeds given out
};

#define UDP_SIZE 1400 // of IP packets, unless the scenario says
extern const struct flow_ops tcp_flow, quic_flow, udp_flow, ping_flow, request_flow, web_flow;

struct world *world_create(const struct scenario *s, struct events *events);
void world_run(struct world *w);
void world_destroy(struct world *w);
// Memory for a library: zeroed, aligned to cache lines, freed with the world.
void *world_alloc(void *w, size_t size);
// A seed of its own for each user, all from the scenario's.
uint64_t world_seed(struct world *w);

// Another flow, which whoever adds it starts. conf stays the caller's; hash: of its 5-tuple.
struct flow *world_flow_add(struct world *w, const struct scenario_flow *conf, uint32_t hash);
// A zeroed packet of a flow, going to side `to`, of len bytes.
struct packet *world_packet(struct world *w, const struct flow *f, enum side to, uint32_t len);
// Into the inner network at the side opposite to p->to; ownership passes.
void world_send(struct world *w, struct packet *p);
// Out of the tunnel at p->to; ownership passes.
void world_deliver(struct world *w, struct packet *p, wb_ns_t now);
void world_packet_free(struct world *w, struct packet *p);
// Largest IP packet for flows.
uint32_t world_mtu(const struct world *w);

// fec.c
extern const struct wb_fec_codec sim_fec;

// link.c
void link_create(struct world *w, uint16_t link);
// Ownership passes; what the link drops is freed.
void link_send(struct link_dir *l, struct datagram *d, wb_ns_t now);
void link_event(struct world *w, const struct scenario_event *e, wb_ns_t now);
double link_capacity(struct link_dir *l, wb_ns_t now); // bits until now
void link_drain(struct link_dir *l);

// host.c
void host_create(struct world *w, enum side side);
void host_start(struct host *h, wb_ns_t now); // a session begins
void host_inner(struct host *h, struct packet *p);
void host_datagram(struct host *h, struct datagram *d);
void host_kick(struct host *h, wb_ns_t when);
void host_destroy(struct host *h);

#endif
