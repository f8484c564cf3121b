// SPDX-License-Identifier: BSD-3-Clause
// Three structures over the same buckets: the two round-robin lists of RFC 8290, and lists of buckets
// by the logarithm of their backlog, which find the fattest one without a look at all of them. Realtime
// packets wait in none of them but in the lane: what shares their bucket does not hold them up.
#include <errno.h>

#include "codel.h"
#include "flow_queue.h"
#include "lane.h"
#include "overload.h"

#define NONE UINT16_MAX
#define SIZE_CLASSES 32   // floor(log2(bytes queued))
#define FATTEST_TRIES 16  // buckets of the top size class that are compared
#define BATCH 64          // packets dropped at once (RFC 8290 4.1)
#define BULK_DEPTH 4      // packets left behind one: more than a sender's ordinary burst ...
#define BULK_RUN 256      // ... when found at so many dequeues running
#define BULK_LEAVE WB_SEC // without a standing queue: no bulk flow any more
#define INTERVAL_MAX (4 * WB_SEC) // codel_control_law() takes 32 bits of ns

enum where { ON_NO_LIST, ON_NEW, ON_OLD };

struct bucket {
	struct wb_pkt *head, *tail;
	uint32_t bytes, packets;
	int32_t deficit;
	uint16_t next; // of the round-robin list
	uint8_t where; // enum where
	bool bulk;     // has a standing queue
	struct codel codel;
	struct overload overload;
	// Size class list.
	uint16_t fat_prev, fat_next;
	uint8_t fat_class; // valid while bytes > 0
	uint8_t sclass;    // of the last packet
	uint16_t deep_run; // dequeues running that left BULK_DEPTH packets or more
	wb_ns_t bulk_due;  // it is bulk when above target until then; 0: below target
	wb_ns_t bulk_seen; // last time the queue stood
	wb_ns_t last_seen; // last enqueue
	wb_ns_t sojourn;
	uint64_t sent_packets, sent_bytes, drops, marks;
};

struct list {
	uint16_t head, tail;
};

struct flow_queue {
	struct flow_queue_conf conf;
	uint32_t packets, bytes;
	uint32_t max_packet; // largest seen
	uint32_t classes;    // bit i: fattest[i] is not empty
	wb_ns_t target_swing;
	struct list fresh, old;
	struct lane lane; // realtime packets
	uint16_t fattest[SIZE_CLASSES];
	uint64_t marks;
	struct bucket buckets[WB_BUCKETS];
};

struct flow_queue *
flow_queue_create(const struct flow_queue_conf *conf)
{
	struct flow_queue *q = conf->alloc(conf->ctx, sizeof(*q));

	if (!q)
		return NULL;
	q->conf = *conf;
	if (!q->conf.quantum)
		q->conf.quantum = 1514;
	if (!q->conf.target)
		q->conf.target = 5 * WB_MS;
	if (!q->conf.target_bulk)
		q->conf.target_bulk = 15 * WB_MS;
	if (!q->conf.interval)
		q->conf.interval = 100 * WB_MS;
	flow_queue_tune(q, q->conf.interval, 0, 0);
	lane_init(&q->lane);
	q->max_packet = 256;
	q->fresh = q->old = (struct list){ NONE, NONE };
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		q->fattest[i] = NONE;
	return q;
}

void
flow_queue_tune(struct flow_queue *q, wb_ns_t interval, wb_ns_t target_bulk, wb_ns_t target_swing)
{
	if (interval)
		q->conf.interval = interval < INTERVAL_MAX ? interval : INTERVAL_MAX;
	if (target_bulk)
		q->conf.target_bulk = target_bulk;
	q->target_swing = target_swing > q->conf.target_bulk ? target_swing : q->conf.target_bulk;
}

// splitmix64's finish: without the seed nobody outside can aim at one bucket.
static uint16_t
bucket_of(const struct flow_queue *q, uint32_t hash)
{
	uint64_t x = hash ^ q->conf.seed;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (uint16_t)((x ^ x >> 31) % WB_BUCKETS);
}

static void
list_append(struct flow_queue *q, struct list *l, uint16_t i)
{
	q->buckets[i].next = NONE;
	if (l->head == NONE)
		l->head = i;
	else
		q->buckets[l->tail].next = i;
	l->tail = i;
	q->buckets[i].where = l == &q->fresh ? ON_NEW : ON_OLD;
}

static void
list_remove_head(struct flow_queue *q, struct list *l)
{
	struct bucket *b = &q->buckets[l->head];

	l->head = b->next;
	b->where = ON_NO_LIST;
}

