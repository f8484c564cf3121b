/* SPDX-License-Identifier: BSD-3-Clause */
// A TCP connection that is split at both ends of the tunnel (RFC 3135; docs/design/tcp-split.md): the
// server's ends at the hub, the tunnel carries the byte stream, the LAN host's ends at the edge.
#ifndef SPLIT_H
#define SPLIT_H

#include "tcp.h"

#define SPLIT_BUFFER (4u << 20)     // bytes, unless the scenario says
#define SPLIT_BUFFER_MAX (8u << 20) // of all of them: less than the flow queue takes

struct split;

extern const struct flow_ops split_flow;

// As tcp_open(), tcp_write(), tcp_renew().
void split_open(struct split *p, void (*arrived)(void *arg, wb_ns_t now), void *arg, wb_ns_t now);
void split_write(struct split *p, uint32_t bytes, wb_ns_t now);
void split_renew(struct split *p);

// A packet has left the flow queue.
void split_left(struct flow *f, struct packet *p, wb_ns_t now);
// The tunnel is done with a packet that `from` gave to it; lost: and gave it up.
void split_released(struct flow *f, const struct packet *p, bool lost, wb_ns_t now);

#endif
