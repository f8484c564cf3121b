/* SPDX-License-Identifier: BSD-3-Clause */
// The control thread's state. All of it belongs to that thread, but the mailbox (mailbox.h).
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "filter.h"
#include "kstate.h"
#include "session.h"
#include "snapshot.h"
#include "usage.h"
#include "wan_watch.h"
#include "way_out.h"
#include "wb_config.h"
#include "wb_control.h"
#include "wb_datapath.h"

#define CONTROL_TUNNELS 256 // wb_datapath.h: indexes 0..255

struct cli;
struct cli_server;
struct wb_bpf_scheduler;
struct mailbox;
struct netlink;

struct control_port {
	const char *name;
	uint16_t ethdev;
	struct wb_kport *kport; // instead of an ethdev
	bool opened;            // by us
	int ifindex;            // of kernel_if when it was opened; 0: the kernel has none
	wb_ns_t reopen_at;      // kernel_if is gone: when to try next
	bool mirrored;          // kernel_if is a TAP that stands for it in the kernel
	uint16_t mirrors;       // use MIRROR: index of the port that it stands for
	bool kept;              // use MIRROR: an earlier run left it, with what its owner set
	char mirror_name[WB_NAME_MAX];
	struct filter filter;     // kind FILTER_NONE: none
	struct usage_entry usage; // metered WAN: what it has carried in its month
	uint64_t carried;         // by its path, when it was last looked at
	wb_ns_t price;            // of its path, wb_price.h
	uint64_t rate_up;         // of its path, bit/s; 0: automatic
	uint16_t mtu;             // as last told to the tunnel
	bool operator_down;       // `set path NAME state down`
	int slot;                 // edge's WAN: of its path; -1: none
	bool usable;              // as last told to the tunnel
	bool told_strict;         // that the kernel does not answer on its network
	uint8_t source[4], next_hop[4];
	char why_not[96]; // as last logged
	struct wan_watch watch;
	uint64_t sent; // packets that its kernel port had taken, when it was last looked at
	int refused;   // errno of what it takes no packet for any more, as last logged
};

#define EDGE_ADDRESSES 16

struct edge_address {
	uint8_t family; // 4 or 6; 0: none
	uint8_t ip[16];
};

struct control {
	const struct wb_config *conf;
	const struct wb_control_options *options;
	struct kstate kernel;
	struct netlink *netlink;
	struct snapshot_in in;
	struct control_port ports[WB_DP_PORTS_MAX];
	unsigned n_ports; // with the egress
	unsigned workers[WB_CONFIG_WORKERS], n_workers;
	struct wb_dp *dp;
	unsigned n_tunnels;
	struct wb_bpf_scheduler *program; // that the tunnels use; NULL: one of lib/bond's
	struct sessions *sessions;
	struct mailbox *mailbox;
	struct cli *cli;
	struct cli_server *server; // NULL: none
	uint16_t udp_port;
	int guard_fd, lock_fd, signal_fd;
	bool eal, huge; // initialised; pages used
	bool terminal;  // started from one
	bool stopped;   // `stop`: no sessions
	bool quit;
	bool usage_changed, usage_failed; // since it was saved; to be saved
	wb_ns_t budgets_at, usage_saved;
	wb_ns_t watch_at, way_at;
	struct way_out way[2]; // IPv4, IPv6
	wb_ns_t started, upkeep_at, quick_until;
	uint64_t shown;    // generation of kernel in the last snapshot
	uint64_t filtered; // locals and routing of kernel in the filters; 0: to be filled anew
	struct {
		uint8_t ip[16];
		uint32_t port;
		wb_ns_t at;
	} asked[32]; // resolved lately
	unsigned next_asked;
	struct {                                               // edge_tap.c
		int index;                                     // of the TAP; 0: none
		struct edge_address addresses[EDGE_ADDRESSES]; // that have rules
		unsigned n;
		struct edge_address in_table[2],
			in_main[2]; // source of the route there: IPv4, IPv6
		bool told, told_metric;
	} edge;
	char runtime_dir[256];
};

wb_ns_t control_now(void);

