// SPDX-License-Identifier: BSD-3-Clause
// Two levels of RFC 8290's round-robin lists: of hosts, and of each host's buckets. Two levels of lists by the
// logarithm of the backlog find the fattest bucket of the fattest host. Realtime packets wait in none of them but in
// the lane: what shares their bucket does not hold them up.
#include <errno.h>

#include "flow_bucket.h"
#include "flow_queue.h"
#include "flow_table.h"
#include "lane.h"

#define NONE UINT16_MAX
#define BATCH 64 // packets dropped at once (RFC 8290 4.1)
#define AHEAD 4  // quanta by which a host's new flows may go before the other hosts' turns
#define INTERVAL_MAX (4 * WB_SEC) // codel_control_law() takes 32 bits of ns

enum where { ON_NO_LIST, ON_NEW, ON_OLD };

struct list {
	uint16_t head, tail;
};

struct host {
	struct fattest buckets;
	struct fattest_node fat; // among the hosts
	struct list fresh, old;  // of its buckets
	int32_t deficit;
	uint16_t next; // of the list that it is on
	uint8_t where;
};

struct flow_queue {
	struct flow_queue_conf conf;
	struct flow_law law;
	uint32_t packets, bytes;
	uint32_t fresh_buckets; // on all hosts' lists of new ones
	uint32_t listed;        // hosts on a list
	struct list fresh, old; // of hosts
	struct fattest fat;
	struct lane lane; // realtime packets
	struct flow_table table;
	struct host hosts[FLOW_TABLE_HOSTS];
	struct flow_bucket buckets[WB_BUCKETS];
};

// Nobody waits for a turn.
static void
forget_turns(struct flow_queue *q)
{
	const struct list empty = { NONE, NONE };

	q->fresh = q->old = empty;
	q->fresh_buckets = q->listed = 0;
	for (unsigned i = 0; i < FLOW_TABLE_HOSTS; i++) {
		q->hosts[i].fresh = q->hosts[i].old = empty;
		q->hosts[i].where = ON_NO_LIST;
	}
	for (unsigned i = 0; i < WB_BUCKETS; i++) {
		q->buckets[i].where = ON_NO_LIST;
		q->table.busy[i] = false;
	}
}

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
	q->law.conf = &q->conf;
	q->law.max_packet = 256;
	q->table.seed = conf->seed;
	fattest_init(&q->fat);
	for (unsigned i = 0; i < FLOW_TABLE_HOSTS; i++)
		fattest_init(&q->hosts[i].buckets);
	forget_turns(q);
	return q;
}

void
flow_queue_tune(struct flow_queue *q, wb_ns_t interval, wb_ns_t target_bulk, wb_ns_t target_swing)
{
	if (interval)
		q->conf.interval = interval < INTERVAL_MAX ? interval : INTERVAL_MAX;
	if (target_bulk)
		q->conf.target_bulk = target_bulk;
	q->law.target_swing =
		target_swing > q->conf.target_bulk ? target_swing : q->conf.target_bulk;
}

static void
bucket_append(struct flow_queue *q, enum where where, uint16_t i)
{
	struct flow_bucket *b = &q->buckets[i];
	struct host *h = &q->hosts[b->host];
	struct list *l = where == ON_NEW ? &h->fresh : &h->old;

	b->next = NONE;
	if (l->head == NONE)
		l->head = i;
	else
		q->buckets[l->tail].next = i;
	l->tail = i;
	b->where = where;
	q->fresh_buckets += where == ON_NEW;
}

static void
bucket_remove_head(struct flow_queue *q, struct list *l)
{
	struct flow_bucket *b = &q->buckets[l->head];

	l->head = b->next;
	q->fresh_buckets -= b->where == ON_NEW;
	b->where = ON_NO_LIST;
}

