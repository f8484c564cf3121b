// SPDX-License-Identifier: BSD-3-Clause
// Makes a worker's graph. All workers have the same nodes, with the worker as context.
#include <errno.h>
#include <stdio.h>

#include "dp.h"

static const char *const node_names[NODE_COUNT] = {
	"wb_port_rx",
	"wb_handover",
	"wb_tunnel_tx",
	"wb_vlan_input",
	"wb_lan_input",
	"wb_tunnel_input",
	"wb_encrypt",
	"wb_wan_input",
	"wb_decrypt",
	"wb_frame_input",
	"wb_lan_output",
	"wb_port_tx",
	"wb_drop",
};

static void
graph_name(const struct worker *w, char name[RTE_GRAPH_NAMESIZE])
{
	snprintf(name, RTE_GRAPH_NAMESIZE, "wb%u_worker%u", w->dp->id, w->index);
}

struct rte_node *
graph_node(const struct worker *w, unsigned i)
{
	char name[RTE_GRAPH_NAMESIZE];

	graph_name(w, name);
	return rte_graph_node_get_by_name(name, node_names[i]);
}

int
graph_create(struct worker *w)
{
	struct rte_graph_param param = {
		.socket_id = w->socket,
		.nb_node_patterns = NODE_COUNT,
		.node_patterns = (const char **)(uintptr_t)node_names,
	};
	char name[RTE_GRAPH_NAMESIZE];
	unsigned i;

	graph_name(w, name);
	w->graph_id = rte_graph_create(name, &param);
	if (w->graph_id == RTE_GRAPH_ID_INVALID)
		return -ENOMEM;
	w->graph = rte_graph_lookup(name);
	for (i = 0; i < NODE_COUNT; i++)
		memcpy(graph_node(w, i)->ctx, &w, sizeof(w));
	return 0;
}
