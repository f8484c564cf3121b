// SPDX-License-Identifier: BSD-3-Clause
#include "views.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include "wb_kport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>

static void
read_tunnel(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct view_tunnel *v = arg;
	const char *scheduler = wb_tunnel_scheduler(t);

	(void)now;
	wb_tunnel_stats(t, &v->stats);
	v->inner_mtu = wb_tunnel_inner_mtu(t);
	snprintf(v->scheduler, sizeof(v->scheduler), "%s", scheduler != NULL ? scheduler : "?");
	for (unsigned i = 0; i < VIEW_PATHS; i++) {
		v->used[i] = wb_tunnel_path_stats(t, i, &v->paths[i]) == 0;
		if (!v->used[i])
			continue;
		v->n_paths++;
		v->n_up += v->paths[i].state == WB_PATH_UP || v->paths[i].state == WB_PATH_DEGRADED;
	}
}

int
view_tunnel(struct control *ctl, unsigned tunnel, struct view_tunnel *v)
{
	if (tunnel >= ctl->n_tunnels)
		return -ENOENT;
	memset(v, 0, sizeof(*v));
	v->tunnel = tunnel;
	v->name = tunnel_name(ctl, tunnel);
	v->way_out = way_out_state(ctl);
	v->bad_sources = wb_dp_tunnel_bad_sources(ctl->dp, tunnel);
	sessions_info(ctl->sessions, tunnel, &v->session);
	return wb_dp_tunnel_call(ctl->dp, tunnel, read_tunnel, v);
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
	for (unsigned i = 0; ctl->conf->role == WB_CONFIG_EDGE && i < ctl->n_ports; i++) {
		const struct control_port *p = &ctl->ports[i];

		if (p->slot != (int)slot)
			continue;
		if (p->operator_down)
			return "set down by the operator";
		if (p->why_not[0] != 0)
			return p->why_not; // what is missing below it
	}
	return v->paths[slot].why_not;
}

int
view_find_path(struct control *ctl, const char *name, unsigned *tunnel, unsigned *slot)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	char one[VIEW_NAME];
	int r = v == NULL ? -ENOMEM : -ENOENT;

	for (unsigned t = 0; r == -ENOENT && t < ctl->n_tunnels; t++) {
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

struct flows_read {
	struct view_flow *flows;
	unsigned tunnel, from, n, max;
};

static void
read_flows(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct flows_read *r = arg;
	unsigned cursor = r->from;

	while (r->n < r->max && wb_tunnel_flow_stats(t, &cursor, &r->flows[r->n].stats) == 0) {
		struct view_flow *f = &r->flows[r->n++];

		f->tunnel = r->tunnel;
		f->idle = now > f->stats.last_seen ? now - f->stats.last_seen : 0;
	}
}

unsigned
view_flows(
	struct control *ctl, unsigned tunnel, unsigned from, struct view_flow *flows, unsigned max)
{
	struct flows_read r = { .flows = flows, .tunnel = tunnel, .from = from, .max = max };

	if (tunnel >= ctl->n_tunnels || wb_dp_tunnel_call(ctl->dp, tunnel, read_flows, &r) < 0)
		return 0;
	return r.n;
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

int
view_port(const struct control *ctl, unsigned port, struct view_port *v)
{
	static const char *const uses[] = { [WB_DP_LAN] = "lan",
		[WB_DP_WAN] = "wan",
		[WB_DP_UPLINK] = "uplink",
		[WB_DP_EGRESS] = "egress",
		[WB_DP_MIRROR] = "mirror" };
	const struct snapshot_port *in;
	const struct control_port *p;
	const struct k_link *l;

	if (port >= ctl->n_ports)
		return -ENOENT;
	in = &ctl->in.ports[port];
	p = &ctl->ports[port];
	l = kstate_link(&ctl->kernel, in->kernel_if);
	memset(v, 0, sizeof(*v));
	v->name = p->name;
	v->use = uses[in->use];
	v->interface = in->kernel_if;
	v->why_not = p->operator_down ? "set down by the operator" : p->why_not;
	v->usable = v->why_not[0] == 0;
	v->mtu = l != NULL ? (uint16_t)l->mtu : in->mtu;
	memcpy(v->mac, l != NULL ? l->mac : in->mac, sizeof(v->mac));
	memcpy(v->source, p->source, sizeof(v->source));
	memcpy(v->next_hop, p->next_hop, sizeof(v->next_hop));
	if (p->kport != NULL)
		kport_counters(p->kport, v);
	else
		device_counters(p->ethdev, v);
	return 0;
}

void
view_ports_clear(struct control *ctl)
{
	for (unsigned i = 0; i < ctl->n_ports; i++)
		if (ctl->ports[i].kport != NULL)
			wb_kport_stats_clear(ctl->ports[i].kport);
		else
			rte_eth_stats_reset(ctl->ports[i].ethdev);
}

void
view_drops(struct control *ctl, uint64_t drops[WB_DROP_COUNT])
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	struct wb_dp_worker_stats w;

	memset(drops, 0, WB_DROP_COUNT * sizeof(*drops));
	for (unsigned i = 0; i < ctl->n_workers; i++)
		for (unsigned d = 0; wb_dp_worker_stats(ctl->dp, i, &w) == 0 && d < WB_DROP_COUNT;
			d++)
			drops[d] += w.drops[d];
	for (unsigned t = 0; v != NULL && t < ctl->n_tunnels; t++)
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
			any ? "" : tunnel_name(ctl, r[i].tunnel), r[i].packets,
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
