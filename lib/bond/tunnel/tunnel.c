// SPDX-License-Identifier: BSD-3-Clause
#include "tunnel.h"

#include <errno.h>
#include <string.h>

#define DEFAULT_QUEUE_PACKETS 8192
#define DEFAULT_QUEUE_BYTES (16u << 20)
#define DEFAULT_RETAIN_PACKETS 16384
#define DEFAULT_SENT_RECORDS 16384
#define DEFAULT_REORDER_PACKETS 16384
#define DEFAULT_SILENT WB_SEC
#define ROOM_LEAST 16           // packets, whatever the caller says
#define SLOT_IDLE (10 * WB_SEC) // hub: a path not heard for so long may give way to a new one

void
tunnel_release(struct wb_tunnel *t, struct wb_pkt *pkt, enum wb_drop reason)
{
	t->stats.drops[reason]++;
	t->ops->release(t->ctx, pkt, reason);
}

void
tunnel_unref(struct wb_tunnel *t, struct wb_pkt *pkt)
{
	if (--pkt->refs)
		return;
	t->stats.retained_packets--;
	if ((pkt->flags & (WB_PKT_ACKED | WB_PKT_GIVEN_UP)) == WB_PKT_ACKED) {
		t->stats.sent_packets++;
		tunnel_release(t, pkt, WB_DROP_NONE);
	} else {
		t->stats.classes[pkt->sclass].lost++;
		tunnel_release(t, pkt, WB_DROP_LOST);
	}
}

// What was under way is not overdue, since nobody was there to see the answer: all paths are asked anew.
void
tunnel_woke(struct wb_tunnel *t, wb_ns_t now)
{
	t->woke = now;
	t->silent_at = now + t->conf.silent_after;
	WB_FOREACH_PATH (t, p) {
		if (p->sent.first_unanswered)
			p->sent.first_unanswered = now;
		p->move_probe |= WB_PATH_LIVES(p);
	}
}

void
tunnel_release_done(struct wb_tunnel *t)
{
	if (t->fec)
		fec_tx_release_spent(&t->fec->tx);
	while (t->done) {
		struct wb_pkt *pkt = t->done;

		t->done = pkt->next;
		tunnel_unref(t, pkt);
	}
}

static bool
is_of_path(enum wb_event_type type)
{
	return type == WB_EVENT_PATH_STATE || type == WB_EVENT_PATH_RX_STATE ||
	       type == WB_EVENT_PATH_ADDRESS || type == WB_EVENT_PEER_CLOSED;
}

void
tunnel_event(struct wb_tunnel *t, const struct wb_event *e)
{
	const struct path *p = &t->paths[e->path];
	struct wb_event full = *e;

	if (t->ops->event == NULL)
		return;
	if (is_of_path(e->type)) {
		full.id = p->id;
		memcpy(full.name, p->conf.name, sizeof(full.name));
		full.remote = p->remote.cur.addr;
	}
	t->ops->event(t->ctx, &full);
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

uint64_t
tunnel_random(struct wb_tunnel *t)
{
	// xorshift128+: tokens only have to be unguessable to those who cannot read the datagrams.
	uint64_t a = t->random[0], b = t->random[1];

	t->random[0] = b;
	a ^= a << 23;
	t->random[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
	return t->random[1] + b;
}

static void
sent_acked(void *ctx, const struct sent_record *r, bool was_lost)
{
	struct wb_tunnel *t = ctx;

	(void)was_lost;
	if (r->pkt == NULL)
		return;
	r->pkt->flags |= WB_PKT_ACKED;
	tunnel_unref(t, r->pkt);
}

// A lost piece is queued to go out again, unless another copy has arrived.
static void
sent_lost(void *ctx, const struct sent_record *r)
{
	struct resend_entry e = { .pkt = r->pkt, .off = r->off, .len = r->len };
	struct wb_tunnel *t = ctx;

	if (r->group && t->fec && (r->flags & SENT_LOST)) // not one that is only late
		fec_tx_lost(&t->fec->tx, (uint8_t)r->group);
	if (r->pkt == NULL)
		return;
	if ((r->pkt->flags & WB_PKT_ACKED) && r->len == r->pkt->len)
		return;
	if (resend_push(&t->resend, &e)) {
		r->pkt->flags |= WB_PKT_GIVEN_UP;
		return;
	}
	r->pkt->refs++;
	t->data_at = 0;
}

static void
sent_forgotten(void *ctx, struct wb_pkt *pkt)
{
	tunnel_unref(ctx, pkt);
}

struct sent_events
tunnel_sent_events(struct wb_tunnel *t)
{
	return (struct sent_events){
		.acked = sent_acked,
		.lost = sent_lost,
		.forgotten = sent_forgotten,
		.ctx = t,
	};
}

static void
reorder_drop(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	struct wb_tunnel *t = ctx;

	if (reason == WB_DROP_DUPLICATE) {
		t->stats.classes[pkt->sclass].duplicates++;
		if (t->from)
			t->from->stats.duplicates++;
	}
	tunnel_release(t, pkt, reason);
}

static void
queue_drop(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	tunnel_release(ctx, pkt, reason);
}

static void
queue_mark(void *ctx, struct wb_pkt *pkt)
{
	struct wb_tunnel *t = ctx;

	t->stats.ce_marked++;
	t->ops->mark_ce(t->ctx, pkt);
}

// All paths: which one took a packet that is missing is not known here.
static bool
reorder_passed(void *ctx, uint32_t sent_us, wb_ns_t now)
{
	struct wb_tunnel *t = ctx;

	WB_FOREACH_PATH (t, p)
		if (!horizon_passed(&p->horizon, sent_us, now))
			return false;
	return true;
}

static void
reorder_deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	struct wb_tunnel *t = ctx;

	n = equal_received(&t->equal, pkts, n);
	if (n)
		playout_received(t->playout, pkts, n, t->now);
}

static void
playout_deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	struct wb_tunnel *t = ctx;

	t->stats.out_packets += n;
	for (unsigned i = 0; i < n; i++)
		t->stats.out_bytes += pkts[i]->len;
	t->ops->deliver(t->ctx, pkts, n);
}

