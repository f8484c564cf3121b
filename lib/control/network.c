// SPDX-License-Identifier: BSD-3-Clause
// Carries changes of the kernel's tables to the workers (as a snapshot), the filters and the paths.
#include "network.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "log.h"
#include "mirror.h"
#include "netlink.h"
#include "sysctl.h"
#include "tunnel_call.h"
#include "wb_kport.h"

#define ASK_AGAIN (100 * WB_MS) // how often a worker may ask for the same address
#define UPKEEP_EVERY WB_SEC     // check of next hops
#define UPKEEP_LAN_TURNS 30     // every so many checks the LAN's neighbours, too
#define UPKEEP_LAN_BATCH 64     // neighbours of a LAN in one check

static void
tell_port(struct control *ctl, unsigned i, const struct wb_dp_snapshot *s)
{
	struct control_port *p = &ctl->ports.list[i];
	char why[sizeof(p->why_not)];

	snapshot_why_not(&ctl->ports.in, s, i, why, sizeof(why));
	if (strcmp(why, p->why_not) == 0)
		return;
	if (why[0] != 0)
		ctl_warn("port %s cannot be used: %s", p->name, why);
	else
		ctl_info("port %s can be used again", p->name);
	memcpy(p->why_not, why, sizeof(why));
}

// Tells the path through a WAN whether its port can be used, and about its addresses and MTU.
static void
update_path(struct control *ctl, unsigned i, const struct wb_dp_net_port *now_is, wb_ns_t now)
{
	struct control_port *p = &ctl->ports.list[i];
	struct wan *w = &ctl->tunnels.wans[i];
	struct wb_addr remote = { .family = 4, .udp_port = ctl->conf->hub.port, .port = i };
	struct wb_path_conf conf;
	struct path_change change = { 0 };
	bool usable = now_is->usable && !w->operator_down;
	bool moved = memcmp(p->source, now_is->source, 4) != 0 ||
		     memcmp(p->next_hop, now_is->next_hop, 4) != 0 ||
		     memcmp(w->hub, ctl->ports.in.hub.ip, 4) != 0;
	bool was = p->usable;

	memcpy(p->source, now_is->source, 4);
	memcpy(p->next_hop, now_is->next_hop, 4);
	p->usable = usable;
	if (usable) // also when only its next hop's MAC address has come
		sessions_wan_usable(ctl->sessions, i, now);
	if (w->slot < 0)
		return;
	tunnels_path_conf(&ctl->tunnels, i, &conf);
	if (conf.mtu != w->mtu)
		change.configure = &conf;
	w->mtu = conf.mtu;
	if (usable == was && !(usable && moved) && change.configure == NULL)
		return;
	memcpy(remote.ip, ctl->ports.in.hub.ip, 4);
	change.disable = was && !usable;
	change.enable = usable && !was;
	if (usable && moved) {
		change.moved = &remote;
		memcpy(w->hub, remote.ip, 4);
	}
	tunnel_call_path_change(ctl->dp, 0, (unsigned)w->slot, &change);
}

// Warns of two WANs with the same gateway address, as with two modems of one make, if the kernel checks sources
// strictly. It routes the network through one WAN, and then answers nothing on the other, not even ARP.
static void
warn_same_network(struct control *ctl, unsigned i, const struct wb_dp_snapshot *s)
{
	static const uint8_t none[4];
	struct network_port *p = &ctl->network.ports[i];
	const char *name = ctl->ports.in.ports[i].kernel_if;
	char path[96];

	for (unsigned j = 0; j < i && !p->told_strict; j++) {
		if (ctl->ports.in.ports[j].use != WB_DP_WAN || name[0] == 0 ||
			memcmp(s->ports[i].next_hop, none, 4) == 0 ||
			memcmp(s->ports[i].next_hop, s->ports[j].next_hop, 4) != 0)
			continue;
		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", name);
		if (sysctl_number(path) == 2 ||
			(sysctl_number(path) != 1 &&
				sysctl_number("/proc/sys/net/ipv4/conf/all/rp_filter") != 1))
			continue;
		p->told_strict = true;
		ctl_warn("port %s: its gateway has the address of port %s's, and %s checks sources "
			 "strictly: the kernel does not answer there (sysctl -w "
			 "net.ipv4.conf.%s.rp_filter=2, on both)",
			ctl->ports.list[i].name, ctl->ports.list[j].name, name, name);
	}
}

int
network_update(struct control *ctl, wb_ns_t now)
{
	struct wb_dp_snapshot *s, *copy = malloc(sizeof(*copy));

	ports_follow(&ctl->ports, ctl->dp, now);
	s = snapshot_build(&ctl->ports.in);
	if (s == NULL || copy == NULL) {
		free(s);
		free(copy);
		return -ENOMEM;
	}
	snapshot_remember(&ctl->ports.in, s);
	ctl->network.shown = ctl->kernel.generation;
	memcpy(copy, s, sizeof(*copy)); // without its routes
	// first, so that no frame is acted on twice when the workers begin
	ports_filter(&ctl->ports, s);
	wb_dp_set_snapshot(ctl->dp, s);
	for (unsigned i = 0; i < ctl->ports.n; i++) {
		tell_port(ctl, i, copy);
		if (ctl->ports.in.ports[i].use == WB_DP_WAN)
			warn_same_network(ctl, i, copy);
		update_path(ctl, i, &copy->ports[i], now);
	}
	free(copy);
	return 0;
}

