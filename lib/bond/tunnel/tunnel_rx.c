// SPDX-License-Identifier: BSD-3-Clause
// What comes in: datagrams from the other end, packets from the inner network, the passing of time.
#include "tunnel.h"

#include <errno.h>
#include <string.h>

#define BULK_TARGET_PERCENT 60 // of the longest round trip
#define BULK_TARGET_MIN (15 * WB_MS)
#define BULK_TARGET_MAX (60 * WB_MS)
#define REALTIME_SHARE 10  // of the paths' rates: one part in so many
#define SLOWER 8           // times
#define LITTLE (4 * WB_MS) // of what the other paths carry
#define FEW (16 * CC_DATAGRAM)
#define PLAYOUT_FROM (3 * WB_MS)
#define PLAYOUT_MOST (100 * WB_MS)
#define STALLS_SMOOTH 128 // of HOLD_EVERY
#define HOLD_EVERY SWING_EVERY
#define HOLD_MIN (40 * WB_MS)
#define HOLD_MAX_DEFAULT (300 * WB_MS)
#define HOLD_MAX_BULK (400 * WB_MS)
#define GRID_SINCE (GRID_AFTER + OWD_RECENT) // nothing seen before a change counts any more
#define TRY_EXTRA (25 * WB_MS)               // loss seen, ACK sent, worker woken
#define ACK_DELAY_MAX (100 * WB_MS)          // a longer one is not believed
#define TOLD_EVERY WB_SEC // changes of a path's sizes that the other end may tell, in the long run
#define TOLD_BURST 4
#define PREFETCH 4 // packets ahead

void
wb_tunnel_enqueue(struct wb_tunnel *t, struct wb_pkt **pkts, unsigned n, wb_ns_t now)
{
	now = tunnel_clock(t, now);
	tunnel_release_done(t);
	t->active_at = now;
	for (unsigned i = 0; i < n; i++) {
		struct wb_pkt *pkt = pkts[i];
		bool asks = pkt->flags & WB_PKT_CLASS_SET && pkt->sclass == WB_CLASS_REALTIME;

		if (i + PREFETCH < n) {
			flow_class_prefetch(t->classes, pkts[i + PREFETCH]->hash);
			flow_queue_prefetch(t->queue, pkts[i + PREFETCH]);
		}
		t->stats.in_packets++;
		t->stats.in_bytes += pkt->len;
		pkt->time = now;
		pkt->refs = 0;
		pkt->tries = 0;
		pkt->flags &= WB_PKT_CLASS_SET;
		flow_class_packet(t->classes, pkt, now);
		// What asked for realtime and is too much for it need not wait longer than others.
		pkt->hold = equal_looks(&t->equal) && !asks ? tunnel_equal_hold(t, pkt) : 0;
		if (t->closing)
			tunnel_release(t, pkt, WB_DROP_CLOSED);
		else
			flow_queue_enqueue(t->queue, pkt, now);
	}
	t->data_at = 0;
}

// Hub: the edge may be elsewhere, and somebody before it with copies of all that it sends.
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

static int
on_data(struct wb_tunnel *t, const struct wb_rx *rx, const struct wb_frame *f, wb_ns_t now)
{
	struct wb_pkt *pkt = rx->pkt;

	if (f->data.len == 0)
		return -EINVAL;
	pkt->off = (uint16_t)(f->data.payload - rx->plain);
	pkt->len = f->data.len;
	pkt->bucket = f->data.bucket;
	pkt->seq = f->data.seq;
	pkt->sclass = f->data.sclass;
	pkt->hold = t->features & WB_FEATURE_HOLD ? f->data.hold : 0;
	pkt->flags = 0;
	pkt->refs = 0;
	pkt->time = now;
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
	pkt->hash = t->from_us;
	pkt->last_path = t->from->slot;
	reorder_received(t->reorder, pkt, now);
	return 0;
}

static int
on_repair(struct wb_tunnel *t, const struct wb_rx *rx, const struct wb_frame *f, wb_ns_t now)
{
	uint64_t unneeded;
	int r;

	if (!tunnel_fec_used(t))
		return -EINVAL;
	unneeded = t->fec->rx.stats.unneeded;
	rx->pkt->off = (uint16_t)(f->repair.symbol - rx->plain);
	rx->pkt->len = f->repair.len;
	r = fec_rx_repair(&t->fec->rx, rx->pkt, f, now);
	t->from->stats.fec_received += r == 0 && f->repair.last;
	t->from->stats.fec_unneeded += t->fec->rx.stats.unneeded - unneeded;
	return r;
}

