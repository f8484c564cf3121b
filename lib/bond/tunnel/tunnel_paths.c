// SPDX-License-Identifier: BSD-3-Clause
// The paths of a tunnel: added, learned, configured, taken out; their states, and the MTU that they leave inside.
#include "tunnel.h"

#include <errno.h>
#include <string.h>

void
tunnel_set_state(struct wb_tunnel *t, struct path *p, enum wb_path_state state, wb_ns_t now)
{
	struct wb_event e = { .type = WB_EVENT_PATH_STATE, .path = p->slot, .before = p->state };
	struct in_flight_events s = tunnel_in_flight_events(t);
	bool carried = WB_PATH_CARRIES(p);

	s.large_since = p->pmtu.small_since;
	if (state == p->state)
		return;
	if (state == WB_PATH_UP && p->state == WB_PATH_DOWN) {
		p->cc.ops->restart(&p->cc, now);
		pacer_set_rate(&p->pacer, p->cc.pacing);
	}
	if (state == WB_PATH_DOWN) {
		p->acks_to_up = 2;
		p->loss_ppm = 0; // it may be another one when it is back
	}
	p->state = state;
	p->state_at = now;
	p->probe_at = now;
	if (!WB_PATH_CARRIES(p)) {
		// What was on it goes elsewhere at once.
		in_flight_lose_all(&p->in_flight, &s, now);
		tunnel_pmtu_settled(p, &s, now);
		p->stats.lost += s.n_lost;
		p->lost_silent = carried ? s.n_lost : p->lost_silent + s.n_lost;
		p->stats.downs += carried;
	} else {
		// A probe's answer may come before those of what left earlier, for another address.
		if (!carried && p->in_flight.first_unanswered)
			p->in_flight.first_unanswered = now;
	}
	t->data_at = 0;
	e.after = state;
	tunnel_event(t, &e);
	states_changed(t);
	states_update(t, now);
}

void
tunnel_pmtu_settled(struct path *p, const struct in_flight_events *e, wb_ns_t now)
{
	uint32_t holes = p->pmtu.black_holes;

	if (e->pmtu_acked)
		pmtu_acked(&p->pmtu, e->pmtu_acked, now);
	if (e->acked_size > WB_MTU_BASE || e->small_sent || e->large_lost)
		pmtu_settled(&p->pmtu, e->acked_size, e->small_sent, e->large_lost, now);
	if (p->pmtu.black_holes != holes)
		p->loss_ppm = 0; // it was for their size that they got lost
}

void
tunnel_update_mtu(struct wb_tunnel *t)
{
	unsigned mtu = UINT16_MAX;

	WB_FOREACH_PATH (t, p) {
		if (p->state == WB_PATH_DISABLED)
			continue;
		mtu = p->pmtu.settled < mtu ? p->pmtu.settled : mtu;
		// What is announced here limits both directions (MSS).
		if (p->peer_found >= WB_MTU_BASE && p->peer_found < mtu)
			mtu = p->peer_found;
	}
	mtu = mtu == UINT16_MAX ? PATH_MTU_DEFAULT : mtu;
	mtu = mtu < WB_INNER_MTU_MIN + WB_OVERHEAD ? WB_INNER_MTU_MIN : mtu - WB_OVERHEAD;
	if (mtu != t->mtu) {
		t->mtu = mtu;
		tunnel_event(t, &(struct wb_event){ .type = WB_EVENT_MTU, .value = mtu });
	}
}

unsigned
wb_tunnel_inner_mtu(const struct wb_tunnel *t)
{
	return t->mtu;
}

static void
assign_id(struct wb_tunnel *t, struct path *p)
{
	p->id = (uint8_t)t->next_id++;
	t->slot_of_id[p->id] = (int8_t)p->slot;
}

// Begins a path anew: its numbers, estimates and life.
static void
path_begin(struct wb_tunnel *t, struct path *p, wb_ns_t now)
{
	struct in_flight_events e = tunnel_in_flight_events(t);

	in_flight_lose_all(&p->in_flight, &e, now); // into the resend queue
	in_flight_reset(&p->in_flight, &e);
	path_restart(p, now);
	p->peer_limit = p->peer_found = 0;
	pmtu_init(&p->pmtu, path_limit(p), t->features & WB_FEATURE_FRAGMENT, now);
	remote_init(&p->remote, &p->remote.cur.addr, t->conf.role == WB_ROLE_EDGE);
}

