// SPDX-License-Identifier: BSD-3-Clause
// Short windows, many of them, taken by the worker itself at the start of a walk. Those in which it
// did not have its core to itself do not count, unless there are too few others; of the rest the
// quickest quarter is averaged, as other guests of the machine only ever add to the ticks.
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_common.h>

#include "bench.h"

#define WINDOW_WALKS 8   // under half a millisecond: less than a time slice
#define WARM_WINDOWS 100 // not measured
// Nor are these: only after the least delay of 50 ms is known does a scheduler use all paths.
#define WARM_MS 150
#define TIME_LIMIT 4000 // ms for all windows of a size
#define CORE_SHARE 0.97 // of a window's time, else it is disturbed
#define SPARE_WINDOWS 32
#define DRAIN_LIMIT 2000 // ms
#define COMPARE_TURNS 3
#define AEAD_BATCH 32
#define AEAD_ROUNDS 201 // odd: a median
#define AEAD_PASSES 40

struct sample {
	uint64_t tsc, cpu;
	uint64_t packets, walks;
	uint64_t cycles[BENCH_NODES], own; // own: ticks of peer and sampler
};

struct window {
	double ticks, rest, batch, share; // share: of the core that the worker had
	double nodes[BENCH_NODES];
};

// Worker: all but `wanted`, until n_good has reached it.
struct sampler {
	_Atomic unsigned wanted, n_good;
	unsigned warm, walks, n_spare, disturbed;
	uint64_t warm_until; // ticks
	uint64_t own;
	char names[BENCH_NODES][64];
	unsigned n_nodes;
	struct sample last;
	struct window windows[BENCH_WINDOWS_MAX];
	struct window spare[SPARE_WINDOWS]; // the least disturbed of the others
};

static uint64_t
cpu_time(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * WB_SEC + ts.tv_nsec;
}

// The node whose packets are the inner ones of a direction.
static const char *
counted_node(enum bench_direction d)
{
	return d == ENCAPSULATE ? "wb_encrypt" : "wb_lan_output";
}

static void
take_sample(const struct edge *e, struct sampler *m, uint64_t start, struct sample *s)
{
	struct wb_dp_worker_stats worker;
	struct wb_dp_node_stats node;
	struct peer_stats peer;
	uint64_t scatter = atomic_load_explicit(&e->scatter_ticks, memory_order_relaxed);
	unsigned i;

	memset(s, 0, sizeof(*s));
	s->tsc = start;
	s->cpu = cpu_time();
	peer_stats(e->peer, &peer);
	wb_dp_worker_stats(e->dp, 0, &worker);
	s->walks = worker.walks;
	for (i = 0; i < BENCH_NODES && wb_dp_node_stats(e->dp, 0, i, &node) == 0; i++) {
		memcpy(m->names[i], node.name, sizeof(m->names[i]));
		s->cycles[i] = node.cycles;
		if (strcmp(node.name, "wb_port_rx") == 0)
			s->cycles[i] -= peer.rx_ticks + m->own + scatter;
		if (strcmp(node.name, "wb_port_tx") == 0)
			s->cycles[i] -= peer.tx_ticks;
		if (strcmp(node.name, counted_node(e->direction)) == 0)
			s->packets = node.packets;
	}
	m->n_nodes = i;
	s->own = peer.rx_ticks + peer.tx_ticks + m->own + scatter;
}

// False: nothing moved.
static bool
compare(const struct sample *a, const struct sample *b, struct window *w)
{
	double packets = b->packets - a->packets, nodes = 0;
	unsigned i;

	if (b->packets == a->packets)
		return false;
	w->ticks = (b->tsc - a->tsc - (b->own - a->own)) / packets;
	w->share = (b->cpu - a->cpu) * 1e-9 * rte_get_tsc_hz() / (b->tsc - a->tsc);
	w->batch = packets / (b->walks - a->walks);
	for (i = 0; i < BENCH_NODES; i++) {
		w->nodes[i] = (b->cycles[i] - a->cycles[i]) / packets;
		nodes += w->nodes[i];
	}
	w->rest = w->ticks - nodes;
	return true;
}

