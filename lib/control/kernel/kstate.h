/* SPDX-License-Identifier: BSD-3-Clause */
// The kernel's links, addresses, routes and neighbours as plain tables. netlink.c fills them, snapshot.c reads
// them.
//
// Neighbours and the routes of policy tables are kept for watched interfaces only (kstate_watch()). Links,
// addresses and the main table's routes are kept for all: packets for this machine, and those that the kernel
// forwards by itself, stay the kernel's whatever interface they come from.
#ifndef CONTROL_KSTATE_H
#define CONTROL_KSTATE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct k_link {
	int index;
	char name[IFNAMSIZ];
	uint8_t mac[6];
	uint32_t mtu;
	bool up;     // IFF_UP and lower layer up
	bool noarp;  // next hops need no MAC address
	bool raw_ip; // no Ethernet header either (PPP, a TUN)
	bool watched;
	char alias[64]; // "ip link set NAME alias", cut
};

struct k_addr {
	int index;
	uint8_t family, len, scope; // family: 4 or 6
	uint8_t ip[16];
};

struct k_route {
	int index; // 0: a refusal (unreachable, blackhole, prohibit)
	uint8_t family, len;
	uint8_t dst[16];
	bool has_gateway;
	uint8_t gateway[16]; // family of the route
	uint32_t metric, table;
};

struct k_neigh {
	int index;
	uint8_t family;
	uint8_t ip[16];
	uint8_t mac[6];
	uint16_t state; // NUD_*
};

struct k_table {
	void *items;
	size_t item, n, room; // size of an item; used and allocated items
};

struct kstate {
	char watched[64][IFNAMSIZ]; // interfaces that matter: of 40 ports, the egress
	unsigned n_watched;
	struct k_table links, addrs, routes, neighs;
	uint64_t generation; // grows with each change that a snapshot could show
	uint64_t locals;     // grows with each change of links and addresses
	uint64_t routing;    // grows with each change of routes
	size_t neighs_max;
	bool reading;  // the tables are being read anew
	bool too_many; // routes did not fit at the last reading
};

#define KSTATE_ROUTES_MAX 16384 // WB_DP_ROUTES_MAX

// Makes empty tables. neighs_max bounds the neighbours, as a host can make up any number of them. 0 or -ENOMEM.
int kstate_init(struct kstate *k, size_t neighs_max);
// Forgets all but the watched names. A new reading begins, which kstate_read() ends.
void kstate_clear(struct kstate *k);
void kstate_read(struct kstate *k);
void kstate_free(struct kstate *k);
int kstate_watch(struct kstate *k, const char *ifname); // -ENOSPC

bool kstate_watches(const struct kstate *k, int index);
bool kstate_has_routes(const struct kstate *k, int index);
const struct k_link *kstate_link(const struct kstate *k, const char *name);
const struct k_link *kstate_link_index(const struct kstate *k, int index);
const struct k_neigh *kstate_neigh(
	const struct kstate *k, int index, uint8_t family, const uint8_t ip[16]);

// Take an event of netlink into the tables. -ENOMEM; -ENOSPC: the table is full.
int kstate_link_seen(struct kstate *k, const struct k_link *l);
void kstate_link_gone(struct kstate *k, int index); // its addresses, routes and neighbours go, too
int kstate_addr_seen(struct kstate *k, const struct k_addr *a);
void kstate_addr_gone(struct kstate *k, const struct k_addr *a);
int kstate_route_seen(struct kstate *k, const struct k_route *r);
// Takes a route that replaced one of the same table, destination and metric ("ip route replace"). Returns 1 if
// there were several of these: then only a new reading tells which one is left.
int kstate_route_replaced(struct kstate *k, const struct k_route *r);
void kstate_route_gone(struct kstate *k, const struct k_route *r);
int kstate_neigh_seen(struct kstate *k, const struct k_neigh *n);
void kstate_neigh_gone(struct kstate *k, const struct k_neigh *n);

// Returns the most specific route to ip through interface `index`. Among equally specific ones it prefers the
// main table's, then the one with the lowest metric. NULL: there is none.
const struct k_route *kstate_route_to(
	const struct kstate *k, int index, uint8_t family, const uint8_t ip[16]);
bool kstate_prefix_holds(const uint8_t *prefix, uint8_t len, const uint8_t *ip);

#endif