void
tunnel_paths_begin(struct wb_tunnel *t, wb_ns_t now)
{
	WB_FOREACH_PATH (t, p) {
		path_begin(t, p, now);
		if (t->conf.role == WB_ROLE_HUB) {
			p->state = WB_PATH_FREE; // comes back when it is heard
			continue;
		}
		assign_id(t, p);
		if (p->state != WB_PATH_DISABLED)
			tunnel_set_state(t, p, WB_PATH_PROBING, now);
		p->probe_at = now;
	}
}

// Returns a slot that is free, NULL: none is.
static struct path *
free_slot(struct wb_tunnel *t)
{
	for (unsigned i = 0; i < WB_PATHS_MAX; i++) {
		if (t->paths[i].state == WB_PATH_FREE)
			return &t->paths[i];
	}
	return NULL;
}

// Takes the slot of the path that was not heard for longest (hub): an edge whose ports come and go uses new ids.
// The old id stays used, or whoever has recorded its datagrams could play them again.
static struct path *
reuse_slot(struct wb_tunnel *t, wb_ns_t now)
{
	struct path *oldest = NULL;

	WB_FOREACH_PATH (t, p)
		if (!WB_PATH_CARRIES(p) && p->last_heard + SLOT_IDLE < now &&
			(!oldest || p->last_heard < oldest->last_heard))
			oldest = p;
	if (oldest) {
		t->id_gone[oldest->id / 64] |= 1ull << oldest->id % 64;
		wb_tunnel_path_remove(t, oldest->slot, now);
	}
	return oldest;
}

// Begins a new path in a slot.
static void
open_slot(struct wb_tunnel *t, struct path *p, const struct wb_addr *remote, wb_ns_t now)
{
	memset(&p->stats, 0, sizeof(p->stats));
	p->remote.cur.addr = *remote;
	p->move_probe = p->use_told = false;
	p->last_heard = 0;
	p->carried = 0;
	if (p->told_kbit) // of another session's path
		p->conf.rate_up = p->conf.max_up = 0;
	p->told_kbit = 0;
	p->told_ceiling = false;
	playout_set_delay(t->playout, p->slot, 0, 0);
	path_begin(t, p, now);
	tunnel_set_state(t, p, WB_PATH_PROBING, now);
}

int
wb_tunnel_path_add(struct wb_tunnel *t, const struct wb_path_conf *conf,
	const struct wb_addr *remote, wb_ns_t now)
{
	struct path *p = free_slot(t);

	now = tunnel_clock(t, now);
	WB_FOREACH_PATH (t, other)
		if (!strncmp(other->conf.name, conf->name, WB_NAME_MAX))
			return -EEXIST;
	if (p == NULL || t->next_id > WB_PATH_ID_MAX)
		return -ENOSPC;
	p->conf = *conf;
	open_slot(t, p, remote, now);
	assign_id(t, p);
	tunnel_update_mtu(t);
	return p->slot;
}

struct path *
tunnel_path_learn(struct wb_tunnel *t, uint8_t id, const struct wb_addr *from, wb_ns_t now)
{
	static const char digits[] = "0123456789";
	struct path *p = free_slot(t);
	char *name;

	if (t->id_gone[id / 64] >> id % 64 & 1)
		return NULL; // while its datagram was decrypted
	if (p == NULL)
		p = reuse_slot(t, now);
	if (p == NULL)
		return NULL;
	memset(&p->conf, 0, sizeof(p->conf));
	name = p->conf.name;
	memcpy(name, "path000", 8);
	name[4] = digits[id / 100];
	name[5] = digits[id / 10 % 10];
	name[6] = digits[id % 10];
	open_slot(t, p, from, now);
	p->id = id;
	t->slot_of_id[id] = (int8_t)p->slot;
	tunnel_update_mtu(t);
	tunnel_event(t, &(struct wb_event){ .type = WB_EVENT_PATH_ADDRESS, .path = p->slot });
	return p;
}

// Returns the path of a slot, NULL: there is none.
static struct path *
in_use(struct wb_tunnel *t, unsigned slot)
{
	return slot < WB_PATHS_MAX && t->paths[slot].state != WB_PATH_FREE ? &t->paths[slot] : NULL;
}

