/* SPDX-License-Identifier: BSD-3-Clause */
// The datapath's own structs: ports, workers, tunnel slots. There are the control thread and one thread for each
// worker. A field that several threads use says who writes it.
#ifndef WB_DATAPATH_DP_H
#define WB_DATAPATH_DP_H

#include <stdatomic.h>

#include <rte_ether.h>
#include <rte_graph.h>
#include <rte_graph_worker.h>
#include <rte_log.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>
#include <rte_spinlock.h>

#include "gate.h"
#include "limit.h"
#include "mbuf.h"
#include "outer.h"
#include "wb_aead.h"
#include "wb_datapath.h"

#define DP_TUNNELS 256
#define DP_WORKERS 32
#define RX_BURST 64
#define TX_DESCRIPTORS 1024
#define TX_BURST 64 // mbufs a port's transmit batch holds
#define FREE_BURST 64
#define TX_BATCH 32 // datagrams of one wb_tunnel_poll()

extern int dp_logtype;
#define LOG(level, ...) rte_log(RTE_LOG_##level, dp_logtype, "datapath: " __VA_ARGS__)

struct fib;
struct index_table;

struct port {
	struct wb_dp_port_conf conf;
	const struct port_ops *ops; // of its kind
	uint16_t n_rx, n_tx;
	int socket;
	bool started;
	bool hw_checksum; // the device fills in the IPv4 and UDP checksums
	struct rte_ether_addr mac;
	bool inserts_tag;       // what is sent with RTE_MBUF_F_TX_VLAN gets its tag below
	unsigned mirror;        // index of its TAP; WB_DP_PORTS_MAX: none
	struct port *wire;      // where its frames leave: itself, or its trunk
	uint8_t *vlans;         // of a trunk: index + 1 of the port of each VLAN; 0: none
	rte_spinlock_t tx_lock; // taken where there are fewer tx queues than workers
};

// How close a pair of keys is to its limits of use.
enum wear { WEAR_NONE, WEAR_RENEW, WEAR_OUT };

struct keypair {
	struct wb_aead *tx, *rx;
	uint32_t local_index, remote_index, features;
	bool new_session;
	unsigned tunnel;
	wb_ns_t expires; // 0: never
	struct wb_aead_limits limits;
	uint64_t sealed, opened, forged;
	uint8_t told;         // enum wear
	struct keypair *next; // in a list of old ones
};

// A tunnel and what belongs to it. All fields belong to the home worker unless they say otherwise.
struct slot {
	struct wb_dp *dp;
	struct worker *home; // fixed
	unsigned tunnel;     // fixed
	struct wb_tunnel *t;
	struct keypair *current, *previous; // current sends; both receive
	struct keypair *next;               // receives; becomes current once confirmed
	struct keypair *old;                // home: adds; freed by control in a later call
	bool owes_session;                  // a new session was installed and never confirmed
	bool owes_notice;                   // current was confirmed, and control not told yet
	wb_ns_t deadline;
	struct limit event_limit, closed_limit, message_limit;
	_Atomic uint64_t bad_sources; // home: wo, control: ro
	uint64_t bad_sources_cleared; // control
	bool dirty;                   // has had input: poll it
	_Atomic uint16_t inner_mtu;   // home: wo, other workers: ro
	struct outer outers[WB_PATHS_MAX];
	struct block *blocks; // control: memory of t
};

struct rx_queue {
	const struct port_ops *ops;
	struct wb_kport *kport; // of a kernel port
	uint16_t ethdev;        // of any other
	uint16_t queue, port;
	unsigned index;      // of the port it is of; `port` may be the one that it mirrors
	bool off;            // its port is detached
	wb_ns_t empty_until; // a mirror's kernel port: not asked again before
	rte_edge_t edge;
};

struct call {
	void (*fn)(struct worker *w, void *arg);
	void *arg;
};

// Of a port that is a VLAN.
struct port_count {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, tx_errors;
};

struct tx_batch {
	struct rte_mbuf *pkts[TX_BURST];
	unsigned n;
};

