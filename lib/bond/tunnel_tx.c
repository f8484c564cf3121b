// SPDX-License-Identifier: BSD-3-Clause
// What goes out: probes, replies, reports, lost packets once more, then packets from the flow queue.
#include "tunnel.h"

#include <errno.h>
#include <string.h>

#define RECHECK WB_MS // a packet waits for a better path: look again then
#define REPORTS_AFTER (500 * WB_MS)
#define ACK_FRAME_RANGES 16 // further ranges of a report, where many paths share a datagram
#define HEAD_FIXED (WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN) // of an outer packet, besides head
#define DATA_HEAD (HEAD_FIXED + WB_TIME_LEN + WB_DATA_LEN)
#define FRAG_HEAD (HEAD_FIXED + WB_TIME_LEN + WB_FRAG_LEN)

#define REPAIR_HEAD (HEAD_FIXED + WB_TIME_LEN + WB_FEC_REPAIR_LEN)

struct out {
	struct wb_tx *tx;
	unsigned n, max;
	wb_ns_t now;
	bool grouped; // the packet at hand goes as FEC_SOURCE
	uint8_t place[2];
};

static struct wb_tx *
begin(struct out *o, const struct path *p)
{
	struct wb_tx *tx = &o->tx[o->n];
	uint32_t us = (uint32_t)(o->now / WB_US);

	tx->path = p->id;
	tx->slot = p->slot;
	tx->to = p->remote;
	tx->pkt = NULL;
	tx->pkt_off = tx->pkt_len = 0;
	tx->head[0] = (uint8_t)(us >> 24);
	tx->head[1] = (uint8_t)(us >> 16);
	tx->head[2] = (uint8_t)(us >> 8);
	tx->head[3] = (uint8_t)us;
	tx->head_len = WB_TIME_LEN;
	return tx;
}

static bool
append(struct wb_tx *tx, const struct wb_frame *f)
{
	int n = wb_frame_write(tx->head + tx->head_len, WB_TX_HEAD_MAX - tx->head_len, f);

	if (n < 0)
		return false;
	tx->head_len = (uint16_t)(tx->head_len + n);
	return true;
}

static uint32_t
wire_len(const struct wb_tx *tx)
{
	return HEAD_FIXED + tx->head_len + tx->pkt_len;
}

// May these bytes go to where the path is now? (RFC 9000 8: no amplification)
static bool
allowed(const struct path *p, uint32_t bytes)
{
	return p->validated || p->credit >= bytes;
}

// It goes: what path and pacer must know.
static void
leave(struct out *o, struct path *p)
{
	uint32_t bytes = wire_len(&o->tx[o->n++]);

	p->stats.tx_datagrams++;
	p->stats.tx_bytes += bytes;
	p->carried += bytes;
	p->credit -= p->validated || p->credit < bytes ? 0 : bytes;
	pacer_sent(&p->pacer, bytes, o->now);
}

// Numbers the datagram and takes it as sent. record: it asks for an answer.
static struct sent_record *
finish(struct wb_tunnel *t, struct out *o, struct path *p, bool record)
{
	struct wb_tx *tx = &o->tx[o->n];
	struct sent_record *r = NULL;

	if (record && sent_room(&p->sent)) {
		r = sent_add(&p->sent, wire_len(tx), o->now);
		tx->number = r->number;
		p->last_eliciting = o->now;
	} else {
		tx->number = sent_number(&p->sent);
	}
	leave(o, p);
	(void)t;
	return r;
}

static bool
is_active(const struct wb_tunnel *t, wb_ns_t now)
{
	return t->active_at + TUNNEL_ACTIVE > now;
}

static wb_ns_t
probe_interval(const struct path *p, wb_ns_t now)
{
	if (p->state == WB_PATH_DOWN)
		return now - p->state_at < PATH_LONG_DOWN ? PATH_PROBE_DOWN : PATH_PROBE_LONG_DOWN;
	if (p->state == WB_PATH_PROBING && now - p->state_at > PATH_LONG_DOWN)
		return PATH_PROBE_LONG_DOWN;
	return PATH_PROBE_SUSPECT;
}

