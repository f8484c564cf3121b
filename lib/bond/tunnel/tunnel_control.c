// SPDX-License-Identifier: BSD-3-Clause
// What a tunnel says by itself: probes, answers to them, sizes tried, goodbyes, and reports of what came.
#include "out.h"

#include <errno.h>
#include <string.h>

#define REPORTS_AFTER (500 * WB_MS)
#define RANK_DEGRADED (3600 * WB_SEC) // behind all that are not
#define ACK_FRAME_RANGES 16 // further ranges of a report, where many paths share a datagram

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
	bool fixed = p->conf.rate_down != 0;
	uint64_t kbit = (fixed ? p->conf.rate_down : p->conf.max_down) / 1000;

	p->tells_rate |= kbit != 0;
	if (!p->tells_rate)
		return;
	f.rate.flags = fixed || kbit == 0 ? 0 : WB_PATH_RATE_CEILING;
	f.rate.kbit = kbit < UINT32_MAX ? (uint32_t)kbit : UINT32_MAX;
	out_append(tx, &f);
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
	out_append(tx, &f);
}

// Is the path silent, or the other end? Paths that owe no answer cannot tell.
static void
ask_others(struct wb_tunnel *t, const struct path *silent)
{
	WB_FOREACH_PATH (t, p)
		if (p != silent && WB_PATH_CARRIES(p) && !p->in_flight.first_unanswered)
			p->move_probe = true;
}

static void
send_probe(struct wb_tunnel *t, struct out *o, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	struct in_flight_record *r;
	wb_ns_t tail = path_tail_at(p);

	if (o->n == o->max)
		return;
	p->probe_at = o->now + probe_interval(p, o->now);
	p->move_probe = false;
	p->last_eliciting = p->probed_at = o->now;
	if (o->now >= tail) {
		p->tails++;
		ask_others(t, p);
	}
	if (!out_allowed(p, HEAD_FIXED + WB_TIME_LEN + WB_PROBE_LEN + WB_PATH_MTU_LEN +
				    WB_PATH_RATE_LEN + WB_PATH_USE_LEN) ||
		!in_flight_room(&p->in_flight))
		return;
	out_begin(o, p);
	f.probe.token = tunnel_random(t);
	remote_asked(&p->remote.cur, f.probe.token, o->now);
	out_append(&o->tx[o->n], &f);
	f.type = WB_FRAME_PATH_MTU;
	f.mtu.limit = path_limit(p);
	f.mtu.found = p->pmtu.settled < path_limit(p) || p->pmtu.complete ? p->pmtu.settled : 0;
	out_append(&o->tx[o->n], &f);
	if (t->conf.role == WB_ROLE_EDGE) {
		tell_rate(p, &o->tx[o->n]);
		append_use(&o->tx[o->n], p);
	}
	p->stats.probes++;
	r = out_finish(o, p, true);
	if (r)
		r->flags = IN_FLIGHT_PROBE | IN_FLIGHT_APP_LIMITED;
}

// Hub: asks another address than the one in use whether the edge is there. That it does not answer says nothing of the
// path, so no record is kept.
static void
send_address_probes(struct wb_tunnel *t, struct out *o, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	bool works = WB_PATH_CARRIES(p);
	struct remote_addr *a;
	struct wb_tx *tx;

	while (o->n < o->max && in_flight_number_room(&p->in_flight) &&
		(a = remote_due(&p->remote, works, o->now)) != NULL) {
		tx = out_begin(o, p);
		f.probe.token = tunnel_random(t);
		out_append(tx, &f);
		tx->to = a->addr;
		remote_asked(a, f.probe.token, o->now);
		if (!remote_allows(&p->remote, &tx->to, out_len(tx)))
			continue;
		p->stats.probes++;
		out_finish(o, p, false);
	}
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
	struct in_flight_record *r;
	struct wb_tx *tx;

	if (p->pmtu.complete != complete) {
		tunnel_update_mtu(t);
		p->move_probe = p->pmtu.complete; // the other end is told
	}
	if (size == 0 || o->n == o->max)
		return;
	if (!in_flight_room(&p->in_flight)) {
		p->pmtu.at = o->now + PATH_PMTU_AGAIN;
		return;
	}
	tx = out_begin(o, p);
	f.probe.token = tunnel_random(t);
	out_append(tx, &f);
	tx->pkt_len = (uint16_t)(size - out_len(tx));
	r = in_flight_add_pmtu(&p->in_flight, size, o->now);
	tx->number = r->number;
	out_leave(o, p);
	p->stats.probes++;
	pmtu_sent(&p->pmtu, wait > PATH_PMTU_WAIT ? wait : PATH_PMTU_WAIT, o->now);
}

static void
send_replies(struct out *o, struct path *p)
{
	while (p->n_replies && o->n < o->max && in_flight_number_room(&p->in_flight)) {
		const struct path_reply *reply = &p->replies[--p->n_replies];
		struct wb_frame f = { .type = WB_FRAME_PROBE_REPLY };
		struct wb_tx *tx = out_begin(o, p);

		f.probe.token = reply->token;
		f.probe.recv_us = reply->recv_us;
		out_append(tx, &f);
		tx->to = reply->to;
		if (remote_allows(&p->remote, &tx->to, out_len(tx)))
			out_finish(o, p, false);
	}
}

