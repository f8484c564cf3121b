// SPDX-License-Identifier: BSD-3-Clause
// A bucket knows next (all before it was delivered or given up) and top (highest sequence received,
// plus one). Its bitmap tells for [top - REORDER_WINDOW, top) what has been received, so
//   next <= top, top - next <= REORDER_WINDOW, bit(next) is clear unless next == top.
// Received from next on means held, but for realtime packets, which are never held; so a second bitmap
// tells which are. Held packets of all buckets are in one hash table by (bucket, sequence): insertion
// anywhere costs the same, and nobody outside knows which ones share a chain.
#include <string.h>

#include "deadlines.h"
#include "reorder.h"
#include "seq_bits.h"
#include "wb_mix.h"

#define DELIVER_BATCH 64
// A bucket starts at sequence 0 in a new session, but its first packets may overtake each other; a
// first sequence over this is no overtaking: it starts there.
#define START_MAX 1024
// So far behind that it cannot be late: the other end has started its sequences anew.
#define RESTART (1 << 20)

struct bucket {
	uint32_t next, top;
	uint32_t held;
	bool started;
	uint32_t head_seq;
	bool open;           // the gap before head was seen, and could still be filled by a path
	struct wb_pkt *head; // held packet of the lowest sequence; NULL: none
	wb_ns_t lost_at;     // since then it cannot; 0: it can, as far as is known
};

struct reorder {
	struct reorder_conf conf;
	uint32_t limit; // of packets held
	wb_ns_t hold[WB_CLASS_COUNT], spread;
	struct reorder_stats stats;
	unsigned n_batch;
	uint32_t mask;         // of table
	struct wb_pkt **table; // chains by wb_pkt.next
	struct wb_pkt *batch[DELIVER_BATCH];
	struct deadlines gaps; // when each bucket's first gap is given up
	struct bucket buckets[WB_BUCKETS];
	uint32_t chains[WB_BUCKETS]; // where in the table each bucket begins
	uint64_t bitmap[WB_BUCKETS][SEQ_WORDS];
	uint64_t held[WB_BUCKETS][SEQ_WORDS]; // a bit for each packet in the table
};

struct reorder *
reorder_create(const struct reorder_conf *conf)
{
	struct reorder *r = conf->alloc(conf->ctx, sizeof(*r));
	uint32_t size = 64;

	if (!r)
		return NULL;
	r->conf = *conf;
	r->limit = conf->packets;
	while (size < 2ull * conf->packets && size < 1u << 30)
		size *= 2;
	r->table = conf->alloc(conf->ctx, size * sizeof(struct wb_pkt *));
	if (!r->table)
		return NULL;
	r->mask = size - 1;
	for (unsigned i = 0; i < WB_BUCKETS; i++)
		r->chains[i] = (uint32_t)(wb_mix(conf->seed + (i + 1) * WB_MIX_STEP) >> 32);
	deadlines_init(&r->gaps);
	return r;
}

// ---- bitmap

static uint64_t *
bitmap_of(struct reorder *r, const struct bucket *b)
{
	return r->bitmap[b - r->buckets];
}

static bool
is_received(struct reorder *r, const struct bucket *b, uint32_t seq)
{
	return seq_is_set(bitmap_of(r, b), seq);
}

static uint32_t
count_missing(struct reorder *r, const struct bucket *b, uint32_t from, uint32_t to)
{
	uint32_t n = to - from;

	while ((from = seq_next_set(bitmap_of(r, b), from, to)) != to) {
		from++;
		n--;
	}
	return n;
}

// Marks seq, which may move top: what comes into the window on the way is not received.
static void
mark_received(struct reorder *r, struct bucket *b, uint32_t seq)
{
	if ((int32_t)(seq - b->top) >= 0) {
		seq_clear_range(bitmap_of(r, b), b->top, seq);
		b->top = seq + 1;
	}
	seq_set(bitmap_of(r, b), seq);
}

