// SPDX-License-Identifier: BSD-3-Clause
// The flow queue's fairness by hosts.
#include "flow_bench.h"

static struct wb_pkt *
put_of(struct bench *b, struct wb_pkt *pkt, uint32_t host, uint32_t hash, wb_ns_t now)
{
	pkt->host = host;
	return put(b, pkt, hash, 1000, now);
}

// One host with any number of flows, another with one: half each.
static void
test_hosts(void)
{
	enum { N = 4000 };
	struct bench *b = bench_open(8000, 0);
	struct wb_pkt *p = calloc(2 * N, sizeof(*p)), *pkt;
	unsigned out[3] = { 0 };
	bool sparse;

	for (unsigned i = 0; i < N; i++) {
		put_of(b, &p[i], 1, 1000 + i, 0);
		put_of(b, &p[N + i], 2, 7, 0);
	}
	for (unsigned i = 0; i < 1000 && (pkt = flow_queue_dequeue(b->q, 0, &sparse)); i++)
		out[pkt->host]++;
	CU_ASSERT(out[1] > 480 && out[2] > 480);
	free(p);
	bench_close(b);
}

// New flows go before their host's turn, but not before that of others for long.
static void
test_hosts_new(void)
{
	enum { N = 500 };
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(N + 30, sizeof(*p)), *pkt;
	unsigned ahead = 0, i = 0, out[3] = { 0 };
	bool sparse;

	for (; i < N; i++)
		put_of(b, &p[i], 1, 1000 + i, 0);
	// Alone: all of them.
	for (unsigned n = 0; n < 100; n++)
		CU_ASSERT_PTR_NOT_NULL(flow_queue_dequeue_new(b->q, 0));
	for (; i < N + 20; i++)
		put_of(b, &p[i], 2, 7, 0);
	put_of(b, &p[i], 2, 8, 0);
	while ((pkt = flow_queue_dequeue_new(b->q, 0)))
		out[pkt->host]++, ahead++;
	CU_ASSERT(out[2] >= 2); // the first of each of its flows
	CU_ASSERT(ahead < 12);
	for (unsigned n = 0; n < 20; n++) {
		pkt = flow_queue_dequeue(b->q, 0, &sparse);
		out[pkt->host]++;
		CU_ASSERT(pkt->host == 2 || !sparse || out[1] < 12);
	}
	CU_ASSERT(out[2] > 10);
	free(p);
	bench_close(b);
}

// What waits through an outage keeps its bucket, however many flows come later.
static void
test_outage(void)
{
	enum { N = 600, TCP = 40 };
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(N + TCP, sizeof(*p));
	unsigned of_tcp = 0;
	bool sparse;

	for (unsigned i = 0; i < TCP; i++)
		put_of(b, &p[i], 2, i, 0);
	for (unsigned i = TCP; i < N; i++)
		put_of(b, &p[i], 2, 1000 + i, 1500 * WB_MS);
	for (struct wb_pkt *pkt; (pkt = flow_queue_dequeue(b->q, 1600 * WB_MS, &sparse));)
		of_tcp += pkt->hash < TCP;
	CU_ASSERT_EQUAL(of_tcp, TCP);
	CU_ASSERT_EQUAL(b->n_drops, 0);
	free(p);
	bench_close(b);
}

// A full queue takes it from the host that has most, though another one has the longest bucket.
static void
test_hosts_limit(void)
{
	enum { N = 1000 };
	struct bench *b = bench_open(N, 0);
	struct wb_pkt *p = calloc(2 * N, sizeof(*p));
	unsigned wrong = 0;

	for (unsigned i = 0; i < 100; i++)
		put_of(b, &p[i], 2, 7, 0);
	for (unsigned i = 100; i < 2 * N; i++)
		put_of(b, &p[i], 1, 1000 + i, 0);
	CU_ASSERT(b->n_drops >= N);
	for (unsigned i = 0; i < b->n_drops; i++)
		wrong += b->drops[i]->host != 1;
	CU_ASSERT_EQUAL(wrong, 0);
	free(p);
	bench_close(b);
}

// Packets of host 2 among 1000 turns while each packet of host 1 is a realtime one that goes out `copies` times more.
static unsigned
beside_realtime(unsigned copies)
{
	enum { N = 2000 };
	struct bench *b = bench_open(0, 0);
	struct wb_pkt *p = calloc(2 * N + 1, sizeof(*p)), *pkt;
	unsigned got = 0, turns = 0;
	bool sparse;

	// Both backlogged; one realtime packet of host 1 each third turn.
	for (unsigned i = 0; i < N; i++) {
		put_of(b, &p[i], 1, 1, 0);
		put_of(b, &p[N + i], 2, 2, 0);
	}
	while (turns++ < 999) {
		if (turns % 3 == 0) {
			struct wb_pkt *call = &p[2 * N];

			*call = (struct wb_pkt){ .sclass = WB_CLASS_REALTIME };
			put_of(b, call, 1, 3, 0);
		}
		pkt = flow_queue_dequeue(b->q, 0, &sparse);
		got += pkt->host == 2;
		if (pkt->sclass == WB_CLASS_REALTIME)
			flow_queue_copied(b->q, pkt, copies);
	}
	free(p);
	bench_close(b);
	return got;
}

// What goes on one path is charged once.
static void
test_copies(void)
{
	unsigned once = beside_realtime(0), twice = beside_realtime(1);

	CU_ASSERT(once > 490 && once < 510);
	CU_ASSERT(twice > 656 && twice < 676); // 333 of the calls, which make up for the bulk
}

static const struct harness_test tests[] = {
	{ "half each", test_hosts },
	{ "new flows", test_hosts_new },
	{ "limit", test_hosts_limit },
	{ "outage", test_outage },
	{ "copies", test_copies },
};

int
main(void)
{
	return HARNESS_RUN("flow hosts", tests);
}
