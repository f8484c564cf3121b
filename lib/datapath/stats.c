// SPDX-License-Identifier: BSD-3-Clause
// Reads the workers' counters for the control thread. Only workers write them, and they only grow: `clear` remembers
// their values.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dp.h"

int
stats_create(struct wb_dp *dp)
{
	dp->cleared = calloc(dp->n_workers, sizeof(*dp->cleared));
	dp->cleared_nodes = calloc(dp->n_workers * NODE_COUNT, sizeof(*dp->cleared_nodes));
	return dp->cleared == NULL || dp->cleared_nodes == NULL ? -ENOMEM : 0;
}

void
stats_free(struct wb_dp *dp)
{
	free(dp->cleared);
	free(dp->cleared_nodes);
}

static void
read_worker(const struct worker *w, struct wb_dp_worker_stats *s)
{
	s->lcore = w->lcore;
	s->socket = w->socket;
	s->walks = w->walks;
	s->busy_cycles = w->busy_cycles;
	s->idle_cycles = w->idle_cycles;
	s->sleeps = w->sleeps;
	memcpy(s->drops, w->drops, sizeof(s->drops));
	memcpy(s->asked, w->asked, sizeof(s->asked));
	memcpy(s->answered, w->answered, sizeof(s->answered));
}

static void
read_node(const struct worker *w, unsigned i, struct wb_dp_node_stats *s)
{
	const struct rte_node *node = graph_node(w, i);

	snprintf(s->name, sizeof(s->name), "%s", node->name);
	s->calls = node->total_calls;
	s->packets = node->total_objs;
	s->cycles = node->total_cycles;
}

int
wb_dp_worker_stats(const struct wb_dp *dp, unsigned worker, struct wb_dp_worker_stats *s)
{
	const struct wb_dp_worker_stats *base;
	unsigned i;

	if (worker >= dp->n_workers)
		return -ENOENT;
	base = &dp->cleared[worker];
	read_worker(dp->workers[worker], s);
	s->walks -= base->walks;
	s->busy_cycles -= base->busy_cycles;
	s->idle_cycles -= base->idle_cycles;
	s->sleeps -= base->sleeps;
	for (i = 0; i < 2; i++) {
		s->asked[i] -= base->asked[i];
		s->answered[i] -= base->answered[i];
	}
	for (i = 0; i < WB_DROP_COUNT; i++)
		s->drops[i] -= base->drops[i];
	return 0;
}

int
wb_dp_node_stats(const struct wb_dp *dp, unsigned worker, unsigned i, struct wb_dp_node_stats *s)
{
	const struct wb_dp_node_stats *base;

	if (worker >= dp->n_workers || i >= NODE_COUNT)
		return -ENOENT;
	base = &dp->cleared_nodes[worker * NODE_COUNT + i];
	read_node(dp->workers[worker], i, s);
	s->calls -= base->calls;
	s->packets -= base->packets;
	s->cycles -= base->cycles;
	return 0;
}

static void
read_port(const struct wb_dp *dp, unsigned port, struct wb_dp_port_stats *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < dp->n_workers; i++) {
		const struct port_count *c = &dp->workers[i]->counts[port];

		s->rx_packets += c->rx_packets;
		s->rx_bytes += c->rx_bytes;
		s->tx_packets += c->tx_packets;
		s->tx_bytes += c->tx_bytes;
		s->tx_errors += c->tx_errors;
	}
}

void
wb_dp_port_stats(const struct wb_dp *dp, unsigned port, struct wb_dp_port_stats *s)
{
	const struct wb_dp_port_stats *base = &dp->cleared_ports[port];

	read_port(dp, port, s);
	s->rx_packets -= base->rx_packets;
	s->rx_bytes -= base->rx_bytes;
	s->tx_packets -= base->tx_packets;
	s->tx_bytes -= base->tx_bytes;
	s->tx_errors -= base->tx_errors;
}

void
wb_dp_stats_clear(struct wb_dp *dp)
{
	unsigned i, j;

	for (i = 0; i < dp->n_ports; i++)
		read_port(dp, i, &dp->cleared_ports[i]);
	for (i = 0; i < dp->n_workers; i++) {
		read_worker(dp->workers[i], &dp->cleared[i]);
		for (j = 0; j < NODE_COUNT; j++)
			read_node(dp->workers[i], j, &dp->cleared_nodes[i * NODE_COUNT + j]);
	}
	for (i = 0; i < DP_TUNNELS; i++) {
		struct slot *s = slot_find(dp, i);

		if (s != NULL)
			s->bad_sources_cleared = atomic_load(&s->bad_sources);
	}
}
