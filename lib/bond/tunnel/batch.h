// SPDX-License-Identifier: BSD-3-Clause
// The batch of datagrams that one call of wb_tunnel_poll() puts together. Each: batch_begin(), batch_append() for each
// frame, then batch_finish().
#ifndef WB_BOND_BATCH_H
#define WB_BOND_BATCH_H

#include "tunnel.h"

#define HEAD_FIXED (WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN) // of an outer packet, besides head

struct batch {
	struct wb_tx *tx;
	unsigned n, max;
	wb_ns_t now;
	bool grouped; // the packet at hand goes as FEC_SOURCE
	bool copied;  // and on more than one path
	uint8_t place[2];
};

static inline struct wb_tx *
batch_begin(struct batch *b, const struct path *p)
{
	struct wb_tx *tx = &b->tx[b->n];
	uint32_t us = (uint32_t)(b->now / WB_US);

	tx->path = p->id;
	tx->slot = p->slot;
	tx->to = p->remote.cur.addr;
	tx->pkt = NULL;
	tx->pkt_off = tx->pkt_len = 0;
	tx->head[0] = (uint8_t)(us >> 24);
	tx->head[1] = (uint8_t)(us >> 16);
	tx->head[2] = (uint8_t)(us >> 8);
	tx->head[3] = (uint8_t)us;
	tx->head_len = WB_TIME_LEN;
	return tx;
}

static inline bool
batch_append(struct wb_tx *tx, const struct wb_frame *f)
{
	int n = wb_frame_write(tx->head + tx->head_len, WB_TX_HEAD_MAX - tx->head_len, f);

	if (n < 0)
		return false;
	tx->head_len = (uint16_t)(tx->head_len + n);
	return true;
}

static inline uint32_t
batch_len(const struct wb_tx *tx)
{
	return HEAD_FIXED + tx->head_len + tx->pkt_len;
}

// Returns whether these bytes may go to where the path is now (RFC 9000 8: no amplification).
static inline bool
batch_allowed(const struct path *p, uint32_t bytes)
{
	return p->remote.cur.valid || p->remote.cur.credit >= bytes;
}

// Tells path and pacer that the datagram goes.
static inline void
batch_leave(struct batch *b, struct path *p)
{
	const struct wb_tx *tx = &b->tx[b->n++];
	uint32_t bytes = batch_len(tx);

	p->stats.tx_datagrams++;
	p->stats.tx_bytes += bytes;
	p->carried += bytes;
	remote_spend(&p->remote, &tx->to, bytes);
	pacer_sent(&p->pacer, bytes, b->now);
}

// Numbers the datagram and takes it as sent. record: it asks for an answer.
static inline struct in_flight_record *
batch_finish(struct batch *b, struct path *p, bool record)
{
	struct wb_tx *tx = &b->tx[b->n];
	struct in_flight_record *r = NULL;

	if (record && in_flight_room(&p->in_flight)) {
		r = in_flight_add(&p->in_flight, batch_len(tx), b->now);
		tx->number = r->number;
		p->last_eliciting = b->now;
	} else {
		tx->number = in_flight_number(&p->in_flight);
	}
	batch_leave(b, p);
	return r;
}

// tunnel_control.c
void control_send(struct wb_tunnel *t, struct batch *b); // probes, replies, path MTU, goodbyes
void reports_send(struct wb_tunnel *t, struct batch *b); // ACK frames that are due
void states_send(struct wb_tunnel *t, struct batch *b);  // PATH_STATE frames, likewise

#endif