static void
keep(struct sampler *m, const struct window *w, unsigned n)
{
	struct window *worst = &m->spare[0];
	unsigned i;

	if (w->share >= CORE_SHARE) {
		m->windows[n] = *w;
		atomic_store_explicit(&m->n_good, n + 1, memory_order_release);
		return;
	}
	m->disturbed++;
	if (m->n_spare < SPARE_WINDOWS) {
		m->spare[m->n_spare++] = *w;
		return;
	}
	for (i = 1; i < SPARE_WINDOWS; i++)
		worst = m->spare[i].share < worst->share ? &m->spare[i] : worst;
	if (worst->share < w->share)
		*worst = *w;
}

void
measure_walked(struct edge *e)
{
	struct sampler *m = e->sampler;
	unsigned n = atomic_load_explicit(&m->n_good, memory_order_relaxed);
	struct window w;
	struct sample s;
	uint64_t start;

	if (n >= atomic_load_explicit(&m->wanted, memory_order_acquire) ||
		++m->walks < WINDOW_WALKS)
		return;
	start = rte_rdtsc();
	m->walks = 0;
	take_sample(e, m, start, &s);
	if (m->warm != 0)
		m->warm--;
	else if (start >= m->warm_until && compare(&m->last, &s, &w))
		keep(m, &w, n);
	m->last = s;
	m->own += rte_rdtsc() - start;
}

static int
by_ticks(const void *a, const void *b)
{
	double x = ((const struct window *)a)->ticks, y = ((const struct window *)b)->ticks;

	return (x > y) - (x < y);
}

static void
average(struct sampler *m, unsigned n, struct result *r)
{
	unsigned n_best = (n + 3) / 4, i, j;
	struct window *w = m->windows;
	double weight = 1.0 / n_best;

	qsort(w, n, sizeof(*w), by_ticks);
	r->n_nodes = m->n_nodes;
	r->windows = n;
	r->disturbed = m->disturbed;
	r->median = w[n / 2].ticks;
	for (j = 0; j < m->n_nodes; j++)
		memcpy(r->nodes[j].name, m->names[j], sizeof(r->nodes[j].name));
	for (i = 0; i < n_best; i++) {
		r->ticks += w[i].ticks * weight;
		r->rest += w[i].rest * weight;
		r->batch += w[i].batch * weight;
		for (j = 0; j < m->n_nodes; j++)
			r->nodes[j].ticks += w[i].nodes[j] * weight;
	}
	r->mpps = rte_get_tsc_hz() / r->ticks / 1e6;
	r->gbit = r->mpps * r->inner * 8 / 1e3;
}

// Why nothing moves.
static void
explain(struct edge *e)
{
	struct wb_dp_worker_stats worker;
	struct wb_path_stats path;
	unsigned i;

	wb_dp_worker_stats(e->dp, 0, &worker);
	fprintf(stderr, "wanbond-bench: %u bytes: no packets in %" PRIu64 " walks;", e->inner,
		worker.walks);
	for (i = 0; i < BENCH_PATHS; i++)
		if (edge_path_stats(e, i, &path) == 0)
			fprintf(stderr, " path %u is %s;", i, wb_path_state_name(path.state));
	for (i = 0; i < WB_DROP_COUNT; i++)
		if (worker.drops[i] != 0)
			fprintf(stderr, " %s %" PRIu64, wb_drop_name(i), worker.drops[i]);
	fputc('\n', stderr);
}

// Takes n windows, or as many as there are in time, after those that warm up.
static int
measure_windows(struct edge *e, unsigned n, struct result *r)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	struct sampler *m = e->sampler;
	unsigned ms, i, good = 0;

	memset(r, 0, sizeof(*r));
	r->inner = e->inner;
	m->warm = WARM_WINDOWS;
	m->warm_until = rte_rdtsc() + rte_get_tsc_hz() * WARM_MS / 1000;
	m->disturbed = m->n_spare = 0;
	atomic_store(&m->n_good, 0);
	atomic_store_explicit(&m->wanted, n, memory_order_release);
	for (ms = 0; ms < TIME_LIMIT && good < n; ms++) {
		nanosleep(&pause, NULL);
		good = atomic_load_explicit(&m->n_good, memory_order_acquire);
	}
	atomic_store(&m->wanted, 0);
	edge_settle(e);
	good = atomic_load(&m->n_good);
	r->quiet = good >= SPARE_WINDOWS;
	for (i = 0; good < SPARE_WINDOWS && i < m->n_spare; i++)
		m->windows[good++] = m->spare[i];
	if (good == 0) {
		explain(e);
		return -EIO;
	}
	average(m, good, r);
	return 0;
}