static void
tell_rate(struct path *p, struct wb_tx *tx)
{
	struct wb_frame f = { .type = WB_FRAME_PATH_RATE };
	uint64_t kbit = p->conf.rate_down / 1000;

	p->tells_rate |= kbit != 0;
	if (!p->tells_rate)
		return;
	f.rate.kbit = kbit < UINT32_MAX ? (uint32_t)kbit : UINT32_MAX;
	append(tx, &f);
}

// Edge: the configuration of the path goes along, for the hub to use it in the other direction too.
static void
append_use(struct wb_tx *tx, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_PATH_USE };
	wb_ns_t ms = (path_price(p) + WB_MS - 1) / WB_MS;

	f.use.flags = p->conf.backup ? WB_PATH_USE_BACKUP : 0;
	f.use.price_ms = ms < UINT16_MAX ? (uint16_t)ms : UINT16_MAX;
	f.use.weight = p->conf.weight < UINT16_MAX ? (uint16_t)p->conf.weight : UINT16_MAX;
	f.use.priority = p->conf.priority;
	if (!p->use_told && !f.use.flags && !ms && !f.use.weight && !f.use.priority)
		return; // as the hub has it
	p->use_told = true;
	append(tx, &f);
}

static void
send_probe(struct wb_tunnel *t, struct out *o, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	struct sent_record *r;
	wb_ns_t tail = path_tail_at(p);

	if (o->n == o->max)
		return;
	p->probe_at = o->now + probe_interval(p, o->now);
	p->move_probe = false;
	p->last_eliciting = o->now;
	if (o->now >= tail)
		p->tails++;
	if (!allowed(p, HEAD_FIXED + WB_TIME_LEN + WB_PROBE_LEN + WB_PATH_MTU_LEN +
				WB_PATH_RATE_LEN + WB_PATH_USE_LEN) ||
		!sent_room(&p->sent))
		return;
	begin(o, p);
	p->tokens[1] = p->tokens[0];
	p->tokens[0] = f.probe.token = tunnel_random(t);
	append(&o->tx[o->n], &f);
	f.type = WB_FRAME_PATH_MTU;
	f.mtu.limit = path_limit(p);
	f.mtu.found = p->pmtu.settled < path_limit(p) || p->pmtu.complete ? p->pmtu.settled : 0;
	append(&o->tx[o->n], &f);
	if (t->conf.role == WB_ROLE_EDGE) {
		tell_rate(p, &o->tx[o->n]);
		append_use(&o->tx[o->n], p);
	}
	p->stats.probes++;
	r = finish(t, o, p, true);
	if (r)
		r->flags = SENT_PROBE | SENT_APP_LIMITED;
}

// Tries a size: a PROBE with padding (RFC 8899 4.1). Its acknowledgement is the answer; the PROBE_REPLY is
// of no interest.
static void
send_pmtu(struct wb_tunnel *t, struct out *o, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	bool complete = p->pmtu.complete;
	uint16_t size = pmtu_poll(&p->pmtu, o->now);
	wb_ns_t wait = 2 * (p->rtt.srtt + 4 * p->rtt.rttvar + ACK_DELAY);
	struct sent_record *r;
	struct wb_tx *tx;

	if (p->pmtu.complete != complete) {
		tunnel_update_mtu(t);
		p->move_probe = p->pmtu.complete; // the other end is told
	}
	if (size == 0 || o->n == o->max)
		return;
	if (!sent_room(&p->sent)) {
		p->pmtu.at = o->now + PATH_PMTU_AGAIN;
		return;
	}
	tx = begin(o, p);
	f.probe.token = tunnel_random(t);
	append(tx, &f);
	tx->pkt_len = (uint16_t)(size - wire_len(tx));
	r = sent_add_pmtu(&p->sent, size, o->now);
	tx->number = r->number;
	leave(o, p);
	p->stats.probes++;
	pmtu_sent(&p->pmtu, wait > PATH_PMTU_WAIT ? wait : PATH_PMTU_WAIT, o->now);
}

static void
send_replies(struct wb_tunnel *t, struct out *o, struct path *p)
{
	while (p->n_replies && o->n < o->max && sent_number_room(&p->sent)) {
		const struct path_reply *reply = &p->replies[--p->n_replies];
		struct wb_frame f = { .type = WB_FRAME_PROBE_REPLY };
		struct wb_tx *tx = begin(o, p);

		f.probe.token = reply->token;
		f.probe.recv_us = reply->recv_us;
		append(tx, &f);
		tx->to = reply->to;
		finish(t, o, p, false);
	}
}

