// SPDX-License-Identifier: BSD-3-Clause
// What a tunnel says by itself: probes, answers to them, sizes tried, goodbyes, and reports of what came.
#include "batch.h"

#include <errno.h>
#include <string.h>

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
	batch_append(tx, &f);
}

// Appends the configuration of the path (edge), for the hub to use it in the other direction too.
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
	batch_append(tx, &f);
}

// Probes the other paths: is this path silent, or the other end? Paths that owe no answer cannot tell.
static void
ask_others(struct wb_tunnel *t, const struct path *silent)
{
	WB_FOREACH_PATH (t, p)
		if (p != silent && WB_PATH_CARRIES(p) && !p->in_flight.first_unanswered)
			p->move_probe = true;
}

static void
send_probe(struct wb_tunnel *t, struct batch *b, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	struct in_flight_record *r;
	wb_ns_t tail = path_tail_at(p);

	if (b->n == b->max)
		return;
	p->probe_at = b->now + probe_interval(p, b->now);
	p->move_probe = false;
	p->last_eliciting = p->probed_at = b->now;
	if (b->now >= tail) {
		p->tails++;
		ask_others(t, p);
	}
	if (!batch_allowed(p, HEAD_FIXED + WB_TIME_LEN + WB_PROBE_LEN + WB_PATH_MTU_LEN +
				      WB_PATH_RATE_LEN + WB_PATH_USE_LEN) ||
		!in_flight_room(&p->in_flight))
		return;
	batch_begin(b, p);
	f.probe.token = tunnel_random(t);
	remote_asked(&p->remote.cur, f.probe.token, b->now);
	batch_append(&b->tx[b->n], &f);
	f.type = WB_FRAME_PATH_MTU;
	f.mtu.limit = path_limit(p);
	f.mtu.found = p->pmtu.settled < path_limit(p) || p->pmtu.complete ? p->pmtu.settled : 0;
	batch_append(&b->tx[b->n], &f);
	if (t->conf.role == WB_ROLE_EDGE) {
		tell_rate(p, &b->tx[b->n]);
		append_use(&b->tx[b->n], p);
	}
	p->stats.probes++;
	r = batch_finish(b, p, true);
	if (r)
		r->flags = IN_FLIGHT_PROBE | IN_FLIGHT_APP_LIMITED;
}

// Asks another address than the one in use whether the edge is there (hub). That it does not answer says nothing of
// the path, so no record is kept.
static void
send_address_probes(struct wb_tunnel *t, struct batch *b, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	bool works = WB_PATH_CARRIES(p);
	struct remote_addr *a;
	struct wb_tx *tx;

	while (b->n < b->max && in_flight_number_room(&p->in_flight) &&
		(a = remote_due(&p->remote, works, b->now)) != NULL) {
		tx = batch_begin(b, p);
		f.probe.token = tunnel_random(t);
		batch_append(tx, &f);
		tx->to = a->addr;
		remote_asked(a, f.probe.token, b->now);
		if (!remote_allows(&p->remote, &tx->to, batch_len(tx)))
			continue;
		p->stats.probes++;
		batch_finish(b, p, false);
	}
}

// Tries a size by a PROBE with padding (RFC 8899 4.1). Its acknowledgement is the answer; the PROBE_REPLY is of no
// interest.
static void
send_pmtu(struct wb_tunnel *t, struct batch *b, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	bool complete = p->pmtu.complete;
	uint16_t size = pmtu_poll(&p->pmtu, b->now);
	wb_ns_t wait = 2 * (p->rtt.srtt + 4 * p->rtt.rttvar + ACK_DELAY);
	struct in_flight_record *r;
	struct wb_tx *tx;

	if (p->pmtu.complete != complete) {
		tunnel_update_mtu(t);
		p->move_probe = p->pmtu.complete; // the other end is told
	}
	if (size == 0 || b->n == b->max)
		return;
	if (!in_flight_room(&p->in_flight)) {
		p->pmtu.at = b->now + PATH_PMTU_AGAIN;
		return;
	}
	tx = batch_begin(b, p);
	f.probe.token = tunnel_random(t);
	batch_append(tx, &f);
	tx->pkt_len = (uint16_t)(size - batch_len(tx));
	r = in_flight_add_pmtu(&p->in_flight, size, b->now);
	tx->number = r->number;
	batch_leave(b, p);
	p->stats.probes++;
	pmtu_sent(&p->pmtu, wait > PATH_PMTU_WAIT ? wait : PATH_PMTU_WAIT, b->now);
}

static void
send_replies(struct batch *b, struct path *p)
{
	while (p->n_replies && b->n < b->max && in_flight_number_room(&p->in_flight)) {
		const struct path_reply *reply = &p->replies[--p->n_replies];
		struct wb_frame f = { .type = WB_FRAME_PROBE_REPLY };
		struct wb_tx *tx = batch_begin(b, p);

		f.probe.token = reply->token;
		f.probe.recv_us = reply->recv_us;
		batch_append(tx, &f);
		tx->to = reply->to;
		if (remote_allows(&p->remote, &tx->to, batch_len(tx)))
			batch_finish(b, p, false);
	}
}

static bool
send_close(struct batch *b, struct path *p, enum wb_close_reason reason)
{
	struct wb_frame f = { .type = WB_FRAME_CLOSE, .close = { .reason = (uint8_t)reason } };

	if (b->n == b->max || !batch_allowed(p, WB_MTU_BASE) ||
		!in_flight_number_room(&p->in_flight))
		return false;
	batch_append(batch_begin(b, p), &f);
	batch_finish(b, p, false);
	return true;
}

