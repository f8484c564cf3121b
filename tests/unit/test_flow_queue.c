// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <string.h>

#include "flow_bench.h"
#include "overload.h"

static void
test_order(void)
{
	struct bench *b = bench_open(100, 0);
	struct wb_pkt p[3] = { 0 };
	bool sparse;

	CU_ASSERT_PTR_NULL(flow_queue_dequeue(b->q, 0, &sparse));
	for (int i = 0; i < 3; i++)
		put(b, &p[i], 77, 100 + i, 1000 + i);
	CU_ASSERT_EQUAL(flow_queue_packets(b->q), 3);
	CU_ASSERT_EQUAL(flow_queue_bytes(b->q), 303);
	CU_ASSERT_TRUE(p[0].bucket < WB_BUCKETS);
	CU_ASSERT_EQUAL(p[0].bucket, p[2].bucket);
	CU_ASSERT_EQUAL(p[1].tx.queued, 1001);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 2000, &sparse), &p[i]);
		CU_ASSERT_TRUE(sparse);
		CU_ASSERT_PTR_NULL(p[i].next);
	}
	CU_ASSERT_PTR_NULL(flow_queue_dequeue(b->q, 2000, &sparse));
	CU_ASSERT_EQUAL(flow_queue_packets(b->q) + flow_queue_bytes(b->q), 0);
	CU_ASSERT_EQUAL(b->n_drops, 0);
	bench_close(b);
}

// Hashes spread, and another seed spreads them otherwise.
static void
test_perturbation(void)
{
	struct bench *b = bench_open(0, 0);
	static uint16_t bucket[4096];
	static uint8_t used[WB_BUCKETS];
	static struct wb_pkt p[4096];
	unsigned distinct = 0, same = 0;
	struct flow_queue_conf conf = {
		.seed = 1, .alloc = bench_alloc, .drop = bench_drop, .ctx = b
	};

	for (unsigned i = 0; i < 4096; i++) {
		bucket[i] = put(b, &p[i], i, 100, 0)->bucket;
		distinct += !used[bucket[i]];
		used[bucket[i]] = 1;
	}
	CU_ASSERT_TRUE(distinct > 950); // 1024 (1 - e^-4) = 1005
	free(b->memory);
	b->q = flow_queue_create(&conf);
	for (unsigned i = 0; i < 4096; i++)
		same += put(b, &p[i], i, 100, 0)->bucket == bucket[i];
	CU_ASSERT_TRUE(same < 40);
	bench_close(b);
}

// Bytes, not packets, are shared: 1500 against 300.
static void
test_fairness(void)
{
	struct bench *b = bench_open(0, 0);
	static struct wb_pkt p[2][2000];
	uint64_t sent[2] = { 0, 0 };
	bool sparse;

	memset(p, 0, sizeof(p));
	for (int i = 0; i < 2000; i++) {
		put(b, &p[0][i], 1, 1500, 0);
		put(b, &p[1][i], 2, 300, 0);
	}
	CU_ASSERT_NOT_EQUAL(p[0][0].bucket, p[1][0].bucket);
	for (int i = 0; i < 1200; i++) {
		struct wb_pkt *pkt = flow_queue_dequeue(b->q, 0, &sparse);

		sent[pkt->hash - 1] += pkt->len;
	}
	CU_ASSERT_TRUE(sent[0] + 3100 > sent[1] && sent[1] + 3100 > sent[0]);
	CU_ASSERT_TRUE(sent[1] > 250000);
	bench_close(b);
}

static void
test_sparse_first(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt bulk[40] = { 0 }, ping[3] = { 0 };
	bool sparse;

	for (int i = 0; i < 40; i++)
		put(b, &bulk[i], 1, 700, 0);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 0, &sparse), &bulk[i]);
		CU_ASSERT_EQUAL(sparse, i < 3); // within its first quantum it is new itself
	}
	put(b, &ping[0], 2, 84, 0);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 0, &sparse), &ping[0]);
	CU_ASSERT_TRUE(sparse);
	// A new flow that ran empty passes through the old list: its next packet is not new.
	CU_ASSERT_EQUAL(flow_queue_dequeue(b->q, 0, &sparse)->hash, 1);
	put(b, &ping[1], 2, 84, 0);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 0, &sparse), &ping[1]);
	CU_ASSERT_FALSE(sparse);
	// Once the rounds have found it empty there, it is new again.
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(flow_queue_dequeue(b->q, 0, &sparse)->hash, 1);
	put(b, &ping[2], 2, 84, 0);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 0, &sparse), &ping[2]);
	CU_ASSERT_TRUE(sparse);
	bench_close(b);
}

