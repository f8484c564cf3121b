/* SPDX-License-Identifier: BSD-3-Clause */
// A TCP connection that asks and is answered: two flows of the TCP model, one a way, that belong to a
// flow of the scenario. A message begins when the one before has arrived. What an ACK could carry as
// data goes in a packet of its own.
#ifndef CHANNEL_H
#define CHANNEL_H

#include "tcp.h"

struct channel {
	struct flow *up, *down; // from who asks; to it
	struct scenario_flow conf[2];
	uint32_t answer; // bytes that the present question is to bring
	void (*answered)(void *arg, struct channel *c, wb_ns_t now);
	void *arg;
};

// of: the scenario's flow; who asks sits where its direction leads to.
void channel_open(struct channel *c, struct flow *of, wb_ns_t now);
// As a new connection: its window is the initial one.
void channel_renew(struct channel *c);
// Sends `bytes` and has `answer` bytes sent back; answered() is called when they are there.
void channel_ask(struct channel *c, uint32_t bytes, uint32_t answer, wb_ns_t now);

#endif