struct worker {
	struct wb_dp *dp;
	unsigned index, lcore;
	int socket;
	struct rte_mempool *pool, *tx_pool;
	struct rte_graph *graph;
	rte_graph_t graph_id;
	wb_ns_t now;           // of this walk
	const struct fib *fib; // of this walk
	const struct index_table *indexes;
	unsigned moved; // packets of this walk
	unsigned inner; // of these inner packets: what counts as traffic for the idle mode
	struct rx_queue rx[WB_DP_PORTS_MAX * 2];
	unsigned n_rx;
	struct slot *slots[DP_TUNNELS]; // homed here
	unsigned n_slots, first_slot;
	unsigned room;   // buffers that were free in the pool at room_at - ROOM_EVERY
	wb_ns_t room_at; // when to look again
	struct wb_pkt *delivered, **delivered_end;
	struct rte_mbuf *freed[FREE_BURST]; // to be freed together
	unsigned n_freed;
	struct rte_ring *in; // from other workers and the control thread
	struct gate gate;
	struct limit icmp_limit, resolve_limit, unknown_limit;
	_Atomic(struct call *) call; // control: sets, worker: clears once done
	wb_ns_t last_moved, last_inner, last_slept;
	bool urgent; // runs SCHED_FIFO, see idle.c

	// worker: wo, control: ro
	uint64_t walks, busy_cycles, idle_cycles, sleeps;
	uint64_t drops[WB_DROP_COUNT];
	uint64_t asked[2], answered[2]; // IPv4, IPv6
	struct port_count counts[WB_DP_PORTS_MAX];

	struct wb_dp_recent recent[WB_DP_RECENT_KINDS][WB_DP_RECENT]; // control reads it by a call
	struct tx_batch out[WB_DP_PORTS_MAX];
	wb_ns_t punt_full[WB_DP_PORTS_MAX]; // of a mirror: when the time spent on it is made up for
	struct wb_aead_op ops[WB_AEAD_BATCH];
	struct wb_tx tx[TX_BATCH];
};

struct wb_dp {
	unsigned id; // of this process' datapaths
	enum wb_role role;
	uint32_t hash_seed; // of inner_hash(); never changes
	uint16_t udp_port;
	bool shakes;                   // handshakes come in, and are checked with
	struct wb_cookie_keys cookies; // never changes
	struct gate_known known_edges;
	enum wb_dp_idle idle;
	struct wb_dp_rule rules[WB_DP_RULES_MAX]; // never changes
	unsigned n_rules;
	struct port ports[WB_DP_PORTS_MAX];
	unsigned n_ports;
	unsigned egress; // index of the TAP into this machine's kernel, n_ports: none
	struct worker *workers[DP_WORKERS];
	unsigned n_workers;
	struct rte_mempool *pool;    // of what is received and what a tunnel keeps
	struct rte_mempool *tx_pool; // of datagrams to send; may be the same
	struct wb_rs *rs;            // tables of the erasure code, read only
	struct rte_rcu_qsbr *rcu;
	struct rte_ring *handshakes, *proven,
		*notices;  // of struct wb_dp_notice; workers -> control
	_Atomic bool stop; // control: wo
	bool running;

	// control: wo, workers: ro, swapped by pointer, freed after a grace period
	_Atomic(struct fib *) fib;
	_Atomic(struct index_table *) indexes;
	_Atomic(struct slot *) slots[DP_TUNNELS];
	uint64_t generation;
	struct {
		uint32_t index[4];
		unsigned n;
	} known[DP_TUNNELS]; // control: local indexes in use

	struct wb_dp_worker_stats *cleared; // control: what the counters were at `clear`
	struct wb_dp_node_stats *cleared_nodes;
	struct wb_dp_port_stats cleared_ports[WB_DP_PORTS_MAX];
};

// datapath.c
// Does what wb_dp_create() does, but starts no threads: for tests that walk the graphs themselves.
struct wb_dp *dp_build(const struct wb_dp_conf *conf);

