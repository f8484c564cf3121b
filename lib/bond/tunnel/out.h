// SPDX-License-Identifier: BSD-3-Clause
// The datagrams of one poll as they are put together: out_begin(), out_append() frames, then out_finish().
#ifndef OUT_H
#define OUT_H

#include "tunnel.h"

#define HEAD_FIXED (WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN) // of an outer packet, besides head

struct out {
	struct wb_tx *tx;
	unsigned n, max;
	wb_ns_t now;
	bool grouped; // the packet at hand goes as FEC_SOURCE
	bool copied;  // and on more than one path
	uint8_t place[2];
};

static inline struct wb_tx *
out_begin(struct out *o, const struct path *p)
{
	struct wb_tx *tx = &o->tx[o->n];
	uint32_t us = (uint32_t)(o->now / WB_US);

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
out_append(struct wb_tx *tx, const struct wb_frame *f)
{
	int n = wb_frame_write(tx->head + tx->head_len, WB_TX_HEAD_MAX - tx->head_len, f);

	if (n < 0)
		return false;
	tx->head_len = (uint16_t)(tx->head_len + n);
	return true;
}

static inline uint32_t
out_len(const struct wb_tx *tx)
{
	return HEAD_FIXED + tx->head_len + tx->pkt_len;
}

// May these bytes go to where the path is now? (RFC 9000 8: no amplification)
static inline bool
out_allowed(const struct path *p, uint32_t bytes)
{
	return p->remote.cur.valid || p->remote.cur.credit >= bytes;
}

// It goes: what path and pacer must know.
static inline void
out_leave(struct out *o, struct path *p)
{
	const struct wb_tx *tx = &o->tx[o->n++];
	uint32_t bytes = out_len(tx);

	p->stats.tx_datagrams++;
	p->stats.tx_bytes += bytes;
	p->carried += bytes;
	remote_spend(&p->remote, &tx->to, bytes);
	pacer_sent(&p->pacer, bytes, o->now);
}

// Numbers the datagram and takes it as sent. record: it asks for an answer.
static inline struct in_flight_record *
out_finish(struct out *o, struct path *p, bool record)
{
	struct wb_tx *tx = &o->tx[o->n];
	struct in_flight_record *r = NULL;

	if (record && in_flight_room(&p->in_flight)) {
		r = in_flight_add(&p->in_flight, out_len(tx), o->now);
		tx->number = r->number;
		p->last_eliciting = o->now;
	} else {
		tx->number = in_flight_number(&p->in_flight);
	}
	out_leave(o, p);
	return r;
}

// tunnel_control.c
void control_send(struct wb_tunnel *t, struct out *o); // probes, replies, path MTU, goodbyes
void reports_send(struct wb_tunnel *t, struct out *o); // ACK frames that are due
void states_send(struct wb_tunnel *t, struct out *o);  // PATH_STATE frames, likewise

#endif