// After a change of the path's grid its delay is another one: a longer way is no queue. Should one stand just then,
// the next look at the empty path (cc_auto.c, 5 s at most) finds the true minimum.
static void
after_change(struct path *p, wb_ns_t sent, wb_ns_t now)
{
	wb_ns_t last = grid_last(&p->grid, sent);

	if (last == 0 || last == p->grid_at || sent < last + GRID_SINCE)
		return;
	p->grid_at = last;
	if (sent < last + GRID_SINCE + WB_SEC)
		owd_rebase(&p->owd_tx, now);
}

// Estimates from a report whose largest number is news.
static void
on_ack_sample(struct wb_tunnel *t, struct path *p, const struct wb_frame *f,
	const struct sent_events *e, uint32_t ack_us, wb_ns_t now)
{
	wb_ns_t held = (uint64_t)(uint32_t)(ack_us - f->ack.recv_us) * WB_US;
	wb_ns_t rtt = now - e->largest_sent;
	struct rate_sample s;
	struct cc_report r;

	if (e->largest_sent < t->woke)
		return; // the time for which we slept is in it
	if (held < rtt && held <= ACK_DELAY_MAX)
		rtt -= held;
	rtt_sample(&p->rtt, rtt, now);
	wander_report(&p->wander, f->ack.recv_us, f->ack.bytes, e->largest_sent, p->cc.rate);
	p->owd_tx.wander = (int64_t)p->wander.level;
	owd_sample(
		&p->owd_tx, &t->base_tx, f->ack.recv_us - (uint32_t)(e->largest_sent / WB_US), now);
	grid_delay(&p->grid, p->owd_tx.latest, e->largest_sent);
	after_change(p, e->largest_sent, now);
	s = rate_report(&p->rate, f->ack.recv_us, f->ack.bytes, e->largest_sent);
	r = (struct cc_report){
		.bps = s.bps,
		.bytes = s.bytes,
		.sent = s.sent_to - s.sent_from,
		.received = s.received,
		.left = e->largest_sent,
		.came_us = f->ack.recv_us,
		.total = f->ack.bytes,
		.train_bytes = s.train_bytes,
		.train_sent = s.train_sent,
		.train_received = s.train_received,
		.app_limited = e->largest_flags & SENT_APP_LIMITED,
		.queue = owd_queue(&p->owd_tx),
		.jitter = (wb_ns_t)p->owd_tx.jitter,
		.wander = p->wander.level,
		.srtt = p->rtt.srtt,
		.min_rtt = rtt_minimum(&p->rtt),
		.rttvar = p->rtt.rttvar,
		.overtaken = p->sent.reo_wnd,
		.acked_bytes = e->acked_bytes,
		.lost_bytes = e->lost_bytes,
		.spurious_bytes = e->spurious_bytes,
		.inflight = p->sent.inflight + e->acked_bytes + e->lost_bytes,
	};
	if (p->cc.ops->report(&p->cc, &r, now)) {
		owd_rebase(&p->owd_tx, now);
		rtt_rebase(&p->rtt, now);
	}
	pacer_set_rate(&p->pacer, p->cc.pacing);
}

static bool
other_is_quick(struct wb_tunnel *t, const struct path *than)
{
	WB_FOREACH_PATH (t, p)
		if (p != than && WB_PATH_CARRIES(p) && owd_queue(&p->owd_tx) < PATH_LATE_BY / 2)
			return true;
	return false;
}

// A link has become so slow that what is on it comes when it is no good any more: all behind it is held
// for order. What needs PATH_LATE_BY longer than without a queue goes out elsewhere as well.
static void
copy_late(struct wb_tunnel *t, struct path *p, struct sent_events *e)
{
	wb_ns_t span = rtt_minimum(&p->rtt) + PATH_LATE_BY;
	uint64_t keep = p->cc.rate / 8 * (span / WB_US) / (WB_SEC / WB_US) + 16 * CC_DATAGRAM;

	if (p->cc.falls && p->sent.inflight > keep && other_is_quick(t, p))
		sent_copy_late(&p->sent, keep, e);
}