// Neither their own bucket's backlog nor new flows hold up realtime packets.
static void
test_realtime_first(void)
{
	struct bench *b = bench_open(20, 0);
	struct wb_pkt bulk[30] = { 0 }, call[2] = { { .sclass = WB_CLASS_REALTIME },
		{ .sclass = WB_CLASS_REALTIME } };
	struct wb_pkt fresh = { 0 };
	bool sparse;

	for (unsigned i = 0; i < 10; i++)
		put(b, &bulk[i], 1, 1400, 0);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 0, &sparse), &bulk[0]);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 0, &sparse), &bulk[1]);
	put(b, &fresh, 2, 400, 0);
	put(b, &call[0], 1, 200, 0);
	CU_ASSERT_EQUAL(call[0].bucket, bulk[0].bucket);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue_realtime(b->q, WB_MS), &call[0]);
	CU_ASSERT_PTR_NULL(flow_queue_dequeue_realtime(b->q, WB_MS));
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue_new(b->q, WB_MS), &fresh);
	CU_ASSERT_PTR_NULL(flow_queue_dequeue_new(b->q, WB_MS));
	CU_ASSERT_EQUAL(flow_queue_packets(b->q), 8);
	CU_ASSERT_EQUAL(flow_queue_bytes(b->q), 8 * 1400);
	// A full queue drops others.
	put(b, &call[1], 1, 200, WB_MS);
	for (unsigned i = 10; i < 23; i++)
		put(b, &bulk[i], 1, 1400, WB_MS);
	CU_ASSERT(b->n_drops > 0);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 2 * WB_MS, &sparse), &call[1]);
	CU_ASSERT_TRUE(sparse);
	put(b, &call[0], 1, 200, 2 * WB_MS);
	flow_queue_flush(b->q, WB_DROP_CLOSED);
	CU_ASSERT_EQUAL(flow_queue_packets(b->q) + flow_queue_bytes(b->q), 0);
	CU_ASSERT_PTR_NULL(flow_queue_dequeue(b->q, 2 * WB_MS, &sparse));
	bench_close(b);
}

// Queue that ran empty altogether leaves no list entries behind: the next packet is new.
static void
test_new_after_idle(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt p = { 0 };
	bool sparse;

	for (int i = 0; i < 50; i++) {
		put(b, &p, 1, 1500, i);
		sparse = false;
		CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, i, &sparse), &p);
		CU_ASSERT_TRUE(sparse);
		CU_ASSERT_PTR_NULL(flow_queue_dequeue(b->q, i, &sparse));
	}
	bench_close(b);
}

// Packets waiting in the fat flow; packets of it dropped by one more, from its head.
static const struct {
	unsigned limit_packets, limit_bytes, fat, thin, dropped;
} limits[] = {
	/* 0 */ { 100, 0, 90, 10, 46 },  // half of 91000 bytes
	/* 1 */ { 400, 0, 390, 10, 64 }, // at most a batch
	/* 2 */ { 0, 100000, 90, 10, 46 },
	/* 3 */ { 4, 0, 3, 1, 2 },
	/* 4 */ { 2, 0, 2, 0, 2 },
	/* 5 */ { 100, 0, 60, 39, 0 }, // just full
};

static void
test_limits(void)
{
	for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct bench *b = bench_open(limits[i].limit_packets, limits[i].limit_bytes);
		static struct wb_pkt p[500];
		unsigned n = 0;
		bool sparse;

		memset(p, 0, sizeof(p));
		for (unsigned k = 0; k < limits[i].thin; k++)
			put(b, &p[400 + k], 2, 1000, 0);
		for (n = 0; n <= limits[i].fat; n++)
			put(b, &p[n], 1, 1000, 0);
		if (b->n_drops != limits[i].dropped)
			fprintf(stderr, "limit %u: %u drops\n", i, b->n_drops);
		CU_ASSERT_EQUAL(b->n_drops, limits[i].dropped);
		CU_ASSERT_EQUAL(b->by_reason[WB_DROP_QUEUE_LIMIT], limits[i].dropped);
		for (unsigned k = 0; k < b->n_drops; k++)
			CU_ASSERT_PTR_EQUAL(b->drops[k], &p[k]);
		CU_ASSERT_EQUAL(flow_queue_packets(b->q),
			limits[i].fat + 1 + limits[i].thin - limits[i].dropped);
		for (n = 0; flow_queue_dequeue(b->q, 0, &sparse);)
			n++;
		CU_ASSERT_EQUAL(n, limits[i].fat + 1 + limits[i].thin - limits[i].dropped);
		bench_close(b);
	}
}