static bool
send_close(struct wb_tunnel *t, struct out *o, struct path *p, enum wb_close_reason reason)
{
	struct wb_frame f = { .type = WB_FRAME_CLOSE, .close = { .reason = (uint8_t)reason } };

	if (o->n == o->max || !allowed(p, WB_MTU_BASE) || !sent_number_room(&p->sent))
		return false;
	append(begin(o, p), &f);
	finish(t, o, p, false);
	return true;
}

static void
send_control(struct wb_tunnel *t, struct out *o)
{
	WB_FOREACH_PATH (t, p) {
		if (p->closes && o->now >= p->close_at) {
			p->closes--;
			p->close_at = o->now + PATH_CLOSE_AGAIN;
			send_close(t, o, p, WB_CLOSE_PATH);
		}
		if (!WB_PATH_LIVES(p))
			continue;
		send_replies(t, o, p);
		if (o->now >= path_probe_due(p, is_active(t, o->now)))
			send_probe(t, o, p);
		if (o->now >= path_pmtu_due(p))
			send_pmtu(t, o, p);
		if (t->closes)
			send_close(t, o, p, WB_CLOSE_SHUTDOWN);
	}
	t->closes -= t->closes ? 1 : 0;
}

static int64_t
report_rank(const struct path *p)
{
	if (WB_PATH_CARRIES(p))
		return p->owd_tx.valid ? p->owd_tx.smooth : (int64_t)p->rtt.srtt;
	return INT64_MAX - (int64_t)(p->last_heard / 2); // else where we were heard last
}

// Reports are many: a path that costs something gets them only while data comes on it, or when no other
// lives.
static bool
too_dear(const struct wb_tunnel *t, const struct path *p)
{
	if (path_price(p) == 0 || t->now - p->data_in < REPORTS_AFTER)
		return false;
	for (const struct path *o = t->paths; o < t->paths + WB_PATHS_MAX; o++) {
		if (WB_PATH_CARRIES(o) && path_price(o) < path_price(p) && allowed(o, WB_MTU_BASE))
			return true;
	}
	return false;
}

// The two quickest paths: reports go on both, since the quickest may have died without our knowing.
static void
report_paths(struct wb_tunnel *t, struct path *best[2])
{
	best[0] = best[1] = NULL;
	WB_FOREACH_PATH (t, p) {
		if (!WB_PATH_LIVES(p) || !p->last_heard || !allowed(p, WB_MTU_BASE / 2) ||
			!sent_number_room(&p->sent) || too_dear(t, p))
			continue;
		if (!best[0] || report_rank(p) < report_rank(best[0])) {
			best[1] = best[0];
			best[0] = p;
		} else if (!best[1] || report_rank(p) < report_rank(best[1])) {
			best[1] = p;
		}
	}
}

// Further ranges that an ACK frame may have here.
static unsigned
range_room(const struct wb_tx *tx)
{
	unsigned room = WB_TX_HEAD_MAX - tx->head_len;

	room = room > WB_ACK_LEN ? (room - WB_ACK_LEN) / WB_ACK_RANGE_LEN : 0;
	return room < WB_ACK_RANGES_MAX ? room : WB_ACK_RANGES_MAX;
}

static void
send_reports(struct wb_tunnel *t, struct out *o)
{
	struct path *to[2];
	struct wb_frame f;
	struct wb_tx *tx;
	bool due = false;

	WB_FOREACH_PATH (t, p)
		due |= p->ack.due <= o->now;
	if (!due || o->n + 2 > o->max)
		return;
	report_paths(t, to);
	if (!to[0]) { // no address is validated yet
		WB_FOREACH_PATH (t, p)
			p->ack.due = p->ack.due <= o->now ? o->now + ACK_DELAY : p->ack.due;
		return;
	}
	tx = begin(o, to[0]);
	WB_FOREACH_PATH (t, p) {
		if (!p->ack.pending || WB_TX_HEAD_MAX - tx->head_len < WB_ACK_LEN)
			continue;
		ack_report(&p->ack, p->id, ACK_FRAME_RANGES, &f);
		do
			append(tx, &f);
		while (ack_report_more(&p->ack, p->id, range_room(tx), &f));
	}
	finish(t, o, to[0], false);
	if (to[1] && o->n < o->max) {
		struct wb_tx *copy = begin(o, to[1]);

		memcpy(copy->head, tx->head, tx->head_len);
		copy->head_len = tx->head_len;
		finish(t, o, to[1], false);
	}
}

