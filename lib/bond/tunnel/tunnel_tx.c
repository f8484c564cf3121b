// SPDX-License-Identifier: BSD-3-Clause
// What goes out: control and reports first, realtime packets, lost packets once more, then the others.
#include "batch.h"

#include <errno.h>
#include <string.h>

#define DATA_HEAD (HEAD_FIXED + WB_TIME_LEN + WB_DATA_LEN)
#define FRAG_HEAD (HEAD_FIXED + WB_TIME_LEN + WB_FRAG_LEN)
#define REPAIR_HEAD (HEAD_FIXED + WB_TIME_LEN + WB_FEC_REPAIR_LEN)

// Fills in what a scheduler sees of a path.
static void
view_path(const struct wb_tunnel *t, const struct path *p, struct sched_path *v)
{
	// Without a number to give, not even urgent packets go: the record of one that is still under way
	// would be overwritten, and with it the only reference to its packet.
	v->ready =
		in_flight_number_room(&p->in_flight) ? pacer_ready_at(&p->pacer) : t->now + WB_SEC;
	v->owd = p->owd_tx.valid ? owd_expected(&p->owd_tx, p->in_flight.bytes, p->cc.rate, t->now)
				 : (int64_t)p->rtt.srtt / 2;
	v->rate = p->pacer.bps;
	v->measured = p->cc.rate;
	v->known = p->cc.known;
	v->weight = p->conf.weight ? p->conf.weight : p->pacer.bps / 1000000;
	v->rtt = p->rtt.srtt;
	v->loss_ppm = p->loss_ppm;
	v->slot = p->slot;
	v->priority = p->conf.priority;
	v->backup = p->conf.backup;
	v->price = path_price(p);
	v->degraded = p->state == WB_PATH_DEGRADED;
	v->doubtful = path_doubtful(p, t->now);
	v->idle_at = p->limited_at;
	v->window = in_flight_room(&p->in_flight) &&
		    p->in_flight.bytes + CC_DATAGRAM <= p->cc.cwnd && batch_allowed(p, CC_DATAGRAM);
}

// Fills in what a scheduler sees of all paths that may take something, in its order. Returns their number.
static unsigned
view_all(struct wb_tunnel *t, struct sched_path *v)
{
	unsigned n = 0;

	WB_FOREACH_PATH (t, p)
		if (WB_PATH_CARRIES(p) && batch_allowed(p, CC_DATAGRAM) &&
			in_flight_number_room(&p->in_flight))
			view_path(t, p, &v[n++]);
	sched_sort(v, n);
	return n;
}

// Returns the class by which the other end is to hold a packet for order. Small packets are worth more early than
// in order: a TCP acknowledgement that is lost must not hold up a thousand behind it.
static uint8_t
hold_class(const struct wb_pkt *pkt)
{
	bool small = pkt->len <= FLOW_SMALL && pkt->sclass == WB_CLASS_DEFAULT &&
		     !(pkt->flags & WB_PKT_CLASS_SET);

	return small ? WB_CLASS_REALTIME : pkt->sclass;
}

// Gives the packet its number in the bucket, if it has none.
static void
number(struct wb_tunnel *t, struct wb_pkt *pkt, wb_ns_t now)
{
	if (pkt->flags & WB_PKT_NUMBERED)
		return;
	pkt->seq = t->seq[pkt->bucket]++;
	pkt->flags |= WB_PKT_NUMBERED;
	pkt->tx.first_sent = now;
}

// Returns how many of the packet's bytes from off on, up to len, go in one datagram on path p. What is less than the
// packet needs the longer head of a fragment.
static uint32_t
slice(const struct path *p, const struct wb_pkt *pkt, uint32_t off, uint32_t len, bool *whole)
{
	uint32_t most = (uint32_t)path_mtu(p) - FRAG_HEAD;

	*whole = off == 0 && len == pkt->len && len + DATA_HEAD <= path_mtu(p);
	return *whole || len < most ? len : most;
}