// A packet over the byte limit by itself is dropped, and the queue goes on.
static void
test_limit_of_one(void)
{
	struct bench *b = bench_open(10, 1000);
	struct wb_pkt big = { 0 }, small = { 0 };
	bool sparse;

	put(b, &big, 1, 1001, 0);
	CU_ASSERT_EQUAL(b->n_drops, 1);
	CU_ASSERT_EQUAL(flow_queue_bytes(b->q), 0);
	put(b, &small, 1, 1000, 0);
	CU_ASSERT_EQUAL(b->n_drops, 1);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 0, &sparse), &small);
	bench_close(b);
}

// The victim is always among the fattest: at least half of the largest backlog of all.
static void
test_fattest(void)
{
	enum { N = 30000, FLOWS = 300 };
	struct bench *b = bench_open(2000, 0);
	struct wb_pkt *p = calloc(N, sizeof(*p));
	static uint32_t backlog[WB_BUCKETS];
	uint64_t x = 88172645463325252ull;
	unsigned wrong = 0, batches = 0, seen = 0;
	bool sparse;

	memset(backlog, 0, sizeof(backlog));
	for (unsigned i = 0; i < N; i++) {
		uint32_t most = 0, victim;

		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		put(b, &p[i], (uint32_t)(x % FLOWS * (x >> 20 & 1)), 60 + (x >> 30) % 1440, 0);
		backlog[p[i].bucket] += p[i].len;
		for (unsigned k = 0; k < WB_BUCKETS; k++)
			most = backlog[k] > most ? backlog[k] : most;
		if (b->n_drops > seen) {
			victim = b->drops[seen % BENCH_LOG]->bucket;
			wrong += backlog[victim] * 2 <= most;
			batches++;
		}
		for (; seen < b->n_drops; seen++)
			backlog[b->drops[seen % BENCH_LOG]->bucket] -=
				b->drops[seen % BENCH_LOG]->len;
		if (x >> 40 & 1) {
			struct wb_pkt *out = flow_queue_dequeue(b->q, 0, &sparse);

			backlog[out->bucket] -= out->len;
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(batches > 100);
	free(p);
	bench_close(b);
}

// A queue that stands `depth` packets deep: one comes and one goes each ms until `ms`, so a packet
// waits `depth` ms, and one less after each of CoDel's drops. Returns packets that came out.
static unsigned
stand(struct bench *b, struct wb_pkt *pool, unsigned depth, unsigned ms, uint8_t ecn)
{
	unsigned in = 0, out = 0;
	bool sparse;

	for (; in < depth; in++) {
		pool[in].ecn = ecn;
		put(b, &pool[in], 1, 1500, in * WB_MS);
	}
	for (; in < ms; in++) {
		struct wb_pkt *pkt = flow_queue_dequeue(b->q, in * WB_MS, &sparse);

		out += pkt != NULL;
		pool[in].ecn = ecn;
		put(b, &pool[in], 1, 1500, in * WB_MS);
	}
	return out;
}

static void
test_codel_drops(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(1000, sizeof(*p));

	stand(b, p, 40, 40 + 100, 0); // above since 40 ms, until 139 ms
	CU_ASSERT_EQUAL(b->n_drops, 0);
	free(p);
	bench_close(b);

	b = bench_open(0, 0);
	p = calloc(1000, sizeof(*p));
	stand(b, p, 40, 40 + 101, 0);
	CU_ASSERT_EQUAL(b->n_drops, 1);
	free(p);
	bench_close(b);

	// 140, 240, 240 + 70.7, + 57.7, + 50 ms: five by 420 ms.
	b = bench_open(0, 0);
	p = calloc(1000, sizeof(*p));
	stand(b, p, 60, 60 + 380, 0);
	CU_ASSERT_EQUAL(b->by_reason[WB_DROP_CODEL], 5);
	CU_ASSERT_EQUAL(b->n_marks, 0);
	free(p);
	bench_close(b);
}

static void
test_codel_marks(void)
{
	for (uint8_t ecn = 1; ecn <= 3; ecn++) {
		struct bench *b = bench_open(0, 0);
		struct wb_pkt *p = calloc(1000, sizeof(*p));

		CU_ASSERT_EQUAL(stand(b, p, 60, 60 + 380, ecn), 380);
		CU_ASSERT_EQUAL(b->n_drops, 0);
		// What has CE already needs no second mark.
		CU_ASSERT_EQUAL(b->n_marks, ecn == 3 ? 0 : 5);
		CU_ASSERT_EQUAL(flow_queue_marks(b->q), b->n_marks);
		free(p);
		bench_close(b);
	}
}

// Sojourn of 12 ms all the time: over the target of 5, under that of a bulk flow.
static void
test_bulk_target(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(2000, sizeof(*p));

	stand(b, p, 12, 2000, 0);
	CU_ASSERT_EQUAL(b->n_drops, 0);
	free(p);
	bench_close(b);

	b = bench_open(0, 0);
	p = calloc(2000, sizeof(*p));
	flow_queue_tune(b->q, 0, 10 * WB_MS, 0);
	stand(b, p, 12, 2000, 0);
	CU_ASSERT_EQUAL(b->n_drops, 3); // 12, 11, 10 ms
	free(p);
	bench_close(b);
}

// The class of a packet dequeued at `ms`, when `behind` packets of the flow have waited `waited` ms.
static void
test_bulk_class(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(4000, sizeof(*p)), *pkt;
	unsigned n = 0, ms;
	bool sparse;

	for (ms = 0; ms < 10; ms++)
		put(b, &p[n++], 1, 1000, ms * WB_MS);
	for (; ms < 60; ms++) { // above target since 10 ms: bulk from 60 ms on
		pkt = flow_queue_dequeue(b->q, ms * WB_MS, &sparse);
		CU_ASSERT_EQUAL(pkt->sclass, WB_CLASS_DEFAULT);
		put(b, &p[n++], 1, 1000, ms * WB_MS);
	}
	p[n - 10].sclass = WB_CLASS_REALTIME;
	p[n - 9].flags = WB_PKT_CLASS_SET;
	pkt = flow_queue_dequeue(b->q, ms * WB_MS, &sparse);
	CU_ASSERT_EQUAL(pkt->sclass, WB_CLASS_REALTIME);
	pkt = flow_queue_dequeue(b->q, ms * WB_MS, &sparse);
	CU_ASSERT_EQUAL(pkt->sclass, WB_CLASS_DEFAULT);
	pkt = flow_queue_dequeue(b->q, ms * WB_MS, &sparse);
	CU_ASSERT_EQUAL(pkt->sclass, WB_CLASS_BULK);
	while ((pkt = flow_queue_dequeue(b->q, ms * WB_MS, &sparse)))
		CU_ASSERT_EQUAL(pkt->sclass, WB_CLASS_BULK);

	// No queue any more: bulk for a second after it last stood, then not.
	for (ms = 100; ms < 2000; ms += 20) {
		put(b, &p[n], 1, 1000, ms * WB_MS);
		pkt = flow_queue_dequeue(b->q, ms * WB_MS, &sparse);
		CU_ASSERT_EQUAL(pkt->sclass, ms < 1060 ? WB_CLASS_BULK : WB_CLASS_DEFAULT);
		n++;
	}
	// Another flow has nothing to do with it.
	put(b, &p[n], 2, 1000, 60 * WB_MS);
	CU_ASSERT_EQUAL(flow_queue_dequeue(b->q, ms * WB_MS, &sparse)->sclass, WB_CLASS_DEFAULT);
	free(p);
	bench_close(b);
}

// Above target again and again, but each time for less than half an interval: not bulk.
static void
test_not_bulk(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(2000, sizeof(*p)), *pkt;
	unsigned n = 0, wrong = 0;
	bool sparse;

	for (unsigned ms = 0; ms < 1000; ms += 40) {
		for (unsigned i = 0; i < 3; i++)
			put(b, &p[n++], 1, 1000, ms * WB_MS);
		for (unsigned i = 0; i < 3; i++) { // 0, 15, 30 ms
			pkt = flow_queue_dequeue(b->q, (ms + 15 * i) * WB_MS, &sparse);
			wrong += pkt->sclass != WB_CLASS_DEFAULT;
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	free(p);
	bench_close(b);
}

// What CoDel knew of a queue goes with its packets.
static void
test_flush_forgets(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(1000, sizeof(*p));
	unsigned before;
	bool sparse;

	stand(b, p, 60, 60 + 380, 0);
	flow_queue_flush(b->q, WB_DROP_CLOSED);
	before = b->by_reason[WB_DROP_CODEL];
	for (unsigned i = 0; i < 60; i++)
		put(b, &p[500 + i], 1, 1500, 440 * WB_MS);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 535 * WB_MS, &sparse), &p[500]);
	CU_ASSERT_EQUAL(p[500].sclass, WB_CLASS_DEFAULT);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 600 * WB_MS, &sparse), &p[501]);
	CU_ASSERT_EQUAL(b->by_reason[WB_DROP_CODEL], before);
	free(p);
	bench_close(b);
}

