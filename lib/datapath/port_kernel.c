// SPDX-License-Identifier: BSD-3-Clause
// Ports that are kernel ports: TAPs and packet sockets, which are read and written by system calls.
#include <string.h>

#include "dp.h"
#include "kport.h"
#include "node.h"
#include "port_ops.h"

// A mirror is read again only after this pause when it had nothing: it is seldom used, and reading takes a system call.
#define MIRROR_PAUSE (50 * WB_US)

static int
start(struct wb_dp *dp, struct port *p)
{
	struct wb_kport *k = p->conf.kport;
	int err;

	p->socket = SOCKET_ID_ANY;
	p->n_rx = p->n_tx = RTE_MIN(k->n, dp->n_workers);
	memcpy(&p->mac, k->mac, sizeof(p->mac));
	p->inserts_tag = p->vlans != NULL;
	err = kport_start(k, p->conf.use, dp->udp_port);
	if (err != 0)
		LOG(ERR, "port %s: no filter on its socket: %s\n", p->conf.name, strerror(-err));
	p->started = err == 0;
	return err;
}

// Does nothing: the kernel port is the control thread's.
static void
stop(struct port *p)
{
	(void)p;
}

static unsigned
rx(struct worker *w, struct rx_queue *q, struct rte_mbuf **pkts, unsigned max)
{
	unsigned n;

	if (w->now < q->empty_until)
		return 0;
	n = kport_rx(q->kport, q->queue, w->pool, pkts, max);
	if (n == 0 && q->edge == PORT_RX_MIRROR)
		q->empty_until = w->now + MIRROR_PAUSE;
	return n;
}

static unsigned
tx(struct worker *w, const struct port *p, unsigned queue, struct rte_mbuf **pkts, unsigned n)
{
	(void)w;
	return kport_tx(p->conf.kport, queue, pkts, n);
}

const struct port_ops port_kernel = {
	.start = start,
	.stop = stop,
	.rx = rx,
	.tx = tx,
};