static void
fat_unlink(struct flow_queue *q, struct bucket *b)
{
	if (b->fat_next != NONE)
		q->buckets[b->fat_next].fat_prev = b->fat_prev;
	if (b->fat_prev != NONE)
		q->buckets[b->fat_prev].fat_next = b->fat_next;
	else if ((q->fattest[b->fat_class] = b->fat_next) == NONE)
		q->classes &= ~(1u << b->fat_class);
}

static void
fat_link(struct flow_queue *q, struct bucket *b, unsigned class)
{
	uint16_t i = (uint16_t)(b - q->buckets), head = q->fattest[class];

	b->fat_class = (uint8_t) class;
	b->fat_prev = NONE;
	b->fat_next = head;
	if (head != NONE)
		q->buckets[head].fat_prev = i;
	q->fattest[class] = i;
	q->classes |= 1u << class;
}

// A packet of no length would leave a bucket with packets in no size class: it counts as one byte.
static uint32_t
size_of(const struct wb_pkt *pkt)
{
	return pkt->len ? pkt->len : 1;
}

static void
resize(struct flow_queue *q, struct bucket *b, uint32_t bytes)
{
	int before = b->bytes ? b->fat_class : -1;
	int after = bytes ? 31 - __builtin_clz(bytes) : -1;

	q->bytes += bytes - b->bytes;
	b->bytes = bytes;
	if (before == after)
		return;
	if (before >= 0)
		fat_unlink(q, b);
	if (after >= 0)
		fat_link(q, b, (unsigned)after);
}

static struct wb_pkt *
take_head(struct flow_queue *q, struct bucket *b)
{
	struct wb_pkt *pkt = b->head;

	if (!pkt)
		return NULL;
	b->head = pkt->next;
	pkt->next = NULL;
	b->packets--;
	q->packets--;
	resize(q, b, b->bytes - size_of(pkt));
	return pkt;
}

static void
drop(struct flow_queue *q, struct bucket *b, struct wb_pkt *pkt, enum wb_drop reason)
{
	b->drops++;
	q->conf.drop(q->conf.ctx, pkt, reason);
}

// The fattest of the top size class, of its first FATTEST_TRIES buckets: over half as fat as the
// fattest of all in any case.
static struct bucket *
fattest(struct flow_queue *q)
{
	uint16_t i = q->fattest[31 - __builtin_clz(q->classes)];
	struct bucket *best = &q->buckets[i];

	for (unsigned n = 0; i != NONE && n < FATTEST_TRIES; n++, i = q->buckets[i].fat_next)
		if (q->buckets[i].bytes > best->bytes)
			best = &q->buckets[i];
	return best;
}

// Up to half of its bytes, as Linux does: the next packets then find room without a search.
static void
drop_batch(struct flow_queue *q)
{
	struct bucket *b = fattest(q);
	uint32_t rest = b->bytes / 2;

	for (unsigned n = 0; n < BATCH && b->bytes > rest; n++) {
		struct wb_pkt *pkt = take_head(q, b);

		overload_shed(&b->overload, size_of(pkt));
		drop(q, b, pkt, WB_DROP_QUEUE_LIMIT);
	}
}

static struct wb_pkt *
take_lane(struct flow_queue *q)
{
	struct wb_pkt *pkt = lane_take(&q->lane);

	if (pkt) {
		q->packets--;
		q->bytes -= size_of(pkt);
	}
	return pkt;
}

static void
enqueue_lane(struct flow_queue *q, struct wb_pkt *pkt)
{
	q->packets++;
	q->bytes += size_of(pkt);
	pkt = lane_add(&q->lane, pkt);
	if (pkt) {
		q->packets--;
		q->bytes -= size_of(pkt);
		drop(q, &q->buckets[pkt->bucket], pkt, WB_DROP_QUEUE_LIMIT);
	}
}

void
flow_queue_enqueue(struct flow_queue *q, struct wb_pkt *pkt, wb_ns_t now)
{
	uint16_t i = bucket_of(q, pkt->hash);
	struct bucket *b = &q->buckets[i];

	pkt->bucket = i;
	pkt->time = now;
	pkt->next = NULL;
	b->last_seen = now ? now : 1;
	if (pkt->sclass == WB_CLASS_REALTIME) {
		enqueue_lane(q, pkt);
		return;
	}
	if (b->head)
		b->tail->next = pkt;
	else
		b->head = pkt;
	b->tail = pkt;
	b->packets++;
	q->packets++;
	b->sclass = pkt->sclass;
	if (pkt->len > q->max_packet)
		q->max_packet = pkt->len;
	resize(q, b, b->bytes + size_of(pkt));
	if (b->where == ON_NO_LIST) {
		b->deficit = (int32_t)q->conf.quantum;
		list_append(q, &q->fresh, i);
	}
	while (q->classes && ((q->conf.packets && q->packets > q->conf.packets) ||
				     (q->conf.bytes && q->bytes > q->conf.bytes)))
		drop_batch(q);
}

