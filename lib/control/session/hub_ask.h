/* SPDX-License-Identifier: BSD-3-Clause */
// Asks for the hub's names: which DNS servers, and through which WANs.
#ifndef CONTROL_HUB_ASK_H
#define CONTROL_HUB_ASK_H

#include "hub_names.h"
#include "ports.h"

// Returns whether the port is a WAN with a link and an address. It need not have a route to the hub.
bool hub_ask_way(const struct ports *ports, unsigned port);
// Returns how many WANs can be asked through now.
unsigned hub_ask_ways(const struct ports *ports);
// Begins a round for a name. Each WAN asks for itself, by its interface and address, so that no route leads the question
// into the tunnel. Servers on a LAN or on this machine are asked by the kernel's routes.
void hub_ask(struct hub_names *h, struct hub_name *name, struct resolver *r,
	const struct ports *ports, wb_ns_t now);

#endif
