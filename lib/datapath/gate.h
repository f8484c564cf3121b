/* SPDX-License-Identifier: BSD-3-Clause */
// Decides which handshake datagrams reach the control thread, and which INIT must first prove its address. Each
// worker decides by itself. What strangers send must not crowd out the edges.
#ifndef WB_DATAPATH_GATE_H
#define WB_DATAPATH_GATE_H

#include <stdatomic.h>

#include "limit.h"
#include "wb_addr.h"
#include "wb_cookie.h"
#include "wb_drop.h"

#define GATE_SOURCES 64            // that are counted apart, by hash: of those that proved nothing,
#define GATE_PROVEN 1024           // and of those whose address is theirs
#define GATE_PROVERS 256           // likewise, whatever their port
#define GATE_INITS 100             // a second without proof, of all workers
#define GATE_PER_SOURCE 12         // of these for one address
#define GATE_PROOFS 400            // a second with proof, of all workers
#define GATE_PER_PROVEN 8          // of these for one address and port
#define GATE_PROOFS_PER_SOURCE 100 // and for one address
#define GATE_KNOWN_INITS 400       // without proof from where an edge is or was, of all workers
#define GATE_KNOWN 4096            // addresses of edges that are remembered
#define GATE_HASHES 65536          // mac1 checks a second of a worker
#define GATE_EDGE_COOKIES 200      // COOKIEs a second that an edge reads

struct gate {
	wb_ns_t since;   // the counts are of the second from then
	uint64_t secret; // of their hash, another one each second
	uint64_t nonce[3];
	struct limit hashes, cookies;
	unsigned inits, proofs, known;
	uint8_t sources[GATE_SOURCES], proven[GATE_PROVEN], provers[GATE_PROVERS];
};

enum gate_answer { GATE_DROP, GATE_PASS, GATE_PASS_PROVEN, GATE_ASK };

struct gate_datagram {
	const struct wb_addr *from;
	const uint8_t *data; // of INIT itself, after gate_hub()
	size_t len;
	enum wb_drop drop; // GATE_DROP: why
	bool known;        // a path of an edge is, or was, at that address
};

// Addresses and ports of the edges' paths, written by the control thread and read by workers. An outdated one
// does no harm: all that it gives is a count of its own.
struct gate_known {
	_Atomic uint64_t at[GATE_KNOWN];
};
void gate_remember(struct gate_known *k, const struct wb_addr *edge);
bool gate_knows(const struct gate_known *k, const struct wb_addr *from);

// Initialises a worker's gate with a random secret of its own.
void gate_init(struct gate *g, const uint8_t random[32]);
// Decides on a datagram for a hub. n: number of workers.
enum gate_answer gate_hub(struct gate *g, const struct wb_cookie_keys *k, struct gate_datagram *d,
	unsigned n, wb_ns_t now);
enum gate_answer gate_edge(
	struct gate *g, const struct wb_cookie_keys *k, struct gate_datagram *d, wb_ns_t now);
// Writes the COOKIE that is sent back after GATE_ASK.
void gate_ask(struct gate *g, const struct wb_cookie_keys *k, const struct gate_datagram *d,
	wb_ns_t now, uint8_t msg[WB_COOKIE_MESSAGE]);

#endif