// From anywhere on its list: it is rare that a bucket goes to another host before its turn comes.
static void
bucket_remove(struct flow_queue *q, struct flow_bucket *b)
{
	struct host *h = &q->hosts[b->host];
	struct list *l = b->where == ON_NEW ? &h->fresh : &h->old;
	uint16_t i = (uint16_t)(b - q->buckets), before = l->head;

	if (before == i) {
		bucket_remove_head(q, l);
		return;
	}
	while (q->buckets[before].next != i)
		before = q->buckets[before].next;
	q->buckets[before].next = b->next;
	if (l->tail == i)
		l->tail = before;
	q->fresh_buckets -= b->where == ON_NEW;
	b->where = ON_NO_LIST;
}

static void
host_append(struct flow_queue *q, enum where where, uint16_t i)
{
	struct list *l = where == ON_NEW ? &q->fresh : &q->old;

	q->hosts[i].next = NONE;
	if (l->head == NONE)
		l->head = i;
	else
		q->hosts[l->tail].next = i;
	l->tail = i;
	q->hosts[i].where = where;
	q->listed++;
}

static uint16_t
host_remove_head(struct flow_queue *q, struct list *l)
{
	uint16_t i = l->head;

	l->head = q->hosts[i].next;
	q->hosts[i].where = ON_NO_LIST;
	q->listed--;
	return i;
}

// Packets came to a bucket, or left it: brings all totals up to date.
static void
settle(struct flow_queue *q, struct flow_bucket *b)
{
	const struct fattest_of buckets = { &q->buckets[0].fat, sizeof(*b) };
	const struct fattest_of hosts = { &q->hosts[0].fat, sizeof(struct host) };
	struct host *h = &q->hosts[b->host];
	uint32_t more = b->bytes - b->fat.bytes; // modulo 2^32

	q->packets += b->packets - b->fat_packets;
	q->bytes += more;
	b->fat_packets = b->packets;
	if (!fattest_stays(&b->fat, b->bytes))
		fattest_move(&h->buckets, &buckets, (uint16_t)(b - q->buckets), b->bytes);
	if (!fattest_stays(&h->fat, h->fat.bytes + more))
		fattest_move(&q->fat, &hosts, b->host, h->fat.bytes + more);
}

// Of the fattest host the fattest bucket, up to half of its bytes, as Linux does: the next packets then find room
// without a search.
static void
drop_batch(struct flow_queue *q)
{
	const struct fattest_of buckets = { &q->buckets[0].fat, sizeof(struct flow_bucket) };
	const struct fattest_of hosts = { &q->hosts[0].fat, sizeof(struct host) };
	struct host *h = &q->hosts[fattest_find(&q->fat, &hosts)];
	struct flow_bucket *b = &q->buckets[fattest_find(&h->buckets, &buckets)];
	uint32_t rest = b->bytes / 2;

	for (unsigned n = 0; n < BATCH && b->bytes > rest; n++)
		flow_bucket_drop(b, &q->law, WB_DROP_QUEUE_LIMIT);
	settle(q, b);
}

static struct wb_pkt *
take_lane(struct flow_queue *q)
{
	struct wb_pkt *pkt = lane_take(&q->lane);

	if (pkt) {
		q->packets--;
		q->bytes -= flow_bytes(pkt);
	}
	return pkt;
}

static void
enqueue_lane(struct flow_queue *q, struct wb_pkt *pkt)
{
	q->packets++;
	q->bytes += flow_bytes(pkt);
	pkt = lane_add(&q->lane, pkt);
	if (pkt) {
		q->packets--;
		q->bytes -= flow_bytes(pkt);
		q->buckets[pkt->bucket].drops++;
		q->conf.drop(q->conf.ctx, pkt, WB_DROP_QUEUE_LIMIT);
	}
}

// The bucket was another flow's or host's.
static void
adopt(struct flow_queue *q, struct flow_bucket *b, const struct flow_place *p)
{
	while (b->head)
		flow_bucket_drop(b, &q->law, WB_DROP_QUEUE_LIMIT);
	settle(q, b);
	if (b->where != ON_NO_LIST)
		bucket_remove(q, b);
	q->table.busy[p->bucket] = false;
	if (p->fresh)
		flow_bucket_forget(b);
	b->host = p->host;
}