static wb_ns_t
loss_rtt(const struct path *p)
{
	return p->rtt.srtt > p->rtt.latest ? p->rtt.srtt : p->rtt.latest;
}

static void
count(struct wb_tunnel *t, struct path *p, const struct sent_events *e, wb_ns_t now)
{
	bool complete = p->pmtu.complete;

	tunnel_pmtu_settled(p, e, now);
	if (p->pmtu.complete != complete)
		tunnel_update_mtu(t);
	t->losses += e->n_lost > 0;
	p->stats.lost += e->n_lost;
	p->stats.spurious += e->n_spurious;
	grid_count(&p->grid, e->n_acked - e->n_spurious, e->n_lost,
		now > p->rtt.srtt ? now - p->rtt.srtt : 0);
	// What startup pours into the queue of a modem and loses there says nothing of the link.
	// Nor does what was on the way while this end slept, or what probes found before the path came up.
	if ((p->state != WB_PATH_UP || now > p->state_at + 2 * loss_rtt(p) + TRY_EXTRA) &&
		(p->cc.flooded_at == 0 || now > p->cc.flooded_at + 2 * loss_rtt(p) + TRY_EXTRA) &&
		(t->woke == 0 || now > t->woke + 2 * loss_rtt(p) + TRY_EXTRA))
		path_count_loss(p, e->n_acked - e->n_spurious, e->n_lost, now);
	path_uncount_loss(p, e->n_spurious);
}

// A report may speak of any path of ours, not only the one it came on.
static int
on_ack(struct wb_tunnel *t, const struct wb_frame *f, uint32_t ack_us, wb_ns_t now)
{
	struct path *p = tunnel_path_by_id(t, f->ack.path);
	struct sent_events e = tunnel_sent_events(t);

	if (p == NULL)
		return 0; // a path that has gone
	e.large_since = p->pmtu.small_since;
	if (sent_ack(&p->sent, f, &e, now))
		return -EINVAL;
	sent_detect(&p->sent, loss_rtt(p), &e, now);
	count(t, p, &e, now);
	if (e.has_largest) {
		on_ack_sample(t, p, f, &e, ack_us, now);
		copy_late(t, p, &e);
	}
	if (e.n_acked)
		tunnel_set_state(t, p, path_answered(p, now), now);
	t->data_at = 0;
	return 0;
}

void
tunnel_path_closed(struct wb_tunnel *t, struct path *p, wb_ns_t now)
{
	if (!WB_PATH_LIVES(p))
		return;
	p->closed_by_peer = true;
	tunnel_set_state(t, p, WB_PATH_DISABLED, now);
}

// One that goes and comes all the time costs us a beat.
void
tunnel_path_wanted(struct wb_tunnel *t, struct path *p, wb_ns_t now)
{
	if (!p->closed_by_peer || now < p->state_at + PATH_CLOSE_AGAIN)
		return;
	p->closed_by_peer = false;
	p->acks_to_up = 1;
	tunnel_set_state(t, p, WB_PATH_PROBING, now);
}

// The other end takes a path out, or says goodbye altogether.
static void
on_close(struct wb_tunnel *t, struct path *p, uint8_t reason, wb_ns_t now)
{
	if (reason != WB_CLOSE_PATH) {
		tunnel_event(t,
			&(struct wb_event){
				.type = WB_EVENT_PEER_CLOSED, .path = p->slot, .value = reason });
	} else {
		tunnel_path_closed(t, p, now);
	}
}

static bool
settle_address(struct wb_tunnel *t, struct path *p, wb_ns_t now)
{
	if (!remote_settle(&p->remote, path_late_after(p), WB_PATH_CARRIES(p), now))
		return false;
	tunnel_event(t, &(struct wb_event){ .type = WB_EVENT_PATH_ADDRESS, .path = p->slot });
	return true;
}