static uint64_t
generated(const struct edge *e)
{
	struct wb_dp_node_stats node;
	unsigned i;

	for (i = 0; wb_dp_node_stats(e->dp, 0, i, &node) == 0; i++)
		if (strcmp(node.name, "wb_lan_input") == 0)
			return node.packets;
	return 0;
}

// Nothing new any more: everything is acknowledged or given up in the end.
static int
drain(struct edge *e, struct result *r)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	struct wb_tunnel_stats s = { 0 };
	struct wb_dp_worker_stats worker;
	struct wb_path_stats path;
	struct peer_stats peer;
	unsigned ms, i;

	atomic_store(&e->stop, true);
	peer_stop(e->peer);
	for (ms = 0; ms < DRAIN_LIMIT; ms++) {
		nanosleep(&pause, NULL);
		edge_tunnel_stats(e, &s);
		if (ms > 20 && s.retained_packets + s.queued_packets + s.held_packets == 0)
			break;
	}
	peer_stats(e->peer, &peer);
	wb_dp_worker_stats(e->dp, 0, &worker);
	r->in = e->direction == ENCAPSULATE ? generated(e) : peer.made;
	r->out = e->direction == ENCAPSULATE ? s.sent_packets : s.out_packets;
	r->queued = s.queued_packets + s.retained_packets;
	r->held = s.held_packets;
	for (i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		r->drops[i] = s.drops[i] + worker.drops[i];
	for (i = 0; i < BENCH_PATHS; i++)
		if (edge_path_stats(e, i, &path) == 0)
			r->datagrams[i] = e->direction == ENCAPSULATE ? path.tx_data : path.rx_data;
	return 0;
}

// Many destinations and one in turns, the quickest of each.
static int
compare_destinations(struct edge *e, const struct options *o, struct result *r)
{
	struct result turn;
	double one = 0;
	unsigned i;
	int err = 0;

	for (i = 0; i < 2 * COMPARE_TURNS && err == 0; i++) {
		atomic_store(&e->one, i % 2 == 0);
		err = measure_windows(e, o->windows, &turn);
		if (err == 0 && i % 2 == 0)
			one = one == 0 || turn.ticks < one ? turn.ticks : one;
		else if (err == 0 && (i == 1 || turn.ticks < r->ticks))
			*r = turn;
	}
	r->one = one;
	return err;
}

int
measure(struct edge *e, const struct options *o, struct result *r)
{
	bool many = o->destinations > 1 && e->direction == ENCAPSULATE;
	int err = many ? compare_destinations(e, o, r) : measure_windows(e, o->windows, r);

	return err == 0 ? drain(e, r) : err;
}

struct sampler *
sampler_create(void)
{
	return calloc(1, sizeof(struct sampler));
}

// ---- the bare AEAD

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double
aead_pass(struct wb_aead *a, struct wb_aead_op *ops)
{
	uint64_t took[AEAD_ROUNDS], start;
	unsigned r, i;

	for (r = 0; r < AEAD_ROUNDS; r++) {
		for (i = 0; i < AEAD_BATCH; i++)
			ops[i].nonce[0]++;
		start = rte_rdtsc_precise();
		wb_aead_seal(a, ops, AEAD_BATCH);
		took[r] = rte_rdtsc_precise() - start;
	}
	qsort(took, AEAD_ROUNDS, sizeof(took[0]), by_number);
	return (double)took[AEAD_ROUNDS / 2] / AEAD_BATCH;
}

double
measure_aead(enum wb_cipher cipher, unsigned len)
{
	static const uint8_t key[WB_AEAD_KEY_MAX];
	static uint8_t data[AEAD_BATCH][2048];
	struct wb_aead_op ops[AEAD_BATCH];
	struct wb_aead *a = wb_aead_create(cipher, key, -1);
	double best = 0, ticks;
	unsigned i;

	if (a == NULL)
		return 0;
	for (i = 0; i < AEAD_BATCH; i++)
		ops[i] = (struct wb_aead_op){ .src = data[i] + WB_HDR_LEN,
			.dst = data[i] + WB_HDR_LEN,
			.aad = data[i],
			.aad_len = WB_HDR_LEN,
			.tag = data[i] + WB_HDR_LEN + len,
			.len = len };
	for (i = 0; i < AEAD_PASSES; i++) {
		ticks = aead_pass(a, ops);
		best = i == 0 || ticks < best ? ticks : best;
	}
	wb_aead_destroy(a);
	return best;
}