// Sends the message of a handshake. One that cannot leave now is not kept: who handed it in tries again.
static void
send_message(struct wb_tunnel *t, struct batch *b, struct path *p)
{
	struct wb_frame f = { .type = WB_FRAME_HANDSHAKE,
		.message = { .data = t->message, .len = t->message_len } };

	if (!batch_allowed(p, HEAD_FIXED + WB_TIME_LEN + WB_HANDSHAKE_FRAME_LEN + t->message_len) ||
		!in_flight_number_room(&p->in_flight))
		return;
	batch_append(batch_begin(b, p), &f);
	batch_finish(b, p, false);
}

void
control_send(struct wb_tunnel *t, struct batch *b)
{
	WB_FOREACH_PATH (t, p) {
		if (p->closes && b->now >= p->close_at) {
			p->closes--;
			p->close_at = b->now + PATH_CLOSE_AGAIN;
			send_close(b, p, WB_CLOSE_PATH);
		}
		if (!WB_PATH_LIVES(p))
			continue;
		if (t->message_on >> p->slot & 1 && b->n < b->max)
			send_message(t, b, p);
		send_replies(b, p);
		if (b->now >= path_probe_due(p, tunnel_is_active(t, b->now)))
			send_probe(t, b, p);
		send_address_probes(t, b, p);
		if (b->now >= path_pmtu_due(p))
			send_pmtu(t, b, p);
		if (t->closes)
			send_close(b, p, WB_CLOSE_SHUTDOWN);
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

// Tells whether reports should not go on a path. A path that costs gets them only while data comes on it, or when
// no cheaper one lives.
static bool
too_dear(const struct wb_tunnel *t, const struct path *p)
{
	if (path_price(p) == 0 || t->now - p->data_in < REPORTS_AFTER)
		return false;
	for (const struct path *o = t->paths; o < t->paths + WB_PATHS_MAX; o++) {
		if (WB_PATH_CARRIES(o) && path_price(o) < path_price(p) &&
			batch_allowed(o, WB_MTU_BASE))
			return true;
	}
	return false;
}

// Finds the two quickest paths. Reports go on both, since the quickest may have died without our knowing.
static void
report_paths(struct wb_tunnel *t, struct path *best[2])
{
	best[0] = best[1] = NULL;
	WB_FOREACH_PATH (t, p) {
		if (!WB_PATH_LIVES(p) || (!p->last_heard && !WB_PATH_CARRIES(p)) ||
			!batch_allowed(p, WB_MTU_BASE / 2) ||
			!in_flight_number_room(&p->in_flight) || too_dear(t, p))
			continue;
		if (!best[0] || report_rank(p) < report_rank(best[0])) {
			best[1] = best[0];
			best[0] = p;
		} else if (!best[1] || report_rank(p) < report_rank(best[1])) {
			best[1] = p;
		}
	}
}

// Returns how many further ranges an ACK frame may have here.
static unsigned
range_room(const struct wb_tx *tx)
{
	unsigned room = WB_TX_HEAD_MAX - tx->head_len;

	room = room > WB_ACK_LEN ? (room - WB_ACK_LEN) / WB_ACK_RANGE_LEN : 0;
	return room < WB_ACK_RANGES_MAX ? room : WB_ACK_RANGES_MAX;
}

// Finishes the datagram that was begun for the first path, and sends a copy on the second.
static void
finish_twice(struct batch *b, struct path *const to[2])
{
	const struct wb_tx *tx = &b->tx[b->n];

	batch_finish(b, to[0], false);
	if (to[1] && b->n < b->max) {
		struct wb_tx *copy = batch_begin(b, to[1]);

		memcpy(copy->head, tx->head, tx->head_len);
		copy->head_len = tx->head_len;
		batch_finish(b, to[1], false);
	}
}

void
reports_send(struct wb_tunnel *t, struct batch *b)
{
	struct path *to[2];
	struct wb_frame f;
	struct wb_tx *tx;
	bool due = false;

	WB_FOREACH_PATH (t, p)
		due |= p->ack.due <= b->now;
	if (!due || b->n + 2 > b->max)
		return;
	report_paths(t, to);
	if (!to[0]) { // no address is validated yet
		WB_FOREACH_PATH (t, p)
			p->ack.due = p->ack.due <= b->now ? b->now + ACK_DELAY : p->ack.due;
		return;
	}
	tx = batch_begin(b, to[0]);
	WB_FOREACH_PATH (t, p) {
		if (!p->ack.pending || WB_TX_HEAD_MAX - tx->head_len < WB_ACK_LEN)
			continue;
		ack_report(&p->ack, p->id, ACK_FRAME_RANGES, &f);
		do
			batch_append(tx, &f);
		while (ack_report_more(&p->ack, p->id, range_room(tx), &f));
	}
	if (b->now >= t->tell_at &&
		WB_TX_HEAD_MAX - tx->head_len >= WB_PATHS_MAX * WB_PATH_STATE_LEN)
		states_append(t, tx);
	finish_twice(b, to);
}

void
states_send(struct wb_tunnel *t, struct batch *b)
{
	struct path *to[2];

	if (b->now < t->tell_alone_at || b->n + 2 > b->max)
		return;
	report_paths(t, to);
	if (!to[0]) {
		t->tell_alone_at = b->now + ACK_DELAY;
		return;
	}
	states_append(t, batch_begin(b, to[0]));
	finish_twice(b, to);
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