// ---- held packets. rx.gap_seen is when the first packet at or behind this one arrived.

static struct wb_pkt **
chain_of(struct reorder *r, uint32_t bucket, uint32_t seq)
{
	// A bucket's sequences take neighbouring chains; buckets are spread.
	return &r->table[(r->chains[bucket] + seq) & r->mask];
}

static struct wb_pkt **
find_held(struct reorder *r, const struct bucket *b, uint32_t seq)
{
	uint32_t id = (uint32_t)(b - r->buckets);
	struct wb_pkt **p = chain_of(r, id, seq);

	while (*p && ((*p)->seq != seq || (*p)->bucket != id))
		p = &(*p)->next;
	return p;
}

static uint64_t *
held_of(struct reorder *r, const struct bucket *b)
{
	return r->held[b - r->buckets];
}

static struct wb_pkt *
first_held(struct reorder *r, const struct bucket *b, uint32_t from)
{
	if (b->held == 0 || (int32_t)(b->top - from) <= 0)
		return NULL;
	from = seq_next_set(held_of(r, b), from, b->top);
	return from == b->top ? NULL : *find_held(r, b, from);
}

// ---- delivery

static void
flush_batch(struct reorder *r)
{
	if (r->n_batch)
		r->conf.deliver(r->conf.ctx, r->batch, r->n_batch);
	r->n_batch = 0;
}

static void
deliver(struct reorder *r, struct wb_pkt *pkt)
{
	pkt->next = NULL;
	r->batch[r->n_batch++] = pkt;
	if (r->n_batch == DELIVER_BATCH)
		flush_batch(r);
}

static struct wb_pkt *
take_held(struct reorder *r, struct bucket *b, uint32_t seq)
{
	struct wb_pkt **p, *pkt;

	if (!seq_is_set(held_of(r, b), seq))
		return NULL; // a realtime packet, delivered already
	seq_clear(held_of(r, b), seq);
	p = find_held(r, b, seq);
	pkt = *p;
	*p = pkt->next;
	b->held--;
	r->stats.held--;
	return pkt;
}

static void
count_held(struct reorder *r, uint8_t sclass, wb_ns_t held)
{
	unsigned i = 0;

	while (i < WB_HELD_BINS - 1 && held >= 64 * WB_US << i)
		i++;
	r->stats.held_us[sclass][i]++;
}

static void
set_deadline(struct reorder *r, struct bucket *b)
{
	wb_ns_t at = b->lost_at + r->hold[b->head->sclass];

	deadlines_set(&r->gaps, (uint16_t)(b - r->buckets), at < b->lost_at ? WB_NEVER - 1 : at);
}

// Decides whether the gap at next can still be filled by what is on the way. Sequences are given as packets leave,
// so what is missing has left before the packet behind.
static void
look(struct reorder *r, struct bucket *b, wb_ns_t now)
{
	wb_ns_t seen = b->head->rx.gap_seen, last = seen + REORDER_WAIT, lost = seen + r->spread;

	if (now < last && r->conf.passed &&
		!r->conf.passed(r->conf.ctx, b->head->rx.sent_us, now)) {
		b->open = true;
		deadlines_set(&r->gaps, (uint16_t)(b - r->buckets),
			now + LOOK_EVERY < last ? now + LOOK_EVERY : last);
		return;
	}
	if (!r->conf.passed)
		lost = seen;
	else if (b->open || now < lost)
		lost = now;
	b->lost_at = lost < last ? lost : last;
	b->lost_at += b->lost_at == 0;
	set_deadline(r, b);
}

static void
set_head(struct reorder *r, struct bucket *b, struct wb_pkt *head, wb_ns_t now)
{
	b->head = head;
	b->open = false;
	b->lost_at = 0;
	if (head) {
		b->head_seq = head->seq;
		look(r, b, now);
	} else {
		deadlines_clear(&r->gaps, (uint16_t)(b - r->buckets));
	}
}