static void
fragment_join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	struct wb_tunnel *t = ctx;

	t->ops->join(t->ctx, head, tail);
}

static void *
tunnel_alloc(void *ctx, size_t size)
{
	struct wb_tunnel *t = ctx;

	return t->conf.alloc(t->ctx, size);
}

static uint32_t
or_default(uint32_t v, uint32_t fallback)
{
	return v ? v : fallback;
}

static int
create_parts(struct wb_tunnel *t)
{
	struct flow_queue_conf q = {
		.packets = or_default(t->conf.queue_packets, DEFAULT_QUEUE_PACKETS),
		.bytes = or_default(t->conf.queue_bytes, DEFAULT_QUEUE_BYTES),
		.seed = t->conf.seed[0],
		.alloc = tunnel_alloc,
		.drop = queue_drop,
		.mark_ce = queue_mark,
		.ctx = t,
	};
	struct reorder_conf r = {
		.packets = or_default(t->conf.reorder_packets, DEFAULT_REORDER_PACKETS),
		.seed = t->conf.seed[1],
		.alloc = tunnel_alloc,
		.deliver = reorder_deliver,
		.drop = reorder_drop,
		.passed = reorder_passed,
		.ctx = t,
	};
	struct playout_conf o = {
		.packets = r.packets,
		.alloc = tunnel_alloc,
		.deliver = playout_deliver,
		.drop = queue_drop,
		.ctx = t,
	};
	uint32_t records = or_default(t->conf.sent_records, DEFAULT_SENT_RECORDS);

	tunnel_equal_create(t);
	t->classes = flow_class_create(tunnel_alloc, t);
	t->queue = flow_queue_create(&q);
	t->reorder = reorder_create(&r);
	t->playout = playout_create(&o);
	t->fragments =
		fragments_create(t->conf.seed[1], tunnel_alloc, queue_drop, fragment_join, t);
	if (!t->classes || !t->queue || !t->reorder || !t->playout || !t->fragments ||
		tunnel_fec_create(t, tunnel_alloc, t) ||
		sent_pool_init(&t->pool, 2 * records, tunnel_alloc, t) ||
		resend_init(&t->resend, 2 * records, tunnel_alloc, t))
		return -ENOMEM;
	for (unsigned i = 0; i < WB_PATHS_MAX; i++) {
		t->paths[i].slot = (uint8_t)i;
		if (sent_init(&t->paths[i].sent, &t->pool, records, tunnel_alloc, t))
			return -ENOMEM;
	}
	return 0;
}