// Puts a slice of a packet into a datagram on path p.
static void
send_piece(struct wb_tunnel *t, struct batch *b, struct path *p, struct wb_pkt *pkt, uint32_t off,
	uint32_t len)
{
	struct wb_tx *tx = batch_begin(b, p);
	struct in_flight_record *r;
	struct wb_frame f; // not cleared: an ACK's ranges make it large
	bool whole;

	len = slice(p, pkt, off, len, &whole);
	number(t, pkt, b->now);
	f.type = !whole ? WB_FRAME_DATA_FRAGMENT : b->grouped ? WB_FRAME_FEC_SOURCE : WB_FRAME_DATA;
	f.data.group = b->place[0];
	f.data.index = b->place[1];
	f.data.sclass = hold_class(pkt);
	f.data.bucket = pkt->bucket;
	f.data.seq = pkt->seq;
	// One that waited for a session may have the hold of the one before.
	f.data.hold = pkt->tx.tries == 0 && (t->features & WB_FEATURE_HOLD) ? pkt->hold : 0;
	f.data.total = (uint16_t)pkt->len;
	f.data.offset = (uint16_t)off;
	batch_append(tx, &f);
	tx->pkt = pkt;
	tx->pkt_off = (uint16_t)off;
	tx->pkt_len = (uint16_t)len;
	pkt->path = p->slot;
	t->sent_bytes += len + WB_OVERHEAD;
	p->data_out = b->now;
	p->stats.tx_data++;
	p->stats.classes[pkt->sclass]++;
	if (pacer_idle(&p->pacer, b->now))
		p->limited_at = b->now;
	r = batch_finish(b, p, true);
	if (r) {
		r->sclass = pkt->sclass;
		r->group = b->grouped ? 256u + b->place[0] : 0;
		r->off = (uint16_t)off;
		r->len = (uint16_t)len;
		if (p->limited_at + RATE_WINDOW > b->now)
			r->flags |= IN_FLIGHT_APP_LIMITED;
		r->flags |= b->copied ? IN_FLIGHT_COPIED : 0;
		if (t->stats.retained_packets <= t->retain_limit) {
			r->pkt = pkt;
			pkt->tx.refs++;
		}
	}
}

// Sends off..off+len on every path of the mask; the smallest of their slices counts.
static uint32_t
send_copies(struct wb_tunnel *t, struct batch *b, struct sched_path *v, uint32_t mask,
	struct resend_entry *e)
{
	uint32_t len = e->len;

	for (uint32_t m = mask; m; m &= m - 1) {
		bool whole;
		uint32_t one =
			slice(&t->paths[v[__builtin_ctz(m)].slot], e->pkt, e->off, e->len, &whole);

		len = one < len ? one : len;
	}
	b->copied = mask & (mask - 1);
	for (uint32_t m = mask; m && b->n < b->max; m &= m - 1) {
		struct sched_path *view = &v[__builtin_ctz(m)];
		struct path *p = &t->paths[view->slot];

		p->stats.copies += m != mask;
		t->stats.classes[e->pkt->sclass].copies += m != mask;
		send_piece(t, b, p, e->pkt, e->off, len);
		view_path(t, p, view);
	}
	return len;
}

// Gives back a reference; if it is the last one, at the next call.
static void
unref_later(struct wb_tunnel *t, struct wb_pkt *pkt)
{
	if (pkt->tx.refs > 1) {
		tunnel_unref(t, pkt);
		return;
	}
	pkt->next = t->done; // a wb_tx of this poll points there
	t->done = pkt;
}

// Takes the packet into a group of error correction, if it is to be protected. One that goes on several paths is
// protected by that.
static void
protect(struct wb_tunnel *t, struct batch *b, const struct tunnel_taken *taken,
	const struct sched_path *v, uint32_t mask)
{
	struct wb_pkt *pkt = taken->pkt;
	const struct path *p = &t->paths[v[__builtin_ctz(mask)].slot];

	b->grouped = false;
	if (!tunnel_fec_used(t))
		return;
	fec_tx_earn(&t->fec->tx, pkt->len + DATA_HEAD);
	// The small ones among them are acknowledgements for the most part: the next one says the same.
	if (hold_class(pkt) != pkt->sclass || pkt->hold || (mask & (mask - 1)) || taken->off ||
		pkt->len + DATA_HEAD > path_mtu(p) || !fec_tx_wants(&t->fec->tx, pkt, b->now))
		return;
	number(t, pkt, b->now);
	b->grouped = fec_tx_take(&t->fec->tx, pkt, hold_class(pkt), p->slot, b->now, b->place);
	t->stats.classes[hold_class(pkt)].fec_protected += b->grouped;
}

// Asks the scheduler. Returns a mask over v, 0: the packet waits.
static uint32_t
pick(struct wb_tunnel *t, const struct sched_path *v, unsigned n, const struct sched_packet *k,
	wb_ns_t now)
{
	return n ? sched_pick(&t->sched, v, n, k, now) : 0;
}

