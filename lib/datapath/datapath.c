// SPDX-License-Identifier: BSD-3-Clause
// Creates the datapath in the order pool, ports, workers, and destroys it in the opposite one.
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "dp.h"
#include "fib.h"
#include "port_ops.h"
#include "wb_rs.h"

RTE_LOG_REGISTER(dp_logtype, wanbond.datapath, NOTICE);

#define CLOSE_WALKS 8
#define CLOSE_WAIT (50 * WB_MS)

static unsigned
next_id(void)
{
	static atomic_uint id;

	return atomic_fetch_add(&id, 1);
}

static int
pool_create(struct wb_dp *dp, const struct wb_dp_conf *conf)
{
	unsigned n = conf->n_mbufs, i;
	int socket = SOCKET_ID_ANY;

	dp->rs = wb_rs_create();
	if (dp->rs == NULL)
		return -ENOMEM;
	if (wb_rs_trouble(dp->rs) != NULL)
		LOG(WARNING, "error correction goes without ISA-L, slower, on this CPU: %s\n",
			wb_rs_trouble(dp->rs));
	if (n == 0)
		n = pool_objects(conf);
	for (i = 0; i < conf->n_ports && socket < 0; i++)
		if (port_ops_of(&conf->ports[i]) == &port_ethdev &&
			conf->ports[i].ethdev != WB_DP_ABSENT)
			socket = rte_eth_dev_socket_id(conf->ports[i].ethdev);
	if (pools_make(dp, conf, n, socket) != 0) {
		LOG(ERR, "packet memory: %u buffers: %s\n", n, rte_strerror(rte_errno));
		return -ENOMEM;
	}
	return 0;
}

static int
rcu_create(struct wb_dp *dp)
{
	size_t size = rte_rcu_qsbr_get_memsize(dp->n_workers);

	dp->rcu = rte_zmalloc("rcu", size, RTE_CACHE_LINE_SIZE);
	if (dp->rcu == NULL)
		return -ENOMEM;
	return rte_rcu_qsbr_init(dp->rcu, dp->n_workers);
}

static int
state_create(struct wb_dp *dp)
{
	struct wb_dp_snapshot *empty = wb_dp_snapshot_new(0);
	int err;

	if (empty == NULL)
		return -ENOMEM;
	wb_dp_set_snapshot(dp, empty);
	err = rcu_create(dp);
	if (err == 0)
		err = notices_create(dp);
	if (err == 0)
		err = indexes_rebuild(dp);
	if (err == 0)
		err = stats_create(dp);
	return atomic_load(&dp->fib) == NULL ? -ENOMEM : err;
}

// Notes which TAP is the mirror of which port, before any port starts.
static int
mirrors_find(struct wb_dp *dp, const struct wb_dp_conf *conf)
{
	unsigned i;

	for (i = 0; i < conf->n_ports; i++)
		dp->ports[i].mirror = WB_DP_PORTS_MAX;
	for (i = 0; i < conf->n_ports; i++) {
		if (conf->ports[i].use != WB_DP_MIRROR)
			continue;
		if (conf->ports[i].mirrors >= conf->n_ports) {
			LOG(ERR, "port %s: mirrors no port\n", conf->ports[i].name);
			return -EINVAL;
		}
		dp->ports[conf->ports[i].mirrors].mirror = i;
	}
	return 0;
}

static int
ports_start(struct wb_dp *dp, const struct wb_dp_conf *conf)
{
	unsigned i;
	int err = mirrors_find(dp, conf);

	dp->n_ports = conf->n_ports;
	dp->egress = conf->n_ports;
	for (i = 0; i < conf->n_ports; i++) {
		dp->ports[i].conf = conf->ports[i];
		if (conf->ports[i].use == WB_DP_EGRESS)
			dp->egress = i;
	}
	if (err == 0)
		err = trunks_find(dp, conf);
	// trunks before the VLANs on them
	for (i = 0; i < conf->n_ports && err == 0; i++)
		if (conf->ports[i].vlan == 0)
			err = port_start(dp, i);
	for (i = 0; i < conf->n_ports && err == 0; i++)
		if (conf->ports[i].vlan != 0)
			err = port_start(dp, i);
	return err;
}

struct wb_dp *
dp_build(const struct wb_dp_conf *conf)
{
	struct wb_dp *dp;

	if (conf->n_workers == 0 || conf->n_workers > DP_WORKERS ||
		conf->n_ports > WB_DP_PORTS_MAX || conf->n_rules > WB_DP_RULES_MAX) {
		LOG(ERR, "%u workers, %u ports, %u rules: out of range\n", conf->n_workers,
			conf->n_ports, conf->n_rules);
		return NULL;
	}
	dp = calloc(1, sizeof(*dp));
	if (dp == NULL)
		return NULL;
	dp->id = next_id();
	dp->role = conf->role;
	dp->udp_port = conf->udp_port;
	dp->shakes = conf->public_key != NULL;
	if (dp->shakes)
		wb_cookie_keys(&dp->cookies, conf->public_key);
	dp->idle = conf->idle;
	dp->n_workers = conf->n_workers;
	dp->n_rules = conf->n_rules;
	for (unsigned i = 0; i < conf->n_rules; i++)
		dp->rules[i] = conf->rules[i];
	if (pool_create(dp, conf) != 0 || ports_start(dp, conf) != 0 || state_create(dp) != 0 ||
		workers_create(dp, conf) != 0) {
		wb_dp_destroy(dp);
		return NULL;
	}
	return dp;
}

struct wb_dp *
wb_dp_create(const struct wb_dp_conf *conf)
{
	struct wb_dp *dp = dp_build(conf);

	if (dp != NULL && workers_launch(dp) != 0) {
		wb_dp_destroy(dp);
		return NULL;
	}
	return dp;
}

// Lets the workers walk for a while, so that closing tunnels can send their CLOSE.
static void
say_close(struct wb_dp *dp)
{
	static const struct timespec pause = { .tv_nsec = 200 * WB_US };
	wb_ns_t end = clock_now() + CLOSE_WAIT;
	unsigned i;

	for (i = 0; i < dp->n_workers; i++) {
		volatile uint64_t *walks = &dp->workers[i]->walks;
		uint64_t until = *walks + CLOSE_WALKS;

		while (*walks < until && clock_now() < end)
			nanosleep(&pause, NULL);
	}
}

void
wb_dp_destroy(struct wb_dp *dp)
{
	unsigned i;

	if (dp == NULL)
		return;
	if (dp->running) {
		say_close(dp);
		workers_stop(dp);
	}
	for (i = 0; i < DP_TUNNELS; i++)
		wb_dp_tunnel_remove(dp, i);
	for (i = 0; i < dp->n_ports; i++)
		port_stop(dp, i);
	workers_free(dp);
	fib_destroy(atomic_load(&dp->fib));
	free(atomic_load(&dp->indexes));
	rte_ring_free(dp->handshakes);
	rte_ring_free(dp->proven);
	rte_ring_free(dp->notices);
	stats_free(dp);
	rte_free(dp->rcu);
	pools_free(dp);
	wb_rs_destroy(dp->rs);
	free(dp);
}