// ---- packets

static void
view_path(const struct wb_tunnel *t, const struct path *p, struct sched_path *v)
{
	(void)t;
	// Without a number to give, not even urgent packets go: the record of one that is still under way
	// would be overwritten, and with it the only reference to its packet.
	v->ready = sent_number_room(&p->sent) ? pacer_ready_at(&p->pacer) : t->now + WB_SEC;
	v->owd = p->owd_tx.valid ? owd_expected(&p->owd_tx, p->sent.inflight, p->cc.rate)
				 : (int64_t)p->rtt.srtt / 2;
	v->rate = p->pacer.bps;
	v->weight = p->conf.weight ? p->conf.weight : p->pacer.bps / 1000000;
	v->rtt = p->rtt.srtt;
	v->loss_ppm = p->loss_ppm;
	v->slot = p->slot;
	v->priority = p->conf.priority;
	v->backup = p->conf.backup;
	v->price = path_price(p);
	v->degraded = p->state == WB_PATH_DEGRADED;
	v->window = sent_room(&p->sent) && p->sent.inflight + CC_DATAGRAM <= p->cc.cwnd &&
		    allowed(p, CC_DATAGRAM);
}

static unsigned
view_all(struct wb_tunnel *t, struct sched_path *v)
{
	unsigned n = 0;

	WB_FOREACH_PATH (t, p)
		if (WB_PATH_CARRIES(p) && allowed(p, CC_DATAGRAM) && sent_number_room(&p->sent))
			view_path(t, p, &v[n++]);
	sched_sort(v, n);
	return n;
}

// How the other end is to hold it for order. Small packets are worth more early than in order, and a TCP
// acknowledgement that is lost must not hold up a thousand behind it.
static uint8_t
hold_class(const struct wb_pkt *pkt)
{
	bool small = pkt->len <= FLOW_SMALL && pkt->sclass == WB_CLASS_DEFAULT &&
		     !(pkt->flags & WB_PKT_CLASS_SET);

	return small ? WB_CLASS_REALTIME : pkt->sclass;
}

static void
number(struct wb_tunnel *t, struct wb_pkt *pkt, wb_ns_t now)
{
	if (pkt->flags & WB_PKT_NUMBERED)
		return;
	pkt->seq = t->seq[pkt->bucket]++;
	pkt->flags |= WB_PKT_NUMBERED;
	pkt->first_sent = now;
}

// Puts a slice of a packet into a datagram on path p. Returns the bytes of the packet it took.
static uint32_t
send_piece(struct wb_tunnel *t, struct out *o, struct path *p, struct wb_pkt *pkt, uint32_t off,
	uint32_t len)
{
	bool whole = off == 0 && len == pkt->len && len + DATA_HEAD <= path_mtu(p);
	struct wb_tx *tx = begin(o, p);
	struct sent_record *r;
	struct wb_frame f; // not cleared: an ACK's ranges make it large

	if (!whole && len > (uint32_t)path_mtu(p) - FRAG_HEAD)
		len = (uint32_t)path_mtu(p) - FRAG_HEAD;
	number(t, pkt, o->now);
	f.type = !whole ? WB_FRAME_DATA_FRAGMENT : o->grouped ? WB_FRAME_FEC_SOURCE : WB_FRAME_DATA;
	f.data.group = o->place[0];
	f.data.index = o->place[1];
	f.data.sclass = hold_class(pkt);
	f.data.bucket = pkt->bucket;
	f.data.seq = pkt->seq;
	f.data.total = (uint16_t)pkt->len;
	f.data.offset = (uint16_t)off;
	append(tx, &f);
	tx->pkt = pkt;
	tx->pkt_off = (uint16_t)off;
	tx->pkt_len = (uint16_t)len;
	pkt->last_path = p->slot;
	p->data_out = o->now;
	p->stats.tx_data++;
	p->stats.classes[pkt->sclass]++;
	if (pacer_idle(&p->pacer, o->now))
		p->limited_at = o->now;
	r = finish(t, o, p, true);
	if (r) {
		r->sclass = pkt->sclass;
		r->group = o->grouped ? 256u + o->place[0] : 0;
		r->off = (uint16_t)off;
		r->len = (uint16_t)len;
		if (p->limited_at + RATE_WINDOW > o->now)
			r->flags |= SENT_APP_LIMITED;
		if (t->stats.retained_packets <= t->conf.retain_packets) {
			r->pkt = pkt;
			pkt->refs++;
		}
	}
	return len;
}

