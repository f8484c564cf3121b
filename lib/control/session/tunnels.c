// SPDX-License-Identifier: BSD-3-Clause
// Makes the tunnels and their paths, handles their events, and closes them.
#include "tunnels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "tunnel_call.h"

#define DEFAULT "earliest"
#define CLOSE_WALKS 4 // walks of the home worker in which every path sends its CLOSE

void
tunnels_path_conf(const struct tunnels *t, unsigned port, struct wb_path_conf *conf)
{
	const struct wb_config_port *p = &t->conf->ports[port];
	const struct snapshot_port *in = &t->ports->in.ports[port];
	const struct k_link *l = kstate_link(t->ports->kernel, in->kernel_if);

	*conf = (struct wb_path_conf){
		.rate_up = t->wans[port].rate_up,
		.rate_down = p->rate_down,
		.max_up = p->max_up,
		.max_down = p->max_down,
		.weight = p->weight,
		.priority = p->priority,
		.backup = p->backup,
		.price = t->wans[port].price,
		.mtu = p->mtu,
	};
	// an ethdev on a kernel interface always reports 1500
	if (conf->mtu == 0)
		conf->mtu = l != NULL && l->mtu <= UINT16_MAX ? (uint16_t)l->mtu : in->mtu;
	snprintf(conf->name, sizeof(conf->name), "%s", p->name);
}

_Static_assert(WB_CONFIG_WANS == WB_PATHS_MAX, "a path each");

// Adds a path through each WAN. network_update() enables it once the port can be used.
static int
add_paths(struct tunnels *t)
{
	for (unsigned i = 0; i < t->conf->n_ports; i++) {
		const struct wb_config_port *p = &t->conf->ports[i];
		struct wb_addr remote = { .family = 4, .udp_port = t->conf->hub.port, .port = i };
		struct wb_path_conf conf;
		int slot;

		if (p->use != WB_CONFIG_WAN)
			continue;
		t->wans[i].rate_up = p->rate_up;
		tunnels_path_conf(t, i, &conf);
		t->wans[i].mtu = conf.mtu;
		memcpy(remote.ip, t->ports->in.hub.ip, 4);
		slot = tunnel_call_path_add(t->dp, 0, &conf, &remote);
		if (slot < 0) {
			ctl_err("port %s: path cannot be added: %s", p->name, strerror(-slot));
			return -EINVAL;
		}
		t->wans[i].slot = slot;
	}
	return 0;
}

const char *
tunnels_name(const struct tunnels *t, unsigned tunnel)
{
	if (t->conf->role == WB_CONFIG_EDGE)
		return "hub";
	return tunnel < t->conf->n_edges ? t->conf->edges[tunnel].name : "?";
}

int
tunnels_port(const struct tunnels *t, unsigned slot)
{
	for (unsigned i = 0; t->conf->role == WB_CONFIG_EDGE && i < t->conf->n_ports; i++)
		if (t->wans[i].slot == (int)slot)
			return (int)i;
	return -ENOENT;
}

int
tunnels_start(struct tunnels *t)
{
	const char *scheduler = t->conf->scheduler[0] != 0 ? t->conf->scheduler : DEFAULT;
	bool file = scheduler_is_file(scheduler);
	char err[512];

	t->n = t->conf->role == WB_CONFIG_EDGE ? 1 : t->conf->n_edges;
	for (unsigned i = 0; i < t->n; i++) {
		int r = wb_dp_tunnel_add(t->dp, i, file ? DEFAULT : scheduler);

		if (r < 0) {
			ctl_err("tunnel %s: %s", tunnels_name(t, i), strerror(-r));
			return r;
		}
		tunnel_call_set_fec(t->dp, i, t->conf->fec_percent);
	}
	// Better start with another scheduler than not at all.
	if (file && scheduler_set(t, scheduler, err, sizeof(err)) < 0)
		ctl_err("scheduler: %s; going on with " DEFAULT, err);
	return t->conf->role == WB_CONFIG_EDGE ? add_paths(t) : 0;
}

void
tunnels_close(struct tunnels *t)
{
	for (unsigned i = 0; i < t->n; i++)
		tunnel_call_close(t->dp, i);
	// each call waits for the end of a walk
	for (unsigned walk = 0; walk < CLOSE_WALKS; walk++)
		for (unsigned i = 0; i < t->n; i++)
			tunnel_call_sync(t->dp, i);
}

bool
tunnels_carry(const struct tunnels *t)
{
	for (unsigned i = 0; i < t->ports->n; i++) {
		struct wb_path_stats s;

		if (t->wans[i].slot >= 0 &&
			tunnel_call_path_stats(t->dp, 0, (unsigned)t->wans[i].slot, &s) == 0 &&
			(s.state == WB_PATH_UP || s.state == WB_PATH_DEGRADED))
			return true;
	}
	return false;
}

static void
path_event(struct tunnels *t, unsigned tunnel, const struct wb_event *e)
{
	const uint8_t *ip = e->remote.ip;
	char id[16];
	const char *name = t->conf->role == WB_CONFIG_EDGE ? e->name : id;
	const char *way = e->type == WB_EVENT_PATH_RX_STATE ? "rx" : "tx";
	// That a path comes up is logged once, for the direction that this end judges.
	bool telling = e->after == WB_PATH_DOWN || e->after == WB_PATH_SUSPECT ||
		       e->before == WB_PATH_DOWN || e->before == WB_PATH_SUSPECT ||
		       (e->after == WB_PATH_UP && e->type == WB_EVENT_PATH_STATE);

	snprintf(id, sizeof(id), "%u", e->id);
	if (e->type == WB_EVENT_PATH_ADDRESS && t->conf->role == WB_CONFIG_HUB)
		wb_dp_remember_edge(t->dp, &e->remote);
	if (e->type == WB_EVENT_PATH_ADDRESS)
		ctl_info("%s: path %s comes from %u.%u.%u.%u:%u", tunnels_name(t, tunnel), name,
			ip[0], ip[1], ip[2], ip[3], e->remote.udp_port);
	else if (telling)
		ctl_info("%s: path %s, %s: %s (was %s)", tunnels_name(t, tunnel), name, way,
			wb_path_state_name(e->after), wb_path_state_name(e->before));
	else // a state on the way to those
		ctl_debug("%s: path %s, %s: %s (was %s)", tunnels_name(t, tunnel), name, way,
			wb_path_state_name(e->after), wb_path_state_name(e->before));
}

void
tunnels_event(struct tunnels *t, unsigned tunnel, const struct wb_event *e, wb_ns_t now)
{
	switch (e->type) {
	case WB_EVENT_PATH_STATE:
	case WB_EVENT_PATH_RX_STATE:
	case WB_EVENT_PATH_ADDRESS:
		path_event(t, tunnel, e);
		break;
	case WB_EVENT_PEER_CLOSED:
		sessions_peer_closed(t->sessions, tunnel, now);
		break;
	case WB_EVENT_SILENT:
		sessions_silent(t->sessions, tunnel, now);
		break;
	case WB_EVENT_SCHEDULER:
		ctl_err("%s: the scheduler's program answers 0x%x, which names a path that is not "
			"up "
			"or lets all wait: earliest decides instead (counted: scheduler_overruled)",
			tunnels_name(t, tunnel), e->value);
		break;
	case WB_EVENT_MTU:
		ctl_debug("%s: inner MTU is %u", tunnels_name(t, tunnel), e->value);
		break;
	}
}
