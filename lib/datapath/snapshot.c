// SPDX-License-Identifier: BSD-3-Clause
// Replaces the workers' snapshot: swaps the pointer, waits for the grace period and frees the old one.
#include <stdlib.h>

#include "dp.h"
#include "fib.h"

void
dp_synchronize(struct wb_dp *dp)
{
	if (dp->running)
		rte_rcu_qsbr_synchronize(dp->rcu, RTE_QSBR_THRID_INVALID);
}

struct wb_dp_snapshot *
wb_dp_snapshot_new(unsigned max_routes)
{
	struct wb_dp_snapshot *s = calloc(1, sizeof(*s) + max_routes * sizeof(struct wb_dp_route));

	if (s != NULL)
		s->max_routes = max_routes;
	return s;
}

bool
wb_dp_snapshot_add(struct wb_dp_snapshot *s, const struct wb_dp_route *r)
{
	if (s->n_routes == s->max_routes)
		return false;
	s->routes[s->n_routes++] = *r;
	return true;
}

void
wb_dp_set_snapshot(struct wb_dp *dp, struct wb_dp_snapshot *snapshot)
{
	struct fib *f = fib_create(dp, snapshot), *old;

	if (f == NULL) {
		LOG(ERR, "snapshot %" PRIu64 " not valid or no memory, the one before stays\n",
			dp->generation);
		return;
	}
	old = atomic_exchange_explicit(&dp->fib, f, memory_order_acq_rel);
	dp_synchronize(dp);
	fib_destroy(old);
}