// A fast link: never 5 ms of delay, but always several packets deep. A burst of 200 is none.
static void
test_bulk_by_depth(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(2000, sizeof(*p)), *pkt;
	unsigned n = 0, first = 0;
	bool sparse;

	for (unsigned burst = 0; burst < 5; burst++) {
		for (unsigned i = 0; i < 200; i++)
			put(b, &p[n++], 2, 1000, burst * 20 * WB_MS);
		while ((pkt = flow_queue_dequeue(b->q, burst * 20 * WB_MS, &sparse)))
			CU_ASSERT_EQUAL(pkt->sclass, WB_CLASS_DEFAULT);
	}
	n = 0;
	memset(p, 0, 2000 * sizeof(*p));
	for (unsigned i = 0; i < 6; i++)
		put(b, &p[n++], 1, 1000, 0);
	for (unsigned i = 0; i < 400; i++) {
		pkt = flow_queue_dequeue(b->q, i * 30 * WB_US, &sparse);
		if (pkt->sclass == WB_CLASS_BULK && !first)
			first = i;
		put(b, &p[n++], 1, 1000, i * 30 * WB_US);
	}
	CU_ASSERT_EQUAL(first, 255);
	free(p);
	bench_close(b);
}

static void
test_stats_flush(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt p[12] = { 0 };
	struct wb_flow_stats s;
	unsigned cursor = 0, n = 0;
	uint64_t packets = 0, queued = 0;
	bool sparse;

	CU_ASSERT_EQUAL(flow_queue_stats(b->q, &cursor, &s), -ENOENT);
	for (int i = 0; i < 12; i++)
		put(b, &p[i], i % 3, 500, (wb_ns_t)(i % 3) * WB_SEC);
	CU_ASSERT_PTR_NOT_NULL(flow_queue_dequeue(b->q, 3 * WB_SEC, &sparse));
	CU_ASSERT_EQUAL(flow_queue_active(b->q, 0), 3);
	CU_ASSERT_EQUAL(flow_queue_active(b->q, WB_SEC), 2);
	CU_ASSERT_EQUAL(flow_queue_active(b->q, 3 * WB_SEC), 0);
	for (cursor = 0; flow_queue_stats(b->q, &cursor, &s) == 0; n++) {
		packets += s.packets;
		queued += s.queued_packets;
		CU_ASSERT_EQUAL(s.bytes, 500 * s.packets);
		CU_ASSERT_EQUAL(s.sojourn, s.packets ? 3 * WB_SEC : 0);
		CU_ASSERT_EQUAL(s.drops + s.marks, 0);
	}
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_EQUAL(packets, 1);
	CU_ASSERT_EQUAL(queued, 11);
	flow_queue_flush(b->q, WB_DROP_CLOSED);
	CU_ASSERT_EQUAL(b->by_reason[WB_DROP_CLOSED], 11);
	CU_ASSERT_EQUAL(flow_queue_packets(b->q) + flow_queue_bytes(b->q), 0);
	CU_ASSERT_PTR_NULL(flow_queue_dequeue(b->q, 4 * WB_SEC, &sparse));
	put(b, &p[0], 9, 500, 4 * WB_SEC);
	CU_ASSERT_PTR_EQUAL(flow_queue_dequeue(b->q, 4 * WB_SEC, &sparse), &p[0]);
	CU_ASSERT_TRUE(sparse);
	bench_close(b);
}

