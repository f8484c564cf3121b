// SPDX-License-Identifier: BSD-3-Clause
// Reads the NUMA nodes of ports, and puts the worker on the same one.
#include "numa_place.h"

#include <numa.h>
#include <stdio.h>

#include "devargs.h"
#include "log.h"

// Returns the NUMA node of a port's card. -1: it has none, or that is not known.
static int
port_node(const struct wb_config_port *p)
{
	char path[320];
	int node = -1;
	FILE *f;

	if (devargs_is_pci(p->dev))
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.12s/numa_node", p->dev);
	else
		snprintf(path, sizeof(path), "/sys/class/net/%s/device/numa_node", p->kernel_if);
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	if (fscanf(f, "%d", &node) != 1)
		node = -1;
	fclose(f);
	return node;
}

void
numa_place(const struct wb_config *c, struct machine *m)
{
	int node = -1;

	m->worker_cpu = m->cpus[m->n_cpus - 1];
	for (unsigned i = 0; i < c->n_ports && node < 0; i++)
		node = port_node(&c->ports[i]);
	if (node < 0 || numa_available() < 0)
		return;
	for (unsigned i = m->n_cpus; i-- > 0;)
		if (numa_node_of_cpu((int)m->cpus[i]) == node) {
			m->worker_cpu = m->cpus[i];
			return;
		}
	ctl_warn("no CPU of NUMA node %d, where the ports are, may be used: memory traffic crosses "
		 "the nodes",
		node);
}

void
numa_check(const struct wb_config *c, const unsigned *workers, unsigned n_workers)
{
	if (numa_available() < 0 || numa_max_node() == 0)
		return;
	for (unsigned i = 0; i < c->n_ports; i++) {
		int node = port_node(&c->ports[i]);

		for (unsigned w = 0; node >= 0 && w < n_workers; w++)
			if (numa_node_of_cpu((int)workers[w]) != node)
				ctl_warn("port %s is on NUMA node %d, worker %u on node %d",
					c->ports[i].name, node, workers[w],
					numa_node_of_cpu((int)workers[w]));
	}
}
