// SPDX-License-Identifier: BSD-3-Clause
// Creates and runs the workers, each a thread that walks its graph.
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "dp.h"
#include "node.h"

#define HANDOVER_RING 4096

wb_ns_t
clock_now(void)
{
	struct timespec ts;

	// vDSO, no system call. It goes on during suspend, as the other end and NATs do.
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * WB_SEC + ts.tv_nsec;
}

void
worker_walk(struct worker *w, wb_ns_t now)
{
	w->now = now;
	w->fib = atomic_load_explicit(&w->dp->fib, memory_order_acquire);
	w->indexes = atomic_load_explicit(&w->dp->indexes, memory_order_acquire);
	w->moved = 0;
	w->inner = 0;
	rte_graph_walk(w->graph);
	worker_free_all(w);
	w->walks++;
}

static int
worker_main(void *arg)
{
	struct worker *w = arg;
	struct wb_dp *dp = w->dp;

	idle_prepare(w);
	rte_rcu_qsbr_thread_register(dp->rcu, w->index);
	rte_rcu_qsbr_thread_online(dp->rcu, w->index);
	while (!atomic_load_explicit(&dp->stop, memory_order_relaxed)) {
		uint64_t start = rte_rdtsc();

		worker_walk(w, clock_now());
		call_answer(w);
		rte_rcu_qsbr_quiescent(dp->rcu, w->index);
		idle_walked(w, rte_rdtsc() - start);
	}
	rte_rcu_qsbr_thread_offline(dp->rcu, w->index);
	rte_rcu_qsbr_thread_unregister(dp->rcu, w->index);
	idle_finish(w);
	return 0;
}

static struct worker *
worker_create(struct wb_dp *dp, unsigned index, unsigned lcore)
{
	int socket = rte_lcore_to_socket_id(lcore);
	struct worker *w = rte_zmalloc_socket("worker", sizeof(*w), RTE_CACHE_LINE_SIZE, socket);
	char name[RTE_RING_NAMESIZE];

	if (w == NULL)
		return NULL;
	dp->workers[index] = w;
	w->dp = dp;
	w->index = index;
	w->lcore = lcore;
	w->socket = socket;
	w->pool = dp->pool;
	w->tx_pool = dp->tx_pool;
	w->delivered_end = &w->delivered;
	w->last_moved = clock_now();
	w->last_inner = w->last_moved;
	snprintf(name, sizeof(name), "wb%u_worker%u", dp->id, index);
	w->in = rte_ring_create(name, HANDOVER_RING, socket, RING_F_SC_DEQ);
	return w->in == NULL ? NULL : w;
}

static rte_edge_t
rx_edge(enum wb_dp_use use)
{
	switch (use) {
	case WB_DP_LAN:
	case WB_DP_EGRESS:
		return PORT_RX_LAN;
	case WB_DP_MIRROR:
		return PORT_RX_MIRROR;
	case WB_DP_TRUNK:
		return PORT_RX_TRUNK;
	default:
		return PORT_RX_WAN;
	}
}

static void
add_queue(struct worker *w, const struct wb_dp *dp, unsigned index, unsigned queue)
{
	const struct port *p = &dp->ports[index];

	w->rx[w->n_rx++] = (struct rx_queue){
		.ops = p->ops,
		.kport = p->conf.kport,
		.ethdev = p->conf.ethdev,
		.index = index,
		.off = !p->started,
		.queue = queue,
		// Frames from a mirror are sent on its port.
		.port = p->conf.use == WB_DP_MIRROR ? p->conf.mirrors : index,
		.edge = rx_edge(p->conf.use),
	};
	if (p->socket != SOCKET_ID_ANY && p->socket != w->socket)
		LOG(WARNING, "port %s is on NUMA node %d, its worker %u on %d\n", p->conf.name,
			p->socket, w->lcore, w->socket);
}

// Spreads the ports' queues over the workers. Each port's first queue starts one worker further.
static void
assign_queues(struct wb_dp *dp)
{
	unsigned i, q;

	for (i = 0; i < dp->n_ports; i++)
		for (q = 0; q < dp->ports[i].n_rx; q++)
			add_queue(dp->workers[(i + q) % dp->n_workers], dp, i, q);
}

int
workers_create(struct wb_dp *dp, const struct wb_dp_conf *conf)
{
	unsigned i;

	for (i = 0; i < dp->n_workers; i++) {
		unsigned lcore = conf->workers[i];

		if (!rte_lcore_is_enabled(lcore) || lcore == rte_get_main_lcore()) {
			LOG(ERR, "worker %u: not an lcore of the EAL, or the main one\n", lcore);
			return -EINVAL;
		}
		if (worker_create(dp, i, lcore) == NULL) {
			LOG(ERR, "worker %u: no memory\n", lcore);
			return -ENOMEM;
		}
	}
	wb_random_bytes(&dp->hash_seed, sizeof(dp->hash_seed));
	assign_queues(dp);
	for (i = 0; i < dp->n_workers; i++) {
		uint8_t random[32];

		wb_random_bytes(random, sizeof(random));
		gate_init(&dp->workers[i]->gate, random);
	}
	for (i = 0; i < dp->n_workers; i++)
		if (graph_create(dp->workers[i]) != 0) {
			LOG(ERR, "worker %u: graph: %s\n", dp->workers[i]->lcore,
				rte_strerror(rte_errno));
			return -ENOMEM;
		}
	return 0;
}

int
workers_launch(struct wb_dp *dp)
{
	unsigned i;
	int err;

	dp->running = true;
	for (i = 0; i < dp->n_workers; i++) {
		err = rte_eal_remote_launch(worker_main, dp->workers[i], dp->workers[i]->lcore);
		if (err != 0) {
			LOG(ERR, "worker %u: %s\n", dp->workers[i]->lcore, rte_strerror(-err));
			return err;
		}
	}
	return 0;
}

void
workers_stop(struct wb_dp *dp)
{
	unsigned i;

	atomic_store(&dp->stop, true);
	for (i = 0; i < dp->n_workers; i++)
		if (dp->workers[i] != NULL)
			rte_eal_wait_lcore(dp->workers[i]->lcore);
	dp->running = false;
}

void
workers_free(struct wb_dp *dp)
{
	unsigned i;

	for (i = 0; i < dp->n_workers; i++) {
		struct worker *w = dp->workers[i];
		struct rte_mbuf *m;
		struct wb_pkt *pkt;

		if (w == NULL)
			continue;
		while (w->in != NULL && rte_ring_dequeue(w->in, (void **)&m) == 0)
			rte_pktmbuf_free(m);
		worker_free_all(w);
		while ((pkt = w->delivered) != NULL) {
			w->delivered = pkt->next;
			rte_pktmbuf_free(pkt_mbuf(pkt));
		}
		if (w->graph != NULL)
			rte_graph_destroy(w->graph_id);
		rte_ring_free(w->in);
		rte_free(w);
		dp->workers[i] = NULL;
	}
}
