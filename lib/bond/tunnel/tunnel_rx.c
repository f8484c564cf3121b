// SPDX-License-Identifier: BSD-3-Clause
// Reads the datagrams that come from the other end: their numbers, and the frames in them.
#include "tunnel.h"

#include <errno.h>

// Tells whether a datagram that has come already is of interest (hub): the edge may be elsewhere, with somebody
// before it who sends copies.
static bool
wants_copies(const struct wb_tunnel *t, const struct path *p)
{
	return t->conf.role == WB_ROLE_HUB && (!p->remote.cur.valid || !WB_PATH_CARRIES(p));
}

int
wb_tunnel_rx_number(const struct wb_tunnel *t, uint8_t id, uint64_t wire_number, uint64_t *number)
{
	const struct path *p;

	if (t->slot_of_id[id] == TUNNEL_NO_SLOT) {
		*number = wire_number;
		return t->conf.role == WB_ROLE_HUB && !(t->id_gone[id / 64] >> id % 64 & 1)
			       ? 0
			       : -ENOENT;
	}
	p = &t->paths[(int)t->slot_of_id[id]];
	*number = wb_number_expand(wire_number, p->replay.next);
	if (replay_check(&p->replay, *number))
		return 0;
	// Where the edge is not known, the address of a copy may be news. To open it costs what any datagram costs that
	// claims to be of this path.
	return wants_copies(t, p) && *number + WB_REPLAY_WINDOW >= p->replay.next ? 0 : -EALREADY;
}

// Takes a packet, or a fragment of one, into the reorder buffer.
static int
on_data(struct wb_tunnel *t, const struct wb_rx *rx, const struct wb_frame *f, wb_ns_t now)
{
	struct wb_pkt *pkt = rx->pkt;

	if (f->data.len == 0)
		return -EINVAL;
	pkt->rx.off = (uint16_t)(f->data.payload - rx->plain);
	pkt->len = f->data.len;
	pkt->bucket = f->data.bucket;
	pkt->seq = f->data.seq;
	pkt->sclass = f->data.sclass;
	pkt->hold = t->features & WB_FEATURE_HOLD ? f->data.hold : 0;
	pkt->flags = 0;
	if (f->type == WB_FRAME_FEC_SOURCE) {
		uint64_t unneeded = t->fec->rx.stats.unneeded;

		fec_rx_source(&t->fec->rx, pkt, f->data.group, f->data.index, now);
		t->from->stats.fec_unneeded += t->fec->rx.stats.unneeded - unneeded;
	}
	if (f->type == WB_FRAME_DATA_FRAGMENT) {
		if (!t->ops->join)
			return -EINVAL;
		pkt = fragments_received(t->fragments, pkt, f->data.total, f->data.offset, now);
		if (pkt == NULL)
			return 0;
	}
	pkt->rx.sent_us = t->from_us;
	pkt->path = t->from->slot;
	reorder_received(t->reorder, pkt, now);
	return 0;
}

// Takes a repair symbol, or a part of one.
static int
on_repair(struct wb_tunnel *t, const struct wb_rx *rx, const struct wb_frame *f, wb_ns_t now)
{
	uint64_t unneeded;
	int r;

	if (!tunnel_fec_used(t))
		return -EINVAL;
	unneeded = t->fec->rx.stats.unneeded;
	rx->pkt->rx.off = (uint16_t)(f->repair.symbol - rx->plain);
	rx->pkt->len = f->repair.len;
	r = fec_rx_repair(&t->fec->rx, rx->pkt, f, now);
	t->from->stats.fec_received += r == 0 && f->repair.last;
	t->from->stats.fec_unneeded += t->fec->rx.stats.unneeded - unneeded;
	return r;
}

// Hands a message of a handshake to the user.
static void
on_message(struct wb_tunnel *t, const struct wb_frame *f)
{
	if (t->features & WB_FEATURE_REKEY && t->ops->message && f->message.len > 0 &&
		f->message.len <= WB_MESSAGE_MAX)
		t->ops->message(t->ctx, f->message.data, f->message.len);
}

// Reads one frame. *took: the packet's ownership went on. Returns 0, or -EINVAL for a frame that cannot be read.
static int
read_frame(struct wb_tunnel *t, const struct wb_rx *rx, const struct wb_frame *f, bool *took,
	wb_ns_t now)
{
	struct path *p = t->from;
	int r;

	switch (f->type) {
	case WB_FRAME_FEC_REPAIR:
		return on_repair(t, rx, f, now);
	case WB_FRAME_FEC_SOURCE:
		if (!tunnel_fec_used(t))
			return -EINVAL;
		// fall through
	case WB_FRAME_DATA:
	case WB_FRAME_DATA_FRAGMENT:
		r = on_data(t, rx, f, now);
		*took = r == 0;
		p->stats.rx_data += r == 0;
		p->data_in = now;
		return r;
	case WB_FRAME_ACK:
		return tunnel_acked(t, f, t->from_us, now);
	case WB_FRAME_PROBE:
		peer_probe(t, p, f, rx, now);
		break;
	case WB_FRAME_PROBE_REPLY:
		peer_probe_reply(t, p, f, now);
		break;
	case WB_FRAME_PATH_MTU:
		peer_path_mtu(t, p, f, now);
		break;
	case WB_FRAME_PATH_RATE:
		peer_path_rate(t, p, f);
		break;
	case WB_FRAME_PATH_USE:
		peer_path_use(t, p, f);
		break;
	case WB_FRAME_PATH_STATE:
		states_told(t, f, now);
		break;
	case WB_FRAME_HANDSHAKE:
		on_message(t, f);
		break;
	case WB_FRAME_CLOSE:
		peer_close(t, p, f->close.reason, now);
		break;
	}
	return 0;
}

