// SPDX-License-Identifier: BSD-3-Clause
// Starts and stops ports of each kind.
#include <stdlib.h>

#include "dp.h"
#include "port_ops.h"

const struct port_ops *
port_ops_of(const struct wb_dp_port_conf *conf)
{
	if (conf->vlan != 0)
		return &port_vlan;
	return conf->kport != NULL ? &port_kernel : &port_ethdev;
}

int
port_start(struct wb_dp *dp, unsigned index)
{
	struct port *p = &dp->ports[index];

	rte_spinlock_init(&p->tx_lock);
	p->ops = port_ops_of(&p->conf);
	p->wire = p;
	return p->ops->start(dp, p);
}

void
port_stop(struct wb_dp *dp, unsigned index)
{
	struct port *p = &dp->ports[index];

	if (p->ops != NULL)
		p->ops->stop(p);
	free(p->vlans);
}
