/* SPDX-License-Identifier: BSD-3-Clause */
// Commands to a tunnel's worker: each is done between two walks of its graph, and waited for. They return
// -ENOENT where there is no such tunnel, and else what the wb_tunnel function of the same name does.
#ifndef CONTROL_TUNNEL_CALL_H
#define CONTROL_TUNNEL_CALL_H

#include "wb_datapath.h"

struct wb_sched_program;

// Adds a path, not enabled. Returns its slot.
int tunnel_call_path_add(struct wb_dp *dp, unsigned tunnel, const struct wb_path_conf *conf,
	const struct wb_addr *remote);

// What is to happen to a path, in this order.
struct path_change {
	const struct wb_path_conf *configure; // NULL: no change
	bool disable;
	const struct wb_addr *moved; // to that remote address; NULL: not
	bool enable;
	const uint64_t *rate; // bit/s, 0: automatic; NULL: no change
};
int tunnel_call_path_change(
	struct wb_dp *dp, unsigned tunnel, unsigned slot, const struct path_change *change);

int tunnel_call_path_stats(
	struct wb_dp *dp, unsigned tunnel, unsigned slot, struct wb_path_stats *stats);
// All slots at one moment; those without a path have the state WB_PATH_FREE.
int tunnel_call_paths_stats(
	struct wb_dp *dp, unsigned tunnel, struct wb_path_stats stats[WB_PATHS_MAX]);

// Where the state of a whole tunnel at one moment is to go.
struct tunnel_picture {
	struct wb_tunnel_stats *stats;
	struct wb_path_stats *paths; // WB_PATHS_MAX, as above
	char scheduler[WB_NAME_MAX];
	unsigned inner_mtu;
};
int tunnel_call_picture(struct wb_dp *dp, unsigned tunnel, struct tunnel_picture *picture);

struct tunnel_flow {
	unsigned tunnel;
	wb_ns_t idle; // since its last packet
	struct wb_flow_stats stats;
};
// Flows from bucket `from` on. Returns how many, at most max.
int tunnel_call_flows(
	struct wb_dp *dp, unsigned tunnel, unsigned from, struct tunnel_flow *flows, unsigned max);

// By its name, or (not NULL) a program.
int tunnel_call_set_scheduler(struct wb_dp *dp, unsigned tunnel, const char *name,
	const struct wb_sched_program *program);
int tunnel_call_set_fec(struct wb_dp *dp, unsigned tunnel, unsigned percent);
int tunnel_call_stats_clear(struct wb_dp *dp, unsigned tunnel);
int tunnel_call_close(struct wb_dp *dp, unsigned tunnel);
// Does nothing: its worker has come to the end of a walk.
int tunnel_call_sync(struct wb_dp *dp, unsigned tunnel);

#endif