// Sends lost packets again. Returns false when one has to wait for a path.
static bool
send_resends(struct wb_tunnel *t, struct batch *b, struct sched_path *v, unsigned n)
{
	struct resend_entry *e;

	while ((e = resend_peek(&t->resend)) != NULL) {
		struct wb_pkt *pkt = e->pkt;
		struct sched_packet k = { .sclass = pkt->sclass,
			.tries = pkt->tx.tries,
			.last = pkt->path,
			.bucket = pkt->bucket,
			.again = true,
			.waited = b->now - pkt->tx.first_sent };
		uint32_t mask, len;

		if ((pkt->flags & WB_PKT_ACKED) && e->len == pkt->len) {
			resend_pop(&t->resend);
			unref_later(t, pkt);
			continue;
		}
		if (pkt->tx.tries >= RESEND_TRIES ||
			b->now - pkt->tx.first_sent > resend_budget(pkt->sclass)) {
			pkt->flags |= WB_PKT_GIVEN_UP;
			resend_pop(&t->resend);
			unref_later(t, pkt);
			continue;
		}
		k.bytes = e->len + DATA_HEAD;
		if (b->n + 2 > b->max)
			return false;
		mask = pick(t, v, n, &k, b->now);
		if (mask == 0)
			return false;
		pkt->tx.tries += pkt->tx.tries < UINT8_MAX;
		t->stats.resends++;
		t->stats.classes[pkt->sclass].resends++;
		for (uint32_t m = mask; m; m &= m - 1)
			t->paths[v[__builtin_ctz(m)].slot].stats.resent++;
		len = send_copies(t, b, v, mask, e);
		e->off = (uint16_t)(e->off + len);
		e->len = (uint16_t)(e->len - len);
		if (e->len == 0) {
			resend_pop(&t->resend);
			unref_later(t, pkt);
		}
	}
	return true;
}

// Returns how long a packet waits to be sent.
static wb_ns_t
patience(const struct wb_pkt *pkt)
{
	return pkt->sclass == WB_CLASS_REALTIME ? TUNNEL_PATIENCE_REALTIME : TUNNEL_PATIENCE;
}

// Takes the next packet of this kind from the flow queue and keeps it in t->taken, until it has gone out as a
// whole. Returns it, NULL: there is none.
static struct wb_pkt *
take(struct wb_tunnel *t, enum tunnel_kind kind, wb_ns_t now)
{
	struct tunnel_taken *taken = &t->taken[kind];

	while (taken->pkt == NULL) {
		bool sparse = true;
		struct wb_pkt *pkt =
			kind == TUNNEL_REALTIME ? flow_queue_dequeue_realtime(t->queue, now)
			: kind == TUNNEL_SPARSE ? flow_queue_dequeue_new(t->queue, now)
						: flow_queue_dequeue(t->queue, now, &sparse);

		if (pkt == NULL)
			return NULL;
		if (now - pkt->tx.queued > patience(pkt)) {
			tunnel_release(t, pkt,
				pkt->tx.queued < t->path_since ? WB_DROP_NO_PATH
							       : WB_DROP_OVERLOAD);
			continue;
		}
		if (pkt->len + DATA_HEAD > WB_MTU_BASE && pkt->len > t->mtu &&
			!(t->features & WB_FEATURE_FRAGMENT)) {
			tunnel_release(t, pkt, WB_DROP_MTU);
			continue;
		}
		t->stats.retained_packets++;
		pkt->tx.refs = 1;
		sparse &= pkt->hold == 0;
		*taken = (struct tunnel_taken){ .pkt = pkt, .sparse = sparse };
	}
	return taken->pkt;
}

// Sends packets of one kind from the flow queue. Returns false when the next one has to wait for a path.
static bool
send_queued(struct wb_tunnel *t, struct batch *b, enum tunnel_kind kind, struct sched_path *v,
	unsigned n)
{
	struct tunnel_taken *taken = &t->taken[kind];
	struct wb_pkt *pkt;

	while (b->n + n <= b->max && (pkt = take(t, kind, b->now)) != NULL) {
		struct sched_packet k = {
			.bytes = pkt->len - taken->off + DATA_HEAD,
			.sclass = pkt->sclass,
			.backlog = flow_queue_bytes(t->queue),
			.sparse = taken->sparse,
			.bucket = pkt->bucket,
			.waited = b->now - pkt->tx.queued,
			.hold = pkt->hold * WB_HOLD_UNIT,
		};
		struct resend_entry e = { .pkt = pkt,
			.off = (uint16_t)taken->off,
			.len = (uint16_t)(pkt->len - taken->off) };
		uint32_t mask = pick(t, v, n, &k, b->now);

		if (mask == 0)
			return false;
		if (taken->off == 0) {
			t->stats.classes[pkt->sclass].packets++;
			t->stats.classes[pkt->sclass].bytes += pkt->len;
			flow_queue_copied(t->queue, pkt, (unsigned)__builtin_popcount(mask) - 1);
		}
		protect(t, b, taken, v, mask);
		taken->off += send_copies(t, b, v, mask, &e);
		b->grouped = false;
		if (taken->off == pkt->len) {
			taken->pkt = NULL;
			unref_later(t, pkt);
		}
	}
	return true;
}