// Sends off..off+len on every path of the mask; the smallest of their slices counts.
static uint32_t
send_copies(struct wb_tunnel *t, struct out *o, struct sched_path *v, uint32_t mask,
	struct resend_entry *e)
{
	uint32_t len = e->len;

	for (uint32_t m = mask; m; m &= m - 1) {
		struct path *p = &t->paths[v[__builtin_ctz(m)].slot];
		bool whole =
			e->off == 0 && e->len == e->pkt->len && e->len + DATA_HEAD <= path_mtu(p);

		if (!whole && len > (uint32_t)path_mtu(p) - FRAG_HEAD)
			len = (uint32_t)path_mtu(p) - FRAG_HEAD;
	}
	for (uint32_t m = mask; m && o->n < o->max; m &= m - 1) {
		struct sched_path *view = &v[__builtin_ctz(m)];
		struct path *p = &t->paths[view->slot];

		p->stats.copies += m != mask;
		t->stats.classes[e->pkt->sclass].copies += m != mask;
		send_piece(t, o, p, e->pkt, e->off, len);
		view_path(t, p, view);
	}
	return len;
}

static void
unref_later(struct wb_tunnel *t, struct wb_pkt *pkt)
{
	if (pkt->refs > 1) {
		tunnel_unref(t, pkt);
		return;
	}
	pkt->next = t->done; // a wb_tx of this poll points there
	t->done = pkt;
}

// Takes the packet into a group, if it is to be protected. One that goes on several paths is so already.
static void
protect(struct wb_tunnel *t, struct out *o, const struct sched_path *v, uint32_t mask)
{
	struct wb_pkt *pkt = t->current;
	const struct path *p = &t->paths[v[__builtin_ctz(mask)].slot];

	o->grouped = false;
	if (!tunnel_fec_used(t))
		return;
	fec_tx_earn(&t->fec->tx, pkt->len + DATA_HEAD);
	// The small ones among them are acknowledgements for the most part: the next one says the same.
	if (!t->fec->tx.on || pkt->sclass == WB_CLASS_BULK || hold_class(pkt) != pkt->sclass ||
		(mask & (mask - 1)) || t->current_off || pkt->len + DATA_HEAD > path_mtu(p))
		return;
	number(t, pkt, o->now);
	o->grouped = fec_tx_take(&t->fec->tx, pkt, hold_class(pkt), p->slot, o->now, o->place);
}

static uint32_t
pick(struct wb_tunnel *t, const struct sched_path *v, unsigned n, const struct sched_packet *k,
	wb_ns_t now)
{
	return n ? sched_pick(&t->sched, v, n, k, now) : 0;
}

// Lost packets first. Returns false when one has to wait for a path.
static bool
send_resends(struct wb_tunnel *t, struct out *o, struct sched_path *v, unsigned n)
{
	struct resend_entry *e;

	while ((e = resend_peek(&t->resend)) != NULL) {
		struct wb_pkt *pkt = e->pkt;
		struct sched_packet k = { .sclass = pkt->sclass,
			.tries = pkt->tries,
			.last = (uint8_t)pkt->last_path,
			.bucket = pkt->bucket,
			.again = true,
			.waited = o->now - pkt->first_sent };
		uint32_t mask, len;

		if ((pkt->flags & WB_PKT_ACKED) && e->len == pkt->len) {
			resend_pop(&t->resend);
			unref_later(t, pkt);
			continue;
		}
		if (o->now - pkt->first_sent > resend_budget(pkt->sclass)) {
			pkt->flags |= WB_PKT_GIVEN_UP;
			resend_pop(&t->resend);
			unref_later(t, pkt);
			continue;
		}
		k.bytes = e->len + DATA_HEAD;
		if (o->n + 2 > o->max)
			return false;
		mask = pick(t, v, n, &k, o->now);
		if (mask == 0)
			return false;
		pkt->tries += pkt->tries < UINT8_MAX;
		t->stats.resends++;
		t->stats.classes[pkt->sclass].resends++;
		for (uint32_t m = mask; m; m &= m - 1)
			t->paths[v[__builtin_ctz(m)].slot].stats.resent++;
		len = send_copies(t, o, v, mask, e);
		e->off = (uint16_t)(e->off + len);
		e->len = (uint16_t)(e->len - len);
		if (e->len == 0) {
			resend_pop(&t->resend);
			unref_later(t, pkt);
		}
	}
	return true;
}