// Delivers from next on up to the first gap. A delivered packet is not ours to look at any more.
static void
advance(struct reorder *r, struct bucket *b, wb_ns_t now)
{
	while (b->next != b->top && is_received(r, b, b->next)) {
		struct wb_pkt *pkt = take_held(r, b, b->next);

		if (pkt) {
			count_held(r, pkt->sclass, now - pkt->rx.arrived);
			deliver(r, pkt);
		}
		b->next++;
	}
	if (b->head && (int32_t)(b->next - b->head_seq) > 0)
		set_head(r, b, first_held(r, b, b->next), now);
}

// Gives up the gap at next; something is held.
static void
give_up(struct reorder *r, struct bucket *b, wb_ns_t now)
{
	r->stats.gaps += count_missing(r, b, b->next, b->head_seq);
	b->next = b->head_seq;
	advance(r, b, now);
}

// Deals with the deadlines that have come.
static void
settle(struct reorder *r, struct bucket *b, wb_ns_t now)
{
	if (b->lost_at)
		give_up(r, b, now);
	else
		look(r, b, now);
}

static void
start(struct reorder *r, struct bucket *b, uint32_t seq)
{
	b->started = true;
	b->next = b->top = seq;
	memset(bitmap_of(r, b), 0, sizeof(r->bitmap[0]));
}

// Goes on from a sequence that is not near anything known.
static void
resync(struct reorder *r, struct bucket *b, uint32_t seq, wb_ns_t now)
{
	while (b->head)
		give_up(r, b, now);
	start(r, b, seq);
}

// Makes room in the window for seq >= top, seq - top < REORDER_WINDOW.
static void
slide(struct reorder *r, struct bucket *b, uint32_t seq, wb_ns_t now)
{
	while (seq - b->next >= REORDER_WINDOW) {
		uint32_t from = b->next;

		if (b->head) {
			give_up(r, b, now);
			continue;
		}
		b->next = seq - (REORDER_WINDOW - 1);
		r->stats.gaps += count_missing(r, b, from, b->next);
		advance(r, b, now);
	}
}

// ---- received

static void
received_behind(struct reorder *r, struct bucket *b, struct wb_pkt *pkt)
{
	if (b->top - pkt->seq > REORDER_WINDOW || is_received(r, b, pkt->seq)) {
		r->stats.duplicates++;
		r->conf.drop(r->conf.ctx, pkt, WB_DROP_DUPLICATE);
		return;
	}
	mark_received(r, b, pkt->seq);
	r->stats.late++;
	deliver(r, pkt);
}

// Delivers ahead of others that may wait for the gap; where none does, it is given up.
static void
pass(struct reorder *r, struct bucket *b, struct wb_pkt *pkt, wb_ns_t now)
{
	if (!b->head) {
		r->stats.gaps += count_missing(r, b, b->next, pkt->seq);
		b->next = pkt->seq;
	}
	deliver(r, pkt);
	advance(r, b, now);
}

static void
hold(struct reorder *r, struct bucket *b, struct wb_pkt *pkt, wb_ns_t now)
{
	struct wb_pkt *behind = first_held(r, b, pkt->seq + 1), **chain;

	if (behind && (int32_t)(behind->rx.sent_us - pkt->rx.sent_us) < 0)
		pkt->rx.sent_us = behind->rx.sent_us; // a packet sent again leaves late
	pkt->rx.gap_seen = behind ? behind->rx.gap_seen : now;
	chain = chain_of(r, pkt->bucket, pkt->seq);
	pkt->next = *chain;
	*chain = pkt;
	seq_set(held_of(r, b), pkt->seq);
	b->held++;
	r->stats.held++;
	if (!b->head || (int32_t)(b->head_seq - pkt->seq) > 0)
		set_head(r, b, pkt, now);
	else if (!b->lost_at)
		look(r, b, now);
	while (r->stats.held > r->limit)
		give_up(r, &r->buckets[r->gaps.heap[0]], now);
	while (b->head && r->gaps.at[b - r->buckets] <= now) // hold time of 0
		settle(r, b, now);
}