static const struct k_link *
port_link(const struct control *ctl, unsigned port)
{
	if (port >= ctl->ports.n || ctl->ports.in.ports[port].peer)
		return NULL;
	return kstate_link(&ctl->kernel, ctl->ports.in.ports[port].kernel_if);
}

void
network_resolve(struct control *ctl, const struct wb_addr *who, wb_ns_t now)
{
	const unsigned n = sizeof(ctl->network.asked) / sizeof(ctl->network.asked[0]);
	const struct k_link *l = port_link(ctl, who->port);
	unsigned at;

	if (l == NULL)
		return;
	for (unsigned i = 0; i < n; i++)
		if (ctl->network.asked[i].port == who->port &&
			now - ctl->network.asked[i].at < ASK_AGAIN &&
			memcmp(ctl->network.asked[i].ip, who->ip, sizeof(who->ip)) == 0)
			return;
	at = ctl->network.next_asked++ % n;
	memcpy(ctl->network.asked[at].ip, who->ip, sizeof(who->ip));
	ctl->network.asked[at].port = who->port;
	ctl->network.asked[at].at = now;
	netlink_neigh_use(ctl->netlink, l->index, who->family, who->ip);
}

// Has the kernel resolve a next hop that is missing or stale, so that it keeps its entry.
static void
keep_next_hop(struct control *ctl, unsigned port)
{
	static const uint8_t none[4];
	const struct k_link *l = port_link(ctl, port);
	uint8_t ip[16] = { 0 };
	const struct k_neigh *n;

	memcpy(ip, ctl->ports.list[port].next_hop, 4);
	if (l == NULL || !l->up || l->noarp || memcmp(ip, none, 4) == 0)
		return;
	n = kstate_neigh(&ctl->kernel, l->index, 4, ip);
	if (n == NULL || n->state == NUD_STALE)
		netlink_neigh_use(ctl->netlink, l->index, 4, ip);
}

static void
keep_lan(struct control *ctl, unsigned port)
{
	const struct k_neigh *neighs = ctl->kernel.neighs.items;
	const struct k_link *l = port_link(ctl, port);
	unsigned asked = 0;

	for (size_t i = 0; l != NULL && i < ctl->kernel.neighs.n && asked < UPKEEP_LAN_BATCH; i++)
		if (neighs[i].index == l->index && neighs[i].state == NUD_STALE) {
			netlink_neigh_use(ctl->netlink, l->index, neighs[i].family, neighs[i].ip);
			asked++;
		}
}

// Warns when the kernel accepts no packet any more that is sent on a port. The interface's state need not show
// why: it may be a firewall, a queueing discipline or a driver.
static void
tell_refusal(struct control *ctl, unsigned port)
{
	const struct control_port *c = &ctl->ports.list[port];
	struct network_port *p = &ctl->network.ports[port];
	struct wb_kport_stats s;
	int err;

	if (c->kport == NULL || !c->usable)
		return;
	err = wb_kport_refusal(c->kport);
	wb_kport_stats(c->kport, &s);
	if (s.tx_packets != p->sent) {
		p->sent = s.tx_packets;
		p->refused = 0;
	} else if (err != 0 && err != p->refused) {
		p->refused = err;
		ctl_warn("port %s: the kernel refuses all packets sent on interface %s: %s",
			c->name, ctl->ports.in.ports[port].kernel_if, strerror(err));
	}
}

void
network_upkeep(struct control *ctl, wb_ns_t now)
{
	unsigned turn;

	if (now < ctl->network.upkeep_at)
		return;
	ctl->network.upkeep_at = now + UPKEEP_EVERY;
	if (mirrors_check_links(&ctl->ports))
		ctl->kernel.generation++; // a new snapshot is due
	if (ctl->edge.index != 0)
		edge_tap_upkeep(
			&ctl->edge, ctl->conf->kernel.metric != 0 && tunnels_carry(&ctl->tunnels));
	for (unsigned i = 0; i < ctl->ports.n; i++)
		if (ctl->ports.in.ports[i].gone)
			network_update(ctl, now); // which tries to open it again
	turn = (unsigned)((now - ctl->started) / UPKEEP_EVERY);
	for (unsigned i = 0; i < ctl->ports.n; i++) {
		tell_refusal(ctl, i);
		if (ctl->ports.in.ports[i].use == WB_DP_WAN ||
			ctl->ports.in.ports[i].use == WB_DP_UPLINK)
			keep_next_hop(ctl, i);
		else if (ctl->ports.in.ports[i].use == WB_DP_LAN && turn % UPKEEP_LAN_TURNS == 0)
			keep_lan(ctl, i);
	}
}