static void
test_no_memory(void)
{
	struct bench b = { .refuse_memory = true };
	struct flow_queue_conf conf = { .alloc = bench_alloc, .drop = bench_drop, .ctx = &b };

	CU_ASSERT_PTR_NULL(flow_queue_create(&conf));
}

// `in` packets come each ms and up to `out` go, for `ms`. Returns the longest that one waited, in ms.
static unsigned
flood(struct bench *b, struct wb_pkt **pool, unsigned *now, unsigned ms, unsigned in, unsigned out)
{
	unsigned longest = 0;
	bool sparse;

	for (unsigned end = *now + ms; *now < end; ++*now) {
		for (unsigned i = 0; i < in; i++)
			put(b, (*pool)++, 1, 1400, *now * WB_MS);
		for (unsigned i = 0; i < out; i++) {
			struct wb_pkt *pkt = flow_queue_dequeue(b->q, *now * WB_MS, &sparse);
			unsigned waited = pkt ? *now - (unsigned)(pkt->tx.queued / WB_MS) : 0;

			longest = waited > longest ? waited : longest;
		}
	}
	return longest;
}

// A flood that heeds no signal: what waits is bounded in time, also when the rate falls to a tenth.
static void
test_overload(void)
{
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(60000, sizeof(*p)), *next = p;
	unsigned now = 1, wait = OVERLOAD_WAIT / WB_MS;

	flood(b, &next, &now, 1000, 12, 10);
	CU_ASSERT(flood(b, &next, &now, 1000, 12, 10) <= wait);
	CU_ASSERT(flood(b, &next, &now, 1000, 12, 1) <= wait);
	// It has room, and again not.
	CU_ASSERT(flood(b, &next, &now, 1000, 8, 10) <= wait);
	CU_ASSERT(flood(b, &next, &now, 1000, 8, 1) <= wait);
	CU_ASSERT(b->by_reason[WB_DROP_OVERLOAD] > 10000);
	CU_ASSERT_EQUAL(b->by_reason[WB_DROP_QUEUE_LIMIT], 0);
	free(p);
	bench_close(b);
}

