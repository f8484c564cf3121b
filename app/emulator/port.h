/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PORT_H
#define PORT_H

#include <net/if.h>
#include <stdint.h>

#include <rte_mempool.h>

struct port {
	uint16_t id;
	char kernel_if[IF_NAMESIZE]; // "": none
};

// Makes, configures and starts the port of a DPDK device string; af_packet gets ring sizes that fit
// when the string names none. 0; -errno, reason said on stderr with `who`.
int port_open(struct port *p, const char *dev, struct rte_mempool *pool, const char *who);
void port_close(const struct port *p);

#endif
