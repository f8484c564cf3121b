// SPDX-License-Identifier: BSD-3-Clause
// Sends datagrams of the control thread. They are built here and sent by the first worker.
#include <errno.h>

#include "fib.h"
#include "node.h"

int
wb_dp_send(struct wb_dp *dp, const struct wb_addr *to, const void *data, size_t len)
{
	const struct fib *f = atomic_load_explicit(&dp->fib, memory_order_relaxed);
	struct wb_dp_notice resolve = { .type = WB_DP_RESOLVE };
	struct rte_mbuf *m;
	struct outer o;

	if (len > WB_MTU_BASE - WB_OUTER_IPV4)
		return -EMSGSIZE;
	outer_build(&o, dp, f, to);
	if (o.drop == WB_DROP_NO_NEIGHBOUR) {
		resolve.from.family = 4;
		resolve.from.port = to->port;
		memcpy(resolve.from.ip, o.resolve, 4);
		notice_put(dp, &resolve);
	}
	if (o.drop != WB_DROP_NONE)
		return -ENETUNREACH;
	m = rte_pktmbuf_alloc(dp->pool);
	if (m == NULL)
		return -ENOMEM;
	memcpy(rte_pktmbuf_append(m, OUTER_LEN + len) + OUTER_LEN, data, len);
	outer_write(&o, m);
	outer_finish(m, dp->ports[to->port].hw_checksum);
	if (hand_over(dp->workers[0], m, HANDOVER_SEND))
		return 0;
	rte_pktmbuf_free(m);
	return -ENOBUFS;
}
