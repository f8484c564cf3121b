// SPDX-License-Identifier: BSD-3-Clause
// What the ends tell each other of their paths: each judges the directions that it sends in, by the acknowledgements
// that come back on any path, and says so on any path (PATH_STATE). So both know the state of both directions.
#include "batch.h"

_Static_assert(WB_PATH_DISABLED == 1 && WB_PATH_PROBING == 2 && WB_PATH_UP == 3 &&
		       WB_PATH_DEGRADED == 4 && WB_PATH_SUSPECT == 5 && WB_PATH_DOWN == 6,
	"on the wire: docs/protocol.md 6");

// Tells whether nothing is told, or to be told, that would not be believed anyway of a path on which something
// comes.
static bool
all_well(const struct wb_tunnel *t)
{
	for (const struct path *p = t->paths; p < t->paths + WB_PATHS_MAX; p++)
		if (p->state > WB_PATH_UP || p->state == WB_PATH_DISABLED)
			return false;
	return true;
}

// Tells whether a direction loses something: that changes until it is well, or out of use.
static bool
some_lose(const struct wb_tunnel *t)
{
	for (const struct path *p = t->paths; p < t->paths + WB_PATHS_MAX; p++)
		if (p->state == WB_PATH_DEGRADED || p->state == WB_PATH_SUSPECT)
			return true;
	return false;
}

// Has the states told after a delay. A datagram more than there would be is measured as all others are, and on a
// path that is new little else is known of it.
static void
tell_after(struct wb_tunnel *t, wb_ns_t delay, bool well)
{
	t->tell_at = t->told_at + delay;
	t->tell_alone_at = (t->tell_at > t->now ? t->tell_at : t->now) + (well ? TELL_ALONE : 0);
}

void
states_changed(struct wb_tunnel *t)
{
	bool well = all_well(t);

	if (well && t->told_well)
		return;
	t->tells = well ? 1 : TELL_TIMES;
	tell_after(t, TELL_SOON, well);
}

void
states_reset(struct wb_tunnel *t)
{
	t->peer_tells = t->silent = false;
	t->tells = 0;
	t->told_at = t->now;
	t->told_well = true;
	tell_after(t, TELL_ACTIVE, true);
}

// Tells whether the state of a path is ours to tell: what the other end took out is not.
static bool
is_told(const struct path *p)
{
	return p->state != WB_PATH_DISABLED || !p->closed_by_peer;
}

void
states_append(struct wb_tunnel *t, struct wb_tx *tx)
{
	bool well = all_well(t);

	t->told_well = well;
	WB_FOREACH_PATH (t, p) {
		uint64_t kbit = p->cc.rate / 1000;
		struct wb_frame f = { .type = WB_FRAME_PATH_STATE };

		f.state.path = p->id;
		f.state.state = (uint8_t)p->state;
		f.state.lost = (uint16_t)(p->loss_ppm / 100);
		f.state.kbit = kbit < UINT32_MAX ? (uint32_t)kbit : UINT32_MAX;
		t->told_well &= p->state != WB_PATH_PROBING;
		if (is_told(p))
			batch_append(tx, &f);
	}
	t->tells -= t->tells ? 1 : 0;
	t->told_at = t->now;
	tell_after(t,
		t->tells                                      ? TELL_AGAIN
		: some_lose(t) || tunnel_is_active(t, t->now) ? TELL_ACTIVE
							      : TELL_IDLE,
		well);
}

static void
update(struct wb_tunnel *t, struct path *p, wb_ns_t now)
{
	struct wb_event e = { .type = WB_EVENT_PATH_RX_STATE,
		.path = p->slot,
		.before = p->rx_state,
		.after = path_rx_state(p, t->peer_tells, t->silent, now) };

	p->rx_state = e.after;
	// That a path is taken out, or back, is said already.
	if (e.before == e.after || e.before == WB_PATH_DISABLED || e.after == WB_PATH_DISABLED ||
		t->events_until > now + EVENT_BURST * EVENT_EVERY)
		return;
	t->events_until = (t->events_until > now ? t->events_until : now) + EVENT_EVERY;
	tunnel_event(t, &e);
}

void
states_update(struct wb_tunnel *t, wb_ns_t now)
{
	WB_FOREACH_PATH (t, p)
		update(t, p, now);
}

void
states_told(struct wb_tunnel *t, const struct wb_frame *f, wb_ns_t now)
{
	struct path *p = tunnel_path_by_id(t, f->state.path);

	// What left before that which was read last is older.
	if (!f->state.known || f->state.state < WB_PATH_DISABLED ||
		f->state.state >= WB_PATH_STATES ||
		(t->peer_tells && (int32_t)(t->from_us - t->told_us) < 0))
		return;
	t->told_us = t->from_us;
	if (p) {
		// Perhaps a NAT has forgotten the edge: what the edge sends there shows the hub where it is now.
		if (t->conf.role == WB_ROLE_EDGE && f->state.state == WB_PATH_SUSPECT)
			p->move_probe |= now >= p->last_eliciting + PATH_PROBE_SUSPECT;
		p->told.state = f->state.state;
		p->told.loss_ppm = f->state.lost < 10000 ? f->state.lost * 100u : 1000000;
		p->told.rate = f->state.kbit * UINT64_C(1000);
		// CLOSE and PROBE may have no way on the path itself.
		if (p->told.state == WB_PATH_DISABLED)
			tunnel_path_closed(t, p, now);
		else
			tunnel_path_wanted(t, p, now);
		update(t, p, now);
	}
	if (!t->peer_tells) {
		t->peer_tells = true;
		states_update(t, now);
	}
}

wb_ns_t
states_next_deadline(const struct wb_tunnel *t)
{
	wb_ns_t at = t->tell_alone_at;

	if (t->peer_tells)
		return at;
	for (const struct path *p = t->paths; p < t->paths + WB_PATHS_MAX; p++)
		if (WB_PATH_LIVES(p) && p->rx_state == WB_PATH_UP &&
			p->last_heard + PATH_RX_SILENT < at)
			at = p->last_heard + PATH_RX_SILENT;
	return at;
}
