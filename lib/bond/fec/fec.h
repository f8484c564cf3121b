/* SPDX-License-Identifier: BSD-3-Clause */
// Forward error correction: groups of packets on their way out (fec_tx.c), and what comes back of
// packets that got lost (fec_rx.c). docs/protocol.md, chapter 9.
#ifndef WB_BOND_FEC_H
#define WB_BOND_FEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fec_tunables.h"
#include "wb_drop.h"
#include "wb_fec.h"
#include "wb_time.h"
#include "wb_wire.h"

#define FEC_GROUPS 256
#define FEC_PENDING 16 // repair symbols waiting to be sent
#define FEC_SLOTS 16   // paths

struct fec_conf {
	const struct wb_fec_codec *codec; // NULL: none, nothing happens
	void (*release)(void *ctx, struct wb_pkt *symbol, enum wb_drop reason);
	void *ctx; // of codec and release
};

// ---- what is put before a packet's symbol

struct fec_meta {
	uint8_t sclass;
	uint16_t bucket;
	uint32_t seq;
	uint32_t len;
};
// Sets s->meta; the other members are set.
void fec_meta_write(const struct fec_conf *conf, struct wb_fec_source *s, const struct fec_meta *m);

// ---- sender

struct fec_repair {
	struct wb_pkt *symbol;
	wb_ns_t made;
	uint32_t number;
	uint8_t sources, row;
	uint8_t avoid; // slot that carried most of the group
	uint32_t off;  // bytes of symbol that have been sent
};

// What the sender knows of its paths, for fec_tx_tune().
struct fec_view {
	bool idle;         // none is in use: what they lose stays as it was
	uint32_t loss_ppm; // of the paths in use
	wb_ns_t try;       // a resend takes that long
	unsigned percent;  // overhead that is allowed
};

struct fec_tx_stats {
	uint64_t sources, repairs, bytes; // protected packets; repair symbols and their bytes, sent
	uint64_t dropped;                 // repair symbols that found no path in time
};

// A flow bucket since its last pause.
struct fec_start {
	wb_ns_t last; // packet
	uint32_t bytes;
};

struct fec_tx {
	struct fec_conf conf;
	bool on;
	bool begins;       // the beginnings of flows are protected
	const char *state; // "on", or why not
	unsigned percent;
	unsigned full, want; // sources of a full group: as a rule, and of the open one
	wb_ns_t wait;        // a group is closed after so long
	int64_t credit;      // bytes of repair symbols that may be sent
	wb_ns_t trickle_at;
	uint32_t number;              // of the open group, or of the next one
	unsigned n;                   // sources in the open group; 0: none is open
	wb_ns_t close_at, close_last; // and at the latest
	struct fec_start starts[WB_BUCKETS];
	wb_ns_t opened[FEC_GROUPS];
	uint8_t lost_of[FEC_GROUPS]; // sources known to be lost, by group
	unsigned single, multiple;   // lost sources of late: alone in their group, or not
	wb_ns_t paused_until, pause; // protection was futile
	wb_ns_t lossy_since;         // 0: the paths lose nothing to speak of
	uint16_t carried[FEC_SLOTS]; // packets of the open group by the path they took
	struct wb_pkt *symbols[WB_FEC_ROWS];
	unsigned rows;
	struct fec_repair pending[FEC_PENDING];
	unsigned n_pending;
	struct wb_pkt *spent; // sent, released by fec_tx_release_spent()
	struct fec_tx_stats stats;
};

void fec_tx_init(struct fec_tx *f, const struct fec_conf *conf);
// Begins anew with a session, or without one: gives all symbols back.
void fec_tx_reset(struct fec_tx *f);
// Decides whether and how to protect.
void fec_tx_tune(struct fec_tx *f, const struct fec_view *v, wb_ns_t now);
// Counts bytes that went out, which allow for some repair.
void fec_tx_earn(struct fec_tx *f, uint32_t bytes);
// Returns whether a packet that is about to leave for the first time is to be protected.
bool fec_tx_wants(struct fec_tx *f, const struct wb_pkt *pkt, wb_ns_t now);
// Takes it, numbered and whole, on path `slot` into a group. Returns false when it goes as DATA, else
// place[] is set: group, index.
bool fec_tx_take(struct fec_tx *f, const struct wb_pkt *pkt, uint8_t sclass, unsigned slot,
	wb_ns_t now, uint8_t place[2]);