// worker.c
int workers_create(struct wb_dp *dp, const struct wb_dp_conf *conf);
int workers_launch(struct wb_dp *dp);
void workers_stop(struct wb_dp *dp);
void workers_free(struct wb_dp *dp);
wb_ns_t clock_now(void);
void worker_walk(struct worker *w, wb_ns_t now);

// graph.c
#define NODE_COUNT 13
int graph_create(struct worker *w);
struct rte_node *graph_node(const struct worker *w, unsigned i);

// stats.c
int stats_create(struct wb_dp *dp);
void stats_free(struct wb_dp *dp);

// idle.c
void idle_prepare(struct worker *w);
void idle_finish(struct worker *w);
void idle_walked(struct worker *w, uint64_t cycles);

// call.c
void call_worker(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg);
void call_answer(struct worker *w);

// pool.c
// Makes dp->pool, with n buffers, and dp->tx_pool.
unsigned pool_objects(const struct wb_dp_conf *conf); // by need
int pools_make(struct wb_dp *dp, const struct wb_dp_conf *conf, unsigned n, int socket);
void pools_free(struct wb_dp *dp);

// port.c
int port_start(struct wb_dp *dp, unsigned index);
void port_stop(struct wb_dp *dp, unsigned index);

// notice.c
int notices_create(struct wb_dp *dp);
void notice_put(struct wb_dp *dp, const struct wb_dp_notice *n);
// False: the ring is full.
bool notice_handshake(struct wb_dp *dp, const struct gate_datagram *d, bool proven);
void notice_message(struct wb_dp *dp, unsigned tunnel, const void *data, size_t len);
void notice_event(struct wb_dp *dp, unsigned tunnel, const struct wb_event *event);
bool notice_keys(struct wb_dp *dp, enum wb_dp_notice_type type, unsigned tunnel, uint32_t index);
void notice_unknown(struct worker *w, const struct wb_addr *from);
void notice_resolve(struct worker *w, const uint8_t *ip, uint8_t family, unsigned port);

// snapshot.c
// Waits until no worker can still use what was unlinked before.
void dp_synchronize(struct wb_dp *dp);

// slot.c
extern const struct wb_fec_codec slot_fec; // fec.c
struct slot *slot_find(const struct wb_dp *dp, unsigned tunnel);

// keys.c
struct keypair *keys_find(const struct slot *s, uint32_t local_index);
// Notes that k has authenticated a datagram. Returns false if k belongs to a session that has ended.
bool keys_confirmed(struct slot *s, uint32_t local_index, wb_ns_t now);
void keys_drop_all(struct slot *s);
void keys_free_old(struct slot *s);
// Counts what k has sealed, opened and failed to open. Tells the control thread when a limit is near.
void keys_count(
	struct wb_dp *dp, struct keypair *k, unsigned sealed, unsigned opened, unsigned forged);
static inline bool
keys_usable(const struct keypair *k, wb_ns_t now)
{
	return (k->expires == 0 || now < k->expires) && k->told != WEAR_OUT;
}
int index_lookup(const struct index_table *t, uint32_t index);
int indexes_rebuild(struct wb_dp *dp);

// Returns the worker that a node belongs to.
static inline struct worker *
node_worker(struct rte_node *node)
{
	struct worker *w;

	memcpy(&w, node->ctx, sizeof(w));
	return w;
}

static inline void
worker_free_all(struct worker *w)
{
	rte_pktmbuf_free_bulk(w->freed, w->n_freed);
	w->n_freed = 0;
}

static inline void
worker_free(struct worker *w, struct rte_mbuf *m)
{
	rte_mbuf_prefetch_part1(m); // acknowledged a round trip after it was last touched
	rte_mbuf_prefetch_part2(m);
	w->freed[w->n_freed++] = m;
	if (w->n_freed == FREE_BURST)
		worker_free_all(w);
}

static inline void
worker_count_drop(struct worker *w, enum wb_drop reason, unsigned n)
{
	w->drops[reason] += n;
}

#endif