static bool
send_close(struct out *o, struct path *p, enum wb_close_reason reason)
{
	struct wb_frame f = { .type = WB_FRAME_CLOSE, .close = { .reason = (uint8_t)reason } };

	if (o->n == o->max || !out_allowed(p, WB_MTU_BASE) || !in_flight_number_room(&p->in_flight))
		return false;
	out_append(out_begin(o, p), &f);
	out_finish(o, p, false);
	return true;
}

// One that cannot leave now is not kept: who handed it in tries again.
static void
send_message(struct wb_tunnel *t, struct out *o, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_HANDSHAKE,
		.message = { .data = t->message, .len = t->message_len } };

	if (!out_allowed(p, HEAD_FIXED + WB_TIME_LEN + WB_HANDSHAKE_FRAME_LEN + t->message_len) ||
		!in_flight_number_room(&p->in_flight))
		return;
	out_append(out_begin(o, p), &f);
	out_finish(o, p, false);
}

void
control_send(struct wb_tunnel *t, struct out *o)
{
	WB_FOREACH_PATH (t, p) {
		if (p->closes && o->now >= p->close_at) {
			p->closes--;
			p->close_at = o->now + PATH_CLOSE_AGAIN;
			send_close(o, p, WB_CLOSE_PATH);
		}
		if (!WB_PATH_LIVES(p))
			continue;
		if (t->message_on >> p->slot & 1 && o->n < o->max)
			send_message(t, o, p);
		send_replies(o, p);
		if (o->now >= path_probe_due(p, tunnel_is_active(t, o->now)))
			send_probe(t, o, p);
		send_address_probes(t, o, p);
		if (o->now >= path_pmtu_due(p))
			send_pmtu(t, o, p);
		if (t->closes)
			send_close(o, p, WB_CLOSE_SHUTDOWN);
	}
	t->closes -= t->closes ? 1 : 0;
	t->message_on = 0;
}

static int64_t
report_rank(const struct path *p)
{
	if (WB_PATH_CARRIES(p))
		return (p->owd_tx.valid ? p->owd_tx.smooth : (int64_t)p->rtt.srtt) +
		       (p->state == WB_PATH_DEGRADED ? (int64_t)RANK_DEGRADED : 0);
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
		if (WB_PATH_CARRIES(o) && path_price(o) < path_price(p) &&
			out_allowed(o, WB_MTU_BASE))
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
		if (!WB_PATH_LIVES(p) || (!p->last_heard && !WB_PATH_CARRIES(p)) ||
			!out_allowed(p, WB_MTU_BASE / 2) || !in_flight_number_room(&p->in_flight) ||
			too_dear(t, p))
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

// What has been begun for the first of the two leaves on both.
static void
finish_twice(struct out *o, struct path *const to[2])
{
	const struct wb_tx *tx = &o->tx[o->n];

	out_finish(o, to[0], false);
	if (to[1] && o->n < o->max) {
		struct wb_tx *copy = out_begin(o, to[1]);

		memcpy(copy->head, tx->head, tx->head_len);
		copy->head_len = tx->head_len;
		out_finish(o, to[1], false);
	}
}

void
reports_send(struct wb_tunnel *t, struct out *o)
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
	tx = out_begin(o, to[0]);
	WB_FOREACH_PATH (t, p) {
		if (!p->ack.pending || WB_TX_HEAD_MAX - tx->head_len < WB_ACK_LEN)
			continue;
		ack_report(&p->ack, p->id, ACK_FRAME_RANGES, &f);
		do
			out_append(tx, &f);
		while (ack_report_more(&p->ack, p->id, range_room(tx), &f));
	}
	if (o->now >= t->tell_at &&
		WB_TX_HEAD_MAX - tx->head_len >= WB_PATHS_MAX * WB_PATH_STATE_LEN)
		states_append(t, tx);
	finish_twice(o, to);
}

void
states_send(struct wb_tunnel *t, struct out *o)
{
	struct path *to[2];

	if (o->now < t->tell_alone_at || o->n + 2 > o->max)
		return;
	report_paths(t, to);
	if (!to[0]) {
		t->tell_alone_at = o->now + ACK_DELAY;
		return;
	}
	states_append(t, out_begin(o, to[0]));
	finish_twice(o, to);
}

int
wb_tunnel_say(struct wb_tunnel *t, const void *data, size_t len, wb_ns_t now)
{
	tunnel_clock(t, now);
	if (!t->in_session)
		return -ENOTCONN;
	if (!(t->features & WB_FEATURE_REKEY))
		return -EOPNOTSUPP;
	if (len == 0 || len > WB_MESSAGE_MAX)
		return -EMSGSIZE;
	memcpy(t->message, data, len);
	t->message_len = (uint16_t)len;
	WB_FOREACH_PATH (t, p)
		t->message_on |= 1u << p->slot;
	return 0;
}
