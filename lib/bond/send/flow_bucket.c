// SPDX-License-Identifier: BSD-3-Clause
// One bucket's queue: its packets, when it stands backlogged, and what CoDel says to it.
#include "flow_bucket.h"

static struct wb_pkt *
take_head(struct flow_bucket *b)
{
	struct wb_pkt *pkt = b->head;

	if (!pkt)
		return NULL;
	b->head = pkt->next;
	pkt->next = NULL;
	b->packets--;
	b->bytes -= flow_bytes(pkt);
	return pkt;
}

static void
drop(const struct flow_law *law, struct flow_bucket *b, struct wb_pkt *pkt, enum wb_drop reason)
{
	b->drops++;
	law->conf->drop(law->conf->ctx, pkt, reason);
}

void
flow_bucket_drop(struct flow_bucket *b, const struct flow_law *law, enum wb_drop reason)
{
	struct wb_pkt *pkt = take_head(b);

	overload_shed(&b->overload, flow_bytes(pkt));
	drop(law, b, pkt, reason);
}

// Decides whether a bucket is bulk: above target for half an interval (so that CoDel's first signal already goes
// by the bulk target), or several packets deep for many dequeues. It stays so for BULK_LEAVE after the queue last
// stood, since a sender that slowed down lets the queue run empty for a while.
static void
judge(const struct flow_law *law, struct flow_bucket *b, wb_ns_t sojourn, wb_ns_t now)
{
	bool above = sojourn >= law->conf->target, deep = b->packets >= BULK_DEPTH;

	if (!above)
		b->bulk_due = 0;
	else if (b->bulk_due == 0)
		b->bulk_due = now + law->conf->interval / 2;
	if (!deep)
		b->deep_run = 0;
	else if (b->deep_run < BULK_RUN)
		b->deep_run++;
	if ((above && now >= b->bulk_due) || b->deep_run == BULK_RUN) {
		b->bulk_from = b->bulk ? b->bulk_from : b->sent_bytes;
		b->bulk = true;
	}
	if (above || deep)
		b->bulk_seen = now;
	else if (now - b->bulk_seen >= BULK_LEAVE)
		b->bulk = false;
}

// Returns how far a bulk flow's backlog may be above its target, so that slower paths help. A sender that does not
// slow down has no round trips that would grow: every path helps it.
static wb_ns_t
reach(const struct flow_law *law, const struct flow_bucket *b, wb_ns_t now)
{
	bool all = overload_limits(&b->overload, now);

	return b->bulk ? reach_of(&law->reach, all ? UINT64_MAX : b->sent_bytes - b->bulk_from) : 0;
}

// Returns CoDel's target. What swings is no reason to let a sender that does not slow down wait.
static wb_ns_t
target_of(const struct flow_law *law, const struct flow_bucket *b, wb_ns_t now)
{
	if (!b->bulk)
		return law->conf->target;
	return reach(law, b, now) +
	       (overload_limits(&b->overload, now) ? law->conf->target_bulk : law->target_swing);
}

// Takes the next packet that is not too old.
static struct wb_pkt *
take_young(struct flow_law *law, struct flow_bucket *b, wb_ns_t now)
{
	struct overload_sample s = { .interval = law->conf->interval, .reach = reach(law, b, now) };
	struct wb_pkt *pkt;

	while ((pkt = take_head(b)) != NULL) {
		s.wait = b->sojourn = now > pkt->tx.queued ? now - pkt->tx.queued : 0;
		s.bytes = flow_bytes(pkt);
		s.backlog = b->bytes;
		s.signals = codel_signals(&b->codel);
		if (!overload_took(&b->overload, &s, now))
			break;
		drop(law, b, pkt, WB_DROP_OVERLOAD);
	}
	return pkt;
}

static struct wb_pkt *
take(struct flow_law *law, struct flow_bucket *b, wb_ns_t now, bool *ok_to_drop)
{
	struct wb_pkt *pkt = take_young(law, b, now);
	struct codel_sample s = { .taken = pkt != NULL };

	if (pkt) {
		s.sojourn = b->sojourn;
		s.backlog = b->bytes;
		s.max_packet = law->max_packet;
		judge(law, b, s.sojourn, now);
	}
	*ok_to_drop = codel_above(&b->codel, &s, target_of(law, b, now), law->conf->interval, now);
	return pkt;
}

// Gives CoDel's signal. Returns true if the packet carries it (CE) and goes on, false if it was dropped.
static bool
congested(struct flow_law *law, struct flow_bucket *b, struct wb_pkt *pkt)
{
	if (pkt->ecn == 0 || !law->conf->mark_ce) {
		drop(law, b, pkt, WB_DROP_CODEL);
		return false;
	}
	if (pkt->ecn != 3) {
		pkt->ecn = 3;
		law->conf->mark_ce(law->conf->ctx, pkt);
		b->marks++;
		law->marks++;
	}
	return true;
}

// Takes the next packet as deque() of RFC 8289 5.5 does. A marked packet counts as dropped but is handed on.
struct wb_pkt *
flow_bucket_take(struct flow_bucket *b, struct flow_law *law, wb_ns_t now)
{
	struct codel *c = &b->codel;
	bool ok_to_drop;
	struct wb_pkt *pkt = take(law, b, now, &ok_to_drop);

	if (!c->dropping) {
		if (!ok_to_drop)
			return pkt;
		if (!congested(law, b, pkt))
			pkt = take(law, b, now, &ok_to_drop);
		codel_enter(c, law->conf->interval, now);
		return pkt;
	}
	if (!ok_to_drop)
		c->dropping = false;
	while (c->dropping && now >= c->drop_next) {
		bool marked = congested(law, b, pkt);

		c->count++;
		if (!marked)
			pkt = take(law, b, now, &ok_to_drop);
		if (ok_to_drop)
			c->drop_next =
				codel_control_law(c->drop_next, law->conf->interval, c->count);
		else
			c->dropping = false;
		if (marked)
			break;
	}
	return pkt;
}

void
flow_bucket_forget(struct flow_bucket *b)
{
	b->codel = (struct codel){ 0 };
	b->overload = (struct overload){ 0 };
	b->bulk = false;
	b->bulk_due = 0;
	b->deep_run = 0;
}

void
flow_bucket_stats(const struct flow_bucket *b, struct wb_flow_stats *s)
{
	*s = (struct wb_flow_stats){
		.sclass = b->sclass,
		.packets = b->sent_packets,
		.bytes = b->sent_bytes,
		.drops = b->drops,
		.marks = b->marks,
		.queued_packets = b->packets,
		.sojourn = b->sojourn,
		.last_seen = b->last_seen,
	};
}