void
flow_queue_enqueue(struct flow_queue *q, struct wb_pkt *pkt, wb_ns_t now)
{
	struct flow_place p = flow_table_find(&q->table, pkt, now);
	struct flow_bucket *b = &q->buckets[p.bucket];

	// One with packets stays its host's, unless it is given away.
	if (p.fresh || (b->host != p.host && !b->head))
		adopt(q, b, &p);
	pkt->bucket = p.bucket;
	pkt->time = now;
	pkt->next = NULL;
	b->last_seen = now ? now : 1;
	if (pkt->sclass == WB_CLASS_REALTIME) {
		enqueue_lane(q, pkt);
		return;
	}
	flow_bucket_add(b, pkt);
	settle(q, b);
	if (pkt->len > q->law.max_packet)
		q->law.max_packet = pkt->len;
	if (b->where == ON_NO_LIST) {
		b->deficit = (int32_t)q->conf.quantum;
		q->table.busy[p.bucket] = true;
		bucket_append(q, ON_NEW, p.bucket);
	}
	if (q->hosts[b->host].where == ON_NO_LIST) {
		q->hosts[b->host].deficit = (int32_t)q->conf.quantum;
		host_append(q, ON_NEW, b->host);
	}
	while (q->fat.classes && ((q->conf.packets && q->packets > q->conf.packets) ||
					 (q->conf.bytes && q->bytes > q->conf.bytes)))
		drop_batch(q);
}

void
flow_queue_prefetch(struct flow_queue *q, struct wb_pkt *pkt)
{
	pkt->bucket = flow_table_guess(&q->table, pkt->hash);
	__builtin_prefetch(&q->buckets[pkt->bucket], 1);
}

void
flow_queue_reach(struct flow_queue *q, const struct reach *reach)
{
	q->law.reach = *reach;
}

void
flow_queue_limit(struct flow_queue *q, uint32_t packets)
{
	q->conf.packets = packets;
}

// What it takes of the other hosts' time ahead of its turns has a limit.
static bool
may_pass(const struct flow_queue *q, const struct host *h)
{
	return q->listed == 1 || h->deficit > -AHEAD * (int32_t)q->conf.quantum;
}

// Hosts share what goes over the wire.
static void
charge(const struct flow_queue *q, struct host *h, uint32_t bytes)
{
	int32_t least = -(AHEAD + 1) * (int32_t)q->conf.quantum;

	h->deficit -= (int32_t)bytes;
	if (h->deficit < least) // it is alone, or realtime
		h->deficit = least;
}

struct wb_pkt *
flow_queue_dequeue_realtime(struct flow_queue *q, wb_ns_t now)
{
	struct wb_pkt *pkt = take_lane(q);
	struct flow_bucket *b;

	if (!pkt)
		return NULL;
	b = &q->buckets[pkt->bucket];
	b->sojourn = now > pkt->time ? now - pkt->time : 0;
	flow_bucket_sent(b, pkt);
	charge(q, &q->hosts[b->host], pkt->len + WB_OVERHEAD);
	return pkt;
}

void
flow_queue_copied(struct flow_queue *q, const struct wb_pkt *pkt, unsigned copies)
{
	charge(q, &q->hosts[q->buckets[pkt->bucket].host], copies * (pkt->len + WB_OVERHEAD));
}

// RFC 8290 4.2 among a host's buckets. The next packet of the lists, or of the new flows only.
static struct wb_pkt *
host_take(struct flow_queue *q, struct host *h, wb_ns_t now, bool only_new, bool *sparse)
{
	for (;;) {
		bool fresh = h->fresh.head != NONE || only_new;
		struct list *l = fresh ? &h->fresh : &h->old;
		uint16_t i = l->head;
		struct flow_bucket *b;
		struct wb_pkt *pkt;

		if (i == NONE)
			return NULL;
		b = &q->buckets[i];
		if (b->deficit <= 0) {
			b->deficit += (int32_t)q->conf.quantum;
			bucket_remove_head(q, l);
			bucket_append(q, ON_OLD, i);
			continue;
		}
		pkt = flow_bucket_take(b, &q->law, now);
		settle(q, b);
		if (!pkt) {
			// Through the old list before it may be new again, else a flow that sends
			// one packet after each dequeue would starve the others.
			bucket_remove_head(q, l);
			q->table.busy[i] = fresh && h->old.head != NONE;
			if (q->table.busy[i])
				bucket_append(q, ON_OLD, i);
			continue;
		}
		b->deficit -= (int32_t)pkt->len;
		flow_bucket_sent(b, pkt);
		*sparse = fresh;
		return pkt;
	}
}