// in = out + drops + queued, whatever happens, and each flow's packets come out in order.
static void
test_conservation(void)
{
	enum { N = 50000 };
	struct bench *b = bench_open(500, 200000);
	struct wb_pkt *p = calloc(N, sizeof(*p)), *pkt;
	uint64_t x = 0x9e3779b97f4a7c15ull, bytes = 0;
	uint32_t last[64] = { 0 };
	unsigned out = 0, disorder = 0, wrong = 0;
	wb_ns_t now = 0;
	bool sparse;

	for (unsigned i = 0; i < N; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		now += x % (i < N / 2 ? 50000 : 1000000); // full, then old
		p[i].seq = i + 1;
		p[i].ecn = x >> 20 & 3;
		put(b, &p[i], x >> 32 & 63, (x >> 40) % 1500, now);
		for (unsigned k = 0; k < (x >> 52) % 20 / 7; k++) {
			if (!(pkt = flow_queue_dequeue(b->q, now, &sparse)))
				break;
			disorder += pkt->seq <= last[pkt->hash];
			last[pkt->hash] = pkt->seq;
			out++;
		}
		wrong += i + 1 != out + b->n_drops + flow_queue_packets(b->q);
		wrong += flow_queue_packets(b->q) > 500 || flow_queue_bytes(b->q) > 200000;
	}
	for (; (pkt = flow_queue_dequeue(b->q, now, &sparse)); out++)
		bytes += pkt->len;
	CU_ASSERT_EQUAL(disorder, 0);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(bytes > 0);
	CU_ASSERT_EQUAL(out + b->n_drops, N);
	CU_ASSERT_TRUE(b->by_reason[WB_DROP_CODEL] > 10);
	CU_ASSERT_TRUE(b->by_reason[WB_DROP_OVERLOAD] > 100);
	CU_ASSERT_TRUE(b->by_reason[WB_DROP_QUEUE_LIMIT] > 100);
	CU_ASSERT_TRUE(b->n_marks > 10);
	CU_ASSERT_EQUAL(flow_queue_bytes(b->q), 0);
	free(p);
	bench_close(b);
}

static const struct harness_test tests[] = {
	{ "order within a flow", test_order },
	{ "hash perturbation", test_perturbation },
	{ "fairness in bytes", test_fairness },
	{ "sparse flows first", test_sparse_first },
	{ "realtime first", test_realtime_first },
	{ "new after idle", test_new_after_idle },
	{ "limits", test_limits },
	{ "limit smaller than a packet", test_limit_of_one },
	{ "victim is among the fattest", test_fattest },
	{ "CoDel drops", test_codel_drops },
	{ "CoDel marks", test_codel_marks },
	{ "bulk target", test_bulk_target },
	{ "bulk class", test_bulk_class },
	{ "not bulk", test_not_bulk },
	{ "flush forgets", test_flush_forgets },
	{ "bulk by depth", test_bulk_by_depth },
	{ "statistics and flush", test_stats_flush },
	{ "no memory", test_no_memory },
	{ "overload", test_overload },
	{ "conservation", test_conservation },
};

int
main(void)
{
	return HARNESS_RUN("flow queue", tests);
}
