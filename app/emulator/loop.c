// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "inspect.h"
#include "loop.h"
#include "pool.h"

#define BURST 64
#define TX_BURST 8
#define IDLE_AFTER_NS 100000000
#define IDLE_TICKS 3
#define INSPECTED 1000 // frames of a direction whose checksum is looked at
#define ROUNDS 32      // bursts of one port a tick, so that no port starves the others

enum { CALL_NONE, CALL_ASKED, CALL_RUNNING, CALL_DONE };

wb_em_ns_t
loop_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (wb_em_ns_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void
complain_offloads(const struct link *k, const struct direction *d, const char *what)
{
	fprintf(stderr,
		"wanbond-emu: %s: %s: %s: frames arrive %s; turn the offloads of both ends of the "
		"interface off: ethtool -K IF tx off tso off gso off gro off\n",
		k->loop->conf->name, k->conf->name, k->port[d == &k->direction[B_TO_A]].kernel_if,
		what);
}

// Whether it can be sent on. Of a bad checksum only its receiver can say whether it matters.
static bool
inspect(const struct link *k, struct direction *d, const struct rte_mbuf *m)
{
	if (unlikely(frame_is_cut_off(m))) {
		if (d->truncated++ == 0)
			complain_offloads(k, d, "cut off");
		return false;
	}
	if (unlikely(d->inspected < INSPECTED)) {
		d->inspected++;
		if (frame_has_bad_checksum(m) && d->bad_checksum++ == 0)
			complain_offloads(k, d, "with wrong checksums");
	}
	return true;
}

// Returns whether anything came.
static bool
take_in(struct link *k, struct direction *d, wb_em_ns_t arrived)
{
	struct rte_mbuf *in[BURST];
	unsigned n, rounds = 0;
	bool any = false;

	do {
		n = rte_eth_rx_burst(d->in, 0, in, BURST);
		any = any || n > 0;
		for (unsigned i = 0; i < n; i++) {
			uint32_t len = in[i]->pkt_len;

			if (!inspect(k, d, in[i])) {
				rte_pktmbuf_free(in[i]);
				continue;
			}
			len = len > RTE_ETHER_HDR_LEN ? len - RTE_ETHER_HDR_LEN : len;
			if (wb_em_push(d->em, in[i], len, arrived) < 0)
				rte_pktmbuf_free(in[i]);
		}
	} while (n == BURST && ++rounds < ROUNDS);
	return any;
}

// At most TX_BURST frames; whether more may be due. Few, because af_packet sends them one by one and
// the kernel handles each on its receiver's side at once, in this thread: a long burst of one link
// would hold up the others.
static bool
send_due(struct link *k, struct direction *d, wb_em_ns_t now)
{
	struct rte_mbuf *out[TX_BURST];
	wb_em_ns_t when[TX_BURST], sent_at;
	unsigned n = wb_em_pull(d->em, (void **)out, when, TX_BURST, now), sent;

	if (n == 0)
		return false;
	sent = rte_eth_tx_burst(d->out, 0, out, n);
	sent_at = loop_now();
	for (unsigned i = 0; i < sent; i++)
		lateness_add(&k->release, (int64_t)(sent_at - when[i]));
	if (sent < n) {
		rte_pktmbuf_free_bulk(out + sent, n - sent);
		d->tx_full += n - sent;
	}
	return n == TX_BURST;
}

static void
answer_call(struct link *k)
{
	int asked = CALL_ASKED;

	if (!atomic_compare_exchange_strong(&k->call_state, &asked, CALL_RUNNING))
		return;
	k->call_result = k->call_fn(k, k->call_arg);
	atomic_store(&k->call_state, CALL_DONE);
}

static void
tick(struct link *k, wb_em_ns_t now)
{
	wb_em_ns_t gap = now - k->seen, until = now + k->loop->conf->tick / 2;
	bool any = false, more = true;

	if (now >= k->next_outage)
		outage_apply(k, now);
	for (int side = 0; side < 2; side++)
		any |= take_in(k, &k->direction[side], now - gap / 2);
	if (any)
		lateness_add(&k->gap, gap);
	while (more) {
		more = send_due(k, &k->direction[A_TO_B], until);
		more |= send_due(k, &k->direction[B_TO_A], until);
	}
	for (int side = 0; side < 2; side++)
		any = any || wb_em_next_deadline(k->direction[side].em) != WB_EM_NEVER;
	k->seen = now;
	if (any)
		k->idle_from = now + IDLE_AFTER_NS;
	answer_call(k);
}

// Points in time of thread k out of n; all threads' together are a tick apart.
static wb_em_ns_t
next_wake(const struct loop *l, unsigned k, unsigned n, bool idle)
{
	wb_em_ns_t now = loop_now(), apart = l->conf->tick * (idle ? IDLE_TICKS : 1), wake;

	wake = now / (n * apart) * (n * apart) + k * apart;
	// A quarter of a tick is left to others at least.
	while (wake < now + apart / 4)
		wake += n * apart;
	return wake;
}

void
loop_run(struct loop *l, unsigned k, unsigned n)
{
	while (!atomic_load(&l->stop)) {
		bool idle = true;
		wb_em_ns_t wake;
		struct timespec t;

		for (unsigned i = 0; i < l->n_links; i++) {
			struct link *link = &l->links[i];
			wb_em_ns_t now;

			if (pthread_mutex_trylock(&link->owner) != 0)
				continue;
			now = loop_now();
			tick(link, now);
			idle = idle && now >= link->idle_from;
			pthread_mutex_unlock(&link->owner);
		}
		wake = next_wake(l, k, n, idle);
		t.tv_sec = wake / NS_PER_S;
		t.tv_nsec = wake % NS_PER_S;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	}
}

int
link_call(struct link *k, link_fn fn, void *arg)
{
	int rc = -ETIMEDOUT, asked = CALL_ASKED;

	pthread_mutex_lock(&k->callers);
	k->call_fn = fn;
	k->call_arg = arg;
	atomic_store(&k->call_state, CALL_ASKED);
	for (int ms = 0; ms < 1000 && atomic_load(&k->call_state) != CALL_DONE; ms++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	// Not begun in time: taken back. Begun: it ends soon.
	if (!atomic_compare_exchange_strong(&k->call_state, &asked, CALL_NONE)) {
		while (atomic_load(&k->call_state) != CALL_DONE)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		rc = k->call_result;
		atomic_store(&k->call_state, CALL_NONE);
	}
	pthread_mutex_unlock(&k->callers);
	return rc;
}

uint64_t
direction_seed(const struct link *k, enum side side)
{
	return k->loop->conf->seed + 2 * (uint64_t)(k - k->loop->links) + side;
}

static void *
alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static int
open_direction(struct loop *l, struct link *k, enum side side)
{
	struct direction *d = &k->direction[side];
	const struct wb_em_trace *trace = NULL;
	struct wb_em_conf em;

	d->conf = k->conf->direction[side];
	d->in = k->port[side == A_TO_B ? 0 : 1].id;
	d->out = k->port[side == A_TO_B ? 1 : 0].id;
	if (d->conf.trace[0] != '\0') {
		const char *column = d->conf.trace_column[0] != '\0' ? d->conf.trace_column : NULL;
		char why[128] = "";
		int rc = trace_file_load(&d->trace, d->conf.trace, column, why, sizeof(why));

		if (rc < 0) {
			fprintf(stderr, "wanbond-emu: %s: trace %s: %s\n", k->conf->name,
				d->conf.trace, why);
			return rc;
		}
		trace = &d->trace.trace;
	}
	em = direction_em_conf(&d->conf, trace, config_max_items(l->conf, &d->conf));
	em.seed = direction_seed(k, side);
	d->em = wb_em_create(&em, alloc, NULL, loop_now());
	if (d->em == NULL)
		fprintf(stderr, "wanbond-emu: %s: out of memory\n", k->conf->name);
	return d->em != NULL ? 0 : -ENOMEM;
}

static int
open_link(struct loop *l, const struct link_conf *conf)
{
	struct link *k = &l->links[l->n_links++];
	int rc = 0;

	k->conf = conf;
	k->loop = l;
	pthread_mutex_init(&k->owner, NULL);
	pthread_mutex_init(&k->callers, NULL);
	for (int i = 0; rc == 0 && i < 2; i++) {
		rc = port_open(&k->port[i], conf->dev[i], l->pool, conf->name);
		k->n_ports += rc == 0;
	}
	for (int side = 0; rc == 0 && side < 2; side++)
		rc = open_direction(l, k, side);
	// As a network card does when its driver starts.
	for (int i = 0; rc == 0 && i < 2; i++)
		carrier_set(l->carrier, k->port[i].kernel_if, true);
	return rc;
}

int
loop_open(struct loop *l, const struct emu_conf *c)
{
	int rc = 0;

	memset(l, 0, sizeof(*l));
	l->conf = c;
	l->carrier = carrier_start();
	if (l->carrier == NULL)
		return -errno;
	l->pool = pool_create(pool_mbufs(c));
	if (l->pool == NULL) {
		fprintf(stderr, "wanbond-emu: no memory for %u packets (max_packets): %s\n",
			pool_mbufs(c), rte_strerror(rte_errno));
		return -ENOMEM;
	}
	for (unsigned i = 0; rc == 0 && i < c->n_links; i++)
		rc = open_link(l, &c->links[i]);
	l->start = loop_now();
	for (unsigned i = 0; i < l->n_links; i++)
		l->links[i].seen = l->start;
	return rc;
}

static void
close_direction(struct direction *d)
{
	void *left[BURST];
	unsigned n;

	if (d->em != NULL) {
		wb_em_set_outage(d->em, true, loop_now());
		while ((n = wb_em_reap(d->em, left, BURST)) > 0)
			rte_pktmbuf_free_bulk((struct rte_mbuf **)left, n);
	}
	free(d->em);
	trace_file_free(&d->trace);
}

void
loop_close(struct loop *l)
{
	for (unsigned i = 0; i < l->n_links; i++) {
		struct link *k = &l->links[i];

		close_direction(&k->direction[A_TO_B]);
		close_direction(&k->direction[B_TO_A]);
		for (unsigned p = 0; p < k->n_ports; p++) {
			if (k->down)
				carrier_set(l->carrier, k->port[p].kernel_if, true);
			port_close(&k->port[p]);
		}
	}
	if (l->carrier != NULL)
		carrier_stop(l->carrier);
	rte_mempool_free(l->pool);
}
