// SPDX-License-Identifier: BSD-3-Clause
// Collects what telemetry and the prompt show from the modules and the workers.
#include "views.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

#include "clock.h"
#include "wb_kport.h"

static void
view_hub(const struct control *ctl, struct view_tunnel *v)
{
	const struct hub_names *names = &ctl->hub.names;
	const struct hub_name *of = hub_names_of(names, ctl->ports.in.hub.ip);

	view_ip4(ctl->ports.in.hub.ip, v->hub_address);
	snprintf(v->hub_name, sizeof(v->hub_name), "%.*s", VIEW_TEXT - 1,
		of != NULL ? of->name : "");
	v->hub_resolved = of != NULL ? of->resolved : 0;
	for (unsigned i = 0; i < names->n && v->hub_failed[0] == 0; i++)
		snprintf(v->hub_failed, sizeof(v->hub_failed), "%.*s", VIEW_TEXT - 1,
			names->list[i].why);
}

int
view_tunnel(struct control *ctl, unsigned tunnel, struct view_tunnel *v)
{
	struct tunnel_picture picture = { .stats = &v->stats, .paths = v->paths };
	int r;

	if (tunnel >= ctl->tunnels.n)
		return -ENOENT;
	memset(v, 0, sizeof(*v));
	v->tunnel = tunnel;
	v->name = tunnels_name(&ctl->tunnels, tunnel);
	v->way_out = way_out_state(&ctl->ways);
	view_hub(ctl, v);
	v->bad_sources = wb_dp_tunnel_bad_sources(ctl->dp, tunnel);
	sessions_info(ctl->sessions, tunnel, &v->session);
	r = tunnel_call_picture(ctl->dp, tunnel, &picture);
	if (r < 0)
		return r;
	v->inner_mtu = picture.inner_mtu;
	memcpy(v->scheduler, picture.scheduler, sizeof(v->scheduler));
	for (unsigned i = 0; i < VIEW_PATHS; i++) {
		enum wb_path_state state = v->paths[i].state;

		v->used[i] = state != WB_PATH_FREE;
		v->n_paths += v->used[i];
		v->n_up += state == WB_PATH_UP || state == WB_PATH_DEGRADED;
	}
	return 0;
}

void
view_path_name(
	const struct control *ctl, const struct view_tunnel *v, unsigned slot, char name[VIEW_NAME])
{
	if (ctl->conf->role == WB_CONFIG_EDGE)
		snprintf(name, VIEW_NAME, "%s", v->paths[slot].name);
	else
		snprintf(name, VIEW_NAME, "%s/%u", v->name, v->paths[slot].id);
}

const char *
view_path_why_not(const struct control *ctl, const struct view_tunnel *v, unsigned slot)
{
	int port = tunnels_port(&ctl->tunnels, slot);

	if (port >= 0 && ctl->tunnels.wans[port].operator_down)
		return "set down by the operator";
	if (port >= 0 && ctl->ports.list[port].why_not[0] != 0)
		return ctl->ports.list[port].why_not; // what is missing below it
	return v->paths[slot].why_not;
}

int
view_find_path(struct control *ctl, const char *name, unsigned *tunnel, unsigned *slot)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	char one[VIEW_NAME];
	int r = v == NULL ? -ENOMEM : -ENOENT;

	for (unsigned t = 0; r == -ENOENT && t < ctl->tunnels.n; t++) {
		if (view_tunnel(ctl, t, v) < 0)
			continue;
		for (unsigned i = 0; i < VIEW_PATHS && r == -ENOENT; i++) {
			if (!v->used[i])
				continue;
			view_path_name(ctl, v, i, one);
			if (strcmp(one, name) == 0) {
				*tunnel = t;
				*slot = i;
				r = 0;
			}
		}
	}
	free(v);
	return r;
}

unsigned
view_flows(struct control *ctl, unsigned tunnel, unsigned from, struct tunnel_flow *flows,
	unsigned max)
{
	int n = tunnel < ctl->tunnels.n ? tunnel_call_flows(ctl->dp, tunnel, from, flows, max) : 0;

	return n > 0 ? (unsigned)n : 0;
}

static void
device_counters(uint16_t ethdev, struct view_port *v)
{
	struct rte_eth_stats s = { 0 };

	if (rte_eth_dev_get_name_by_port(ethdev, v->device) < 0 ||
		rte_eth_stats_get(ethdev, &s) < 0)
		return; // gone: the zeros say so
	v->rx_packets = s.ipackets;
	v->rx_bytes = s.ibytes;
	v->rx_missed = s.imissed;
	v->rx_errors = s.ierrors;
	v->rx_no_mbuf = s.rx_nombuf;
	v->tx_packets = s.opackets;
	v->tx_bytes = s.obytes;
	v->tx_errors = s.oerrors;
}

static void
kport_counters(struct wb_kport *kport, struct view_port *v)
{
	struct wb_kport_stats s;

	wb_kport_stats(kport, &s);
	snprintf(v->device, sizeof(v->device), "%s", wb_kport_kind(kport));
	v->rx_packets = s.rx_packets;
	v->rx_bytes = s.rx_bytes;
	v->rx_errors = s.rx_errors;
	v->rx_missed = s.rx_missed;
	v->tx_packets = s.tx_packets;
	v->tx_bytes = s.tx_bytes;
	v->tx_errors = s.tx_errors;
}

