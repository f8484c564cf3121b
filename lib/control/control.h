/* SPDX-License-Identifier: BSD-3-Clause */
// The control thread's state: one member for each module, which alone changes it. Only the operator's room and
// the files beside the rooms see this struct. It belongs to the control thread, except for the mailbox.
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "budget.h"
#include "eal_start.h"
#include "edge_tap.h"
#include "hub_follow.h"
#include "kstate.h"
#include "network.h"
#include "ports.h"
#include "runtime.h"
#include "session.h"
#include "tunnels.h"
#include "wan_watch.h"
#include "way_out.h"
#include "wb_config.h"
#include "wb_control.h"
#include "wb_datapath.h"

struct cli;
struct cli_server;
struct mailbox;
struct netlink;

struct control {
	const struct wb_config *conf;
	const struct wb_control_options *options;
	struct runtime runtime;
	struct eal eal;
	struct kstate kernel;
	struct netlink *netlink;
	struct ports ports;
	struct edge_tap edge;
	struct wb_dp *dp;
	struct sessions *sessions;
	struct tunnels tunnels;
	struct budgets budgets;
	struct network network;
	struct hub_follow hub;
	struct wan_watches wans;
	struct ways_out ways;
	struct mailbox *mailbox;
	struct cli *cli;
	struct cli_server *server; // NULL: none
	uint16_t udp_port;
	int guard_fd, signal_fd;
	bool terminal; // standard input was one at the start
	bool stopped;  // by `stop`: there are no sessions
	bool quit;
	wb_ns_t started, quick_until;
};

#endif