void
flow_queue_prefetch(struct flow_queue *q, uint32_t hash)
{
	__builtin_prefetch(&q->buckets[bucket_of(q, hash)], 1);
}

void
flow_queue_limit(struct flow_queue *q, uint32_t packets)
{
	q->conf.packets = packets;
}

// Bulk: above target for half an interval (so that CoDel's first signal already goes by the bulk
// target), or several packets deep for many dequeues. It stays so for BULK_LEAVE after the queue
// last stood, since a sender that slowed down lets the queue run empty for a while.
static void
judge(const struct flow_queue *q, struct bucket *b, wb_ns_t sojourn, wb_ns_t now)
{
	bool above = sojourn >= q->conf.target, deep = b->packets >= BULK_DEPTH;

	if (!above)
		b->bulk_due = 0;
	else if (b->bulk_due == 0)
		b->bulk_due = now + q->conf.interval / 2;
	if (!deep)
		b->deep_run = 0;
	else if (b->deep_run < BULK_RUN)
		b->deep_run++;
	if ((above && now >= b->bulk_due) || b->deep_run == BULK_RUN)
		b->bulk = true;
	if (above || deep)
		b->bulk_seen = now;
	else if (now - b->bulk_seen >= BULK_LEAVE)
		b->bulk = false;
}

// CoDel's target. What swings is no reason to let a sender that does not slow down wait.
static wb_ns_t
target_of(const struct flow_queue *q, const struct bucket *b, wb_ns_t now)
{
	if (!b->bulk)
		return q->conf.target;
	return overload_limits(&b->overload, now) ? q->conf.target_bulk : q->target_swing;
}

// The next packet that is not too old.
static struct wb_pkt *
take_young(struct flow_queue *q, struct bucket *b, wb_ns_t now)
{
	struct overload_sample s = { .interval = q->conf.interval };
	struct wb_pkt *pkt;

	while ((pkt = take_head(q, b)) != NULL) {
		s.wait = b->sojourn = now > pkt->time ? now - pkt->time : 0;
		s.bytes = size_of(pkt);
		s.backlog = b->bytes;
		s.signals = codel_signals(&b->codel);
		if (!overload_took(&b->overload, &s, now))
			break;
		drop(q, b, pkt, WB_DROP_OVERLOAD);
	}
	return pkt;
}

static struct wb_pkt *
take(struct flow_queue *q, struct bucket *b, wb_ns_t now, bool *ok_to_drop)
{
	struct wb_pkt *pkt = take_young(q, b, now);
	struct codel_sample s = { .taken = pkt != NULL };

	if (pkt) {
		s.sojourn = b->sojourn;
		s.backlog = b->bytes;
		s.max_packet = q->max_packet;
		judge(q, b, s.sojourn, now);
	}
	*ok_to_drop = codel_above(&b->codel, &s, target_of(q, b, now), q->conf.interval, now);
	return pkt;
}

// CoDel's signal. true: the packet carries it (CE) and goes on; false: it was dropped.
static bool
congested(struct flow_queue *q, struct bucket *b, struct wb_pkt *pkt)
{
	if (pkt->ecn == 0 || !q->conf.mark_ce) {
		drop(q, b, pkt, WB_DROP_CODEL);
		return false;
	}
	if (pkt->ecn != 3) {
		pkt->ecn = 3;
		q->conf.mark_ce(q->conf.ctx, pkt);
		b->marks++;
		q->marks++;
	}
	return true;
}

// RFC 8289 5.5, deque(); a marked packet counts as dropped but is handed on.
static struct wb_pkt *
codel_dequeue(struct flow_queue *q, struct bucket *b, wb_ns_t now)
{
	struct codel *c = &b->codel;
	bool ok_to_drop;
	struct wb_pkt *pkt = take(q, b, now, &ok_to_drop);

	if (!c->dropping) {
		if (!ok_to_drop)
			return pkt;
		if (!congested(q, b, pkt))
			pkt = take(q, b, now, &ok_to_drop);
		codel_enter(c, q->conf.interval, now);
		return pkt;
	}
	if (!ok_to_drop)
		c->dropping = false;
	while (c->dropping && now >= c->drop_next) {
		bool marked = congested(q, b, pkt);

		c->count++;
		if (!marked)
			pkt = take(q, b, now, &ok_to_drop);
		if (ok_to_drop)
			c->drop_next = codel_control_law(c->drop_next, q->conf.interval, c->count);
		else
			c->dropping = false;
		if (marked)
			break;
	}
	return pkt;
}