int
wb_tunnel_path_remove(struct wb_tunnel *t, unsigned slot, wb_ns_t now)
{
	struct in_flight_events e = tunnel_in_flight_events(t);
	struct path *p = in_use(t, slot);

	if (p == NULL)
		return -ENOENT;
	now = tunnel_clock(t, now);
	tunnel_release_done(t);
	tunnel_set_state(t, p, WB_PATH_DISABLED, now);
	in_flight_reset(&p->in_flight, &e);
	t->slot_of_id[p->id] = TUNNEL_NO_SLOT;
	p->state = WB_PATH_FREE;
	p->closes = 0; // nobody is told any more
	tunnel_update_mtu(t);
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

// Uses a path again that the other end had taken out. One that goes and comes all the time waits for
// PATH_CLOSE_AGAIN.
void
tunnel_path_wanted(struct wb_tunnel *t, struct path *p, wb_ns_t now)
{
	if (!p->closed_by_peer || now < p->state_at + PATH_CLOSE_AGAIN)
		return;
	p->closed_by_peer = false;
	p->acks_to_up = 1;
	tunnel_set_state(t, p, WB_PATH_PROBING, now);
}

// Tells whether a configuration has what the hub has to be told.
static bool
tells_new(const struct wb_path_conf *a, const struct wb_path_conf *b)
{
	return a->price != b->price || a->backup != b->backup || a->weight != b->weight ||
	       a->priority != b->priority || a->rate_down != b->rate_down ||
	       a->max_down != b->max_down;
}

int
wb_tunnel_path_configure(struct wb_tunnel *t, unsigned slot, const struct wb_path_conf *conf)
{
	struct path *p = in_use(t, slot);

	if (p == NULL)
		return -ENOENT;
	if (conf->rate_up != p->conf.rate_up || conf->max_up != p->conf.max_up)
		path_set_rate(p, conf->rate_up, conf->max_up, t->now);
	// What the hub is told of it goes with a probe.
	if (t->conf.role == WB_ROLE_EDGE && tells_new(conf, &p->conf))
		p->move_probe = true;
	p->conf = *conf;
	pmtu_set_max(&p->pmtu, path_limit(p), t->now);
	tunnel_update_mtu(t);
	return 0;
}

int
wb_tunnel_path_set_rate(struct wb_tunnel *t, unsigned slot, uint64_t bps)
{
	struct path *p = in_use(t, slot);

	if (p == NULL)
		return -ENOENT;
	path_set_rate(p, bps, p->conf.max_up, t->now);
	return 0;
}

int
wb_tunnel_path_enable(struct wb_tunnel *t, unsigned slot, bool enable, wb_ns_t now)
{
	struct path *p = in_use(t, slot);

	if (p == NULL)
		return -ENOENT;
	now = tunnel_clock(t, now);
	tunnel_release_done(t);
	if (!enable && (p->state != WB_PATH_DISABLED || p->closed_by_peer)) {
		tunnel_set_state(t, p, WB_PATH_DISABLED, now);
		p->closed_by_peer = false;
		p->closes = PATH_CLOSES;
		p->close_at = now;
	} else if (enable && p->state == WB_PATH_DISABLED) {
		p->closed_by_peer = false;
		p->closes = 0;
		p->acks_to_up = 1;
		tunnel_set_state(t, p, WB_PATH_PROBING, now);
	}
	tunnel_update_mtu(t);
	return 0;
}

int
wb_tunnel_path_moved(struct wb_tunnel *t, unsigned slot, const struct wb_addr *remote, wb_ns_t now)
{
	struct path *p = in_use(t, slot);

	if (p == NULL)
		return -ENOENT;
	now = tunnel_clock(t, now);
	p->remote.cur.addr = *remote;
	p->move_probe = true;
	// Another network behind the same name: what was measured no longer holds.
	owd_rebase(&p->owd_tx, now);
	owd_rebase(&p->owd_rx, now);
	p->peer_found = 0;
	pmtu_init(&p->pmtu, path_limit(p), t->features & WB_FEATURE_FRAGMENT, now);
	tunnel_update_mtu(t);
	return 0;
}

wb_ns_t
tunnel_cheapest(struct wb_tunnel *t)
{
	wb_ns_t cheapest = WB_NEVER;

	WB_FOREACH_PATH (t, p)
		if (WB_PATH_CARRIES(p) && path_price(p) < cheapest)
			cheapest = path_price(p);
	return cheapest;
}