// Sends a repair symbol, or the part of it that fits.
static void
send_repair(struct wb_tunnel *t, struct batch *b, struct path *p, struct fec_repair *r)
{
	uint32_t room = (uint32_t)path_mtu(p) - REPAIR_HEAD, len = r->symbol->len - r->off;
	struct wb_tx *tx = batch_begin(b, p);
	struct in_flight_record *record;
	struct wb_frame f;

	if (len > room)
		len = r->off == 0 && len < 2 * room ? len / 2 : room; // two of a size
	f.type = WB_FRAME_FEC_REPAIR;
	f.repair.number = r->number;
	f.repair.sources = r->sources;
	f.repair.row = r->row;
	f.repair.last = r->off + len == r->symbol->len;
	f.repair.offset = (uint16_t)r->off;
	batch_append(tx, &f);
	tx->pkt = r->symbol;
	tx->pkt_off = (uint16_t)r->off;
	tx->pkt_len = (uint16_t)len;
	r->off += len;
	t->fec->tx.stats.bytes += batch_len(tx);
	record = batch_finish(b, p, true);
	if (record && p->limited_at + RATE_WINDOW > b->now)
		record->flags |= IN_FLIGHT_APP_LIMITED;
}

// Sends the repair symbols that are ready. Returns false when one has to wait for a path.
static bool
send_repairs(struct wb_tunnel *t, struct batch *b, struct sched_path *v, unsigned n)
{
	struct sched_path u[WB_PATHS_MAX];
	struct fec_repair *r;

	while (t->fec && (r = fec_tx_peek(&t->fec->tx, b->now)) != NULL) {
		struct sched_packet k = { .bytes = r->symbol->len - r->off + REPAIR_HEAD,
			.sclass = WB_CLASS_DEFAULT,
			.sparse = true };
		unsigned m = tunnel_fec_paths(t, r, v, n, u), i;
		uint32_t mask = b->n < b->max ? pick(t, u, m, &k, b->now) : 0;

		if (mask == 0)
			return false;
		for (i = 0; v[i].slot != u[__builtin_ctz(mask)].slot; i++)
			;
		send_repair(t, b, &t->paths[v[i].slot], r);
		view_path(t, &t->paths[v[i].slot], &v[i]);
		t->paths[v[i].slot].stats.fec_repairs += r->off == r->symbol->len;
		if (r->off == r->symbol->len)
			fec_tx_pop(&t->fec->tx);
	}
	return true;
}

// Returns when a waiting packet may find a path: at the next turn of a pacer.
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

// Raises an event: a scheduler from outside gives answers that are of no use.
static void
tell_overruled(struct wb_tunnel *t)
{
	struct wb_event e = { .type = WB_EVENT_SCHEDULER, .value = (uint32_t)t->sched.answer };

	t->sched.told = true;
	tunnel_event(t, &e);
}

// Sends packets and repair symbols, by urgency, and says when to look again.
static void
send_data(struct wb_tunnel *t, struct batch *b)
{
	struct sched_path v[WB_PATHS_MAX];
	unsigned n = view_all(t, v);
	bool went;

	if (n == 0) {
		t->path_since = WB_NEVER;
		t->data_at = WB_NEVER; // a path coming up sets it
		return;
	}
	if (t->path_since == WB_NEVER)
		t->path_since = b->now;
	// Realtime packets wait for nothing that was there before. Lost ones need not wait for them either,
	// since they may find another path.
	went = send_queued(t, b, TUNNEL_REALTIME, v, n);
	if (!send_resends(t, b, v, n) || !send_repairs(t, b, v, n) || !went ||
		!send_queued(t, b, TUNNEL_SPARSE, v, n) || !send_queued(t, b, TUNNEL_OTHER, v, n) ||
		!send_repairs(t, b, v, n))
		t->data_at = next_ready(v, n, b->now);
	else
		t->data_at = WB_NEVER;
	if (t->sched.overruled && !t->sched.told)
		tell_overruled(t);
	if (b->n + n > b->max || b->n + 2 > b->max) {
		t->data_at = b->now; // cut short by the caller's room
		return;
	}
	// Paths that could have taken more had nothing to send: their rate samples say less.
	for (unsigned i = 0; i < n; i++) {
		if (v[i].window && v[i].ready <= b->now)
			t->paths[v[i].slot].limited_at = b->now;
	}
}

unsigned
wb_tunnel_poll(struct wb_tunnel *t, struct wb_tx *tx, unsigned max, wb_ns_t now)
{
	struct batch b = { .tx = tx, .max = max, .now = tunnel_clock(t, now) };

	tunnel_release_done(t);
	if (!t->in_session)
		return 0;
	control_send(t, &b);
	reports_send(t, &b);
	states_send(t, &b);
	if (t->fec && fec_tx_expire(&t->fec->tx, b.now))
		t->data_at = 0;
	if (b.now >= t->data_at && b.n < b.max)
		send_data(t, &b);
	return b.n;
}