static void
account(struct bucket *b, struct wb_pkt *pkt)
{
	b->sent_packets++;
	b->sent_bytes += pkt->len;
	if (b->bulk && pkt->len > FLOW_SMALL && pkt->sclass == WB_CLASS_DEFAULT &&
		!(pkt->flags & WB_PKT_CLASS_SET))
		pkt->sclass = WB_CLASS_BULK;
	b->sclass = pkt->sclass;
}

struct wb_pkt *
flow_queue_dequeue_realtime(struct flow_queue *q, wb_ns_t now)
{
	struct wb_pkt *pkt = take_lane(q);
	struct bucket *b;

	if (!pkt)
		return NULL;
	b = &q->buckets[pkt->bucket];
	b->sojourn = now > pkt->time ? now - pkt->time : 0;
	account(b, pkt);
	return pkt;
}

// RFC 8290 4.2. The next packet of the lists, or of the new flows only.
static struct wb_pkt *
take_turn(struct flow_queue *q, wb_ns_t now, bool only_new, bool *sparse)
{
	for (;;) {
		struct list *l = q->fresh.head != NONE || only_new ? &q->fresh : &q->old;
		uint16_t i = l->head;
		struct bucket *b;
		struct wb_pkt *pkt;

		if (i == NONE)
			return NULL;
		b = &q->buckets[i];
		if (b->deficit <= 0) {
			b->deficit += (int32_t)q->conf.quantum;
			list_remove_head(q, l);
			list_append(q, &q->old, i);
			continue;
		}
		pkt = codel_dequeue(q, b, now);
		if (!pkt) {
			// Through the old list before it may be new again, else a flow that sends
			// one packet after each dequeue would starve the others.
			list_remove_head(q, l);
			if (l == &q->fresh && q->old.head != NONE)
				list_append(q, &q->old, i);
			continue;
		}
		b->deficit -= (int32_t)pkt->len;
		account(b, pkt);
		*sparse = l == &q->fresh;
		return pkt;
	}
}

struct wb_pkt *
flow_queue_dequeue(struct flow_queue *q, wb_ns_t now, bool *sparse)
{
	struct wb_pkt *pkt = flow_queue_dequeue_realtime(q, now);

	*sparse = pkt != NULL;
	return pkt ? pkt : take_turn(q, now, false, sparse);
}

struct wb_pkt *
flow_queue_dequeue_new(struct flow_queue *q, wb_ns_t now)
{
	bool sparse;

	return take_turn(q, now, true, &sparse);
}

uint32_t
flow_queue_packets(const struct flow_queue *q)
{
	return q->packets;
}

uint32_t
flow_queue_bytes(const struct flow_queue *q)
{
	return q->bytes;
}

void
flow_queue_flush(struct flow_queue *q, enum wb_drop reason)
{
	struct wb_pkt *pkt;

	while ((pkt = take_lane(q)))
		drop(q, &q->buckets[pkt->bucket], pkt, reason);
	for (unsigned i = 0; i < WB_BUCKETS; i++) {
		struct bucket *b = &q->buckets[i];

		while (b->head)
			drop(q, b, take_head(q, b), reason);
		b->where = ON_NO_LIST;
		b->codel = (struct codel){ 0 };
		b->overload = (struct overload){ 0 };
		b->bulk = false;
		b->bulk_due = 0;
		b->deep_run = 0;
	}
	q->fresh = q->old = (struct list){ NONE, NONE };
}

uint32_t
flow_queue_active(const struct flow_queue *q, wb_ns_t since)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < WB_BUCKETS; i++)
		n += q->buckets[i].last_seen && q->buckets[i].last_seen >= since;
	return n;
}

uint64_t
flow_queue_marks(const struct flow_queue *q)
{
	return q->marks;
}

int
flow_queue_stats(const struct flow_queue *q, unsigned *cursor, struct wb_flow_stats *s)
{
	for (unsigned i = *cursor; i < WB_BUCKETS; i++) {
		const struct bucket *b = &q->buckets[i];

		if (!b->last_seen)
			continue;
		*s = (struct wb_flow_stats){
			.bucket = (uint16_t)i,
			.sclass = b->sclass,
			.packets = b->sent_packets,
			.bytes = b->sent_bytes,
			.drops = b->drops,
			.marks = b->marks,
			.queued_packets = b->packets,
			.sojourn = b->sojourn,
			.last_seen = b->last_seen,
		};
		*cursor = i + 1;
		return 0;
	}
	*cursor = WB_BUCKETS;
	return -ENOENT;
}