// runtime.c: one instance a name, and what the EAL leaves in the file system
void runtime_environment(void);           // before the EAL
void runtime_listen(struct control *ctl); // for `wanbond ctl`
int runtime_lock(struct control *ctl);
void runtime_clean(struct control *ctl);

// guard.c: the UDP port is ours alone, and the kernel never answers for it
int guard_open(struct control *ctl);

// memory.c: MiB that the datapath takes of the EAL. Ports count with the egress and the TAPs of those
// that DPDK owns alone.
unsigned memory_need(const struct wb_config *c);

// mirror.c: TAPs for ports that DPDK owns alone
bool mirror_needed(const struct wb_config_port *p);
// Removes those that the configuration has no port for any more.
void mirrors_remove_old(struct control *ctl);
int mirrors_open(struct control *ctl);
int mirrors_start(struct control *ctl);
void mirrors_check_links(struct control *ctl);

// port_open.c
int open_device(const char *port, const char *devargs, const char *dev, uint16_t *ethdev);
void read_device(struct snapshot_port *out, const struct control_port *p);
int control_ports_check(struct control *ctl);
int control_ports_open(struct control *ctl);
void control_ports_close(struct control *ctl);
// Probes a configured port's device, after removing what a dead process left on its interface.
int port_open_device(const struct wb_config_port *conf, struct control_port *port);

// port_reopen.c: lets go of ports whose interface was removed, takes them up again when it is back
void control_ports_follow(struct control *ctl, wb_ns_t now);

// egress.c: TAPs' interfaces; the hub's routes to its own
int egress_start(struct control *ctl);
void egress_stop(struct control *ctl);

// edge_tap.c: the edge's own kernel and the tunnel
int edge_tap_open(struct control *ctl);
void edge_tap_start(struct control *ctl, int index);
void edge_tap_upkeep(struct control *ctl);
void edge_tap_stop(struct control *ctl);
void edge_warn_forwarding(const struct control *ctl);

// network.c: kernel's tables -> workers and paths
int network_update(struct control *ctl, wb_ns_t now);
void network_upkeep(struct control *ctl, wb_ns_t now);
void network_resolve(struct control *ctl, const struct wb_addr *who, wb_ns_t now);

// wan_watch.c: WANs over which the hub does not answer
void wans_watch(struct control *ctl, wb_ns_t now);

// way_out.c: what comes back from the Internet behind the hub
void way_out_watch(struct control *ctl, wb_ns_t now);
const char *way_out_state(const struct control *ctl); // "": all is well as far as is known

// budget.c: metered WANs. start: before the tunnels; stop: before they go
void budgets_start(struct control *ctl);
void budgets_upkeep(struct control *ctl, wb_ns_t now);
void budgets_stop(struct control *ctl);
// Is what this port carries counted?
bool budget_counts(const struct control *ctl, unsigned port);
// The port of an edge's path whose bytes are counted. -ENOENT.
int budget_find(const struct control *ctl, unsigned slot);

// tunnels.c
int tunnels_start(struct control *ctl, wb_ns_t now);
void tunnels_close(struct control *ctl);
// Is a path of the edge's tunnel up?
bool tunnels_carry(const struct control *ctl);
// How an edge's path through that port is to be used.
void tunnels_path_conf(const struct control *ctl, unsigned port, struct wb_path_conf *conf);
void tunnels_event(struct control *ctl, unsigned tunnel, const struct wb_event *event, wb_ns_t now);
const char *tunnel_name(const struct control *ctl, unsigned tunnel);

// scheduler.c
// A name of lib/bond's, or a file with a program (wb_sched_bpf.h): true for what ends in .o or has a
// slash in it.
bool scheduler_is_file(const char *name);
// For all tunnels, at once. -ENOENT: no such name; -EINVAL: the file cannot be used. err says why,
// and nothing has changed.
int scheduler_set(struct control *ctl, const char *name, char *err, size_t err_len);

// keyring.c: key files -> sessions
struct sessions *keyring_sessions(struct control *ctl, const struct session_ops *ops);

// reread.c
void control_reread(const struct control *ctl);

// loop.c
void control_loop(struct control *ctl);

#endif
