/* SPDX-License-Identifier: BSD-3-Clause */
// The datapath as the control thread sees it: ports, workers, tunnels, calls into workers and notices from them. Only
// the control thread calls these functions.
#ifndef WB_DATAPATH_H
#define WB_DATAPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wb_aead.h"
#include "wb_tunnel.h"

struct wb_dp; // the whole datapath
struct wb_kport;

// The use of a port. A MIRROR is a TAP that stands in the kernel for a port which DPDK owns alone. It gets the frames
// of that port that are not ours, and its own frames are sent there. A TRUNK has the frames of several other ports,
// each with a VLAN tag.
enum wb_dp_use { WB_DP_LAN, WB_DP_WAN, WB_DP_UPLINK, WB_DP_EGRESS, WB_DP_MIRROR, WB_DP_TRUNK };
enum wb_dp_idle { WB_DP_ADAPTIVE, WB_DP_POLL };

#define WB_DP_ABSENT UINT16_MAX
struct wb_dp_port_conf {
	char name[WB_NAME_MAX];
	enum wb_dp_use use;
	// DPDK port id, not yet configured; WB_DP_ABSENT: to come by wb_dp_port_attach()
	uint16_t ethdev;
	struct wb_kport *kport; // instead: a kernel port (wb_kport.h), which remains the caller's
	bool kernel_owned;      // the kernel has the same interface: leave the rest to it, no punt
	uint16_t mirrors;       // MIRROR: index of the port that it stands for
	uint16_t vlan;          // 1..4094: instead of a device, this VLAN on a trunk; 0: a device
	uint16_t trunk;         // index of that trunk
};

// The MAC address of ports without Ethernet, as the nodes expect Ethernet on every port.
#define WB_DP_RAW_IP_MAC                                                                           \
	{                                                                                          \
		2, 0, 0, 0, 0, 0                                                                   \
	}

#define WB_DP_RULES_MAX 64

struct wb_dp_prefix {
	uint8_t ip[16];
	uint8_t family, len;
};

// A rule gives packets that fit everything in it this class.
struct wb_dp_rule {
	enum wb_class sclass;
	struct wb_dp_prefix network;  // source or destination is in it; family 0: any
	uint8_t protocol;             // 0: any
	uint8_t dscp;                 // 0: any
	uint16_t port_low, port_high; // TCP or UDP, source or destination; 0, 0: any
};

struct wb_dp_conf {
	enum wb_role role;
	uint16_t udp_port; // ours: datagrams to it are tunnel datagrams
	enum wb_dp_idle idle;
	const unsigned *workers; // lcore ids
	unsigned n_workers;
	const struct wb_dp_port_conf *ports; // index here is wb_addr.port and the snapshot's index
	unsigned n_ports;
	unsigned n_mbufs;               // 0: by need
	const struct wb_dp_rule *rules; // copied; the first that fits decides
	unsigned n_rules;               // up to WB_DP_RULES_MAX
	const uint8_t *public_key; // of this end, WB_KEY_LEN bytes; NULL: no handshake comes in
};

#define WB_DP_PORTS_MAX 81     // 40 of a configuration, a mirror each, and the egress
#define WB_DP_ADDRESSES_MAX 16 // local addresses of a port
#define WB_DP_NEIGHBOURS_MAX 1024
#define WB_DP_ROUTES_MAX 16384

// What the workers need of the kernel's knowledge. It never changes once it is given to them. A new one replaces it,
// and it is freed after an RCU grace period.
struct wb_dp_snapshot {
	struct wb_dp_net_port {
		bool usable; // link up and an address known
		uint8_t mac[6];
		uint16_t mtu;                                       // of IP packets
		struct wb_dp_prefix addresses[WB_DP_ADDRESSES_MAX]; // local, with prefix length
		unsigned n_addresses;
		uint8_t source[4];   // WAN, uplink: outer source address (IPv4)
		uint8_t next_hop[4]; // WAN: toward the hub; uplink: default gateway
		bool no_arp;         // a link whose other end needs no MAC address
	} ports[WB_DP_PORTS_MAX];
	struct wb_dp_neighbour {
		uint8_t ip[16];
		uint8_t family;
		uint8_t mac[6];
		uint16_t port;
	} neighbours[WB_DP_NEIGHBOURS_MAX];
	unsigned n_neighbours;
	// Where inner addresses lead. The longest prefix decides, and of several routes with the same one the
	// first. The ports' own addresses come before these, and a LAN port's own networks after them.
	unsigned n_routes, max_routes;
	struct wb_dp_route {
		struct wb_dp_prefix prefix;
		enum wb_dp_to {
			WB_DP_TO_PORT,
			WB_DP_TO_TUNNEL,
			WB_DP_TO_KERNEL, // not ours to carry
		} to;
		uint8_t next_hop[16]; // PORT: family of prefix; all 0: on link
		uint16_t port;        // PORT: index
		uint16_t tunnel;      // TUNNEL
	} routes[];
};

