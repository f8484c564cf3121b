// SPDX-License-Identifier: BSD-3-Clause
// The life of a tunnel: it is made, its sessions start and end, it is closed and given up.
#include "tunnel.h"

#include <errno.h>
#include <string.h>

#define DEFAULT_QUEUE_PACKETS 8192
#define DEFAULT_QUEUE_BYTES (16u << 20)
#define DEFAULT_RETAIN_PACKETS 16384
#define DEFAULT_SENT_RECORDS 16384
#define DEFAULT_REORDER_PACKETS 16384
#define DEFAULT_SILENT WB_SEC
#define ROOM_LEAST 16 // packets, whatever the caller says

// Begins anew after a sleep. What was in flight is not overdue, since nobody was there to see the answer: all paths
// are asked.
void
tunnel_woke(struct wb_tunnel *t, wb_ns_t now)
{
	t->woke = now;
	t->silent_at = now + t->conf.silent_after;
	WB_FOREACH_PATH (t, p) {
		if (p->in_flight.first_unanswered)
			p->in_flight.first_unanswered = now;
		p->move_probe |= WB_PATH_LIVES(p);
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

static uint32_t
or_default(uint32_t v, uint32_t fallback)
{
	return v ? v : fallback;
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
	t->conf.queue_packets = or_default(conf->queue_packets, DEFAULT_QUEUE_PACKETS);
	t->conf.queue_bytes = or_default(conf->queue_bytes, DEFAULT_QUEUE_BYTES);
	t->conf.sent_records = records;
	t->conf.reorder_packets = or_default(conf->reorder_packets, DEFAULT_REORDER_PACKETS);
	t->conf.retain_packets = or_default(conf->retain_packets, DEFAULT_RETAIN_PACKETS);
	t->retain_limit = t->conf.retain_packets;
	memset(t->slot_of_id, TUNNEL_NO_SLOT, sizeof(t->slot_of_id));
	tunnel_update_mtu(t);
	return tunnel_parts_create(t) ? NULL : t;
}

// Gives back all packets that wait to be sent again.
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
	struct in_flight_events e = tunnel_in_flight_events(t);

	tunnel_release_done(t);
	WB_FOREACH_PATH (t, p)
		in_flight_reset(&p->in_flight, &e);
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

// Takes their numbers from packets of a session that has ended: they get new ones when they go out again.
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
	tunnel_paths_begin(t, now);
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
	uint32_t queue = t->conf.queue_packets;

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
