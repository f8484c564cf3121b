// SPDX-License-Identifier: BSD-3-Clause
// Calculates the memory that the datapath needs.
#include "memory.h"

#include <stdlib.h>

#include "mirror.h"
#include "wb_datapath.h"

static unsigned
routes_need(const struct wb_config *c)
{
	struct wb_dp_prefix *p = calloc(WB_DP_ROUTES_MAX, sizeof(*p));
	unsigned n = 0, mib;

	for (unsigned e = 0; p != NULL && e < c->n_edges; e++)
		for (unsigned i = 0; i < c->edges[e].n_networks && n < WB_DP_ROUTES_MAX; i++) {
			p[n].family = c->edges[e].networks[i].family;
			p[n++].len = c->edges[e].networks[i].len;
		}
	mib = wb_dp_routes_mib(p, n);
	free(p);
	return mib;
}

unsigned
memory_need(const struct wb_config *c)
{
	unsigned n_ports = c->n_ports + (c->role == WB_CONFIG_HUB), n_outer = 0;

	for (unsigned i = 0; i < c->n_ports; i++) {
		if (c->ports[i].vlan != 0) { // holds no packets, nor does its mirror
			n_ports--;
			continue;
		}
		n_ports += mirror_needed(&c->ports[i]);
		n_outer += c->ports[i].use != WB_CONFIG_LAN;
	}
	return wb_dp_pool_mib(n_ports, n_outer, c->n_workers != 0 ? c->n_workers : 1) +
	       routes_need(c);
}
