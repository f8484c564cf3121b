/* SPDX-License-Identifier: BSD-3-Clause */
// What telemetry and the prompt show. Control thread only.
#ifndef CONTROL_VIEWS_H
#define CONTROL_VIEWS_H

#include "control.h"
#include "tunnel_call.h"

#define VIEW_PATHS WB_PATHS_MAX
#define VIEW_NAME (2 * WB_NAME_MAX)
#define VIEW_TEXT 128 // telemetry has no longer ones

struct view_tunnel {
	unsigned tunnel;
	const char *name;
	struct session_info session;
	struct wb_tunnel_stats stats;
	char scheduler[WB_NAME_MAX];
	unsigned inner_mtu;
	bool used[VIEW_PATHS]; // slots
	struct wb_path_stats paths[VIEW_PATHS];
	unsigned n_paths, n_up; // up or degraded
	uint64_t bad_sources;   // packets dropped for their source address; not in stats.drops
	const char *way_out;    // what is wrong behind the hub, or ""
	// edge; at a hub "none" and ""
	char hub_address[16];       // in use
	char hub_name[VIEW_TEXT];   // that it is of; "": a configured address
	wb_ns_t hub_resolved;       // when the name was answered; 0: not in this run
	char hub_failed[VIEW_TEXT]; // why the last question for a name had no answer, or ""
};
int view_tunnel(struct control *ctl, unsigned tunnel, struct view_tunnel *v); // -ENOENT

// Writes a path's name: the port's on an edge, "EDGE/ID" on a hub.
void view_path_name(const struct control *ctl, const struct view_tunnel *v, unsigned slot,
	char name[VIEW_NAME]);
// Returns why a path carries nothing, or "" if it does.
const char *view_path_why_not(
	const struct control *ctl, const struct view_tunnel *v, unsigned slot);
// Finds the path of that name. -ENOENT.
int view_find_path(struct control *ctl, const char *name, unsigned *tunnel, unsigned *slot);

// Reads the flows of a tunnel from bucket `from` on. Returns how many, at most max.
unsigned view_flows(struct control *ctl, unsigned tunnel, unsigned from, struct tunnel_flow *flows,
	unsigned max);

struct view_port {
	const char *name;
	const char *use;       // "lan", "wan", "uplink", "egress", "mirror", "trunk"
	char device[64];       // "trunk:10" for a VLAN
	const char *trunk;     // "": the port is no VLAN
	unsigned vlan;         // 0: likewise
	const char *interface; // "": none
	bool usable;
	const char *why_not; // "": usable
	uint16_t mtu;
	uint8_t mac[6], source[4], next_hop[4];
	uint64_t rx_packets, rx_bytes, rx_missed, rx_errors, rx_no_mbuf;
	uint64_t tx_packets, tx_bytes, tx_errors;
};
int view_port(const struct control *ctl, unsigned port, struct view_port *v); // -ENOENT

// Sets the devices' counters to 0.
void view_ports_clear(struct control *ctl);

// Writes the last addresses of a kind of drop, the newest first, each as "10.1.1.1 from home, 17 packets, the
// last 3 s ago", or "" if there are fewer. tunnel: only those of that one; negative: those of all.
#define VIEW_RECENT 128
void view_recent(struct control *ctl, enum wb_dp_recent_kind kind, int tunnel,
	char lines[WB_DP_RECENT][VIEW_RECENT]);

// Adds up the drops of workers and tunnels by reason.
void view_drops(struct control *ctl, uint64_t drops[WB_DROP_COUNT]);

const char *view_class(uint8_t sclass);
// Writes "10.0.0.1", or "none" for 0.0.0.0. Returns text.
const char *view_ip4(const uint8_t ip[4], char text[16]);

#endif