static wb_ns_t
patience(const struct wb_pkt *pkt)
{
	return pkt->sclass == WB_CLASS_REALTIME ? TUNNEL_PATIENCE_REALTIME : TUNNEL_PATIENCE;
}

// The packet to send next is held in `current` until it has gone out as a whole.
static struct wb_pkt *
take_current(struct wb_tunnel *t, wb_ns_t now)
{
	while (t->current == NULL) {
		struct wb_pkt *pkt = flow_queue_dequeue(t->queue, now, &t->current_sparse);

		if (pkt == NULL)
			return NULL;
		if (now - pkt->time > patience(pkt)) {
			tunnel_release(t, pkt, WB_DROP_NO_PATH);
			continue;
		}
		if (pkt->len + DATA_HEAD > WB_MTU_BASE && pkt->len > t->mtu &&
			!(t->features & WB_FEATURE_FRAGMENT)) {
			tunnel_release(t, pkt, WB_DROP_MTU);
			continue;
		}
		t->stats.retained_packets++;
		pkt->refs = 1;
		t->current = pkt;
		t->current_off = 0;
	}
	return t->current;
}

// Returns false when the next packet has to wait for a path.
static bool
send_queued(struct wb_tunnel *t, struct out *o, struct sched_path *v, unsigned n)
{
	struct wb_pkt *pkt;

	while (o->n + n <= o->max && (pkt = take_current(t, o->now)) != NULL) {
		struct sched_packet k = {
			.bytes = pkt->len - t->current_off + DATA_HEAD,
			.sclass = pkt->sclass,
			.sparse = t->current_sparse,
			.bucket = pkt->bucket,
			.waited = o->now - pkt->time,
		};
		struct resend_entry e = { .pkt = pkt,
			.off = (uint16_t)t->current_off,
			.len = (uint16_t)(pkt->len - t->current_off) };
		uint32_t mask = pick(t, v, n, &k, o->now);

		if (mask == 0)
			return false;
		if (t->current_off == 0) {
			t->stats.classes[pkt->sclass].packets++;
			t->stats.classes[pkt->sclass].bytes += pkt->len;
		}
		protect(t, o, v, mask);
		t->current_off += send_copies(t, o, v, mask, &e);
		o->grouped = false;
		if (t->current_off == pkt->len) {
			t->current = NULL;
			unref_later(t, pkt);
		}
	}
	return true;
}

// A repair symbol, or the part of it that fits.
static void
send_repair(struct wb_tunnel *t, struct out *o, struct path *p, struct fec_repair *r)
{
	uint32_t room = (uint32_t)path_mtu(p) - REPAIR_HEAD, len = r->symbol->len - r->off;
	struct wb_tx *tx = begin(o, p);
	struct sent_record *record;
	struct wb_frame f;

	if (len > room)
		len = r->off == 0 && len < 2 * room ? len / 2 : room; // two of a size
	f.type = WB_FRAME_FEC_REPAIR;
	f.repair.number = r->number;
	f.repair.sources = r->sources;
	f.repair.row = r->row;
	f.repair.last = r->off + len == r->symbol->len;
	f.repair.offset = (uint16_t)r->off;
	append(tx, &f);
	tx->pkt = r->symbol;
	tx->pkt_off = (uint16_t)r->off;
	tx->pkt_len = (uint16_t)len;
	r->off += len;
	t->fec->tx.stats.bytes += wire_len(tx);
	record = finish(t, o, p, true);
	if (record && p->limited_at + RATE_WINDOW > o->now)
		record->flags |= SENT_APP_LIMITED;
}