// The first PROBE of a datagram is answered, so an answer is about as long as what asked for it, wherever
// it goes.
static void
on_probe(struct wb_tunnel *t, struct path *p, const struct wb_frame *f, const struct wb_rx *rx,
	wb_ns_t now)
{
	struct path_reply *r;

	tunnel_path_wanted(t, p, now);
	if (p->n_replies == PATH_REPLIES || p->probed_by == rx->number + 1 ||
		p->replied_until > now + PATH_REPLY_BURST * PATH_REPLY_EVERY)
		return;
	p->probed_by = rx->number + 1;
	p->replied_until = (p->replied_until > now ? p->replied_until : now) + PATH_REPLY_EVERY;
	r = &p->replies[p->n_replies++];
	r->token = f->probe.token;
	r->recv_us = (uint32_t)(now / WB_US);
	r->to = *rx->from;
}

// The edge knows what its end of the path takes; either end tells what it has found.
static void
on_path_mtu(struct wb_tunnel *t, struct path *p, const struct wb_frame *f, wb_ns_t now)
{
	bool limit = t->conf.role == WB_ROLE_HUB && f->mtu.limit >= WB_MTU_BASE &&
		     f->mtu.limit != p->peer_limit;

	if (!limit && f->mtu.found == p->peer_found)
		return;
	// Each change costs a search of large datagrams. What is ignored comes again with the next probe.
	if (p->told_until > now + TOLD_BURST * TOLD_EVERY)
		return;
	p->told_until = (p->told_until > now ? p->told_until : now) + TOLD_EVERY;
	if (limit) {
		p->peer_limit = f->mtu.limit;
		pmtu_set_max(&p->pmtu, path_limit(p), now);
	}
	p->peer_found = f->mtu.found;
	tunnel_update_mtu(t);
}

// Hub: what the edge's user says of the line. The operator of the hub may say otherwise later.
static void
on_path_rate(struct wb_tunnel *t, struct path *p, const struct wb_frame *f)
{
	bool ceiling = f->rate.flags & WB_PATH_RATE_CEILING;
	uint64_t bps = f->rate.kbit * UINT64_C(1000);

	if (t->conf.role != WB_ROLE_HUB || f->rate.skip ||
		(f->rate.kbit == p->told_kbit && ceiling == p->told_ceiling) ||
		(f->rate.kbit != 0 && f->rate.kbit < PATH_RATE_LEAST))
		return;
	p->told_kbit = f->rate.kbit;
	p->told_ceiling = ceiling;
	path_set_rate(p, ceiling ? 0 : bps, ceiling ? bps : 0, t->now);
}

// Hub: and how it wants it used.
static void
on_path_use(struct wb_tunnel *t, struct path *p, const struct wb_frame *f)
{
	if (t->conf.role != WB_ROLE_HUB || !f->use.known)
		return;
	p->conf.backup = f->use.flags & WB_PATH_USE_BACKUP;
	p->conf.price = f->use.price_ms * WB_MS;
	p->conf.weight = f->use.weight;
	p->conf.priority = f->use.priority;
}

// A path that was given up may only have become slow, by more than what was on it is remembered for. When it carries again,
// the next silence is to be measured by that.
static void
late_answer(struct wb_tunnel *t, struct path *p, wb_ns_t asked, uint32_t recv_us, wb_ns_t now)
{
	if ((p->state != WB_PATH_SUSPECT && p->state != WB_PATH_DOWN) || asked < t->woke ||
		now - asked < path_late_after(p))
		return;
	rtt_sample(&p->rtt, now - asked, now);
	owd_sample(&p->owd_tx, &t->base_tx, recv_us - (uint32_t)(asked / WB_US), now);
}

static void
on_probe_reply(struct wb_tunnel *t, struct path *p, const struct wb_frame *f, wb_ns_t now)
{
	const struct remote_addr *a = remote_answered(&p->remote, f->probe.token, now);

	if (a == NULL)
		return;
	p->stats.replies++;
	late_answer(t, p, a->answered, f->probe.recv_us, now);
	t->data_at = 0; // what the limit held back may go now
	if (settle_address(t, p, now) || a == &p->remote.cur)
		tunnel_set_state(t, p, path_answered(p, now), now);
}

static void
on_message(struct wb_tunnel *t, const struct wb_frame *f)
{
	if (t->features & WB_FEATURE_REKEY && t->ops->message && f->message.len > 0 &&
		f->message.len <= WB_MESSAGE_MAX)
		t->ops->message(t->ctx, f->message.data, f->message.len);
}

