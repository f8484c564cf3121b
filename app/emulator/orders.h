/* SPDX-License-Identifier: BSD-3-Clause */
// Shared by the telemetry commands: control.c asks, orders.c changes.
#ifndef ORDERS_H
#define ORDERS_H

#include <rte_telemetry.h>

#include "loop.h"

#define REPLY 1000

extern struct loop *the_loop;

// Answers {"error": ...}; 0, as telemetry's callbacks return then.
int refuse(struct rte_tel_data *d, const char *what, const char *value, const char *allowed);
int refuse_link(struct rte_tel_data *d, const char *name);
struct link *find_link(const char *name); // NULL: none

int on_set(const char *cmd, const char *params, struct rte_tel_data *d);
int on_outage(const char *cmd, const char *params, struct rte_tel_data *d);

#endif
