/* SPDX-License-Identifier: BSD-3-Clause */
// The tunnel objects in the datapath, as the control thread knows them: their paths, events and names.
#ifndef CONTROL_TUNNELS_H
#define CONTROL_TUNNELS_H

#include "ports.h"
#include "session.h"

#define CONTROL_TUNNELS 256 // wb_datapath.h: indexes 0..255

struct wb_bpf_scheduler;

// An edge's path through one of its WANs.
struct wan {
	int slot;           // of the path; -1: the port has none
	uint64_t rate_up;   // bit/s; 0: automatic
	wb_ns_t price;      // wb_price.h
	uint16_t mtu;       // as last told to the tunnel
	uint8_t hub[4];     // likewise
	bool operator_down; // `set path NAME state down`
};

struct tunnels {
	const struct wb_config *conf;
	const struct ports *ports;
	struct wb_dp *dp;
	struct sessions *sessions;
	unsigned n;
	struct wb_bpf_scheduler *program; // that the tunnels use; NULL: one of lib/bond's
	struct wan wans[WB_DP_PORTS_MAX]; // by port
};

// tunnels.c

// Makes the tunnels and, on an edge, their paths. -errno, logged.
int tunnels_start(struct tunnels *t);
// Says goodbye on every path, and returns when that has left.
void tunnels_close(struct tunnels *t);
// Is a path of the edge's tunnel up?
bool tunnels_carry(const struct tunnels *t);
// Fills in how an edge's path through that port is to be used.
void tunnels_path_conf(const struct tunnels *t, unsigned port, struct wb_path_conf *conf);
// Logs an event of a tunnel, and tells the sessions of it.
void tunnels_event(struct tunnels *t, unsigned tunnel, const struct wb_event *event, wb_ns_t now);
// The name of the other end. "?": no such tunnel.
const char *tunnels_name(const struct tunnels *t, unsigned tunnel);
// The port of an edge's path. -ENOENT.
int tunnels_port(const struct tunnels *t, unsigned slot);

// tunnel_scheduler.c

// True: it is the name of a file with a program (wb_sched_bpf.h), which ends in .o or has a slash in it.
bool scheduler_is_file(const char *name);
// Sets the scheduler of all tunnels at once. -ENOENT: no such name; -EINVAL: the file cannot be used. err says
// why, and nothing has changed.
int scheduler_set(struct tunnels *t, const char *name, char *err, size_t err_len);

#endif