// The frames of one datagram. *took: the packet's ownership went on. Returns 1 when an answer is
// asked for, 0 when not, -EINVAL for a frame that cannot be read.
static int
read_frames(struct wb_tunnel *t, struct path *p, const struct wb_rx *rx, bool *took, wb_ns_t now)
{
	uint32_t off = WB_TIME_LEN, ts;
	struct wb_frame f;
	int eliciting = 0;

	ts = (uint32_t)rx->plain[0] << 24 | (uint32_t)rx->plain[1] << 16 |
	     (uint32_t)rx->plain[2] << 8 | rx->plain[3];
	owd_sample(&p->owd_rx, &t->base_rx, (uint32_t)(now / WB_US) - ts, now);
	horizon_received(&p->horizon, ts, now);
	t->from_us = ts;
	while (off < rx->len) {
		int n = wb_frame_read(rx->plain + off, rx->len - off, &f), r = 0;

		if (n < 0)
			return n;
		switch (f.type) {
		case WB_FRAME_FEC_REPAIR:
			r = on_repair(t, rx, &f, now);
			eliciting = 1;
			break;
		case WB_FRAME_FEC_SOURCE:
			if (!tunnel_fec_used(t))
				return -EINVAL;
			// fall through
		case WB_FRAME_DATA:
		case WB_FRAME_DATA_FRAGMENT:
			r = on_data(t, rx, &f, now);
			*took = r == 0;
			p->stats.rx_data += r == 0;
			p->data_in = now;
			eliciting = 1;
			break;
		case WB_FRAME_ACK:
			r = on_ack(t, &f, ts, now);
			break;
		case WB_FRAME_PROBE:
			on_probe(t, p, &f, rx, now);
			eliciting = 1;
			break;
		case WB_FRAME_PROBE_REPLY:
			on_probe_reply(t, p, &f, now);
			break;
		case WB_FRAME_PATH_MTU:
			on_path_mtu(t, p, &f, now);
			break;
		case WB_FRAME_PATH_RATE:
			on_path_rate(t, p, &f);
			break;
		case WB_FRAME_PATH_USE:
			on_path_use(t, p, &f);
			break;
		case WB_FRAME_PATH_STATE:
			states_told(t, &f, now);
			break;
		case WB_FRAME_HANDSHAKE:
			on_message(t, &f);
			break;
		case WB_FRAME_CLOSE:
			on_close(t, p, f.close.reason, now);
			break;
		}
		if (r)
			return r;
		off += (uint32_t)n;
	}
	return eliciting;
}

// Hub: the newest datagram tells where the path may be now (NAT, roaming).
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

static uint64_t
rate_of_all(struct wb_tunnel *t)
{
	uint64_t rate = 0;

	WB_FOREACH_PATH (t, p)
		if (WB_PATH_CARRIES(p))
			rate += p->cc.rate;
	return rate;
}

// What each path may bring to a bulk flow. One that was never filled may bring as much as the best, until that is
// known.
static void
tune_reach(struct wb_tunnel *t)
{
	struct reach_path paths[WB_PATHS_MAX];
	struct reach reach;
	wb_ns_t cheapest = tunnel_cheapest(t);
	uint64_t best = 0;
	unsigned n = 0;

	WB_FOREACH_PATH (t, p)
		best = WB_PATH_CARRIES(p) && p->pacer.bps > best ? p->pacer.bps : best;
	WB_FOREACH_PATH (t, p) {
		// No other scheduler goes by the backlog, and it is not to make paths that cost more help.
		if (t->sched.ops != &sched_earliest || !WB_PATH_CARRIES(p) || !p->owd_tx.valid ||
			path_price(p) > cheapest)
			continue;
		paths[n].owd = owd_unqueued(&p->owd_tx);
		paths[n++].bps = p->cc.known ? p->cc.rate : best;
	}
	reach_set(&reach, paths, n, t->bulk_target);
	flow_queue_reach(t->queue, &reach);
}

