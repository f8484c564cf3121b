/* SPDX-License-Identifier: BSD-3-Clause */
// wanbond-bench: what a packet costs an edge's worker. The real datapath runs on one worker lcore;
// its ports are drivers without a wire behind them, and the other end is played by peer.c.
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "wb_aead.h"
#include "wb_datapath.h"

#define BENCH_PATHS 3
#define BENCH_FLOWS 256
#define BENCH_SIZES 3
#define BENCH_NODES 16
#define BENCH_WINDOWS_MAX 1024
#define BENCH_SEALED_MORE (WB_TIME_LEN + WB_DATA_LEN) // sealed besides the inner packet

enum bench_direction { ENCAPSULATE, DECAPSULATE, DIRECTIONS };
// The first one is where a walk begins.
enum { PORT_WAN, PORT_LAN = PORT_WAN + BENCH_PATHS, PORTS };

struct options {
	const char *scheduler;
	const char *only;      // direction; NULL: both
	unsigned in_flight;    // datagrams on the way before they are acknowledged
	unsigned windows;      // to measure over
	unsigned routes;       // into the tunnel, besides the LAN's
	unsigned destinations; // of the LAN's packets
	bool json;             // instead of the table
	const char *json_file;
};

// ---- options.c

// -1: go on; else the exit code. cpu: of the worker, left alone where none is given.
int options_read(int argc, char **argv, struct options *o, int *cpu);

// ---- edge.c: the gateway under test

struct peer;
struct rte_mbuf;
struct rte_eth_rxtx_callback;
struct sampler;

struct edge {
	enum bench_direction direction;
	unsigned inner; // bytes of a packet
	unsigned lcore; // of the worker
	struct wb_dp *dp;
	struct peer *peer;
	char devices[PORTS][32];
	uint16_t ethdevs[PORTS];
	int file; // the generator's packets; 0: none
	struct sampler *sampler;
	const struct rte_eth_rxtx_callback *gate, *walked;
	_Atomic bool stop; // no more packets from the LAN
	unsigned destinations, routes;
	_Atomic bool
		one; // as many flows to one destination instead: what the others are compared with
	uint32_t next;                  // worker: of the destinations
	_Atomic uint64_t scatter_ticks; // worker: wo; not the edge's
};

// 0, or -errno and a line on stderr.
int edge_open(struct edge *e, const struct options *o);
void edge_close(struct edge *e);
// The worker is past what it was doing.
void edge_settle(struct edge *e);
int edge_tunnel_stats(struct edge *e, struct wb_tunnel_stats *s);
int edge_path_stats(struct edge *e, unsigned slot, struct wb_path_stats *s);

// ---- generator.c

// A pcap file of many flows in memory. Returns its descriptor, -errno.
int generator_file(unsigned inner, const uint8_t to[6], const uint8_t from[6]);
// An inner packet of flow `flow` with `inner` bytes.
void generator_packet(uint8_t *ip, unsigned inner, unsigned flow, bool toward_lan);

// ---- scatter.c: many destinations

#define BENCH_ROUTES_MAX 16000
// Networks of the destinations, /22 from 10.0.0.0 on.
void scatter_routes(struct wb_dp_snapshot *s, unsigned routes);
// Worker: gives packets of the generator destinations in these, or other sources.
void scatter_packets(struct edge *e, struct rte_mbuf **pkts, uint16_t n);

// ---- peer.c: the other end

struct peer_conf {
	struct wb_aead *seal; // ownership passes
	uint32_t receiver;    // the edge's index
	unsigned in_flight;
	unsigned inner; // > 0: it sends packets of that size
	const uint16_t *ethdevs;
	const uint8_t *mac, *gateway_mac; // of WANs; the last byte is the port
};
struct peer *peer_create(const struct peer_conf *conf);
int peer_attach(struct peer *p);
// Before the ports go: a callback outlives its port, and the next one of that number would have it.
void peer_detach(struct peer *p);
void peer_destroy(struct peer *p); // once the worker has stopped
void peer_start(struct peer *p);   // sends packets, if it is to, from now on
void peer_stop(struct peer *p);
// Ticks spent in the peer: not the edge's.
struct peer_stats {
	uint64_t rx_ticks, tx_ticks, made, reports;
};
void peer_stats(const struct peer *p, struct peer_stats *s);

// ---- measure.c

struct result {
	unsigned inner;
	double mpps, gbit;
	double ticks;  // a packet, all in all
	double median; // of the ticks in all windows
	double one;    // a packet, with one destination; 0: not measured
	double aead;   // bare, of the same bytes
	double batch;  // packets a walk
	unsigned n_nodes;
	struct node_ticks {
		char name[64];
		double ticks; // a packet
	} nodes[BENCH_NODES];
	double rest;                 // ticks a packet outside of nodes
	unsigned windows, disturbed; // disturbed: the worker did not have its core to itself
	bool quiet;                  // enough windows were not
	// The whole run, after everything was acknowledged: in = out + dropped + queued.
	uint64_t in, out, queued, held;
	uint64_t drops[WB_DROP_COUNT];
	uint64_t datagrams[BENCH_PATHS];
};

struct sampler *sampler_create(void);
// Worker: a walk begins.
void measure_walked(struct edge *e);
int measure(struct edge *e, const struct options *o, struct result *r);
// Ticks of sealing `len` bytes, in batches.
double measure_aead(enum wb_cipher cipher, unsigned len);

// ---- memory.c

struct memory {
	uint64_t tunnel;
	unsigned blocks;
	uint64_t largest[8];
};
int measure_memory(struct memory *m);

// ---- report.c

struct report {
	const struct options *options;
	bool hugepages;
	enum wb_cipher cipher;
	struct memory memory;
	struct result results[DIRECTIONS][BENCH_SIZES];
};

extern const char *const report_directions[DIRECTIONS];
// Directions that were not measured are left out.
void report_table(const struct report *r);
int report_json(const struct report *r, const char *file);

#endif