// Closes a group that has been open for long enough: true, there is a repair symbol to send.
bool fec_tx_expire(struct fec_tx *f, wb_ns_t now);
// Learns that a source of that group got lost on its path.
void fec_tx_lost(struct fec_tx *f, uint8_t group);
// Returns the repair symbol to send next. NULL: none now.
struct fec_repair *fec_tx_peek(struct fec_tx *f, wb_ns_t now);
// Removes the repair symbol that has been sent.
void fec_tx_pop(struct fec_tx *f);
// Gives back the symbols that were sent. Nobody looks at them any more.
void fec_tx_release_spent(struct fec_tx *f);
// Returns when an open group is to be closed, or WB_NEVER.
wb_ns_t fec_tx_next_deadline(const struct fec_tx *f);

// ---- receiver

struct fec_rx_stats {
	uint64_t sources, repairs; // received
	uint64_t rebuilt;          // packets, that have proven what they are
	uint64_t recovered;        // of these, that came first and were lost indeed
	uint64_t unneeded; // repair symbols whose group had lost nothing, or nothing for long
	uint64_t failed;   // groups that had lost more than their repair symbols give back
	uint64_t bad;      // nonsense
};

// A packet that a group gave back.
struct fec_rebuilt {
	uint8_t index, sclass;
	int8_t slot; // as rebuilt() returned
};

struct fec_rx_ops {
	// A packet was rebuilt: bucket, seq, sclass, off and len are set, ownership passes. Returns the slot
	// of the path that is to be credited, or -1: the packet was there already.
	int (*rebuilt)(void *owner, struct wb_pkt *pkt, wb_ns_t now);
	// What was rebuilt is no packet; ownership passes.
	void (*bad)(void *owner, struct wb_pkt *symbol);
	// The packet was new, and itself has not come in FEC_GROUP_LIFE: it was lost.
	void (*recovered)(void *owner, const struct fec_rebuilt *r);
};

struct fec_group {
	wb_ns_t opened; // 0: not in use
	struct wb_pkt *symbols[WB_FEC_ROWS];
	uint32_t number; // where known is set
	uint16_t got[WB_FEC_ROWS],
		total[WB_FEC_ROWS]; // bytes of repair symbols; total 0: not known
	uint16_t seen;              // indexes
	uint8_t rows;               // symbols that hold all of seen
	uint8_t n_rebuilt;
	struct fec_rebuilt rebuilt[WB_FEC_ROWS];
	uint8_t sources; // 0: not known
	bool done;
};

struct fec_rx {
	struct fec_conf conf;
	const struct fec_rx_ops *ops;
	void *owner;
	unsigned rows; // as many as have been seen of late
	uint16_t head, tail;
	uint8_t order[FEC_GROUPS]; // groups in use, oldest first
	struct fec_group groups[FEC_GROUPS];
	struct fec_rx_stats stats;
};

void fec_rx_init(
	struct fec_rx *f, const struct fec_conf *conf, const struct fec_rx_ops *ops, void *owner);
void fec_rx_reset(struct fec_rx *f);
// Takes a FEC_SOURCE before it is handed on: pkt has off, len, bucket, seq, sclass.
void fec_rx_source(
	struct fec_rx *f, const struct wb_pkt *pkt, uint8_t group, uint8_t index, wb_ns_t now);
// Takes a FEC_REPAIR: pkt has off and len of the piece, and stays the caller's. -EINVAL: it makes no sense.
int fec_rx_repair(
	struct fec_rx *f, const struct wb_pkt *pkt, const struct wb_frame *frame, wb_ns_t now);
wb_ns_t fec_rx_next_deadline(const struct fec_rx *f);
void fec_rx_expire(struct fec_rx *f, wb_ns_t now);

#endif