static void
received_ahead(struct reorder *r, struct bucket *b, struct wb_pkt *pkt, wb_ns_t now)
{
	if ((int32_t)(pkt->seq - b->top) >= 0) {
		slide(r, b, pkt->seq, now);
	} else if (is_received(r, b, pkt->seq)) {
		r->stats.duplicates++;
		r->conf.drop(r->conf.ctx, pkt, WB_DROP_DUPLICATE);
		return;
	}
	mark_received(r, b, pkt->seq);
	// The window may have moved right up to it.
	if (pkt->sclass == WB_CLASS_REALTIME || pkt->seq == b->next)
		pass(r, b, pkt, now);
	else
		hold(r, b, pkt, now);
}

void
reorder_received(struct reorder *r, struct wb_pkt *pkt, wb_ns_t now)
{
	uint16_t id = pkt->bucket % WB_BUCKETS;
	struct bucket *b = &r->buckets[id];
	int32_t ahead;

	pkt->bucket = id;
	if (pkt->sclass >= WB_CLASS_COUNT)
		pkt->sclass = WB_CLASS_DEFAULT;
	pkt->rx.arrived = now;
	if (!b->started)
		start(r, b, pkt->seq < START_MAX ? 0 : pkt->seq);
	ahead = (int32_t)(pkt->seq - b->next);
	if (ahead < -RESTART || (int32_t)(pkt->seq - b->top) >= REORDER_WINDOW) {
		resync(r, b, pkt->seq, now);
		ahead = 0;
	}
	if (ahead == 0) {
		mark_received(r, b, pkt->seq);
		b->next++;
		deliver(r, pkt);
		if (b->next != b->top)
			advance(r, b, now);
	} else if (ahead < 0) {
		received_behind(r, b, pkt);
	} else {
		received_ahead(r, b, pkt, now);
	}
	flush_batch(r);
}

wb_ns_t
reorder_next_deadline(const struct reorder *r)
{
	return deadlines_first(&r->gaps);
}

void
reorder_expire(struct reorder *r, wb_ns_t now)
{
	while (deadlines_first(&r->gaps) <= now)
		settle(r, &r->buckets[r->gaps.heap[0]], now);
	flush_batch(r);
}

void
reorder_set_spread(struct reorder *r, wb_ns_t spread)
{
	r->spread = spread;
}

void
reorder_set_hold(struct reorder *r, const wb_ns_t hold_times[WB_CLASS_COUNT])
{
	if (memcmp(r->hold, hold_times, sizeof(r->hold)) == 0)
		return;
	memcpy(r->hold, hold_times, sizeof(r->hold));
	for (uint16_t id = 0; id < WB_BUCKETS && r->gaps.n; id++)
		if (r->buckets[id].head && r->buckets[id].lost_at)
			set_deadline(r, &r->buckets[id]);
}

void
reorder_reset(struct reorder *r, wb_ns_t now)
{
	for (unsigned i = 0; i < WB_BUCKETS; i++) {
		while (r->buckets[i].head)
			give_up(r, &r->buckets[i], now);
		r->buckets[i].started = false;
	}
	flush_batch(r);
}

void
reorder_flush(struct reorder *r, enum wb_drop reason)
{
	for (unsigned i = 0; i < WB_BUCKETS; i++) {
		struct bucket *b = &r->buckets[i];

		while (b->head) {
			struct wb_pkt *pkt = take_held(r, b, b->head_seq);

			set_head(r, b, first_held(r, b, pkt->seq + 1), pkt->rx.arrived);
			pkt->next = NULL;
			r->conf.drop(r->conf.ctx, pkt, reason);
		}
		b->started = false;
	}
}

void
reorder_limit(struct reorder *r, uint32_t packets)
{
	r->limit = packets < r->conf.packets ? packets : r->conf.packets;
}

const struct reorder_stats *
reorder_stats(const struct reorder *r)
{
	return &r->stats;
}