// RFC 8290 4.2 once more, among the hosts.
static struct wb_pkt *
take_turn(struct flow_queue *q, wb_ns_t now, bool *sparse)
{
	for (;;) {
		bool fresh = q->fresh.head != NONE, passes;
		struct list *l = fresh ? &q->fresh : &q->old;
		struct host *h;
		struct wb_pkt *pkt;

		if (l->head == NONE)
			return NULL;
		h = &q->hosts[l->head];
		passes = may_pass(q, h);
		if (h->deficit <= 0) {
			h->deficit += (int32_t)q->conf.quantum;
			if (fresh || l->head != l->tail)
				host_append(q, ON_OLD, host_remove_head(q, l));
			continue;
		}
		pkt = host_take(q, h, now, false, sparse);
		if (!pkt) {
			uint16_t i = host_remove_head(q, l);

			if (fresh && q->old.head != NONE)
				host_append(q, ON_OLD, i);
			continue;
		}
		charge(q, h, pkt->len + WB_OVERHEAD);
		*sparse &= passes;
		return pkt;
	}
}

// Of the hosts with new flows the first that may pass the others.
static struct wb_pkt *
take_new(struct flow_queue *q, const struct list *l, wb_ns_t now)
{
	for (uint16_t i = l->head; i != NONE; i = q->hosts[i].next) {
		struct host *h = &q->hosts[i];
		struct wb_pkt *pkt;
		bool sparse;

		if (h->fresh.head == NONE || !may_pass(q, h))
			continue;
		pkt = host_take(q, h, now, true, &sparse);
		if (pkt) {
			charge(q, h, pkt->len + WB_OVERHEAD);
			return pkt;
		}
	}
	return NULL;
}

struct wb_pkt *
flow_queue_dequeue(struct flow_queue *q, wb_ns_t now, bool *sparse)
{
	struct wb_pkt *pkt = flow_queue_dequeue_realtime(q, now);

	*sparse = pkt != NULL;
	return pkt ? pkt : take_turn(q, now, sparse);
}

struct wb_pkt *
flow_queue_dequeue_new(struct flow_queue *q, wb_ns_t now)
{
	struct wb_pkt *pkt;

	if (q->fresh_buckets == 0)
		return NULL;
	pkt = take_new(q, &q->fresh, now);
	return pkt ? pkt : take_new(q, &q->old, now);
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

	while ((pkt = take_lane(q))) {
		q->buckets[pkt->bucket].drops++;
		q->conf.drop(q->conf.ctx, pkt, reason);
	}
	for (unsigned i = 0; i < WB_BUCKETS; i++) {
		struct flow_bucket *b = &q->buckets[i];

		while (b->head)
			flow_bucket_drop(b, &q->law, reason);
		settle(q, b);
		flow_bucket_forget(b);
	}
	forget_turns(q);
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
	return q->law.marks;
}

int
flow_queue_stats(const struct flow_queue *q, unsigned *cursor, struct wb_flow_stats *s)
{
	for (unsigned i = *cursor; i < WB_BUCKETS; i++) {
		const struct flow_bucket *b = &q->buckets[i];

		if (!b->last_seen)
			continue;
		flow_bucket_stats(b, s);
		s->bucket = (uint16_t)i;
		*cursor = i + 1;
		return 0;
	}
	*cursor = WB_BUCKETS;
	return -ENOENT;
}