// Makes an empty snapshot with room for so many routes, for free() or wb_dp_set_snapshot(). NULL: no memory.
struct wb_dp_snapshot *wb_dp_snapshot_new(unsigned max_routes);
// Adds a route. Returns false if there is no room.
bool wb_dp_snapshot_add(struct wb_dp_snapshot *s, const struct wb_dp_route *r);
// Returns the MiB that tables of these prefixes take while one replaces another. 0: next to nothing.
unsigned wb_dp_routes_mib(const struct wb_dp_prefix *prefixes, unsigned n);

// Returns the MiB of the EAL's memory that wb_dp_create() takes, without these tables. n_outer ports are WANs or
// uplinks.
unsigned wb_dp_pool_mib(unsigned n_ports, unsigned n_outer, unsigned n_workers);

// What workers tell the control thread, which polls for it.
enum wb_dp_notice_type {
	WB_DP_HANDSHAKE,     // a handshake datagram
	WB_DP_MESSAGE,       // a handshake message from inside a tunnel's session
	WB_DP_EVENT,         // of a tunnel
	WB_DP_RESOLVE,       // next hop without MAC: ask the kernel (NTF_USE)
	WB_DP_UNKNOWN_INDEX, // a session datagram nobody knows (from: who)
	WB_DP_CONFIRMED,     // hub: the newest keys of a tunnel have been
	WB_DP_WORN,          // a tunnel's keys are to be renewed (index: local one)
	WB_DP_WORN_OUT,      // they have reached a limit: not used any more
};
struct wb_dp_notice {
	enum wb_dp_notice_type type;
	unsigned tunnel;       // all but HANDSHAKE, RESOLVE, UNKNOWN_INDEX
	struct wb_event event; // EVENT
	struct wb_addr from;   // HANDSHAKE, UNKNOWN_INDEX; RESOLVE: address to resolve and port
	uint32_t index;        // CONFIRMED, WORN, WORN_OUT: receiver index of the keys
	bool proven;           // HANDSHAKE: counted by its sender, or by no stranger
	uint16_t len;          // HANDSHAKE, MESSAGE
	uint8_t data[512];
};

// Configures and starts the ports, builds a graph for each worker and starts the workers. NULL: logged with the name
// of the port or worker.
struct wb_dp *wb_dp_create(const struct wb_dp_conf *conf);
// Stops the workers, closes the ports' ethdevs and frees everything. Tunnels that were told to close first send their
// CLOSE.
void wb_dp_destroy(struct wb_dp *dp);

// Detaches a port whose device has vanished from the workers, and stops and closes its ethdev. What is sent there
// until wb_dp_port_attach() is dropped as port_down.
void wb_dp_port_detach(struct wb_dp *dp, unsigned port);
// Attaches an ethdev in the place of a detached one, with as many queues. -errno, logged: the port stays detached and
// the ethdev is closed.
int wb_dp_port_attach(struct wb_dp *dp, unsigned port, uint16_t ethdev);

// Add and remove a tunnel with an index of 0 to 255. Tunnels are distributed over the workers in turn.
int wb_dp_tunnel_add(struct wb_dp *dp, unsigned tunnel, const char *scheduler);
int wb_dp_tunnel_remove(struct wb_dp *dp, unsigned tunnel);

// Runs fn(tunnel object, arg, now) in the tunnel's home worker between two walks of its graph, and waits for it. All
// wb_tunnel_* calls are made this way. -ENOENT: no such tunnel.
int wb_dp_tunnel_call(struct wb_dp *dp, unsigned tunnel,
	void (*fn)(struct wb_tunnel *t, void *arg, wb_ns_t now), void *arg);