// CoDel in the flow queue. Its interval covers a round trip through the slowest path, and that of
// datagrams which come late there, for all behind them are held; a lone bulk flow
// that falls back (CUBIC: to 0.7) must still fill the paths; and when losses are frequent, there must be
// enough queued to send on while the other end waits for what is sent again, since no acknowledgement of
// the flow comes then: a round trip, times the share of time for which one is awaited. Dips
// of radio links come on top (swing.h).
static void
tune_queue(struct wb_tunnel *t)
{
	wb_ns_t rtt = 0, late = 0, target, more;
	uint64_t share, rate = rate_of_all(t);

	swing_rate(&t->swing, rate);
	t->stalls += (t->losses * 256 * (uint32_t)(WB_SEC / HOLD_EVERY)) / STALLS_SMOOTH;
	t->stalls -= t->stalls / STALLS_SMOOTH;
	t->losses = 0;
	WB_FOREACH_PATH (t, p) {
		if (!WB_PATH_CARRIES(p) || p->sent.inflight <= CC_DATAGRAM)
			continue;
		if (p->rtt.srtt > rtt)
			rtt = p->rtt.srtt;
		if (p->rtt.srtt + sent_slow(&p->sent) > late)
			late = p->rtt.srtt + sent_slow(&p->sent);
	}
	if (rtt == 0)
		return;
	target = rtt * BULK_TARGET_PERCENT / 100;
	if (target < BULK_TARGET_MIN)
		target = BULK_TARGET_MIN;
	if (target > BULK_TARGET_MAX)
		target = BULK_TARGET_MAX;
	t->bulk_target = target;
	share = 2 * t->stalls * (rtt / WB_US) / (WB_SEC / WB_US); // in 1/256
	more = target + rtt * (share < 256 ? share : 256) / 256;
	flow_queue_tune(t->queue, 100 * WB_MS + late, target, swing_target(&t->swing, rate, more));
}

// Realtime packets go twice: at a tenth of what the paths carry they take a fifth of it.
static void
tune_classes(struct wb_tunnel *t)
{
	uint64_t bps = 0;

	WB_FOREACH_PATH (t, p)
		bps += WB_PATH_CARRIES(p) ? p->pacer.bps : 0;
	flow_class_set_cap(t->classes, bps / REALTIME_SHARE);
}

// Where datagrams overtake each other by more than PLAYOUT_FROM, the early ones wait for the others.
static void
tune_playout(struct wb_tunnel *t)
{
	for (unsigned i = 0; i < WB_PATHS_MAX; i++) {
		const struct path *p = &t->paths[i];
		const struct owd *o = &p->owd_rx;
		bool on =
			p->state != WB_PATH_FREE && o->valid && p->horizon.overtaken > PLAYOUT_FROM;
		int64_t delay = (o->mean + o->jitter / 2) / (int64_t)WB_US;

		playout_set_delay(
			t->playout, i, t->base_rx.us + (uint32_t)delay, on ? PLAYOUT_MOST : 0);
	}
}