struct wb_tunnel *
wb_tunnel_create(const struct wb_tunnel_conf *conf, wb_ns_t now)
{
	uint32_t records = or_default(conf->sent_records, DEFAULT_SENT_RECORDS);
	const char *scheduler = conf->scheduler ? conf->scheduler : "earliest";
	struct wb_tunnel *t;

	if (!conf->ops || !conf->ops->deliver || !conf->ops->release || !conf->ops->mark_ce ||
		!conf->alloc || (records & (records - 1)) || !sched_find(scheduler))
		return NULL;
	t = conf->alloc(conf->ctx, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->conf = *conf;
	t->ops = conf->ops;
	t->ctx = conf->ctx;
	t->now = now;
	t->random[0] = conf->seed[0] | 1;
	t->random[1] = conf->seed[1];
	sched_set(&t->sched, sched_find(scheduler), NULL);
	t->data_at = WB_NEVER;
	t->path_since = WB_NEVER;
	t->conf.silent_after = conf->silent_after ? conf->silent_after : DEFAULT_SILENT;
	t->conf.retain_packets = or_default(conf->retain_packets, DEFAULT_RETAIN_PACKETS);
	t->retain_limit = t->conf.retain_packets;
	memset(t->slot_of_id, TUNNEL_NO_SLOT, sizeof(t->slot_of_id));
	tunnel_update_mtu(t);
	return create_parts(t) ? NULL : t;
}

// Everything that waits to be sent, in whatever state, is given back.
static void
drop_resends(struct wb_tunnel *t)
{
	struct resend_entry *e;

	while ((e = resend_peek(&t->resend)) != NULL) {
		e->pkt->flags |= WB_PKT_GIVEN_UP;
		tunnel_unref(t, e->pkt);
		resend_pop(&t->resend);
	}
}

static void
give_up(struct wb_tunnel *t, struct tunnel_taken *taken)
{
	if (taken->pkt) {
		taken->pkt->flags |= WB_PKT_GIVEN_UP;
		tunnel_unref(t, taken->pkt);
		taken->pkt = NULL;
	}
}

void
wb_tunnel_destroy(struct wb_tunnel *t)
{
	struct sent_events e = tunnel_sent_events(t);

	tunnel_release_done(t);
	WB_FOREACH_PATH (t, p)
		sent_reset(&p->sent, &e);
	drop_resends(t);
	tunnel_fec_reset(t);
	for (unsigned i = 0; i < TUNNEL_KINDS; i++)
		give_up(t, &t->taken[i]);
	flow_queue_flush(t->queue, WB_DROP_CLOSED);
	reorder_flush(t->reorder, WB_DROP_CLOSED);
	for (struct wb_pkt *pkt; (pkt = equal_take(&t->equal)) != NULL;)
		tunnel_release(t, pkt, WB_DROP_CLOSED);
	playout_flush(t->playout, WB_DROP_CLOSED);
	fragments_flush(t->fragments, WB_DROP_CLOSED);
}

void
tunnel_set_state(struct wb_tunnel *t, struct path *p, enum wb_path_state state, wb_ns_t now)
{
	struct wb_event e = { .type = WB_EVENT_PATH_STATE, .path = p->slot, .before = p->state };
	struct sent_events s = tunnel_sent_events(t);
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
		sent_lose_all(&p->sent, &s, now);
		tunnel_pmtu_settled(p, &s, now);
		p->stats.lost += s.n_lost;
		p->lost_silent = carried ? s.n_lost : p->lost_silent + s.n_lost;
		p->stats.downs += carried;
	} else {
		// A probe's answer may come before those of what left earlier, for another address.
		if (!carried && p->sent.first_unanswered)
			p->sent.first_unanswered = now;
	}
	t->data_at = 0;
	e.after = state;
	tunnel_event(t, &e);
	states_changed(t);
	states_update(t, now);
}

void
tunnel_pmtu_settled(struct path *p, const struct sent_events *e, wb_ns_t now)
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

// Numbers, estimates and life begin anew.
static void
path_begin(struct wb_tunnel *t, struct path *p, wb_ns_t now)
{
	struct sent_events e = tunnel_sent_events(t);

	sent_lose_all(&p->sent, &e, now); // into the resend queue
	sent_reset(&p->sent, &e);
	path_restart(p, now);
	p->peer_limit = p->peer_found = 0;
	pmtu_init(&p->pmtu, path_limit(p), t->features & WB_FEATURE_FRAGMENT, now);
	remote_init(&p->remote, &p->remote.cur.addr, t->conf.role == WB_ROLE_EDGE);
}

// Packets that were numbered in a session that has ended get new numbers when they go out again.
static void
renumber(struct wb_tunnel *t)
{
	for (uint32_t i = 0; i < resend_count(&t->resend); i++)
		resend_nth(&t->resend, i)->pkt->flags &= (uint8_t)~WB_PKT_NUMBERED;
	for (unsigned i = 0; i < TUNNEL_KINDS; i++)
		if (t->taken[i].pkt)
			t->taken[i].pkt->flags &= (uint8_t)~WB_PKT_NUMBERED;
	memset(t->seq, 0, sizeof(t->seq));
}