// Tells whether a frame is to be acknowledged.
static bool
asks_for_answer(const struct wb_frame *f)
{
	return f->type == WB_FRAME_DATA || f->type == WB_FRAME_DATA_FRAGMENT ||
	       f->type == WB_FRAME_FEC_SOURCE || f->type == WB_FRAME_FEC_REPAIR ||
	       f->type == WB_FRAME_PROBE;
}

// Reads the frames of one datagram of t->from. *took: the packet's ownership went on. Returns 1 when an answer is
// asked for, 0 when not, -EINVAL for a frame that cannot be read.
static int
read_frames(struct wb_tunnel *t, const struct wb_rx *rx, bool *took, wb_ns_t now)
{
	uint32_t off = WB_TIME_LEN, ts;
	struct wb_frame f;
	int eliciting = 0;

	ts = (uint32_t)rx->plain[0] << 24 | (uint32_t)rx->plain[1] << 16 |
	     (uint32_t)rx->plain[2] << 8 | rx->plain[3];
	owd_sample(&t->from->owd_rx, &t->base_rx, (uint32_t)(now / WB_US) - ts, now);
	horizon_received(&t->from->horizon, ts, now);
	t->from_us = ts;
	while (off < rx->len) {
		int n = wb_frame_read(rx->plain + off, rx->len - off, &f), r;

		if (n < 0)
			return n;
		r = read_frame(t, rx, &f, took, now);
		if (r)
			return r;
		eliciting |= asks_for_answer(&f);
		off += (uint32_t)n;
	}
	return eliciting;
}

// Follows the edge to another address (hub): the newest datagram tells where it may be now (NAT, roaming).
static void
follow_address(struct wb_tunnel *t, struct path *p, const struct wb_rx *rx, enum remote_news news,
	wb_ns_t now)
{
	if (t->conf.role != WB_ROLE_HUB)
		return;
	if (remote_heard(&p->remote, rx->from, rx->wire_len, news, now))
		p->move_probe = true;
	else if (!p->remote.cur.valid && addr_equal(rx->from, &p->remote.cur.addr))
		p->move_probe |= p->probe_at <= now;
}

void
wb_tunnel_received(struct wb_tunnel *t, const struct wb_rx *rx, wb_ns_t now)
{
	struct path *p = tunnel_path_by_id(t, rx->path);
	bool took = false, newest;
	int r;

	now = tunnel_clock(t, now);
	tunnel_release_done(t);
	if (p == NULL && t->conf.role == WB_ROLE_HUB && t->in_session)
		p = tunnel_path_learn(t, rx->path, rx->from, now);
	if (p == NULL || !t->in_session) {
		tunnel_release(t, rx->pkt, WB_DROP_BAD_PATH);
		return;
	}
	if (rx->len < WB_TIME_LEN) {
		tunnel_release(t, rx->pkt, WB_DROP_TOO_SHORT);
		return;
	}
	newest = rx->number >= p->replay.next;
	if (!replay_accept(&p->replay, rx->number)) {
		follow_address(t, p, rx, wants_copies(t, p) ? REMOTE_COPY : REMOTE_OLD, now);
		tunnel_release(t, rx->pkt, WB_DROP_REPLAY);
		return;
	}
	if (now > t->last_heard + TUNNEL_PAUSE)
		t->resumed = now;
	t->last_heard = p->last_heard = now;
	t->silent_at = now + t->conf.silent_after;
	if (t->silent || (!t->peer_tells && p->rx_state != WB_PATH_UP)) {
		t->silent = false;
		states_update(t, now);
	}
	p->stats.rx_datagrams++;
	p->stats.rx_bytes += rx->wire_len;
	p->carried += rx->wire_len;
	follow_address(t, p, rx, newest ? REMOTE_NEWEST : REMOTE_OLD, now);
	ack_received(&p->ack, rx->number, rx->wire_len, now);
	if (now >= t->tune_at)
		tunnel_tune(t, now);
	t->from = p;
	r = read_frames(t, rx, &took, now);
	t->from = NULL;
	// It was told that we do not want this path: that got lost.
	if (r > 0 && p->state == WB_PATH_DISABLED && !p->closed_by_peer && !p->closes)
		p->closes = 1;
	if (r > 0) {
		t->active_at = took ? now : t->active_at;
		ack_elicited(&p->ack, p->rtt.srtt, now);
	}
	if (!took)
		tunnel_release(t, rx->pkt, r < 0 ? WB_DROP_BAD_FRAME : WB_DROP_NONE);
}
