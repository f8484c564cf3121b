// SPDX-License-Identifier: BSD-3-Clause
// Who is next in the flow queue: two levels of RFC 8290's round-robin lists, of hosts and of each host's buckets.
#include "flow_queue_impl.h"

void
flow_turns_forget(struct flow_queue *q)
{
	const struct turns empty = { TURNS_NONE, TURNS_NONE };

	q->fresh = q->old = empty;
	q->fresh_buckets = q->listed = 0;
	for (unsigned i = 0; i < FLOW_TABLE_HOSTS; i++) {
		q->hosts[i].fresh = q->hosts[i].old = empty;
		q->hosts[i].turn.list = ON_NO_LIST;
	}
	for (unsigned i = 0; i < WB_BUCKETS; i++) {
		q->buckets[i].turn.list = ON_NO_LIST;
		q->table.busy[i] = false;
	}
}

static struct turns_of
buckets_of(struct flow_queue *q)
{
	return (struct turns_of){ &q->buckets[0].turn, sizeof(q->buckets[0]) };
}

static struct turns_of
hosts_of(struct flow_queue *q)
{
	return (struct turns_of){ &q->hosts[0].turn, sizeof(q->hosts[0]) };
}

static void
bucket_append(struct flow_queue *q, enum list list, uint16_t i)
{
	struct host *h = &q->hosts[q->buckets[i].host];
	struct turns_of of = buckets_of(q);

	turns_append(list == ON_NEW ? &h->fresh : &h->old, &of, i, list);
	q->fresh_buckets += list == ON_NEW;
}

static void
bucket_remove_head(struct flow_queue *q, struct turns *l)
{
	struct turns_of of = buckets_of(q);

	q->fresh_buckets -= q->buckets[l->head].turn.list == ON_NEW;
	turns_take(l, &of);
}

// Removes a bucket from anywhere on its list: it is rare that a bucket goes to another host before its turn comes.
void
flow_turns_remove(struct flow_queue *q, struct flow_bucket *b)
{
	struct host *h = &q->hosts[b->host];
	uint16_t i = (uint16_t)(b - q->buckets);
	struct turns_of of = buckets_of(q);
	bool fresh = b->turn.list == ON_NEW;

	if (b->turn.list != ON_NO_LIST)
		turns_remove(fresh ? &h->fresh : &h->old, &of, i);
	q->fresh_buckets -= fresh;
	q->table.busy[i] = false;
}

static void
host_append(struct flow_queue *q, enum list list, uint16_t i)
{
	struct turns_of of = hosts_of(q);

	turns_append(list == ON_NEW ? &q->fresh : &q->old, &of, i, list);
	q->listed++;
}

static uint16_t
host_remove_head(struct flow_queue *q, struct turns *l)
{
	struct turns_of of = hosts_of(q);

	q->listed--;
	return turns_take(l, &of);
}

void
flow_turns_add(struct flow_queue *q, struct flow_bucket *b)
{
	if (b->turn.list == ON_NO_LIST) {
		uint16_t i = (uint16_t)(b - q->buckets);

		b->deficit = (int32_t)q->conf.quantum;
		q->table.busy[i] = true;
		bucket_append(q, ON_NEW, i);
	}
	if (q->hosts[b->host].turn.list == ON_NO_LIST) {
		q->hosts[b->host].deficit = (int32_t)q->conf.quantum;
		host_append(q, ON_NEW, b->host);
	}
}

// Returns whether a host may pass the others: what it takes of their time ahead of its turns has a limit.
static bool
may_pass(const struct flow_queue *q, const struct host *h)
{
	return q->listed == 1 || h->deficit > -TURNS_AHEAD * (int32_t)q->conf.quantum;
}

// Hosts share what goes over the wire.
static void
charge(const struct flow_queue *q, struct host *h, uint32_t bytes)
{
	int32_t least = -(TURNS_AHEAD + 1) * (int32_t)q->conf.quantum;

	h->deficit -= (int32_t)bytes;
	if (h->deficit < least) // it is alone, or realtime
		h->deficit = least;
}

void
flow_turns_charge(struct flow_queue *q, const struct flow_bucket *b, uint32_t bytes)
{
	charge(q, &q->hosts[b->host], bytes);
}

// Takes the next packet of a host's buckets, or of its new flows only, as RFC 8290 4.2 does.
static struct wb_pkt *
host_take(struct flow_queue *q, struct host *h, wb_ns_t now, bool only_new, bool *sparse)
{
	for (;;) {
		bool fresh = h->fresh.head != TURNS_NONE || only_new;
		struct turns *l = fresh ? &h->fresh : &h->old;
		uint16_t i = l->head;
		struct flow_bucket *b;
		struct wb_pkt *pkt;

		if (i == TURNS_NONE)
			return NULL;
		b = &q->buckets[i];
		if (b->deficit <= 0) {
			b->deficit += (int32_t)q->conf.quantum;
			bucket_remove_head(q, l);
			bucket_append(q, ON_OLD, i);
			continue;
		}
		pkt = flow_bucket_take(b, &q->law, now);
		flow_queue_settle(q, b);
		if (!pkt) {
			// Through the old list before it may be new again, else a flow that sends
			// one packet after each dequeue would starve the others.
			bucket_remove_head(q, l);
			q->table.busy[i] = fresh && h->old.head != TURNS_NONE;
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

// Takes the next packet among the hosts, as RFC 8290 4.2 does once more.
struct wb_pkt *
flow_turns_take(struct flow_queue *q, wb_ns_t now, bool *sparse)
{
	for (;;) {
		bool fresh = q->fresh.head != TURNS_NONE, passes;
		struct turns *l = fresh ? &q->fresh : &q->old;
		struct host *h;
		struct wb_pkt *pkt;

		if (l->head == TURNS_NONE)
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

			if (fresh && q->old.head != TURNS_NONE)
				host_append(q, ON_OLD, i);
			continue;
		}
		charge(q, h, pkt->len + WB_OVERHEAD);
		*sparse &= passes;
		return pkt;
	}
}

// Takes from the first of the hosts with new flows that may pass the others.
static struct wb_pkt *
take_new(struct flow_queue *q, const struct turns *l, wb_ns_t now)
{
	for (uint16_t i = l->head; i != TURNS_NONE; i = q->hosts[i].turn.next) {
		struct host *h = &q->hosts[i];
		struct wb_pkt *pkt;
		bool sparse;

		if (h->fresh.head == TURNS_NONE || !may_pass(q, h))
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
flow_queue_dequeue_new(struct flow_queue *q, wb_ns_t now)
{
	struct wb_pkt *pkt;

	if (q->fresh_buckets == 0)
		return NULL;
	pkt = take_new(q, &q->fresh, now);
	return pkt ? pkt : take_new(q, &q->old, now);
}