void
wb_tunnel_session_started(struct wb_tunnel *t, uint32_t features, wb_ns_t now)
{
	now = tunnel_clock(t, now);
	tunnel_release_done(t);
	memset(t->slot_of_id, TUNNEL_NO_SLOT, sizeof(t->slot_of_id));
	memset(&t->base_tx, 0, sizeof(t->base_tx));
	memset(&t->base_rx, 0, sizeof(t->base_rx));
	memset(t->id_gone, 0, sizeof(t->id_gone));
	t->next_id = 0;
	t->features = features;
	t->in_session = true;
	states_reset(t);
	t->closes = 0;
	t->message_on = 0;
	t->closing = false;
	t->last_heard = now;
	t->silent_at = now + t->conf.silent_after;
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
	renumber(t);
	reorder_reset(t->reorder, now);
	equal_reset(&t->equal);
	playout_reset(t->playout);
	fragments_flush(t->fragments, WB_DROP_NO_SESSION);
	tunnel_fec_reset(t);
	t->data_at = 0;
}

void
wb_tunnel_session_ended(struct wb_tunnel *t, wb_ns_t now)
{
	now = tunnel_clock(t, now);
	t->in_session = false;
	t->data_at = WB_NEVER;
	t->path_since = WB_NEVER;
	equal_reset(&t->equal);
	tunnel_fec_reset(t);
	WB_FOREACH_PATH (t, p)
		if (WB_PATH_LIVES(p))
			tunnel_set_state(t, p, WB_PATH_PROBING, now);
}

bool
wb_tunnel_in_session(const struct wb_tunnel *t)
{
	return t->in_session;
}

static struct path *
free_slot(struct wb_tunnel *t)
{
	for (unsigned i = 0; i < WB_PATHS_MAX; i++) {
		if (t->paths[i].state == WB_PATH_FREE)
			return &t->paths[i];
	}
	return NULL;
}

// Hub: an edge whose ports come and go uses new ids. The path of a slot that was not heard for longest
// gives way; its id stays used, or who has recorded its datagrams could play them again.
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

static struct path *
in_use(struct wb_tunnel *t, unsigned slot)
{
	return slot < WB_PATHS_MAX && t->paths[slot].state != WB_PATH_FREE ? &t->paths[slot] : NULL;
}

int
wb_tunnel_path_remove(struct wb_tunnel *t, unsigned slot, wb_ns_t now)
{
	struct sent_events e = tunnel_sent_events(t);
	struct path *p = in_use(t, slot);

	if (p == NULL)
		return -ENOENT;
	now = tunnel_clock(t, now);
	tunnel_release_done(t);
	tunnel_set_state(t, p, WB_PATH_DISABLED, now);
	sent_reset(&p->sent, &e);
	t->slot_of_id[p->id] = TUNNEL_NO_SLOT;
	p->state = WB_PATH_FREE;
	p->closes = 0; // nobody is told any more
	tunnel_update_mtu(t);
	return 0;
}

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

const struct wb_addr *
wb_tunnel_path_remote(const struct wb_tunnel *t, unsigned slot)
{
	if (slot >= WB_PATHS_MAX || t->paths[slot].state == WB_PATH_FREE)
		return NULL;
	return &t->paths[slot].remote.cur.addr;
}

int
wb_tunnel_set_scheduler(struct wb_tunnel *t, const char *name)
{
	const struct sched_ops *ops = sched_find(name);

	if (ops == NULL)
		return -ENOENT;
	sched_set(&t->sched, ops, NULL);
	t->data_at = 0;
	return 0;
}

void
wb_tunnel_set_program(struct wb_tunnel *t, const struct wb_sched_program *program)
{
	sched_set(&t->sched, &sched_program, program);
	t->data_at = 0;
}

const char *
wb_tunnel_scheduler(const struct wb_tunnel *t)
{
	return t->sched.program ? t->sched.program->name : t->sched.ops->name;
}

void
wb_tunnel_set_room(struct wb_tunnel *t, uint32_t packets)
{
	uint32_t queue = or_default(t->conf.queue_packets, DEFAULT_QUEUE_PACKETS);

	packets = packets > ROOM_LEAST ? packets : ROOM_LEAST;
	t->retain_limit = packets < t->conf.retain_packets ? packets : t->conf.retain_packets;
	flow_queue_limit(t->queue, packets < queue ? packets : queue);
	reorder_limit(t->reorder, packets);
	equal_limit(&t->equal, packets);
	playout_limit(t->playout, packets);
	fragments_limit(t->fragments, packets);
}

void
wb_tunnel_close(struct wb_tunnel *t, wb_ns_t now)
{
	tunnel_clock(t, now);
	flow_queue_flush(t->queue, WB_DROP_CLOSED);
	t->closing = true;
	t->closes = t->in_session ? TUNNEL_CLOSES : 0;
}