static void
vlan_counters(const struct wb_dp *dp, unsigned port, struct view_port *v)
{
	struct wb_dp_port_stats s;

	wb_dp_port_stats(dp, port, &s);
	snprintf(v->device, sizeof(v->device), "%s:%u", v->trunk, v->vlan);
	v->rx_packets = s.rx_packets;
	v->rx_bytes = s.rx_bytes;
	v->tx_packets = s.tx_packets;
	v->tx_bytes = s.tx_bytes;
	v->tx_errors = s.tx_errors;
}

int
view_port(const struct control *ctl, unsigned port, struct view_port *v)
{
	static const char *const uses[] = { [WB_DP_LAN] = "lan",
		[WB_DP_WAN] = "wan",
		[WB_DP_UPLINK] = "uplink",
		[WB_DP_EGRESS] = "egress",
		[WB_DP_MIRROR] = "mirror",
		[WB_DP_TRUNK] = "trunk" };
	const struct snapshot_port *in;
	const struct control_port *p;
	const struct k_link *l;

	if (port >= ctl->ports.n)
		return -ENOENT;
	in = &ctl->ports.in.ports[port];
	p = &ctl->ports.list[port];
	l = kstate_link(&ctl->kernel, in->kernel_if);
	memset(v, 0, sizeof(*v));
	v->name = p->name;
	v->use = uses[in->use];
	v->interface = in->kernel_if;
	v->why_not =
		ctl->tunnels.wans[port].operator_down ? "set down by the operator" : p->why_not;
	v->usable = v->why_not[0] == 0;
	v->mtu = l != NULL ? (uint16_t)l->mtu : in->mtu;
	memcpy(v->mac, l != NULL ? l->mac : in->mac, sizeof(v->mac));
	memcpy(v->source, p->source, sizeof(v->source));
	memcpy(v->next_hop, p->next_hop, sizeof(v->next_hop));
	v->trunk = p->vlan != 0 ? ctl->ports.list[p->trunk].name : "";
	v->vlan = p->vlan;
	if (p->vlan != 0)
		vlan_counters(ctl->dp, port, v);
	else if (p->kport != NULL)
		kport_counters(p->kport, v);
	else
		device_counters(p->ethdev, v);
	return 0;
}

void
view_ports_clear(struct control *ctl)
{
	for (unsigned i = 0; i < ctl->ports.n; i++)
		if (ctl->ports.list[i].kport != NULL)
			wb_kport_stats_clear(ctl->ports.list[i].kport);
		else if (ctl->ports.list[i].vlan == 0)
			rte_eth_stats_reset(ctl->ports.list[i].ethdev);
}

void
view_drops(struct control *ctl, uint64_t drops[WB_DROP_COUNT])
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	struct wb_dp_worker_stats w;

	memset(drops, 0, WB_DROP_COUNT * sizeof(*drops));
	for (unsigned i = 0; i < ctl->eal.n_workers; i++)
		for (unsigned d = 0; wb_dp_worker_stats(ctl->dp, i, &w) == 0 && d < WB_DROP_COUNT;
			d++)
			drops[d] += w.drops[d];
	for (unsigned t = 0; v != NULL && t < ctl->tunnels.n; t++)
		for (unsigned d = 0, r = view_tunnel(ctl, t, v) == 0; r && d < WB_DROP_COUNT; d++)
			drops[d] += v->stats.drops[d];
	free(v);
}

void
view_recent(struct control *ctl, enum wb_dp_recent_kind kind, int tunnel,
	char lines[WB_DP_RECENT][VIEW_RECENT])
{
	struct wb_dp_recent r[WB_DP_RECENT];
	unsigned n = wb_dp_recent(ctl->dp, kind, r), shown = 0;
	wb_ns_t now = control_now();

	memset(lines, 0, WB_DP_RECENT * sizeof(lines[0]));
	for (unsigned i = 0; i < n; i++) {
		bool any = r[i].tunnel == WB_DP_NO_TUNNEL;
		char ip[INET6_ADDRSTRLEN];

		if (tunnel >= 0 && r[i].tunnel != tunnel)
			continue;
		inet_ntop(r[i].family == 4 ? AF_INET : AF_INET6, r[i].ip, ip, sizeof(ip));
		snprintf(lines[shown++], VIEW_RECENT,
			"%s%s%s, %" PRIu64 " packets, the last %.1f s ago", ip, any ? "" : " from ",
			any ? "" : tunnels_name(&ctl->tunnels, r[i].tunnel), r[i].packets,
			now > r[i].at ? (double)(now - r[i].at) / WB_SEC : 0.0);
	}
}

const char *
view_class(uint8_t sclass)
{
	static const char *const names[WB_CLASS_COUNT] = { "default", "realtime", "bulk" };

	return sclass < WB_CLASS_COUNT ? names[sclass] : "?";
}

const char *
view_ip4(const uint8_t ip[4], char text[16])
{
	if ((ip[0] | ip[1] | ip[2] | ip[3]) == 0)
		snprintf(text, 16, "none");
	else
		snprintf(text, 16, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	return text;
}