// How long a gap may stay open: until no path can bring the missing packet any more, then some tries to send
// it again, each of which takes a round trip and a little.
static void
update_holds(struct wb_tunnel *t, wb_ns_t now)
{
	int64_t least = INT64_MAX, most = INT64_MIN;
	wb_ns_t rtt = 0, once, spread, hold[WB_CLASS_COUNT] = { 0 };

	t->hold_at = now + HOLD_EVERY;
	tune_queue(t);
	tune_reach(t);
	tunnel_equal_tune(t, now);
	tune_classes(t);
	WB_FOREACH_PATH (t, p) {
		if (!p->owd_rx.valid || p->owd_rx.last + WB_SEC < now)
			continue;
		if (p->owd_rx.smooth < least)
			least = p->owd_rx.smooth;
		if (p->owd_rx.smooth + 4 * p->owd_rx.jitter > most)
			most = p->owd_rx.smooth + 4 * p->owd_rx.jitter;
		if (rtt_valid(&p->rtt) && p->rtt.srtt + 2 * p->rtt.rttvar > rtt)
			rtt = p->rtt.srtt + 2 * p->rtt.rttvar;
	}
	spread = most > least ? (wb_ns_t)(most - least) : 0;
	once = (rtt ? rtt : RTT_INITIAL) + TRY_EXTRA;
	hold[WB_CLASS_DEFAULT] = 3 * once;
	hold[WB_CLASS_BULK] = 4 * once;
	if (hold[WB_CLASS_DEFAULT] > HOLD_MAX_DEFAULT)
		hold[WB_CLASS_DEFAULT] = HOLD_MAX_DEFAULT;
	if (hold[WB_CLASS_BULK] > HOLD_MAX_BULK)
		hold[WB_CLASS_BULK] = HOLD_MAX_BULK;
	if (hold[WB_CLASS_DEFAULT] < HOLD_MIN)
		hold[WB_CLASS_DEFAULT] = HOLD_MIN;
	if (hold[WB_CLASS_BULK] < HOLD_MIN)
		hold[WB_CLASS_BULK] = HOLD_MIN;
	for (unsigned c = 0; c < WB_CLASS_COUNT; c++)
		t->stats.classes[c].hold = hold[c];
	reorder_set_spread(t->reorder, spread);
	reorder_set_hold(t->reorder, hold);
	tune_playout(t);
	tunnel_fec_tune(t, now);
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
	if (now >= t->hold_at)
		update_holds(t, now);
	t->from = p;
	r = read_frames(t, p, rx, &took, now);
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

// Did some other path answer when this one should have? Or it is the other end that is silent.
static bool
other_answers(struct wb_tunnel *t, const struct path *than, wb_ns_t now)
{
	if (now < t->resumed + TUNNEL_GRACE)
		return false;
	WB_FOREACH_PATH (t, p)
		if (p != than && WB_PATH_CARRIES(p) &&
			p->progress_at > than->sent.first_unanswered + than->rtt.srtt)
			return true;
	return false;
}

static void
check_silence(struct wb_tunnel *t, wb_ns_t now)
{
	bool asked = false;

	if (!t->in_session || now < t->silent_at)
		return;
	t->silent_at = now + t->conf.silent_after;
	WB_FOREACH_PATH (t, p)
		asked |= p->last_eliciting > t->last_heard;
	if (!asked)
		return;
	t->silent = true;
	tunnel_event(t, &(struct wb_event){ .type = WB_EVENT_SILENT });
}

// An answer is late: calls do not wait until it is clear that the path has fallen silent. Nor does the rest
// if it is little for the other paths: a link that trickles holds up whole flows for a few packets. Nor do a few
// datagrams with nothing behind them, where no later one shows what got lost: whoever waits for them (a flow that
// begins, or ends) sends nothing meanwhile, so that a copy costs nobody anything.
static void
copy_overdue(struct wb_tunnel *t, struct path *p)
{
	struct sent_events e = tunnel_sent_events(t);
	uint64_t others = 0; // bit/s

	p->overdue = t->now;
	WB_FOREACH_PATH (t, o)
		if (o != p && WB_PATH_CARRIES(o))
			others += o->cc.rate;
	if (p->cc.rate * SLOWER < others && !p->sent.overtaken &&
		p->sent.inflight * 8 * (WB_SEC / LITTLE) < others && other_is_quick(t, p))
		sent_copy_late(&p->sent, 0, &e);
	else if (others)
		sent_copy_class(&p->sent, WB_CLASS_REALTIME, &e);
	if (flow_queue_packets(t->queue) == 0 && p->sent.inflight <= FEW) {
		p->overdue = t->now - path_late_after(p); // those behind have their own time
		sent_copy_old(&p->sent, p->overdue, &e);
	}
}

void
wb_tunnel_expire(struct wb_tunnel *t, wb_ns_t now)
{
	now = tunnel_clock(t, now);
	tunnel_release_done(t);
	WB_FOREACH_PATH (t, p) {
		if (now >= p->sent.loss_at) {
			struct sent_events e = tunnel_sent_events(t);

			e.large_since = p->pmtu.small_since;
			sent_detect(&p->sent, loss_rtt(p), &e, now);
			count(t, p, &e, now);
		}
		if (now >= path_overdue_at(p))
			copy_overdue(t, p);
		settle_address(t, p, now);
		tunnel_set_state(t, p, path_aged(p, other_answers(t, p, now), now), now);
	}
	reorder_expire(t->reorder, now);
	equal_expire(&t->equal, now);
	playout_expire(t->playout, now);
	fragments_expire(t->fragments, now);
	if (t->fec)
		fec_rx_expire(&t->fec->rx, now);
	check_silence(t, now);
	states_update(t, now);
}