// Keys of a tunnel. wb_dp_keys_install() takes ownership of tx and rx. The new pair receives at once. It sends at once
// on an edge, and on a hub (confirm_first) when it has authenticated a datagram. The pair before goes on receiving
// until wb_dp_keys_retire().
struct wb_dp_keys {
	struct wb_aead *tx, *rx;
	uint32_t local_index, remote_index;
	bool confirm_first;
	bool new_session; // with wb_tunnel_session_started(features)
	uint32_t features;
	wb_ns_t expires;              // by the workers' clock, is not used from then on; 0: never
	struct wb_aead_limits limits; // likewise; 0: none
};
int wb_dp_keys_install(struct wb_dp *dp, unsigned tunnel, const struct wb_dp_keys *keys);
int wb_dp_keys_retire(struct wb_dp *dp, unsigned tunnel); // drop all but the newest confirmed pair
int wb_dp_keys_clear(struct wb_dp *dp, unsigned tunnel);  // drop all, wb_tunnel_session_ended()

// Calls wb_tunnel_say() in the tunnel's home worker. -ENOENT: no such tunnel.
int wb_dp_tunnel_say(struct wb_dp *dp, unsigned tunnel, const void *data, size_t len);

// Tells a hub that a path of an edge is at that address. Some handshakes from there each second go first.
void wb_dp_remember_edge(struct wb_dp *dp, const struct wb_addr *edge);

// Sends a UDP datagram (of a handshake) from our UDP port and the source address of to->port. -ENETUNREACH: that port
// cannot be used, or its next hop is not resolved yet.
int wb_dp_send(struct wb_dp *dp, const struct wb_addr *to, const void *data, size_t len);

// Gives the workers a malloc'ed snapshot, whose ownership passes. The one before is freed after the grace period.
void wb_dp_set_snapshot(struct wb_dp *dp, struct wb_dp_snapshot *snapshot);

// Takes the next notice. Returns false if there is none.
bool wb_dp_notice(struct wb_dp *dp, struct wb_dp_notice *notice);

struct wb_dp_worker_stats {
	unsigned lcore;
	int socket;
	uint64_t walks, busy_cycles, idle_cycles, sleeps;
	uint64_t asked[2],
		answered[2]; // inner packets to and from behind the hub, IPv4 and IPv6: inner_asks()
	uint64_t drops[WB_DROP_COUNT]; // of the datapath; a tunnel's own are in wb_tunnel_stats
};
int wb_dp_worker_stats(const struct wb_dp *dp, unsigned worker, struct wb_dp_worker_stats *s);

// The last addresses that packets were dropped for: sources outside of their edge's networks, and destinations
// without a route.
#define WB_DP_RECENT 4
#define WB_DP_NO_TUNNEL UINT16_MAX
enum wb_dp_recent_kind { WB_DP_BAD_SOURCES, WB_DP_NO_ROUTES, WB_DP_RECENT_KINDS };
struct wb_dp_recent {
	uint8_t ip[16];
	uint8_t family;   // 0: none
	uint16_t tunnel;  // that it came by, or WB_DP_NO_TUNNEL
	uint64_t packets; // since it is in the list
	wb_ns_t at;       // of the last one
};
// Reads them, the newest first. Returns how many there are.
unsigned wb_dp_recent(
	struct wb_dp *dp, enum wb_dp_recent_kind kind, struct wb_dp_recent out[WB_DP_RECENT]);
// Returns how many packets of a tunnel were dropped as bad_source.
uint64_t wb_dp_tunnel_bad_sources(const struct wb_dp *dp, unsigned tunnel);

// What passed a port that is a VLAN, all workers together. Other ports have their devices' counters.
struct wb_dp_port_stats {
	uint64_t rx_packets, rx_bytes;
	uint64_t tx_packets, tx_bytes, tx_errors;
};
void wb_dp_port_stats(const struct wb_dp *dp, unsigned port, struct wb_dp_port_stats *s);

struct wb_dp_node_stats {
	char name[64];
	uint64_t calls, packets, cycles;
};
// Reads the counters of the i-th node of a worker's graph. -ENOENT: past the end.
int wb_dp_node_stats(
	const struct wb_dp *dp, unsigned worker, unsigned i, struct wb_dp_node_stats *s);
void wb_dp_stats_clear(struct wb_dp *dp);

#endif