// Returns false when one has to wait for a path.
static bool
send_repairs(struct wb_tunnel *t, struct out *o, struct sched_path *v, unsigned n)
{
	struct sched_path u[WB_PATHS_MAX];
	struct fec_repair *r;

	while (t->fec && (r = fec_tx_peek(&t->fec->tx, o->now)) != NULL) {
		struct sched_packet k = { .bytes = r->symbol->len - r->off + REPAIR_HEAD,
			.sclass = WB_CLASS_DEFAULT,
			.sparse = true };
		unsigned m = tunnel_fec_paths(t, r, v, n, u), i;
		uint32_t mask = o->n < o->max ? pick(t, u, m, &k, o->now) : 0;

		if (mask == 0)
			return false;
		for (i = 0; v[i].slot != u[__builtin_ctz(mask)].slot; i++)
			;
		send_repair(t, o, &t->paths[v[i].slot], r);
		view_path(t, &t->paths[v[i].slot], &v[i]);
		if (r->off == r->symbol->len)
			fec_tx_pop(&t->fec->tx);
	}
	return true;
}

// When a waiting packet may find a path: at the next turn of a pacer.
static wb_ns_t
next_ready(const struct sched_path *v, unsigned n, wb_ns_t now)
{
	wb_ns_t at = now + RECHECK;

	for (unsigned i = 0; i < n; i++) {
		if (v[i].ready > now && v[i].ready < at)
			at = v[i].ready;
	}
	return at;
}

// A scheduler from outside gives answers that are of no use.
static void
tell_overruled(struct wb_tunnel *t)
{
	struct wb_event e = { .type = WB_EVENT_SCHEDULER, .value = (uint32_t)t->sched.answer };

	t->sched.told = true;
	tunnel_event(t, &e);
}

static void
send_data(struct wb_tunnel *t, struct out *o)
{
	struct sched_path v[WB_PATHS_MAX];
	unsigned n = view_all(t, v);

	if (n == 0) {
		t->data_at = WB_NEVER; // a path coming up sets it
		return;
	}
	if (!send_resends(t, o, v, n) || !send_repairs(t, o, v, n) || !send_queued(t, o, v, n) ||
		!send_repairs(t, o, v, n))
		t->data_at = next_ready(v, n, o->now);
	else
		t->data_at = WB_NEVER;
	if (t->sched.overruled && !t->sched.told)
		tell_overruled(t);
	if (o->n + n > o->max || o->n + 2 > o->max) {
		t->data_at = o->now; // cut short by the caller's room
		return;
	}
	// Paths that could have taken more had nothing to send: their rate samples say less.
	for (unsigned i = 0; i < n; i++) {
		if (v[i].window && v[i].ready <= o->now)
			t->paths[v[i].slot].limited_at = o->now;
	}
}

unsigned
wb_tunnel_poll(struct wb_tunnel *t, struct wb_tx *tx, unsigned max, wb_ns_t now)
{
	struct out o = { .tx = tx, .max = max, .now = tunnel_clock(t, now) };

	tunnel_release_done(t);
	if (!t->in_session)
		return 0;
	send_control(t, &o);
	send_reports(t, &o);
	if (t->fec && fec_tx_expire(&t->fec->tx, o.now))
		t->data_at = 0;
	if (o.now >= t->data_at && o.n < o.max)
		send_data(t, &o);
	return o.n;
}

wb_ns_t
wb_tunnel_next_deadline(const struct wb_tunnel *t)
{
	wb_ns_t at = t->in_session ? t->data_at : WB_NEVER, d;
	bool active = is_active(t, t->now);

#define EARLIER(x) (at = (d = (x)) < at ? d : at)
	EARLIER(reorder_next_deadline(t->reorder));
	EARLIER(fragments_next_deadline(t->fragments));
	if (!t->in_session)
		return at;
	EARLIER(t->silent_at);
	EARLIER(tunnel_fec_next_deadline(t));
	if (t->closes)
		return 0;
	for (const struct path *p = t->paths; p < t->paths + WB_PATHS_MAX; p++) {
		if (p->closes)
			EARLIER(p->close_at);
		if (!WB_PATH_LIVES(p))
			continue;
		EARLIER(path_probe_due(p, active));
		EARLIER(path_pmtu_due(p));
		EARLIER(p->ack.due);
		EARLIER(p->sent.loss_at);
		EARLIER(path_aging_at(p, t->now));
		if (p->n_replies && sent_number_room(&p->sent))
			return 0;
	}
#undef EARLIER
	return at;
}
