// SPDX-License-Identifier: BSD-3-Clause
// The packets of the flow queue, and their number: two levels of lists by the logarithm of the backlog find the fattest
// bucket of the fattest host when there are too many. flow_turns.c says who is next. Realtime packets wait in a queue of their own:
// what shares their bucket does not hold them up.
#include "flow_queue_impl.h"

#include <errno.h>

#define DROP_BATCH 64             // packets dropped at once (RFC 8290 4.1)
#define INTERVAL_MAX (4 * WB_SEC) // codel_control_law() takes 32 bits of ns

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
	realtime_queue_init(&q->realtime);
	q->law.conf = &q->conf;
	q->law.max_packet = 256;
	q->table.seed = conf->seed;
	fattest_init(&q->fat);
	for (unsigned i = 0; i < FLOW_TABLE_HOSTS; i++)
		fattest_init(&q->hosts[i].buckets);
	flow_turns_forget(q);
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

// Drops from the fattest bucket of the fattest host, up to half of its bytes, as Linux does: the next packets then
// find room without a search.
static void
drop_batch(struct flow_queue *q)
{
	const struct fattest_of buckets = { &q->buckets[0].fat, sizeof(struct flow_bucket) };
	const struct fattest_of hosts = { &q->hosts[0].fat, sizeof(struct host) };
	struct host *h = &q->hosts[fattest_find(&q->fat, &hosts)];
	struct flow_bucket *b = &q->buckets[fattest_find(&h->buckets, &buckets)];
	uint32_t rest = b->bytes / 2;

	for (unsigned n = 0; n < DROP_BATCH && b->bytes > rest; n++)
		flow_bucket_drop(b, &q->law, WB_DROP_QUEUE_LIMIT);
	flow_queue_settle(q, b);
}

static struct wb_pkt *
take_realtime(struct flow_queue *q)
{
	struct wb_pkt *pkt = realtime_queue_take(&q->realtime);

	if (pkt) {
		q->packets--;
		q->bytes -= flow_bytes(pkt);
	}
	return pkt;
}

static void
enqueue_realtime(struct flow_queue *q, struct wb_pkt *pkt)
{
	q->packets++;
	q->bytes += flow_bytes(pkt);
	pkt = realtime_queue_add(&q->realtime, pkt);
	if (pkt) {
		q->packets--;
		q->bytes -= flow_bytes(pkt);
		q->buckets[pkt->bucket].drops++;
		q->conf.drop(q->conf.ctx, pkt, WB_DROP_QUEUE_LIMIT);
	}
}

// Takes over a bucket that was another flow's or host's.
static void
adopt(struct flow_queue *q, struct flow_bucket *b, const struct flow_place *p)
{
	while (b->head)
		flow_bucket_drop(b, &q->law, WB_DROP_QUEUE_LIMIT);
	flow_queue_settle(q, b);
	flow_turns_remove(q, b);
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
	pkt->tx.queued = now;
	pkt->next = NULL;
	b->last_seen = now ? now : 1;
	if (pkt->sclass == WB_CLASS_REALTIME) {
		enqueue_realtime(q, pkt);
		return;
	}
	flow_bucket_add(b, pkt);
	flow_queue_settle(q, b);
	if (pkt->len > q->law.max_packet)
		q->law.max_packet = pkt->len;
	flow_turns_add(q, b);
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

struct wb_pkt *
flow_queue_dequeue_realtime(struct flow_queue *q, wb_ns_t now)
{
	struct wb_pkt *pkt = take_realtime(q);
	struct flow_bucket *b;

	if (!pkt)
		return NULL;
	b = &q->buckets[pkt->bucket];
	b->sojourn = now > pkt->tx.queued ? now - pkt->tx.queued : 0;
	flow_bucket_sent(b, pkt);
	flow_turns_charge(q, b, pkt->len + WB_OVERHEAD);
	return pkt;
}

void
flow_queue_copied(struct flow_queue *q, const struct wb_pkt *pkt, unsigned copies)
{
	flow_turns_charge(q, &q->buckets[pkt->bucket], copies * (pkt->len + WB_OVERHEAD));
}

struct wb_pkt *
flow_queue_dequeue(struct flow_queue *q, wb_ns_t now, bool *sparse)
{
	struct wb_pkt *pkt = flow_queue_dequeue_realtime(q, now);

	*sparse = pkt != NULL;
	return pkt ? pkt : flow_turns_take(q, now, sparse);
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

	while ((pkt = take_realtime(q))) {
		q->buckets[pkt->bucket].drops++;
		q->conf.drop(q->conf.ctx, pkt, reason);
	}
	for (unsigned i = 0; i < WB_BUCKETS; i++) {
		struct flow_bucket *b = &q->buckets[i];

		while (b->head)
			flow_bucket_drop(b, &q->law, reason);
		flow_queue_settle(q, b);
		flow_bucket_forget(b);
	}
	flow_turns_forget(q);
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
